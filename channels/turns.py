"""Who may not send just now: channels and chats that wait for their turn, remembered by this process."""

from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy.orm import Session

from channels import rates
from channels.adapter import Adapter
from channels.models import MessagePart
from inbox.models import Message

LONGEST_NAP = 0.5


@dataclass
class Resting:
    """Channels and dialogs that are left alone until a moment of this process's clock."""

    channels: dict[int, float] = field(default_factory=dict)
    dialogs: dict[int, float] = field(default_factory=dict)

    def left_alone(self) -> tuple[list[int], list[int]]:
        """The channels and the dialogs that still rest."""
        for each in (self.channels, self.dialogs):
            for number in [number for number, until in each.items() if until <= monotonic()]:
                del each[number]
        return sorted(self.channels), sorted(self.dialogs)

    def nap(self) -> float:
        """How long to wait until the first of them may go on; 0.0 when nobody rests."""
        ends = [*self.channels.values(), *self.dialogs.values()]
        return min(max(0.01, min(ends) - monotonic()), LONGEST_NAP) if ends else 0.0


def wait_for_turn(
    session: Session, resting: Resting, message: Message, part: MessagePart, adapter: Adapter
) -> bool:
    """Count the call against the rates of its channel; whether it has to wait instead.

    Who waits for its chat lets other chats go on; who waits for the channel holds them all.
    """
    allowed = adapter.capabilities.rates
    if not allowed:
        return False
    dialog = message.dialog
    chat = dialog.thread_key or str(dialog.id)
    cost = int(part.payload.get("cost", 1))
    windows = rates.windows_for(
        allowed, channel_id=message.channel_id, chat=chat, is_group=dialog.is_group, cost=cost
    )
    waits = rates.take_turn(session, windows)
    for window, wait in zip(windows, waits, strict=True):
        if wait and window.scope == "channel":
            resting.channels[message.channel_id] = monotonic() + wait
        elif wait:
            resting.dialogs[dialog.id] = monotonic() + wait
    return any(waits)
