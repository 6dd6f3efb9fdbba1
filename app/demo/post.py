"""What becomes of the answers of the demonstration, told with the verbs that delivery uses."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from inbox.actions import Outcome, finish_sending, hear_news
from inbox.border import DeliveryNews
from inbox.models import Message

# What servers say when they do not take a letter; {to} is the recipient.
REFUSALS: Mapping[str, str] = {
    "unknown_recipient": "550 5.1.1 <{to}>: Recipient address rejected: User unknown in mailbox table",
    "mailbox_full": "552 5.2.2 <{to}>: Mailbox is over quota, try again later",
    "policy": "554 5.7.1 Message rejected: sending domain is not listed in our allow list",
    "too_big": "552 5.3.4 Message size exceeds fixed limit of 10485760 bytes",
    "greylisted": "451 4.7.1 <{to}>: Greylisted, please try again in 300 seconds",
    "unconfirmed": "the connection was closed after the letter, before the server answered",
}
TRY_AGAIN = timedelta(minutes=5)
_FATES: Mapping[str, Literal["failed", "uncertain", "retry"]] = {
    "fails": "failed",
    "uncertain": "uncertain",
    "postponed": "retry",
}
_NEWS: Mapping[str, Literal["delivered", "failed", "delayed"]] = {
    "delivered": "delivered",
    "bounces": "failed",
    "delayed": "delayed",
}


def send(
    session: Session, message: Message, options: Mapping[str, str], *, key: str, present: datetime
) -> None:
    """Let an answer be sent, or fare as its story says: `fails mailbox_full`, `bounces unknown_recipient`."""
    for option, fate in _FATES.items():
        if option in options:
            code = options[option]
            later = present + TRY_AGAIN if fate == "retry" else None
            finish_sending(session, message, Outcome(fate, code, _words(message, code), later))
            return
    finish_sending(session, message, Outcome("sent", keys=[key]))
    for option, state in _NEWS.items():
        if option in options:
            code = options[option]
            words = _words(message, code)
            hear_news(
                session,
                message,
                [DeliveryNews(each.address, state, code, words) for each in message.recipients],
            )


def _words(message: Message, code: str) -> str:
    to = message.recipients[0].address if message.recipients else ""
    return REFUSALS[code].format(to=to) if code else ""
