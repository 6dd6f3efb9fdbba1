"""The messengers by hand: a page on which a developer plays customers, beside the peers they live in.

`python -m tests.peers.by_hand [PORT]` serves the page and starts every peer; `bin/dev --peers` does so
beside the product. What is done on the page goes through the same `Peer` that the contract of adapters
plays, so a new kind of channel needs one line here.
"""

import base64
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from inbox.border import MediaKind
from tests.channels.max.outside import MaxOutside
from tests.channels.peer import Peer
from tests.channels.telegram.outside import TelegramOutside
from tests.channels.vk.outside import VkOutside
from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request
from tests.peers.max.server import MaxPeer
from tests.peers.telegram.server import TelegramPeer
from tests.peers.vk.peer import VkPeer

PORT = 8090
VK_TOKEN = "vk1.a." + "0" * 40
PAGE = Path(__file__).with_name("by_hand.html")
SHOWN_SETTINGS = ("token", "group_id", "api_base", "file_base")
MEDIA: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "voice"}


@dataclass
class Line:
    """One message as the page shows it; `ours` came from the helpdesk."""

    number: int
    ours: bool
    author: str
    text: str = ""
    files: list[dict[str, str]] = field(default_factory=list)
    key: str = ""
    edited: bool = False
    deleted: bool = False


class Talk:
    """What one customer sees of one chat: what they did, and what is there of ours."""

    def __init__(self, peer: Peer, who: str, *, group: bool) -> None:
        self._peer, self._who, self._group = peer, who, group
        self.lines: list[Line] = []
        self._ours: list[Line] = []
        self.files: list[tuple[str, bytes]] = []

    def add(self, key: str | None, text: str, files: list[dict[str, str]] | None = None) -> None:
        """The customer wrote."""
        self.lines.append(Line(len(self.lines), False, self._who, text, files or [], key or ""))

    def refresh(self) -> list[dict[str, Any]]:
        """Everything as it is now."""
        self._look(self._peer.heard(self._who, group=self._group))
        if not self._group:
            files = self._peer.got(self._who)
            for name, _ in files[len(self.files) :]:
                self._append(
                    Line(len(self.lines), True, "Shop", files=[{"name": name, "file": str(len(self.files))}])
                )
                self.files = files[: len(self.files) + 1]
        return [asdict(each) for each in self.lines]

    def _look(self, heard: list[str]) -> None:
        for line in list(self._ours):
            place = self._ours.index(line)
            if place >= len(heard) or (len(heard) < len(self._ours) and heard[place] != line.text):
                line.deleted = True
                self._ours.remove(line)
        for line, text in zip(self._ours, heard, strict=False):
            line.edited, line.text = line.edited or line.text != text, text
        for text in heard[len(self._ours) :]:
            self._ours.append(self._append(Line(len(self.lines), True, "Shop", text)))

    def _append(self, line: Line) -> Line:
        self.lines.append(line)
        return line


class ByHand(HttpPeer):
    """The page, and what it asks for."""

    def __init__(self, peers: Mapping[str, Peer], *, port: int = 0) -> None:
        super().__init__(port=port)
        self._peers = dict(peers)
        self._talks: dict[tuple[str, str, bool], Talk] = {}
        self._lock = Lock()

    def refusal(self, fault: Fault) -> Reply:
        return Reply.of({"error": fault.text}, fault.status)

    def answer(self, request: Request) -> Reply:
        """The page itself, or a file that came to a customer."""
        first, *rest = request.path.strip("/").split("/")
        if not first:
            return Reply(PAGE.read_bytes(), content_type="text/html; charset=utf-8")
        if first == "file" and len(rest) == 3:
            name, data = self._talk(rest[0], rest[1], group=False).files[int(rest[2])]
            headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
            return Reply(data, content_type="application/octet-stream", headers=headers)
        return Reply.of({"error": "nothing here"}, 404)

    def ctl_kinds(self) -> Any:
        """The messengers, and what the form of a channel is to be filled with."""
        told = {}
        for kind, peer in self._peers.items():
            given = {**peer.access.settings, **peer.access.secrets}
            settings = {name: str(given[name]) for name in SHOWN_SETTINGS if given.get(name)}
            told[kind] = {"settings": settings, "can": sorted(peer.outside)}
        return told

    def ctl_chat(self, kind: str, who: str, group: bool = False) -> Any:
        """What lies in a chat now."""
        with self._lock:
            return self._talk(kind, who, group=group).refresh()

    def ctl_say(self, kind: str, who: str, text: str, group: bool = False) -> Any:
        """Write."""
        with self._lock:
            key = self._peers[kind].says(text, who, group=group)
            self._talk(kind, who, group=group).add(key, text)

    def ctl_send(self, kind: str, who: str, name: str, mime: str, data: str, text: str = "") -> Any:
        """Send a file, given as base64."""
        peer = self._peers[kind]
        media = MEDIA.get(mime.partition("/")[0], "file")
        if media not in peer.media:
            media = "file"
        with self._lock:
            key = peer.sends(media, base64.b64decode(data), who, name=name, mime=mime, text=text)
            self._talk(kind, who, group=False).add(key, text, [{"name": name}])

    def ctl_edit(self, kind: str, who: str, number: int, text: str, group: bool = False) -> Any:
        """Change what was written."""
        with self._lock:
            line = self._talk(kind, who, group=group).lines[number]
            self._peers[kind].edits(line.key, text)
            line.text, line.edited = text, True

    def ctl_delete(self, kind: str, who: str, number: int, group: bool = False) -> Any:
        """Take it back."""
        with self._lock:
            line = self._talk(kind, who, group=group).lines[number]
            self._peers[kind].deletes(line.key)
            line.deleted = True

    def ctl_block(self, kind: str, who: str) -> Any:
        """Want nothing more."""
        self._peers[kind].blocks(who)

    def ctl_unblock(self, kind: str, who: str) -> Any:
        """Want to hear from us again."""
        self._peers[kind].unblocks(who)

    def _talk(self, kind: str, who: str, *, group: bool) -> Talk:
        return self._talks.setdefault((kind, who, group), Talk(self._peers[kind], who, group=group))


def main() -> None:
    """Serve until the process ends."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    with ExitStack() as stack:
        telegram = stack.enter_context(TelegramPeer(port=port + 1, pace=1.0))
        vk = stack.enter_context(VkPeer(port=port + 2))
        vk.community.rights[VK_TOKEN] = vk.community.rights.pop(vk.token)
        vk.token = VK_TOKEN  # the same after each start, so that a channel stays connected
        max_peer = stack.enter_context(MaxPeer(port=port + 3))
        peers = {
            "telegram": TelegramOutside(telegram),
            "vk": VkOutside(vk),
            "max": MaxOutside(max_peer),
        }
        page = stack.enter_context(ByHand(peers, port=port))
        sys.stdout.write(f"Play the customers at {page.url}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
