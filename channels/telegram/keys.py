"""What conversations and messages are called: "7", "-100123:t12", "biz:CONNECTION:7", "7/42". Pure."""

from dataclasses import dataclass

from channels.adapter import BadContent

BUSINESS = "biz:"
TOPIC = ":t"


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages go: a chat, perhaps a topic in it, perhaps on behalf of a business account."""

    chat: int
    topic: int | None = None
    business: str = ""

    @property
    def conversation_key(self) -> str:
        """Everything that is needed to answer there."""
        topic = f"{TOPIC}{self.topic}" if self.topic is not None else ""
        return f"{self._chat}{topic}"

    def message_key(self, message_id: int) -> str:
        """A message by a name of its own in the whole channel; Telegram counts per chat, not per topic."""
        return f"{self._chat}/{message_id}"

    @property
    def _chat(self) -> str:
        return f"{BUSINESS}{self.business}:{self.chat}" if self.business else str(self.chat)


def place_of(conversation_key: str) -> Place:
    """The place that was named; BadContent for a name that is none of ours."""
    try:
        business, rest = "", conversation_key
        if rest.startswith(BUSINESS):
            business, _, rest = rest.removeprefix(BUSINESS).rpartition(":")
            return Place(int(rest), business=business)
        chat, _, topic = rest.partition(TOPIC)
        return Place(int(chat), int(topic) if topic else None)
    except ValueError:
        raise BadContent(f"{conversation_key!r} names no chat", code="bad_conversation") from None


def message_id_of(message_key: str) -> int:
    """The number of a message within its chat."""
    try:
        return int(message_key.rpartition("/")[2])
    except ValueError:
        raise BadContent(f"{message_key!r} names no message", code="bad_message") from None


def is_of(message_key: str, place: Place) -> bool:
    """Whether the message lies in this chat, so that it can be answered there."""
    return message_key.rpartition("/")[0] == place.message_key(0).rpartition("/")[0]
