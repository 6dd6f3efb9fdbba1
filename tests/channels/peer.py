"""The outside of one channel, as the contract plays it; each kind of channel has one of these.

A person is a name ("Max", "Mia", "guest 17"), known to the peer from the first time it is used, with a
private chat of one's own. `group=True` means the one group that everybody is in. Keys are those of
`Incoming.message_key`, so that a test can look the message up in the inbox.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from channels.adapter import ChannelAccess
from inbox.border import CardKind, MediaKind
from tests.peers.faults import Deed

OUTSIDE = frozenset(
    (
        "groups",
        "albums",
        "edits",
        "deletes",
        "reactions",
        "buttons",
        "replies",
        "quotes",
        "forwards",
        "files",  # that adapters fetch later
        "cards",
        "blocks",
        "moves",
        "elsewhere",  # answers that are written past us come to us
        "echoes",  # so do our own
        "typing",
        "reads",
        "hooks",
        "gap",  # it may lose history and say so
        "order",  # events may come in another order than they happened, and twice
        "limits",  # it counts calls and refuses what is too much
        "faults",  # it can be told to misbehave
        "poison",  # it can be made to say what no adapter can read
    )
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the outside to our webhook; names of headers in lower case."""

    headers: Mapping[str, str]
    body: bytes


class Peer:
    """What customers do there, what they got, and how the outside misbehaves.

    `outside` are those of OUTSIDE that this one knows: rows of the contract that need another are
    decided by it, and by the adapter's capabilities. `media` and `cards` are the kinds customers can send.
    """

    outside: frozenset[str] = frozenset()
    media: tuple[MediaKind, ...] = ()
    cards: tuple[CardKind, ...] = ()
    access: ChannelAccess

    # who connects

    def with_wrong_secret(self) -> ChannelAccess:
        """The same channel with contract.SECRET where the right one should be."""
        raise NotImplementedError

    def revoke(self) -> None:
        """Our token is good no more (every call is refused as with a wrong one), until `restore()`."""
        raise NotImplementedError

    def restore(self) -> None:
        """The token that was revoked is good again."""
        raise NotImplementedError

    # what customers do

    def conversation(self, who: str = "Max", *, group: bool = False) -> str | None:
        """The `conversation_key` of a private chat, or of the group; None where threads have no names."""
        return None

    def says(
        self,
        text: str,
        who: str = "Max",
        *,
        group: bool = False,
        reply_to: str | None = None,
        quote: str = "",
    ) -> str | None:
        """Somebody writes; the key of the message where it is known beforehand."""
        raise NotImplementedError

    def sends(
        self,
        kind: MediaKind,
        data: bytes,
        who: str = "Max",
        *,
        name: str = "",
        mime: str = "",
        text: str = "",
        album: str | None = None,
    ) -> str:
        """Somebody sends a file, all those with one `album` together."""
        raise NotImplementedError

    def shows(self, kind: CardKind, who: str = "Max") -> str:
        """Somebody sends what becomes a card of that kind; "unsupported" is a part nobody ever heard of."""
        raise NotImplementedError

    def edits(self, key: str, text: str) -> None:
        """Who wrote it changes it."""
        raise NotImplementedError

    def deletes(self, key: str) -> None:
        """Who wrote it takes it back."""
        raise NotImplementedError

    def reacts(self, key: str, reactions: tuple[str, ...], who: str = "Max") -> None:
        """All that somebody has put on a message now."""
        raise NotImplementedError

    def presses(self, key: str, data: str, who: str = "Max") -> None:
        """Somebody presses the button with that data below a message of ours."""
        raise NotImplementedError

    def forwards(self, text: str, of: str, who: str = "Max") -> str:
        """Somebody passes on what another one, called `of`, said."""
        raise NotImplementedError

    def reads(self, who: str = "Max") -> None:
        """Somebody reads everything of ours."""
        raise NotImplementedError

    def types(self, who: str = "Max") -> None:
        """Somebody begins to write."""
        raise NotImplementedError

    def blocks(self, who: str = "Max") -> None:
        """Somebody wants nothing from us any more; if the outside tells, it tells now."""
        raise NotImplementedError

    def unblocks(self, who: str = "Max") -> None:
        """Somebody wants to hear from us again."""
        raise NotImplementedError

    def moves(self) -> None:
        """The group goes on under another name: calls with the old one are told so."""
        raise NotImplementedError

    def starts(self, token: str, who: str = "Max") -> None:
        """Somebody follows a link with a token of ours and presses Start, or writes where that is needed."""
        raise NotImplementedError

    # what comes of us

    def heard(self, who: str = "Max", *, group: bool = False) -> list[str]:
        """The words of ours that lie in a chat, in order, as they are there now."""
        raise NotImplementedError

    def got(self, who: str = "Max") -> list[tuple[str, bytes]]:
        """The files of ours that lie in a chat: name (as far as it is kept) and bytes."""
        raise NotImplementedError

    def seen_typing(self, who: str = "Max") -> int:
        """How often it was shown that we write."""
        raise NotImplementedError

    def read_by_us(self, who: str = "Max") -> int:
        """How often we said that we have read."""
        raise NotImplementedError

    def envelope(self) -> dict[str, object]:
        """What an answer carries besides its words."""
        return {}

    def answers_elsewhere(self, text: str, who: str = "Max") -> str:
        """A colleague answers past us (another administrator, the owner's phone)."""
        raise NotImplementedError

    def forgets_us(self) -> None:
        """Somebody takes our webhook out there, past us."""
        raise NotImplementedError

    # how it misbehaves

    def goes_wrong(self, deed: Deed, *, who: str | None = None, **more: Any) -> None:
        """The next call that sends a message (to one person, if named) misbehaves; `more` as in Fault."""
        raise NotImplementedError

    def polling_goes_wrong(self, deed: Deed, **more: Any) -> None:
        """The next call that asks for news misbehaves: also "duplicate" and "shuffle"."""
        raise NotImplementedError

    def file_goes_wrong(self, deed: Deed, **more: Any) -> None:
        """The next call that fetches the bytes of a customer's file misbehaves."""
        raise NotImplementedError

    def shorten_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the adapter wait a second for an answer instead of as long as it does."""

    def refusing(self) -> AbstractContextManager[None] | None:
        """Nobody listens there while the block runs; None where a test cannot have that."""
        return None

    def vanish_after_next(self) -> None:
        """Take the next message and break off before saying so."""
        self.goes_wrong("reset_after")

    def refuse_next(self) -> None:
        """Say that the next message may come later."""
        self.goes_wrong("status", status=500)

    def poison(self, who: str = "Max") -> None:
        """Somebody says something whose event no adapter can read."""
        raise NotImplementedError

    def strange(self) -> None:
        """An event of a kind nobody has heard of."""
        raise NotImplementedError

    def loses_history(self) -> None:
        """Our place in its history is lost, and what customers said lately is told no more unasked."""
        raise NotImplementedError

    def counts_calls(self) -> None:
        """From now on refuse whoever calls more often than the documentation allows."""
        raise NotImplementedError

    def refused_as_too_many(self) -> int:
        """How many calls were refused for that."""
        raise NotImplementedError

    def asked(self) -> int:
        """How many calls of any kind have come."""
        raise NotImplementedError

    # webhooks

    def call(self, text: str, who: str = "Max") -> Call:
        """Somebody writes and the outside calls us with it: with access.secrets["hook_secret"]."""
        raise NotImplementedError

    def forged(self, call: Call) -> Call:
        """The same from somebody who does not know the secret."""
        raise NotImplementedError
