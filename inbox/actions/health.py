"""How a channel fares: ok, degraded after errors in a row, broken when only a person can mend it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from core.clock import now
from inbox.actions.channels import hold_channel
from inbox.models import Channel
from inbox.recording import record_on
from people.notices import tell_administrators

ERRORS_UNTIL_DEGRADED = 5
LONGEST_PAUSE = timedelta(minutes=5)
RECEIVING = "receive."


def note_failure(
    session: Session,
    channel: Channel,
    *,
    code: str,
    detail: str,
    broken: bool = False,
    receiving: bool = False,
) -> None:
    """Count an error of a channel; its next try waits longer each time, five minutes at most.

    `broken` means that only a person can mend it; its queue is held, not failed, and it is tried
    every five minutes whether somebody did. Trouble with `receiving` is marked in the code and holds
    up nothing that leaves.
    """
    hold_channel(session, channel)
    channel.errors_in_row += 1
    if receiving:
        code = RECEIVING + code
    else:
        growing = timedelta(seconds=2 ** min(channel.errors_in_row, 9))
        pause = LONGEST_PAUSE if broken else min(growing, LONGEST_PAUSE)
        channel.retry_at = now() + pause
    if broken:
        _change(session, channel, "broken", code, detail)
    elif channel.health != "broken" and channel.errors_in_row >= ERRORS_UNTIL_DEGRADED:
        _change(session, channel, "degraded", code, detail)


def note_success(session: Session, channel: Channel, *, receiving: bool = False) -> None:
    """The channel works (again): its errors are forgotten, unless they are those of the other direction."""
    if channel.health == "ok" and not channel.errors_in_row and channel.retry_at is None:
        return
    hold_channel(session, channel)
    if channel.health != "ok" and channel.health_code.startswith(RECEIVING) is not receiving:
        return
    channel.errors_in_row = 0
    channel.retry_at = None
    _change(session, channel, "ok", "", "")


def _change(session: Session, channel: Channel, health: str, code: str, detail: str) -> None:
    if (channel.health, channel.health_code) == (health, code):
        return
    channel.health, channel.health_code, channel.health_detail = health, code, detail[:2000]
    channel.health_since = now()
    record_on(session, channel, "channel.health_changed", health=health, code=code)
    if health == "broken":
        tell_administrators(session, "channel.broken", channel.topic, code=code)
