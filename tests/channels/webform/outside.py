"""A form as the contract of adapters plays it: people fill it in over HTTP, and hear nothing back by it."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import select

from channels.adapter import ChannelAccess, RawEvent
from channels.intake import accept
from channels.webform.actions import form_of_channel, publish_form
from channels.webform.models import WebForm
from core.db import transaction
from inbox.border import CardKind, MediaKind
from inbox.models import Channel
from tests.channels.peer import Peer
from tests.channels.webform.filling import FIELDS, Filler


class FormOutside(Peer):
    """Max and Mia, each in a browser without scripts."""

    outside = frozenset(("poison",))
    media: tuple[MediaKind, ...] = ()
    cards: tuple[CardKind, ...] = ()

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.access = ChannelAccess(
            1, "webform", "Form", "", {"key": "of-the-tests", "strictness": "lenient"}, {}
        )
        self.posts = 0

    def form(self) -> WebForm:
        """The form of the channel that was made for this outside, published."""
        with transaction() as session:
            channel = session.scalars(select(Channel).where(Channel.kind == "webform")).one()
            form = form_of_channel(session, channel)
            if form is None:
                draft = {"titles": {"en": "Ask us"}, "languages": ["en"], "fields": FIELDS}
                form = WebForm(channel_id=channel.id, key=channel.settings["key"], draft=draft)
                session.add(form)
                session.flush()
                publish_form(session, form, agent=None)
            return form

    def says(self, text: str, who: str = "Max", **_: Any) -> str | None:
        self.send({"name": who, "email": f"{who.lower()}@customer.test", "message": text})
        return None

    def send(self, words: Mapping[str, str]) -> None:
        """Somebody sends the form, from a place of their own."""
        self.posts += 1
        filler = Filler(self.app, self.form(), scripts=False, address=f"203.0.113.{self.posts % 250}")
        answer = filler.send(words)
        assert answer.status_code == 303, answer.text

    def poison(self, who: str = "Max") -> None:
        with transaction() as session:
            broken = {"at": "yesterday", "answers": [{"goes_to": "email", "value": 7}]}
            accept(session, self.form().channel, [RawEvent("poison", "poison", broken)])

    def strange(self) -> None:
        """A form has one kind of event; what it does not ask for is not even stored."""

    def heard(self, who: str = "Max", *, group: bool = False) -> list[str]:
        return []

    def asked(self) -> int:
        return 0
