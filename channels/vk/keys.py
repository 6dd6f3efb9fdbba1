"""Names of things in VK, and the names we give them."""

import hashlib

CHATS = 2_000_000_000
MOST_CHATS = 100_000_000


def is_chat(peer_id: int) -> bool:
    """Whether a peer is a chat of several people; user ids may be greater than any chat's."""
    return CHATS < peer_id <= CHATS + MOST_CHATS


def message_key(peer_id: int, number: int) -> str:
    """A message by its number in its conversation, which never changes and is there from the start."""
    return f"{peer_id}/{number}"


def numbers_of(key: str) -> tuple[int, int]:
    """Peer and number of a message by its key; ValueError for a key that is none."""
    peer_id, _, number = key.partition("/")
    return int(peer_id), int(number)


def random_id_of(part_key: str) -> int:
    """The number by which VK drops a second send of one part: never 0, which would mean no check."""
    return int.from_bytes(hashlib.sha256(part_key.encode()).digest()[:4]) & 0x7FFFFFFF or 1


def client_key(peer_id: int, random_id: int) -> str:
    """What an echo of a send is known by."""
    return f"{peer_id}:{random_id}"


def page_of(person: int) -> str:
    """Where somebody's page is."""
    return f"vk.com/id{person}" if person > 0 else f"vk.com/club{-person}"
