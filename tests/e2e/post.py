"""Letters as a shop gets them: a quoted answer, a newsletter, one from Outlook, one that came back."""

from pathlib import Path

from sqlalchemy import select

from channels.threads import remember_names
from inbox.actions import Outcome, finish_sending
from inbox.models import Channel
from people.models import Agent
from tests.makers import make_dialog, make_reply
from tests.product import Product
from tests.security.post import deliver

SUPPORT = "Поддержка"
RETURNED = "answer-20417@lavka.test"  # what `letters/returned.eml` is about
LETTERS = Path(__file__).parent / "letters"


def bring_post(product: Product) -> None:
    """Have the letters read by the product's own workers, on a desk that is furnished."""
    _answer(product)
    deliver(product, {each.stem: each.read_bytes() for each in LETTERS.glob("*.eml")}, channel=SUPPORT)


def _answer(product: Product) -> None:
    """An answer that left, to an address that is no more."""
    with product.session() as session:
        support = session.scalars(select(Channel).where(Channel.name == SUPPORT)).one()
        anna = session.scalars(select(Agent).where(Agent.language == "ru")).one()
        sender = {"from": {"address": "nina@customer.test", "name": "Nina"}, "to": [], "cc": []}
        question = "Сколько стоит доставка в Омск?"
        dialog = make_dialog(
            session, support, question, customer="Nina", subject="Доставка в Омск", envelope=sender
        )
        sent = make_reply(session, dialog, "Доставка в Омск стоит 450 ₽, два-три дня.", agent=anna)
        finish_sending(session, sent, Outcome("sent", keys=(RETURNED,)))
        remember_names(session, dialog, sent, [RETURNED])
