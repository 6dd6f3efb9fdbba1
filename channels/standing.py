"""Whether what somebody saves was made from what stands there now.

A page carries the mark of what it was made from. What was saved meanwhile by somebody else is not
overwritten unseen; naming its mark instead says that it may be.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from core.errors import Conflict
from core.words import N_

CHANGED_MEANWHILE = N_("Nothing was saved: somebody changed this after you had opened the page.")


def mark_of(standing: Mapping[str, Any]) -> str:
    """A name for what stands there; the same words have the same, whoever saved them and when."""
    return hashlib.sha256(orjson.dumps(dict(standing), option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def refuse_outdated(standing: Mapping[str, Any], wanted: Mapping[str, Any], *, replaces: str | None) -> None:
    """Conflict (changed_meanwhile) unless `replaces` is the mark of what stands there.

    Call it while the row is held. A form sent twice finds its own words, which nobody has changed.
    """
    if replaces is None or replaces == mark_of(standing) or mark_of(wanted) == mark_of(standing):
        return
    raise Conflict(CHANGED_MEANWHILE, code="changed_meanwhile")
