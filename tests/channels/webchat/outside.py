"""The shop's site as the contract of adapters plays it: visitors' browsers, over real HTTP."""

from dataclasses import replace
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.adapter import ChannelAccess, RawEvent
from channels.intake import accept
from channels.webchat.models import ChatLine, Visitor
from channels.webchat.visitors import channel_of
from core.clock import now
from core.db import transaction
from inbox.border import CardKind, MediaKind
from tests.channels.peer import Peer
from tests.channels.webchat.browser import Refused, VisitorBrowser

KEY = "the-shop-of-the-tests"
SECRET = "a-secret-of-the-shop-and-of-us-alone"


class WebchatOutside(Peer):
    """Max and Mia, each in a browser; what they see is what the server tells their browsers."""

    outside = frozenset(("reads", "typing", "poison"))
    media: tuple[MediaKind, ...] = ()
    cards: tuple[CardKind, ...] = ()

    def __init__(self, address: str) -> None:
        self.address = address
        self.browsers: dict[str, VisitorBrowser] = {}
        settings = {"key": KEY, "sites": "shop.example", "hours": "always"}
        self.access = ChannelAccess(1, "webchat", "Shop", "", settings, {"identity_secret": SECRET})

    def know(self, channel_id: int) -> None:
        """The channel was made beforehand."""
        self.access = replace(self.access, channel_id=channel_id)

    def with_wrong_secret(self) -> ChannelAccess:
        return replace(self.access, settings={**self.access.settings, "sites": ""})

    def browser(self, who: str = "Max") -> VisitorBrowser:
        if who not in self.browsers:
            browser = self.browsers[who] = VisitorBrowser(self.address, KEY)
            browser.open()
            browser.ask("PUT", "/api/profile", json={"values": {"name": who}})
            with transaction() as session:  # that browsers compute first has tests of its own
                visitor = session.query(Visitor).filter_by(key=browser.session["visitor"]["id"]).one()
                visitor.worked_at, visitor.told = now(), {"name": who}
        return self.browsers[who]

    def conversation(self, who: str = "Max", *, group: bool = False) -> str | None:
        return str(self.browser(who).session["visitor"]["id"])

    def says(
        self,
        text: str,
        who: str = "Max",
        *,
        group: bool = False,
        reply_to: str | None = None,
        quote: str = "",
    ) -> str | None:
        line = self.browser(who).say(text)
        return f"{self.conversation(who)}/{line['client_id']}"

    def reads(self, who: str = "Max") -> None:
        browser = self.browser(who)
        browser.ask("POST", "/api/read", json={"seq": browser.sync()["seq"]})

    def types(self, who: str = "Max") -> None:
        self.browser(who).ask("POST", "/api/typing", json={})

    def heard(self, who: str = "Max", *, group: bool = False) -> list[str]:
        return [line["text"] for line in self._ours(who) if line["text"]]

    def got(self, who: str = "Max") -> list[tuple[str, bytes]]:
        browser = self.browser(who)
        files = [file for line in self._ours(who) for file in line["files"]]
        return [(file["name"], self._fetched(browser, file["url"])) for file in files]

    def seen_typing(self, who: str = "Max") -> int:
        return int(self.browser(who).sync()["typing"] is not None)

    def read_by_us(self, who: str = "Max") -> int:
        return int(self.browser(who).sync()["agent_read_seq"])

    def refuse_next(self) -> None:
        """The database goes away before the next line of ours is written."""

        def fail(_mapper: Any, _connection: Any, _line: Any) -> None:
            raise OperationalError("INSERT", {}, Exception("the server is gone"))

        event.listen(ChatLine, "before_insert", fail, once=True)

    def vanish_after_next(self) -> None:
        """The database takes the next line of ours and goes away before it says so."""

        def watch(_mapper: Any, _connection: Any, _line: Any) -> None:
            event.listen(Session, "after_commit", fail, once=True)

        def fail(_session: Session) -> None:
            raise OperationalError("COMMIT", {}, Exception("the server is gone"))

        event.listen(ChatLine, "after_insert", watch, once=True)

    def poison(self, who: str = "Max") -> None:
        self._deliver(who, {"type": "message", "chat": self.conversation(who)})

    def strange(self) -> None:
        self._deliver("Max", {"type": "hologram", "at": now().isoformat()})

    def asked(self) -> int:
        return 0

    def _deliver(self, who: str, payload: dict[str, Any]) -> None:
        """What another release of ours may have stored."""
        with transaction() as session:
            channel = channel_of(session, KEY)
            assert channel is not None
            key = str(self.conversation(who))
            accept(session, channel, [RawEvent(f"{key}/{payload['type']}", key, payload)])

    def _ours(self, who: str) -> list[dict[str, Any]]:
        try:
            lines = self.browser(who).sync()["lines"]
        except Refused:
            return self._stored()
        return [line for line in lines if line["from"] != "visitor" and not line["deleted"]]

    def _stored(self) -> list[dict[str, Any]]:
        """What lies there while the chat is switched off and shows nothing."""
        with transaction() as session:
            lines = session.query(ChatLine).filter_by(origin="agent").all()
            return [{"text": each.text, "files": []} for each in lines]

    def _fetched(self, browser: VisitorBrowser, url: str) -> bytes:
        return browser.http.get(f"{self.address}{url}").content
