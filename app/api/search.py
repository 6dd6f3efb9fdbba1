"""Finding dialogs by what was said, by who said it, and by label; the newest first."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select
from sqlalchemy.orm import Session

from app.access import visible_dialogs
from app.api.commands import Storable
from app.api.endpoints import Work, reads
from app.api.shapes import FoundShape
from core.events import last_seq
from inbox.feed import rows_of
from inbox.models import Dialog, Message
from people.models import Customer
from people.queries import customers_named, home_region
from tags.models import Tag, Tagging

MOST_FOUND = 50
# A word of every second message would be looked up in all of them; the newest are enough to choose from.
MOST_MESSAGES = 2000
MOST_CUSTOMERS = 200
SNIPPET = 'MaxFragments=1, MaxWords=18, MinWords=8, StartSel="", StopSel=""'
SNIPPET_FROM = 5000

_RUSSIAN: ColumnElement[Any] = literal_column("'russian'::regconfig")
_PLAIN: ColumnElement[Any] = literal_column("'simple'::regconfig")


class SearchQuery(BaseModel):
    """What to look for: words, a name or address, or #label."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, StringConstraints(max_length=200), Storable]
    state: Literal["open", "snoozed", "completed"] | None = None


@reads("/search", answer=FoundShape, query=SearchQuery)
def search(work: Work, asked: SearchQuery) -> dict[str, Any]:
    """Dialogs that fit, the newest first, each with a piece of the message that fits."""
    session, words = work.session, asked.q.strip()
    upto = last_seq(session)
    if not words.strip("#"):
        return {"rows": [], "next": None, "upto": upto, "hits": {}}
    wanted = visible_dialogs(session, work.agent).with_only_columns(Dialog.id)
    if asked.state is not None:
        wanted = wanted.where(Dialog.state == asked.state)
    by_words = _said_or_written_by(words, home_region(session))
    fitting = wanted.where(_labelled(words) if words.startswith("#") else by_words)
    ids = session.scalars(fitting.order_by(Dialog.last_message_at.desc(), Dialog.id).limit(MOST_FOUND)).all()
    rows = rows_of(session, ids)
    hits = {} if words.startswith("#") else _snippets(session, ids, words)
    return {"rows": [rows[number] for number in ids], "next": None, "upto": upto, "hits": hits}


def _labelled(words: str) -> ColumnElement[bool]:
    name = words.lstrip("#").strip().lower()
    under = select(Tagging.dialog_id).join(Tag, Tag.id == Tagging.tag_id).where(func.lower(Tag.name) == name)
    return Dialog.id.in_(under)


def _said_or_written_by(words: str, region: str | None) -> ColumnElement[bool]:
    newest = _saying(words).order_by(Message.id.desc()).limit(MOST_MESSAGES).subquery()
    people = customers_named(words, region).with_only_columns(Customer.id).limit(MOST_CUSTOMERS)
    return or_(
        Dialog.id.in_(select(newest.c.dialog_id)),
        Dialog.customer_id.in_(people.scalar_subquery()),
    )


def _saying(words: str) -> Select[int, int]:
    return select(Message.id, Message.dialog_id).where(Message.search.op("@@")(_query(words)))


def _query(words: str) -> ColumnElement[Any]:
    """The words in their Russian roots and as they stand."""
    rooted = func.websearch_to_tsquery(_RUSSIAN, words)
    plain = func.websearch_to_tsquery(_PLAIN, words)
    return rooted.op("||")(plain)


def _snippets(session: Session, ids: Iterable[int], words: str) -> dict[int, str]:
    newest = (
        _saying(words)
        .where(Message.dialog_id.in_(list(ids)))
        .with_only_columns(func.max(Message.id))
        .group_by(Message.dialog_id)
    )
    shown = func.ts_headline(
        _RUSSIAN, func.left(Message.text, SNIPPET_FROM), _query(words), literal_column(f"'{SNIPPET}'")
    )
    found = session.execute(select(Message.dialog_id, shown).where(Message.id.in_(newest)))
    return dict(found.all())
