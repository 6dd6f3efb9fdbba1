"""Signed words that a form carries: when it was opened, and the files it holds already."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import orjson

from core.clock import now
from core.secrets import open_signed, sign, verify

SHORTEST = timedelta(seconds=3)
LONGEST = timedelta(hours=24)
FILE_KEPT = timedelta(hours=12)


class Opened(StrEnum):
    """What the pass of a form says of whoever sends it."""

    FINE = "fine"
    MISSING = "no_pass"
    FORGED = "forged_pass"
    FAST = "too_fast"
    OLD = "old_pass"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a submission that lies in the store."""

    field: str
    name: str
    mime: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, object]:
        """The file as it stands in a payload."""
        return asdict(self)


def opening_pass(key: str) -> str:
    """That this form was opened now; one of its own for each time, so that no two people share it."""
    issued = f"{now().timestamp():.3f}:{secrets.token_urlsafe(9)}"
    return sign(f"form opened {key}", issued, expires=now() + LONGEST)


def how_opened(key: str, given: str) -> Opened:
    """How a form's pass bears out what was sent with it."""
    if not given:
        return Opened.MISSING
    opened = open_signed(f"form opened {key}", given) if len(given) < 500 else None
    if opened is None:
        return Opened.FORGED
    if opened.is_over:
        return Opened.OLD
    issued = datetime.fromtimestamp(float(opened.value.partition(":")[0]), UTC)
    return Opened.FAST if now() - issued < SHORTEST else Opened.FINE


def file_pass(key: str, file: KeptFile) -> str:
    """That a file lies in our store already, for the form that is shown once more."""
    return sign(f"form file {key}", orjson.dumps(file.as_json()).decode(), expires=now() + FILE_KEPT)


def file_behind(key: str, given: str) -> KeptFile | None:
    """The file that a pass stands for; None for one that is not ours, another form's, or over."""
    opened = verify(f"form file {key}", given) if 0 < len(given) < 4000 else None
    told: Mapping[str, object] = orjson.loads(opened) if opened is not None else {}
    return KeptFile(**told) if told else None  # type: ignore[arg-type]
