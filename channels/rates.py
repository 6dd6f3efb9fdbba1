"""How often we may call: counted in Valkey for all workers, in the database while Valkey is away.

Each rate is a window that moves with time: at most so many calls lie in it, wherever one looks. The
database counts half as much, because nobody knows what Valkey had counted: slower, never over.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import structlog
from redis.exceptions import RedisError
from sqlalchemy import ColumnExpressionArgument, Float, ScalarSelect, delete, extract, func, select
from sqlalchemy.orm import Session

from channels.adapter import Rate
from channels.models import RateMark
from core.config import get_settings
from core.valkey import quick_valkey

log = structlog.get_logger()

MARGIN = 0.15  # what the way there may squeeze together
SHORTEST = 0.001  # who has to wait is never told 0
LEAVE_ALONE = 2.0
REFUSALS = 3
LATELY = timedelta(seconds=10)

# KEYS: windows; ARGV: a name, the shortest wait, then calls, seconds and cost of each window.
# Answers how long each has to wait; counted is only where none has to.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local waits, full = {}, false
for i, key in ipairs(KEYS) do
  local calls, seconds, cost = tonumber(ARGV[i * 3]), tonumber(ARGV[i * 3 + 1]), tonumber(ARGV[i * 3 + 2])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - seconds)
  local over = redis.call('ZCARD', key) + cost - calls
  waits[i] = '0'
  if over > 0 then
    local last = redis.call('ZRANGE', key, over - 1, over - 1, 'WITHSCORES')
    local wait = last[2] and (tonumber(last[2]) + seconds - now) or seconds
    waits[i], full = tostring(math.max(wait, tonumber(ARGV[2]))), true
  end
end
if full then return waits end
for i, key in ipairs(KEYS) do
  for n = 1, tonumber(ARGV[i * 3 + 2]) do redis.call('ZADD', key, now, ARGV[1] .. ':' .. n) end
  redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[i * 3 + 1]) * 1000) + 1000)
end
return waits
"""


@dataclass(frozen=True, slots=True)
class Window:
    """One rate for one channel or chat."""

    key: str
    calls: int
    seconds: float
    cost: int
    scope: str = "chat"


def windows_for(
    rates: Sequence[Rate], *, channel_id: int, chat: str, is_group: bool, cost: int
) -> list[Window]:
    """The windows that a call to send must fit into.

    One that costs more than a window holds waits until it is empty.
    """
    chats = "group" if is_group and any(rate.scope == "group" for rate in rates) else "chat"
    return [
        Window(
            f"rate:{channel_id}:{rate.scope}:{rate.calls}/{rate.seconds:g}"
            + ("" if rate.scope == "channel" else f":{chat}"),
            rate.calls,
            rate.seconds + MARGIN,
            min(cost, rate.calls),
            rate.scope,
        )
        for rate in rates
        if rate.scope in ("channel", chats)
    ]


def take_turn(session: Session, windows: Sequence[Window]) -> list[float]:
    """Count a call into all its windows, or into none; how many seconds each of them has to wait."""
    if time.monotonic() >= _valkey_from():
        try:
            return _take_in_valkey(windows)
        except (RedisError, OSError) as error:
            _away["until"] = time.monotonic() + LEAVE_ALONE
            log.warning("rates.valkey_away", error=type(error).__name__)
    return _take_in_database(session, windows)


def note_refusal(session: Session, channel_id: int, chat: str, seconds: float) -> bool:
    """Write down that a chat was told to wait; True when so many were that the whole channel waits."""
    session.add(RateMark(key=f"refused:{channel_id}:{chat}", at=func.clock_timestamp()))
    session.flush()
    refused = session.scalar(
        select(func.count(RateMark.key.distinct())).where(
            RateMark.key.startswith(f"refused:{channel_id}:", autoescape=True),
            RateMark.at > func.clock_timestamp() - LATELY,
        )
    )
    if (refused or 0) < REFUSALS:
        return False
    freeze(session, channel_id, seconds)
    return True


def freeze(session: Session, channel_id: int, seconds: float) -> None:
    """Send nothing by this channel for so long."""
    key = f"frozen:{channel_id}"
    session.execute(delete(RateMark).where(RateMark.key == key, RateMark.at < func.clock_timestamp()))
    session.add(RateMark(key=key, at=func.clock_timestamp() + timedelta(seconds=seconds)))
    session.flush()


def frozen_for(channel_id: ColumnExpressionArgument[int]) -> ScalarSelect[float]:
    """How many seconds a whole channel still waits, for a statement that asks for more."""
    left = extract("epoch", func.max(RateMark.at) - func.clock_timestamp())
    frozen = RateMark.key == func.concat("frozen:", channel_id)
    return select(func.greatest(left, 0.0, type_=Float)).where(frozen).scalar_subquery()


def forget_old_marks(session: Session) -> None:
    """Throw away what counts no more."""
    session.execute(delete(RateMark).where(RateMark.at < func.clock_timestamp() - timedelta(hours=1)))


_away = {"until": 0.0}


def _valkey_from() -> float:
    return _away["until"] if get_settings().redis_url else float("inf")


def _take_in_valkey(windows: Sequence[Window]) -> list[float]:
    told = [part for each in windows for part in (each.calls, each.seconds, each.cost)]
    keys = [f"emptyfeed:{each.key}" for each in windows]
    answer = quick_valkey().eval(_TAKE, len(keys), *keys, uuid4().hex, SHORTEST, *told)
    return [float(wait) for wait in answer]


def _take_in_database(session: Session, windows: Sequence[Window]) -> list[float]:
    """The same with rows, a lock for each window, and twice the time for as many calls."""
    waits = dict.fromkeys((each.key for each in windows), 0.0)
    for window in sorted(windows, key=lambda each: each.key):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(window.key, 0))))
        span = timedelta(seconds=window.seconds * 2)
        counted = select(RateMark.at).where(
            RateMark.key == window.key, RateMark.at > func.clock_timestamp() - span
        )
        taken = session.scalars(counted.order_by(RateMark.at)).all()
        over = len(taken) + window.cost - window.calls
        if over > 0:
            moment = session.scalars(select(func.clock_timestamp())).one()
            waits[window.key] = max(SHORTEST, (taken[over - 1] + span - moment).total_seconds())
    told = [waits[each.key] for each in windows]
    if any(told):
        return told
    for window in windows:
        session.add_all(RateMark(key=window.key, at=func.clock_timestamp()) for _ in range(window.cost))
    session.flush()
    return told
