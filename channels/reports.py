"""News about messages we sent: which one is meant, and what follows for it and for the address."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import threads
from core.clock import now
from inbox.actions import hear_news, note_failing, note_gone
from inbox.border import DeliveryNews, Incoming
from inbox.models import Channel, Delivery, Message, Recipient

WINDOW = timedelta(days=5)  # servers give a letter up after that (RFC 5321 section 4.5.4.1)


def hear_report(session: Session, channel: Channel, incoming: Incoming) -> Message | None:
    """Write the news down at the message they are about and return it; None if they are about none of ours.

    A report that names no letter is believed when we wrote to its recipient lately, but it cannot
    make an address bad: anybody could have written it.
    """
    about = _named(session, incoming)
    news: Sequence[DeliveryNews] = incoming.news
    if about is None and not incoming.news_about and incoming.author.verified is not False:
        about = _sent_lately(session, channel, incoming)
        news = [replace(each, is_gone=False) for each in news]
    if about is None:
        return None
    hear_news(session, about, news)
    for each in news:
        if each.state == "failed":
            _follow(session, about, each)
    return about


def is_backscatter(session: Session, incoming: Incoming) -> bool:
    """Whether a machine reports what somebody else sent in our name, to people we never wrote to.

    One that names nobody, or somebody we did write to, may be about ours (some relays rename letters),
    and what a person passes on is that person's letter.
    """
    addresses = [each.address.lower() for each in incoming.news if each.address]
    if incoming.klass != "bounce" or not incoming.extra.get("by_machine") or not addresses:
        return False
    wrote = (
        select(Recipient.id)
        .join(Message)
        .where(func.lower(Recipient.address).in_(addresses), Message.direction == "out")
    )
    return not session.scalar(select(wrote.exists()))


def _follow(session: Session, message: Message, news: DeliveryNews) -> None:
    meant = {each.address.lower() for each in message.recipients}
    if news.address.lower() not in meant:
        return
    note = note_gone if news.is_gone else note_failing
    note(session, message.dialog, news.address)


def _named(session: Session, incoming: Incoming) -> Message | None:
    """By our own signed envelope, the letter's Message-ID, or its envelope id, in this order (O11)."""
    for name in incoming.news_about:
        message = threads.message_named(session, name)
        if message is not None and message.direction == "out":
            return message
    return None


def _sent_lately(session: Session, channel: Channel, incoming: Incoming) -> Message | None:
    addresses = [each.address.lower() for each in incoming.news if each.address]
    if not addresses:
        return None
    return session.scalar(
        select(Message)
        .join(Recipient)
        .where(
            func.lower(Recipient.address).in_(addresses),
            Message.channel_id == channel.id,
            Message.direction == "out",
            Message.sent_at > now() - WINDOW,
            Recipient.delivery.in_((Delivery.SENT, Delivery.DELIVERED)),
        )
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(1)
    )
