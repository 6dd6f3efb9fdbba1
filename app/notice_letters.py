"""What administrators must not miss goes to them by letter too, while they have not looked at it here.

The clock asks this module what is due, so what speaks languages is imported only when it is used.
"""

from datetime import timedelta
from functools import cache
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from channels.registry import words_of
from core.clock import now
from core.config import get_settings
from core.db import transaction
from core.outside.faults import OutsideFault
from core.outside.mail import SystemMail, plain_value, post, smtp_of
from core.words import N_
from inbox.models import Channel
from people.models import Agent, Notification
from people.queries import administrators

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger()

SUBJECTS = {
    "channel.broken": N_("%(channel)s does not work"),
    "channel.fell_silent": N_("Nothing comes in through %(channel)s any more"),
}
WHAT_IT_MEANS = {
    "channel.broken": N_(
        "“%(channel)s” will not work until somebody fixes it. Whatever is waiting to be sent is kept."
    ),
    "channel.fell_silent": N_(
        "Nothing has come in through “%(channel)s” for longer than is usual at this time of the week. "
        "Check whether it still receives."
    ),
}
WHERE = N_("Here you see what is wrong and what to do:")
LATEST = timedelta(hours=6)  # later than that it is no news
LETTER = "letter"


def send_notices(*, seconds: float = inf) -> int:
    """Write the letters that are due until none is or the time is up; how many.

    Each is marked as written before it leaves: of two evils a lost letter is the smaller, for what it
    says stands in the list of notices as well.
    """
    made, until = 0, monotonic() + seconds
    while _can_write() and monotonic() < until and (mail := _claim()) is not None:
        _send(mail)
        made += 1
    return made


def due_notices(session: Session) -> bool:
    """Whether any letter is to be written."""
    return _can_write() and bool(session.scalar(select(exists().where(_is_due()))))


def _can_write() -> bool:
    return smtp_of(get_settings()) is not None


def _is_due() -> ColumnElement[bool]:
    return and_(
        Notification.read_at.is_(None),
        Notification.kind.in_(SUBJECTS),
        Notification.agent_id.in_(administrators().with_only_columns(Agent.id).order_by(None)),
        Notification.created_at > now() - LATEST,
        ~Notification.details.has_key(LETTER),
    )


def _claim() -> SystemMail | None:
    with transaction() as session:
        notice = session.scalar(
            select(Notification)
            .where(_is_due())
            .order_by(Notification.id)
            .limit(1)
            .with_for_update(of=Notification, skip_locked=True)
        )
        if notice is None:
            return None
        notice.details = {**notice.details, LETTER: True}
        channel = session.get_one(Channel, int(notice.topic.partition(":")[2]))
        return _written(notice, session.get_one(Agent, notice.agent_id), channel)


def _written(notice: Notification, agent: Agent, channel: Channel) -> SystemMail:
    from app.languages import sentence, speaking

    named: dict[str, object] = {"channel": plain_value(channel.name)}
    link = f"{get_settings().base_url}/settings/channels/{channel.id}"
    with _speaker().app_context(), speaking(agent.language):
        told = [sentence(WHAT_IT_MEANS[notice.kind], named), f"{sentence(WHERE, {})}\n{link}"]
        reason = words_of(channel.kind).faults.get(str(notice.details.get("code") or ""))
        if reason is not None:
            told.insert(1, sentence(reason, {}))
        subject = sentence(SUBJECTS[notice.kind], named)
        return SystemMail(agent.email, subject, "\n\n".join(told) + "\n")


def _send(mail: SystemMail) -> None:
    try:
        post(mail)
    except OutsideFault as fault:
        log.warning("notice.letter_failed", fault=str(fault))


@cache
def _speaker() -> "Flask":
    """What words need to be translated where no page is served."""
    from flask import Flask

    from app.languages import install

    made = Flask(__name__)
    install(made)
    return made
