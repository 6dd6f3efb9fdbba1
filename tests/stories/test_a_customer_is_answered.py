"""The main story through HTTP: a browser, our mailbox in Dovecot, answers through Exim to the customer's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from channels.access import open_access
from channels.intake import accept
from channels.registry import adapter_for
from core.clock import now
from core.config import get_settings
from core.db import transaction
from inbox.models import Channel
from people.models import Agent
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.ground.settling import Settle
from tests.makers import make_agent, make_channel, make_mailbox
from tests.peers.dovecot import Dovecot
from tests.peers.exim import Exim
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


def only_row(browser: Browser, state: str = "open") -> dict[str, Any]:
    (row,) = browser.api("GET", f"/api/feed?state={state}")["rows"]
    return dict(row)


def texts(browser: Browser, dialog: int) -> list[tuple[str, str]]:
    found = browser.api("GET", f"/api/dialogs/{dialog}")
    return [
        (each["direction"], (each["visible_text"] or each["text"]).strip())
        for each in found["timeline"]
        if each["type"] == "message"
    ]


def answer(browser: Browser, dialog: int, text: str, **more: Any) -> Any:
    body = {"client_uuid": str(uuid4()), "text": text, "force": True, **more}
    return browser.api("POST", f"/api/dialogs/{dialog}/replies", body)


@pytest.mark.requirement("EAD-06")
def test_write_answer_reply_snooze_return_complete(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock, browse: Browse
) -> None:
    ann = browse(make_agent(session))
    channel = make_channel(session, undo_seconds=10)

    outside.says(channel, "Where is my parcel?")
    settle()
    row = only_row(ann)
    dialog = row["id"]
    assert (row["customer"]["name"], row["preview"], row["unread"]) == ("Max", "Where is my parcel?", True)

    answer(ann, dialog, "It comes tomorrow.")
    assert only_row(ann)["waiting_since"] is None
    clock.forward(seconds=channel.undo_seconds)
    settle()
    assert outside.texts == ["It comes tomorrow."]

    until = now() + timedelta(hours=3)
    ann.api("POST", f"/api/dialogs/{dialog}/snooze", {"until": until.isoformat(), "mode": "stay"})
    outside.says(channel, "Good, thank you.")
    settle()
    assert ann.api("GET", "/api/feed?state=open")["rows"] == []
    assert only_row(ann, "snoozed")["id"] == dialog

    clock.forward(hours=3)
    settle()
    assert only_row(ann)["id"] == dialog
    ann.api("POST", f"/api/dialogs/{dialog}/complete", {})
    assert ann.api("GET", "/api/feed?state=open")["rows"] == []
    assert only_row(ann, "completed")["id"] == dialog
    assert texts(ann, dialog) == [
        ("in", "Where is my parcel?"),
        ("out", "It comes tomorrow."),
        ("in", "Good, thank you."),
    ]


def test_an_answer_taken_back_in_time_never_leaves(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock, browse: Browse
) -> None:
    ann, channel = browse(make_agent(session)), make_channel(session)
    outside.says(channel, "Where is my parcel?")
    settle()
    dialog = only_row(ann)["id"]
    sent = answer(ann, dialog, "It is lost, I fear.", then="complete")
    undone = ann.api("POST", f"/api/messages/{sent['entry']['id']}/undo", {})
    assert undone["draft"]["text"] == "It is lost, I fear."
    clock.forward(minutes=5)
    settle()
    assert outside.tried == []
    assert only_row(ann)["waiting_since"] is not None
    assert texts(ann, dialog) == [("in", "Where is my parcel?")]


def test_ben_is_told_what_came_while_he_wrote(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock, browse: Browse
) -> None:
    ann, ben = browse(make_agent(session)), browse(make_agent(session, "Ben"))
    channel = make_channel(session)
    outside.says(channel, "Where is my parcel?")
    settle()
    dialog = only_row(ben)["id"]
    seen = ben.api("GET", f"/api/dialogs/{dialog}")["upto"]
    answer(ann, dialog, "It comes tomorrow.")
    settle()
    body = {"client_uuid": str(uuid4()), "text": "Which parcel?", "seen_upto": seen}
    refused = ben.api("POST", f"/api/dialogs/{dialog}/replies", body, status=409)["error"]
    assert refused["code"] == "dialog_moved_on"
    assert [each["text"] for each in refused["details"]["entries"]] == ["It comes tomorrow."]
    assert len(texts(ann, dialog)) == 2


def test_the_same_answer_posted_twice_is_one_answer(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock, browse: Browse
) -> None:
    ann, channel = browse(make_agent(session)), make_channel(session, undo_seconds=0)
    outside.says(channel, "Where is my parcel?")
    settle()
    dialog = only_row(ann)["id"]
    name = str(uuid4())
    first = answer(ann, dialog, "It comes tomorrow.", client_uuid=name)
    again = answer(ann, dialog, "It comes tomorrow.", client_uuid=name)
    settle()
    assert first["entry"]["id"] == again["entry"]["id"]
    assert outside.texts == ["It comes tomorrow."]


@pytest.mark.peer
@pytest.mark.requirement("EAD-06")
def test_a_letter_is_answered_and_the_reply_lands_in_the_same_dialog(
    session: Session,
    settle: Settle,
    clock: FrozenClock,
    browse: Browse,
    dovecot: Dovecot,
    exim: Exim,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    ours, theirs = dovecot.mailbox(), dovecot.mailbox("max", domain="customer.test")
    ann = browse(make_agent(session))
    channel = make_mailbox(session, ours, exim.port, undo_seconds=0)

    exim.send(_letter(theirs.address, ours.address, "Parcel 17", "Where is it?"))
    ours.wait_for()
    with _fetching(session, channel) as fetch:
        fetch()
        settle()
        dialog = only_row(ann)["id"]
        answer(ann, dialog, "It comes tomorrow.")
        settle()

        (received,) = theirs.wait_for()
        question = ours.letters()[0]
        assert received["Subject"] == "Re: Parcel 17"
        assert received["In-Reply-To"] == question["Message-ID"]
        assert question["Message-ID"] in received["References"]

        thanks = _letter(theirs.address, received["Reply-To"] or received["From"], "Re: Parcel 17", "Thanks!")
        thanks["In-Reply-To"] = thanks["References"] = received["Message-ID"]
        ann.api("POST", f"/api/dialogs/{dialog}/complete", {})
        exim.send(thanks)
        ours.wait_for(2)
        fetch()
        settle()
    assert only_row(ann)["id"] == dialog
    assert texts(ann, dialog) == [("in", "Where is it?"), ("out", "It comes tomorrow."), ("in", "Thanks!")]
    assert ours.flags() == [set(), set()]


def _letter(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["Message-ID"] = f"<{uuid4()}@customer.test>"
    letter["From"], letter["To"], letter["Subject"] = f"Max <{sender}>", to, subject
    letter.set_content(text)
    return letter


@contextmanager
def _fetching(session: Session, channel: Channel) -> Iterator[Callable[[], None]]:
    """What the receivers do, one look at a time."""
    adapter = adapter_for(open_access(channel))

    def fetch() -> None:
        session.refresh(channel)
        batch = adapter.poll(channel.cursor, 0)
        with transaction() as own:
            accept(own, own.get_one(Channel, channel.id), batch.events, cursor=batch.cursor)

    try:
        yield fetch
    finally:
        adapter.close()
