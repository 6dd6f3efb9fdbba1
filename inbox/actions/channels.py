"""Channels as administrators see them: connected, changed, switched off and on, allowed to write."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Invalid
from core.events import EVERYONE, record
from core.secrets import seal, unseal
from core.words import N_
from inbox.models import Channel, Dialog
from inbox.recording import record_on
from people.models import Agent
from people.rules import check_undo_seconds

# Whoever stores something that belongs to the channel need not wait: its number stays.
_HELD = (
    select(Channel)
    .where(Channel.id == bindparam("id"))
    .with_for_update(of=Channel, key_share=True)
    .execution_options(populate_existing=True)
)


def hold_channel(session: Session, channel: Channel) -> Channel:
    """Lock the channel's row and read it anew; whoever adds to its settings or secrets begins so.

    Both are written whole, so without it what was written meanwhile would be lost.
    """
    session.flush()
    session.execute(_HELD, {"id": channel.id}).scalar_one()
    return channel


def connect_channel(
    session: Session,
    *,
    agent: Agent | None,
    kind: str,
    name: str,
    address: str = "",
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    audience: str = EVERYONE,
    team_id: int | None = None,
) -> Channel:
    """Open a new door for customers; nothing leaves by it before `confirm_outbound`.

    The same address is not connected twice: both would fetch the same letters.
    """
    _refuse_twin(session, kind, address)
    channel = Channel(
        kind=kind,
        name=name,
        address=address,
        settings={**settings, "connected_at": now().isoformat()},
        secrets=seal(orjson.dumps(dict(secrets)).decode()) if secrets else None,
        audience=audience,
        team_id=team_id,
    )
    session.add(channel)
    session.flush()
    _record(session, channel, "channel.connected", agent)
    return channel


def change_channel(
    session: Session,
    channel: Channel,
    *,
    agent: Agent | None,
    name: str | None = None,
    address: str | None = None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str | None] | None = None,
) -> None:
    """Change what is given; an empty secret keeps the one that is stored, None forgets it.

    The channel gets another chance at once: its old errors say nothing about the new settings.
    """
    hold_channel(session, channel)
    if address is not None and address.lower() != channel.address.lower():
        _refuse_twin(session, channel.kind, address, but=channel)
        channel.address = address
    if name is not None:
        channel.name = name
    if settings is not None:
        channel.settings = {**channel.settings, **settings}
    if secrets is not None and any(value != "" for value in secrets.values()):
        kept = orjson.loads(unseal(channel.secrets)) if channel.secrets else {}
        kept |= {field: value for field, value in secrets.items() if value}
        kept = {field: value for field, value in kept.items() if secrets.get(field, value) is not None}
        channel.secrets = seal(orjson.dumps(kept).decode())
    _forget_errors(channel)
    _record(session, channel, "channel.changed", agent)


def change_undo_time(session: Session, channel: Channel, *, agent: Agent | None, seconds: int | None) -> None:
    """Hold a channel's answers for its own time, or with None as long as the workspace says."""
    wanted = None if seconds is None else check_undo_seconds(seconds)
    if channel.undo_seconds != wanted:
        channel.undo_seconds = wanted
        _record(session, channel, "channel.changed", agent, undo_seconds=wanted)


def enable_channel(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """Fetch and send again.

    A mailbox of the demonstration belongs to nobody: there is nothing to fetch, and whoever might
    have its address would get answers to letters nobody wrote.
    """
    if channel.demo:
        raise Conflict(
            N_("“%(name)s” belongs to the example. Connect a mailbox of your own."),
            code="demo_channel",
            name=channel.name,
        )
    hold_channel(session, channel)
    if not channel.enabled:
        _refuse_twin(session, channel.kind, channel.address, but=channel)
        channel.enabled = True
        _forget_errors(channel)
        _record(session, channel, "channel.changed", agent, enabled=True)


def disable_channel(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """Make no call to the outside any more; what waits to leave is kept."""
    if channel.enabled:
        channel.enabled = False
        _record(session, channel, "channel.changed", agent, enabled=False)


def confirm_outbound(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """Allow the channel to write to customers: somebody has seen that it is the right one."""
    if channel.demo:
        raise Conflict(N_("The example writes to nobody."), code="demo_channel")
    if not channel.outbound_confirmed:
        channel.outbound_confirmed = True
        _record(session, channel, "channel.changed", agent, outbound_confirmed=True)


def restrict_channel(session: Session, channel: Channel, *, agent: Agent, audience: str) -> None:
    """Say who may learn of a channel and all its dialogs: everyone, a team, or the channel's own members.

    Dialogs follow in the same transaction, so no list and no room shows one that others may not see.
    """
    if audience not in (EVERYONE, f"channel:{channel.id}") and not audience.startswith("team:"):
        raise Invalid(N_("Choose who may see this channel."), code="bad_audience", field="audience")
    if channel.audience == audience:
        return
    was, channel.audience = channel.audience, audience
    session.execute(update(Dialog).where(Dialog.channel_id == channel.id).values(audience=audience))
    record(
        session,
        "channel.changed",
        channel.topic,
        audience=EVERYONE,
        actor=agent.ref,
        was=was,
        to=audience,
    )


def _refuse_twin(session: Session, kind: str, address: str, *, but: Channel | None = None) -> None:
    if not address:
        return
    twin = session.scalar(
        select(Channel).where(
            Channel.kind == kind,
            func.lower(Channel.address) == address.lower(),
            Channel.enabled,
            Channel.id != (but.id if but else 0),
        )
    )
    if twin is not None:
        raise Conflict(
            N_("%(address)s is already connected as “%(name)s”."),
            code="address_taken",
            field="address",
            address=address,
            name=twin.name,
        )


def _forget_errors(channel: Channel) -> None:
    channel.health, channel.health_code, channel.health_detail = "ok", "", ""
    channel.errors_in_row = 0
    channel.retry_at = channel.health_since = None


def _record(session: Session, channel: Channel, kind: str, agent: Agent | None, **details: Any) -> None:
    record_on(session, channel, kind, actor=agent.ref if agent else None, **details)
