"""Who looks at a dialog and who types in it: keys in Valkey that fade, and nothing that must last."""

import time
from functools import cache

from redis import Redis
from redis.exceptions import RedisError

from core.config import get_settings
from core.valkey import quick_options

LOOKING_FADES = 90.0
TYPING_FADES = 6.0

_LEAVE_ALONE = 2.0


class Presence:
    """The people in each dialog, as far as Valkey can be asked: VALKEY_PATIENCE at most, or left."""

    def __init__(self, redis_url: str) -> None:
        self._valkey = Redis.from_url(redis_url, **quick_options(), decode_responses=True)
        self._ask_from = 0.0

    def look(self, dialog_id: int, agent_id: int, seat: str) -> None:
        """Note that a window shows a dialog; noted again it stays, else it fades."""
        self._note(f"presence:{dialog_id}", f"{agent_id}:{seat}", LOOKING_FADES)

    def leave(self, dialog_id: int, agent_id: int, seat: str) -> None:
        """Note that a window shows it no longer."""
        self._drop(f"presence:{dialog_id}", f"{agent_id}:{seat}")
        self._drop(f"typing:{dialog_id}", f"{agent_id}")

    def type(self, dialog_id: int, agent_id: int) -> None:
        """Note that somebody types; it fades within seconds."""
        self._note(f"typing:{dialog_id}", f"{agent_id}", TYPING_FADES)

    def people(self, dialog_id: int) -> dict[int, bool]:
        """Who is in a dialog, and whether each of them types; nobody while Valkey is away."""
        looking = {int(member.partition(":")[0]) for member in self._members(f"presence:{dialog_id}")}
        typing = {int(member) for member in self._members(f"typing:{dialog_id}")}
        return {agent_id: agent_id in typing for agent_id in sorted(looking | typing)}

    def _note(self, key: str, member: str, fades: float) -> None:
        if time.monotonic() < self._ask_from:
            return
        try:
            with self._valkey.pipeline(transaction=False) as pipe:
                pipe.zadd(key, {member: time.time() + fades})
                pipe.expire(key, int(fades) + 1)
                pipe.execute()
        except (RedisError, OSError):
            self._leave_alone()

    def _drop(self, key: str, member: str) -> None:
        if time.monotonic() < self._ask_from:
            return
        try:
            self._valkey.zrem(key, member)
        except (RedisError, OSError):
            self._leave_alone()

    def _members(self, key: str) -> list[str]:
        if time.monotonic() < self._ask_from:
            return []
        try:
            found: list[str] = self._valkey.zrangebyscore(key, time.time(), "+inf")  # type: ignore[assignment]
        except (RedisError, OSError):
            self._leave_alone()
            return []
        return found

    def _leave_alone(self) -> None:
        self._ask_from = time.monotonic() + _LEAVE_ALONE


@cache
def house_presence() -> Presence | None:
    """The presence of this installation; None where there is no Valkey at all, as in tests."""
    url = get_settings().redis_url
    return Presence(url) if url else None


def viewers(dialog_id: int, *, but: int) -> list[int]:
    """Who else looks at a dialog."""
    presence = house_presence()
    return [agent_id for agent_id in presence.people(dialog_id) if agent_id != but] if presence else []
