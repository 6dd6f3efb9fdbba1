"""Proof of work: a browser computes for a moment before a stranger may begin, and each proof counts once.

The puzzles are those of ALTCHA (https://altcha.org/docs/v2/proof-of-work/), signed with a key of ours for
each purpose. That a proof was used is remembered in Valkey until it would be too old anyway, in
the database while Valkey is away; whoever has Valkey fail between two uses may use one twice.
"""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from altcha import Payload, create_challenge, verify_solution
from redis.exceptions import RedisError
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.models import SpentChallenge
from core.clock import now
from core.config import get_settings
from core.secrets import derive_key, derive_keys
from core.valkey import quick_valkey

log = structlog.get_logger()

ALGORITHM = "PBKDF2/SHA-256"
COST = 5_000
PREFIX = "00"
GOOD_FOR = timedelta(hours=1)
LONGEST_SOLUTION = 2_000
LEAVE_ALONE = 2.0
_UNTIL = "until"


def make_challenge(purpose: str) -> dict[str, Any]:
    """A puzzle that a browser solves in about a second; good for an hour, one purpose and one use."""
    until = int((now() + GOOD_FOR).timestamp())
    made = create_challenge(
        ALGORITHM, COST, key_prefix=PREFIX, data={_UNTIL: until}, hmac_secret=derive_key(_secret(purpose))
    )
    told: dict[str, Any] = made.to_dict()
    return told


def is_solved(session: Session, purpose: str, solution: str) -> bool:
    """Whether this solves a challenge we made for the purpose, which is not over and was not used before.

    It is used from now on. Nothing that anybody can send makes this raise.
    """
    opened = _opened(purpose, solution)
    if opened is None:
        return False
    nonce, until = opened
    if until <= now():
        return False
    key = hashlib.sha256(f"{purpose}:{nonce}".encode()).hexdigest()
    return _spend(session, key, until)


def forget_spent_challenges(session: Session) -> None:
    """Throw away what is too old to be used again."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.until < now()))


def _secret(purpose: str) -> str:
    return f"challenge {purpose}"


def _opened(purpose: str, solution: str) -> tuple[str, datetime] | None:
    """The name of the challenge that was solved and when it is over; None if this is no solution of ours."""
    if not 0 < len(solution) <= LONGEST_SOLUTION:
        return None
    try:
        if not any(verify_solution(solution, key).verified for key in derive_keys(_secret(purpose))):
            return None
        parameters = Payload.from_base64(solution).challenge.parameters
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return parameters.nonce, datetime.fromtimestamp((parameters.data or {})[_UNTIL], UTC)


def _spend(session: Session, key: str, until: datetime) -> bool:
    if get_settings().redis_url and time.monotonic() >= _away[_UNTIL]:
        try:
            seconds = max(1, int((until - now()).total_seconds()) + 1)
            first = quick_valkey().set(f"emptyfeed:spent:{key}", 1, nx=True, ex=seconds)
        except (RedisError, OSError) as error:
            _away[_UNTIL] = time.monotonic() + LEAVE_ALONE
            log.warning("challenges.valkey_away", error=type(error).__name__)
        else:
            return bool(first) and not session.scalar(select(exists().where(SpentChallenge.key == key)))
    made = insert(SpentChallenge).values(key=key, until=until).on_conflict_do_nothing()
    return session.scalar(made.returning(SpentChallenge.key)) is not None


_away = {_UNTIL: 0.0}
