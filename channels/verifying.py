"""What the test of a channel says when a step of it fails."""

from collections.abc import Iterable, Mapping
from typing import Literal

from channels.adapter import ChannelError, Health
from core.words import N_

UNKNOWN = N_("Something unexpected happened; the details say more.")
Step = tuple[str, bool, str]


def failed(
    fault: ChannelError,
    step: str,
    sentences: Mapping[str, str],
    *,
    before: Iterable[Step] = (),
    identity: str = "",
) -> Health:
    """A refused key is for a person to mend; everything else may pass by itself."""
    steps = (*before, (step, False, sentences.get(fault.code, UNKNOWN)))
    state: Literal["broken", "degraded"] = "broken" if fault.health == "broken" else "degraded"
    return Health(state, f"receive.{fault.code}", fault.detail, identity, steps=steps)
