"""Packets on the socket of a screen: text alone, and whatever else comes counts as hanging up.

The library keeps the attachments that a packet promises until all of them have come, however many there
are and however big; and what is no packet at all breaks in its hands, once for every frame.
"""

from typing import Any

from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet

_GOODBYE = str(DISCONNECT)


class ScreenPacket(Packet):  # type: ignore[misc]
    """A packet that connects, says something, or says goodbye."""

    uses_binary_events = False
    packet_type: int
    namespace: str | None
    data: Any

    def __init__(self, *given: Any, encoded_packet: Any = None, **named: Any) -> None:
        if encoded_packet is not None and (not encoded_packet or not isinstance(encoded_packet, str)):
            encoded_packet = _GOODBYE
        super().__init__(*given, encoded_packet=encoded_packet, **named)

    def decode(self, encoded_packet: str) -> int:
        """Read a packet; there are never attachments to wait for."""
        try:
            attachments = super().decode(encoded_packet)
        except (ValueError, RecursionError):
            attachments = 1
        if attachments or self.namespace is not None or not self._says_something():
            self.packet_type, self.namespace, self.id, self.data = DISCONNECT, None, None, None
        return 0

    def _says_something(self) -> bool:
        if self.packet_type == EVENT:
            return isinstance(self.data, list) and bool(self.data) and isinstance(self.data[0], str)
        return self.packet_type in (CONNECT, DISCONNECT)
