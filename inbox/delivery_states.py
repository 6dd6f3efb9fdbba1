"""How far answers have come, and which of several states a message shows."""

from collections.abc import Sequence

from inbox.models import Delivery

FROM_WORST = (
    Delivery.FAILED,
    Delivery.UNCERTAIN,
    Delivery.HELD,
    Delivery.QUEUED,
    Delivery.SENDING,
    Delivery.SENT,
    Delivery.DELIVERED,
    Delivery.READ,
)


def worst_of(states: Sequence[str]) -> str:
    """The state a message shows when its recipients differ: what needs a person comes first."""
    return min(states, key=lambda state: FROM_WORST.index(Delivery(state)))
