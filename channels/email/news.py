"""What a report about one of our letters tells: which letter, which recipients, how they fare. Pure."""

from typing import Any

from channels.email.letters import Bounce, BounceRecipient, Letter
from channels.email.smtp_answers import GONE, Answer, name_of
from channels.email.tokens import Keyring, message_of_bounce_address
from inbox.border import DeliveryNews


def names_of_bounced(letter: Letter, keyring: Keyring) -> tuple[str, ...]:
    """Names of the letter of ours that came back, the surest first (O11)."""
    if letter.bounce is None:
        return ()
    signed = [each.lower() for each in reached(letter) if message_of_bounce_address(keyring, each)]
    told = [letter.bounce.original_message_id, letter.bounce.original_envelope_id]
    return tuple(dict.fromkeys([*signed, *(each for each in told if each)]))


def news_of(bounce: Bounce) -> tuple[DeliveryNews, ...]:
    """What a report says about each recipient; about somebody unnamed where it names nobody."""
    news = [
        DeliveryNews(
            each.address,
            "delayed" if each.kind == "delayed" else "failed",
            _code(each.kind, each.status, each.diagnostic),
            each.diagnostic,
            is_gone=_is_gone(each),
        )
        for each in bounce.recipients
    ]
    if not news:
        state: Any = "delayed" if bounce.kind == "delayed" else "failed"
        news = [
            DeliveryNews("", state, _code(bounce.kind, bounce.status, bounce.diagnostic), bounce.diagnostic)
        ]
    return tuple(news)


def reached(letter: Letter) -> tuple[str, ...]:
    """Every address a letter was sent to, as its fields and the servers on its way say."""
    return (*(each.address for each in (*letter.to, *letter.cc)), *letter.delivered_to)


def _is_gone(recipient: BounceRecipient) -> bool:
    """Whether the address itself does not exist (O11); where the status is vague, the words decide."""
    if recipient.kind != "hard" or not recipient.address:
        return False
    if _is_vague(recipient.status):
        return _code(recipient.kind, recipient.status, recipient.diagnostic) == "unknown_recipient"
    return recipient.status in GONE


def _is_vague(status: str | None) -> bool:
    return status is None or status.endswith(".0.0")


def _code(kind: str, status: str | None, diagnostic: str) -> str:
    """The fault a report tells of; the words say more than a bare 5.0.0 does."""
    words = diagnostic if _is_vague(status) else f"{status} {diagnostic}"
    return name_of(Answer(450 if kind == "delayed" else 550, words), "recipient")
