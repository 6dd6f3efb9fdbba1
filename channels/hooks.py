"""Being called instead of asking: addresses nobody can guess, secrets, and the switch between the two.

    a channel's `mode` is "webhook" ──▶ want_hooks() ──▶ prepare_hook ──▶ subscribe ──▶ settings["receiving"]
    its `mode` is "poll" again      ──▶ want_hooks() ──▶ unsubscribe  ──▶ "receiving" goes, pollers begin

Pollers leave a channel alone as long as it has "receiving", and no longer.
"""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.access import open_access, sealed
from channels.errands import want_errand
from channels.registry import capabilities_of, kinds
from core.config import get_settings
from core.events import record
from inbox.models import Channel

KEY, SECRET, RECEIVING, MODE = "hook_key", "hook_secret", "receiving", "mode"
IMPOSSIBLE = "hook_impossible"


def channel_behind(session: Session, kind: str, key: str) -> Channel | None:
    """The channel that is called at this address."""
    if len(key) < 20:
        return None
    return session.scalar(select(Channel).where(Channel.kind == kind, Channel.settings[KEY].astext == key))


def hook_url(channel: Channel) -> str:
    """Where the outside is to call; only for a channel that has been prepared."""
    return f"{get_settings().base_url}/hooks/{channel.kind}/{channel.settings[KEY]}"


def want_hooks(session: Session) -> int:
    """Ask for whatever brings channels to the way of receiving that is set for them; how many need it."""
    wanted = 0
    for channel in _channels(session):
        errand = _next_step(channel)
        if errand is not None:
            # Asked for every second until it is done, so one that waits keeps its own pauses.
            want_errand(session, channel.id, errand, "hook", {}, again=False)
            wanted += 1
    return wanted


def prepare(session: Session, channel: Channel, told: dict[str, Any]) -> None:
    """Give a channel its address and its secret, with what its adapter must know before the first call."""
    kept = dict(open_access(channel).secrets)
    if not kept.get(SECRET):
        channel.secrets = sealed({**kept, SECRET: secrets.token_urlsafe(32)})
    key = channel.settings.get(KEY) or secrets.token_urlsafe(24)
    channel.settings = {**channel.settings, **told, KEY: key}
    session.flush()


def note_impossible(session: Session, channel: Channel) -> None:
    """The outside does not want to call us as things are; it is asked again once something was changed."""
    channel.settings = {**channel.settings, IMPOSSIBLE: _fingerprint(channel)}


def note_subscribed(session: Session, channel: Channel, told: dict[str, Any]) -> None:
    """The outside calls us from now on; whoever polls ends."""
    channel.settings = {**channel.settings, **told, RECEIVING: _fingerprint(channel)}
    _record(session, channel, "webhook")


def note_unsubscribed(session: Session, channel: Channel) -> None:
    """The outside calls us no more; pollers begin."""
    channel.settings = {name: value for name, value in channel.settings.items() if name != RECEIVING}
    _record(session, channel, "poll")


def _next_step(channel: Channel) -> str | None:
    if channel.settings.get(MODE) != "webhook":
        return "unsubscribe" if RECEIVING in channel.settings else None
    if channel.settings.get(IMPOSSIBLE) == _fingerprint(channel):
        return None
    if not channel.settings.get(KEY) or channel.settings.get(RECEIVING) != _fingerprint(channel):
        return "prepare_hook"
    return None


def _fingerprint(channel: Channel) -> str:
    """What a subscription holds for: the address we are called at and the key we asked with."""
    told = f"{hook_url(channel) if channel.settings.get(KEY) else ''}|{channel.settings.get('api_base')}|"
    return hashlib.sha256(told.encode() + (channel.secrets or b"")).hexdigest()[:16]


def _channels(session: Session) -> Sequence[Channel]:
    called = [kind for kind in kinds() if _may_be_called(kind)]
    return session.scalars(
        select(Channel)
        .where(
            Channel.kind.in_(called),
            Channel.enabled,
            ~Channel.demo,
            (Channel.settings[MODE].astext == "webhook") | Channel.settings.has_key(RECEIVING),
        )
        .order_by(Channel.id)
    ).all()


def _may_be_called(kind: str) -> bool:
    able = capabilities_of(kind)
    return able is not None and "webhook" in able.receive


def _record(session: Session, channel: Channel, how: str) -> None:
    topic = f"channel:{channel.id}"
    record(session, "channel.receiving_changed", topic, audience=channel.audience, receiving=how)
