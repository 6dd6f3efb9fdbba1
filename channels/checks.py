"""Testing a channel: asked for in the settings, made by a worker, shown step by step."""

from dataclasses import replace
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from channels.access import open_access
from channels.adapter import ChannelAccess, Health, WritesToItself
from channels.hooks import RECEIVING as CALLED
from channels.hooks import note_unsubscribed
from channels.models import ChannelCheck
from channels.registry import adapter_for, asks_for
from core.clock import now
from core.db import transaction
from core.events import record
from inbox.actions.channels import hold_channel
from inbox.actions.health import RECEIVING, note_failure, note_success
from inbox.models import Channel
from people.models import Agent

log = structlog.get_logger()

LEASE = timedelta(minutes=3)
QUIET = timedelta(minutes=30)
A_DAY = timedelta(days=1)
LETTER = "letter"
TAKES = "server_takes"  # bytes of the largest message, by the outside's own word; 0 if it says nothing


def ask_check(
    session: Session, channel: Channel, *, agent: Agent | None, letter: bool = False
) -> ChannelCheck:
    """Ask for a test of a channel, with a `letter` to itself or without; one that waits is asked for once."""
    waiting = session.scalar(
        select(ChannelCheck).where(ChannelCheck.channel_id == channel.id, ChannelCheck.done_at.is_(None))
    )
    if waiting is not None:
        waiting.facts = {**waiting.facts, LETTER: letter or waiting.facts.get(LETTER, False)}
        return waiting
    check = ChannelCheck(
        channel_id=channel.id,
        asked_by=agent.id if agent else None,
        steps=[],
        warnings=[],
        facts={LETTER: letter},
    )
    session.add(check)
    session.flush()
    record(
        session,
        "channel.check_asked",
        channel.topic,
        audience=None,
        actor=agent.ref if agent else None,
        check_id=check.id,
    )
    return check


def ask_about_calls(session: Session) -> int:
    """Have channels tested that the outside calls, and by which nothing came for a while; how many.

    Who is called does not hear that nobody calls any more. Of the tests that nobody asked for, those of
    the last day are kept.
    """
    quiet = now() - QUIET
    called = session.scalars(
        select(Channel).where(
            Channel.enabled,
            ~Channel.demo,
            Channel.settings.has_key(CALLED),
            func.coalesce(Channel.last_arrival_at, Channel.created_at) < quiet,
        )
    ).all()
    for channel in called:
        ask_check(session, channel, agent=None)
    session.execute(
        delete(ChannelCheck).where(
            ChannelCheck.channel_id.in_([each.id for each in called]),
            ChannelCheck.asked_by.is_(None),
            ChannelCheck.done_at < now() - A_DAY,
        )
    )
    return len(called)


def latest_check(session: Session, channel: Channel) -> ChannelCheck | None:
    """The newest test of a channel, made or waiting."""
    return session.scalar(
        select(ChannelCheck)
        .where(ChannelCheck.channel_id == channel.id)
        .order_by(ChannelCheck.id.desc())
        .limit(1)
    )


def note_found(session: Session, channel: Channel, health: Health) -> None:
    """Show what was found by the way as the newest test of a channel, where people look for it."""
    check = ChannelCheck(channel_id=channel.id, facts={}, done_at=now(), **_told(health))
    session.add(check)
    session.flush()
    _record(session, channel, check)


def make_checks(*, seconds: float = inf) -> int:
    """Make the tests that were asked for until none waits or the time is up; how many were made."""
    made, until = 0, monotonic() + seconds
    while monotonic() < until and (claimed := _claim()) is not None:
        check_id, access, letter = claimed
        _note(check_id, _verify(access, letter=letter))
        made += 1
    return made


def due_checks(session: Session) -> bool:
    """Whether any test waits to be made."""
    return bool(session.scalar(select(exists().where(_is_due()))))


def _is_due() -> ColumnElement[bool]:
    return ChannelCheck.done_at.is_(None) & or_(
        ChannelCheck.lease_until.is_(None), ChannelCheck.lease_until < func.clock_timestamp()
    )


def _claim() -> tuple[int, ChannelAccess, bool] | None:
    with transaction() as session:
        check = session.scalar(
            select(ChannelCheck)
            .where(_is_due())
            .order_by(ChannelCheck.id)
            .limit(1)
            .with_for_update(of=ChannelCheck, skip_locked=True)
        )
        if check is None:
            return None
        check.lease_until = func.clock_timestamp() + LEASE
        return check.id, open_access(check.channel), bool(check.facts.get(LETTER))


def _verify(access: ChannelAccess, *, letter: bool) -> Health:
    adapter = adapter_for(access)
    try:
        health = adapter.verify()
        if not (letter and health.state == "ok" and isinstance(adapter, WritesToItself)):
            return health
        step = adapter.write_to_itself()
        return replace(health, state="ok" if step[1] else "degraded", steps=(*health.steps, step))
    except Exception as error:
        # The contract says it never raises; an administrator who waits must hear of it all the same.
        log.exception("check.broke", channel_id=access.channel_id)
        return Health("broken", "bug", f"{type(error).__name__}: {error}")
    finally:
        adapter.close()


def _note(check_id: int, health: Health) -> None:
    with transaction() as session:
        check = session.get_one(ChannelCheck, check_id)
        channel = hold_channel(session, session.get_one(Channel, check.channel_id))
        check.done_at, check.lease_until = now(), None
        for name, value in _told(health).items():
            setattr(check, name, value)
        check.facts = dict(health.facts)
        if health.facts.get("is_called") is False:
            note_unsubscribed(session, channel)  # so that the clock asks for it again
        if health.facts.get("settings"):
            channel.settings = {**channel.settings, **health.facts["settings"]}
        if health.identity and not asks_for(channel.kind, "address"):
            channel.address = health.identity
        if health.facts.get("takes") is not None and health.facts["takes"] != channel.settings.get(TAKES):
            channel.settings = {**channel.settings, TAKES: health.facts["takes"]}
        if health.state == "broken":
            code, receiving = health.code.removeprefix(RECEIVING), health.code.startswith(RECEIVING)
            note_failure(session, channel, code=code, detail=health.detail, broken=True, receiving=receiving)
        elif health.state == "ok":
            note_success(session, channel)
            note_success(session, channel, receiving=True)
        _record(session, channel, check)


def _told(health: Health) -> dict[str, Any]:
    return {
        "state": health.state,
        "code": health.code,
        "detail": health.detail[:2000],
        "steps": [list(step) for step in health.steps],
        "warnings": list(health.warnings),
    }


def _record(session: Session, channel: Channel, check: ChannelCheck) -> None:
    record(
        session,
        "channel.checked",
        channel.topic,
        audience=None,
        check_id=check.id,
        state=check.state,
        code=check.code,
    )
