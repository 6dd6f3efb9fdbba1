"""Being called instead of asking: addresses nobody can guess, secrets, and the switch between the two.

    a channel's `mode` is "webhook" ──▶ want_hooks() ──▶ prepare_hook ──▶ subscribe ──▶ settings["receiving"]
    its `mode` is "poll" again      ──▶ want_hooks() ──▶ unsubscribe  ──▶ "receiving" goes, pollers begin

Pollers leave a channel alone as long as it has "receiving", and no longer. What was told and what
was refused holds for the address and the key it was asked with, not for those that are set meanwhile.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from channels.access import open_access, sealed
from channels.errands import want_errand
from channels.models import Errand
from channels.registry import capabilities_of, kinds
from core.config import get_settings
from inbox.models import Channel
from inbox.recording import record_on

KEY, SECRET, RECEIVING, MODE = "hook_key", "hook_secret", "receiving", "mode"
IMPOSSIBLE, ASKED_WITH = "hook_impossible", "asked_with"
PREPARE, SUBSCRIBE, UNSUBSCRIBE = STEPS = ("prepare_hook", "subscribe", "unsubscribe")


class Waiting(NamedTuple):
    """A step of a channel that was asked for and is not done."""

    id: int
    channel_id: int
    step: str
    payload: Mapping[str, Any]


def channel_behind(session: Session, kind: str, key: str) -> Channel | None:
    """The channel that is called at this address."""
    if len(key) < 20:
        return None
    return session.scalar(select(Channel).where(Channel.kind == kind, Channel.settings[KEY].astext == key))


def hook_url(channel: Channel) -> str:
    """Where the outside is to call; only for a channel that has been prepared."""
    return f"{get_settings().base_url}/hooks/{channel.kind}/{channel.settings[KEY]}"


def want_hooks(session: Session) -> int:
    """Ask for whatever brings channels to the way of receiving that is set for them; how many need it.

    It is called every second, so a step that waits is left alone with its pauses, unless it is not
    what the settings ask for any more.
    """
    wanted, waiting = 0, _waiting(session)
    for channel in _channels(session, waiting):
        outdated = [each for each in waiting[channel.id] if not is_wanted(channel, each.step, each.payload)]
        dropped = {each.step for each in outdated if _drop(session, each)}
        if len(dropped) < len(waiting[channel.id]):
            continue
        # The outside may have heard that it is not to call any more.
        step = PREPARE if UNSUBSCRIBE in dropped and _wants_calls(channel) else _next_step(channel)
        if step is not None:
            ask_step(session, channel, step)
            wanted += 1
    return wanted


def is_wanted(channel: Channel, step: str, payload: Mapping[str, Any]) -> bool:
    """Whether a step that was asked for is still one that the settings ask for."""
    suits = _wants_calls(channel) is (step != UNSUBSCRIBE)
    return suits and payload.get(ASKED_WITH) == _fingerprint(channel)


def ask_step(session: Session, channel: Channel, step: str, **details: Any) -> None:
    """Have a step made with the address and the key of this moment."""
    want_errand(session, channel.id, step, "hook", {**details, ASKED_WITH: _fingerprint(channel)})


def prepare(session: Session, channel: Channel, told: dict[str, Any]) -> None:
    """Give a channel its address and its secret, with what its adapter must know before the first call."""
    kept = dict(open_access(channel).secrets)
    if not kept.get(SECRET):
        channel.secrets = sealed({**kept, SECRET: secrets.token_urlsafe(32)})
    key = channel.settings.get(KEY) or secrets.token_urlsafe(24)
    channel.settings = {**channel.settings, **told, KEY: key}
    session.flush()


def note_impossible(session: Session, channel: Channel, payload: Mapping[str, Any]) -> None:
    """The outside does not want to call us as it was asked; it is asked again once something was changed."""
    channel.settings = {**channel.settings, IMPOSSIBLE: payload.get(ASKED_WITH)}


def note_subscribed(
    session: Session, channel: Channel, payload: Mapping[str, Any], told: Mapping[str, Any]
) -> None:
    """The outside calls us from now on, as it was asked; whoever polls ends."""
    channel.settings = {**channel.settings, **told, RECEIVING: payload.get(ASKED_WITH)}
    _record(session, channel, "webhook")


def note_unsubscribed(session: Session, channel: Channel) -> None:
    """The outside calls us no more; pollers begin."""
    channel.settings = {name: value for name, value in channel.settings.items() if name != RECEIVING}
    _record(session, channel, "poll")


def _next_step(channel: Channel) -> str | None:
    if not _wants_calls(channel):
        return UNSUBSCRIBE if RECEIVING in channel.settings else None
    if channel.settings.get(IMPOSSIBLE) == _fingerprint(channel):
        return None
    if not channel.settings.get(KEY) or channel.settings.get(RECEIVING) != _fingerprint(channel):
        return PREPARE
    return None


def _wants_calls(channel: Channel) -> bool:
    return bool(channel.settings.get(MODE) == "webhook")


def _drop(session: Session, waiting: Waiting) -> bool:
    """Whether it waits no more; what is being made goes on."""
    rests = or_(Errand.lease_until.is_(None), Errand.lease_until < func.clock_timestamp())
    return bool(session.scalar(delete(Errand).where(Errand.id == waiting.id, rests).returning(Errand.id)))


def _waiting(session: Session) -> defaultdict[int, list[Waiting]]:
    found = defaultdict(list)
    for row in session.execute(
        select(Errand.id, Errand.channel_id, Errand.kind, Errand.payload).where(Errand.kind.in_(STEPS))
    ):
        found[row.channel_id].append(Waiting(*row))
    return found


def _fingerprint(channel: Channel) -> str:
    """What a subscription holds for: the address we are called at and the key we asked with."""
    told = f"{hook_url(channel) if channel.settings.get(KEY) else ''}|{channel.settings.get('api_base')}|"
    return hashlib.sha256(told.encode() + (channel.secrets or b"")).hexdigest()[:16]


def _channels(session: Session, waiting: Collection[int]) -> Sequence[Channel]:
    called = [kind for kind in kinds() if _may_be_called(kind)]
    return session.scalars(
        select(Channel)
        .where(
            Channel.kind.in_(called),
            Channel.enabled,
            ~Channel.demo,
            or_(
                Channel.settings[MODE].astext == "webhook",
                Channel.settings.has_key(RECEIVING),
                Channel.id.in_(sorted(waiting)),
            ),
        )
        .order_by(Channel.id)
    ).all()


def _may_be_called(kind: str) -> bool:
    able = capabilities_of(kind)
    return able is not None and "webhook" in able.receive


def _record(session: Session, channel: Channel, how: str) -> None:
    record_on(session, channel, "channel.receiving_changed", receiving=how)
