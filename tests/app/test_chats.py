"""What the screen is told of chats: who says what in a group, what changed, what is no words at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import Arrival, ArrivalState
from core.clock import now
from core.files import file_store
from inbox.actions import receive
from inbox.actions.chatting import finish_file, react, revise, take_back_outside
from inbox.border import Author, Card, FileReference, Forward
from inbox.models import Attachment, Channel, Dialog, FileState, Message, RemoteFile
from people.models import Agent
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog, make_incoming
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]
CHAT = "chat-1"


@pytest.fixture
def desk(session: Session, browse: Browse, outside: Outside) -> Browser:
    return browse(make_agent(session))


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session)


def say(
    session: Session, channel: Channel, text: str = "Hello", dialog: Dialog | None = None, **more: Any
) -> Message:
    """Something said in the chat."""
    incoming = make_incoming(text, conversation=CHAT, **more)
    message = receive(session, channel, incoming, dialog=dialog).message
    session.commit()
    return message


def shown(desk: Browser, message: Message) -> dict[str, Any]:
    """A message as the screen is told of it."""
    found: dict[str, Any] = desk.api("GET", f"/api/messages/{message.id}")
    return found


@pytest.mark.requirement("CHN-11")
def test_in_a_group_each_message_has_its_author(session: Session, desk: Browser, channel: Channel) -> None:
    first = say(session, channel, "Where is it?", customer="Max", is_group=True)
    say(session, channel, "It is late.", dialog=first.dialog, customer="Mia", is_group=True)
    timeline = desk.api("GET", f"/api/dialogs/{first.dialog_id}")["timeline"]
    said = [(each["author"]["name"], each["text"]) for each in timeline if each["type"] == "message"]
    assert said == [("Max", "Where is it?"), ("Mia", "It is late.")]


def test_what_a_colleague_wrote_elsewhere_has_the_name_the_outside_knows(
    session: Session, desk: Browser, channel: Channel
) -> None:
    first = say(session, channel)
    mirrored = say(
        session,
        channel,
        "By phone.",
        dialog=first.dialog,
        direction="out",
        author=Author("fake", "7", name="Olga at the counter", role="agent"),
    )
    assert shown(desk, mirrored)["author"] == {"kind": "agent", "id": None, "name": "Olga at the counter"}


def test_a_changed_message_says_what_it_says_now_and_keeps_what_it_said(
    session: Session, desk: Browser, channel: Channel
) -> None:
    message = say(session, channel, "At ten", message_key="m1")
    for minutes, text in ((1, "At eleven"), (2, "At twelve")):
        changed = make_incoming(
            text,
            conversation=CHAT,
            kind="edit",
            message_key="m1",
            sent_at=now() + timedelta(minutes=minutes),
        )
        assert revise(session, message, changed)
    session.commit()
    entry = shown(desk, message)
    assert (entry["text"], entry["edited_at"] is not None) == ("At twelve", True)
    versions = desk.api("GET", f"/api/messages/{message.id}/versions")["versions"]
    assert [each["text"] for each in versions] == ["At ten", "At eleven"]


def test_the_versions_of_a_message_are_for_those_who_may_see_it(
    session: Session, desk: Browser, outside: Outside
) -> None:
    hidden = say(session, make_channel(session, make_agent(session, "Ben")))
    desk.refused("GET", f"/api/messages/{hidden.id}/versions", status=404)


def test_a_message_taken_back_outside_stays_and_is_marked(
    session: Session, desk: Browser, channel: Channel
) -> None:
    message = say(session, channel, "My card is 1234")
    take_back_outside(session, message, at=now())
    session.commit()
    entry = shown(desk, message)
    assert (entry["text"], entry["deleted_at"] is not None) == ("My card is 1234", True)


def test_reactions_are_gathered_by_their_sign(session: Session, desk: Browser, channel: Channel) -> None:
    message = say(session, channel)
    react(session, message, key="1", name="Max", reactions=["👍"])
    react(session, message, key="2", name="Mia", reactions=["👍", "🔥"])
    session.commit()
    assert shown(desk, message)["reactions"] == [
        {"sign": "👍", "names": ["Max", "Mia"]},
        {"sign": "🔥", "names": ["Mia"]},
    ]


def test_an_answer_shows_what_it_answers_by_its_own_words_or_those_it_picks(
    session: Session, desk: Browser, channel: Channel
) -> None:
    asked = say(session, channel, "The red one or the blue one?", message_key="m1")
    plain = say(session, channel, "Red", dialog=asked.dialog, reply_to="m1")
    picking = say(session, channel, "Yes", dialog=asked.dialog, reply_to="m1", quote="the blue one?")
    lost = say(session, channel, "No", dialog=asked.dialog, reply_to="unknown", quote="a word")
    answers = [shown(desk, each)["answers"] for each in (asked, plain, picking, lost)]
    assert answers == [
        None,
        {"id": asked.id, "author": "Max", "text": "The red one or the blue one?"},
        {"id": asked.id, "author": "Max", "text": "the blue one?"},
        {"id": None, "author": "", "text": "a word"},
    ]


def test_our_answer_points_at_a_message_only_if_its_writer_chose_one(
    session: Session, desk: Browser, channel: Channel
) -> None:
    asked = say(session, channel, "Red or blue?")
    path = f"/api/dialogs/{asked.dialog_id}/replies"
    words = {"client_uuid": str(uuid4()), "text": "Both."}
    assert desk.api("POST", path, words)["entry"]["answers"] is None
    words = {"client_uuid": str(uuid4()), "text": "Both.", "reply_to_message_id": asked.id}
    assert desk.api("POST", path, words)["entry"]["answers"]["id"] == asked.id


def test_cards_and_what_was_passed_on_are_told_as_they_came(
    session: Session, desk: Browser, channel: Channel
) -> None:
    place = Card("location", facts={"latitude": 55.75, "longitude": 37.61})
    message = say(session, channel, "", cards=(place,), forwards=(Forward("Mia", "Come here", now()),))
    entry = shown(desk, message)
    assert [(each["kind"], each["facts"]) for each in entry["cards"]] == [
        ("location", {"latitude": 55.75, "longitude": 37.61})
    ]
    assert [(each["author"], each["text"], each["depth"]) for each in entry["forwards"]] == [
        ("Mia", "Come here", 0)
    ]


def test_a_file_has_its_place_before_it_is_here_and_if_it_never_will_be(
    session: Session, desk: Browser, channel: Channel
) -> None:
    files = (
        FileReference({"id": 1}, kind="voice", facts={"duration": 7.4, "transcript": "Call me"}),
        FileReference({"id": 2}, kind="video", name="way.mp4", size=90_000_000, facts={"width": "many"}),
        FileReference({"id": 3}, kind="sticker", facts={"emoji": "👋"}),
    )
    message = say(session, channel, "", remote_files=files)
    voice, video, _sticker = session.scalars(select(RemoteFile).order_by(RemoteFile.place))
    stored = file_store().put_bytes(b"OggS")
    here = Attachment(
        message_id=message.id, sha256=stored.sha256, name="voice.ogg", mime="audio/ogg", size=4, kind="voice"
    )
    finish_file(session, voice, state=FileState.FETCHED, attachment=here)
    finish_file(session, video, state=FileState.TOO_LARGE)
    session.commit()
    session.expire_all()
    told = [
        (each["kind"], each["state"], bool(each["url"]), each["seconds"], each["emoji"], each["width"])
        for each in shown(desk, message)["attachments"]
    ]
    assert told == [
        ("voice", "here", True, None, None, None),
        ("video", "too_large", False, None, None, None),
        ("sticker", "waiting", False, None, "👋", None),
    ]


def test_what_a_channel_told_us_of_a_message_can_be_read_without_its_secrets(
    session: Session, desk: Browser, channel: Channel
) -> None:
    message = say(session, channel, "")
    payload = {"type": "new_thing", "secret": "hush hush", "object": [{"access_token": "hush", "id": 5}]}
    session.add(
        Arrival(
            channel_id=channel.id,
            event_key="e1",
            order_key="o1",
            payload=payload,
            state=ArrivalState.READ,
            message_id=message.id,
        )
    )
    session.commit()
    answer = desk.get(f"/messages/{message.id}/raw")
    assert "hush" not in answer.text
    assert '"new_thing"' in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_the_form_of_a_chat_message_is_told_as_marks_beside_its_words(
    session: Session, desk: Browser, channel: Channel
) -> None:
    words = "🙂 Bold  and\n\n\n  here"
    html = '🙂 <b>Bold</b>  and<br><br><br>  <a href="https://shop.test/?a=1&amp;b=2">here</a>'
    message = say(session, channel, words, html=html)
    marks = [
        {"kind": "bold", "begin": 3, "end": 7, "href": None},
        {"kind": "link", "begin": 17, "end": 21, "href": "https://shop.test/?a=1&b=2"},
    ]
    assert shown(desk, message)["marked"] == {"text": words, "marks": marks}
    (entry,) = (
        each
        for each in desk.api("GET", f"/api/dialogs/{message.dialog_id}")["timeline"]
        if each["type"] == "message"
    )
    assert entry["marked"] == {"text": words, "marks": marks}
    assert shown(desk, say(session, channel, "Plain", message.dialog))["marked"] is None


@pytest.mark.parametrize(
    "html",
    [
        '<a href="javascript:alert(1)">Hello</a>',
        '<a href="tg://user?id=1">Hello</a>',
        '<img src=x onerror="alert(1)">Hello<script>alert(1)</script>',
        "<h9 style='x'>Hello",
    ],
)
def test_of_other_html_nothing_but_the_words_is_told(
    session: Session, desk: Browser, channel: Channel, html: str
) -> None:
    assert shown(desk, say(session, channel, html=html))["marked"] is None


def test_what_an_agent_formed_is_told_as_the_customer_sees_it(
    session: Session, desk: Browser, channel: Channel
) -> None:
    dialog = say(session, channel).dialog
    html = "<div>See <b>this</b></div><blockquote><div>Hello</div></blockquote><tg-spoiler>x</tg-spoiler>"
    body = {"client_uuid": str(uuid4()), "text": "See this\n> Hello\nx", "html": html, "force": True}
    told = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", body)["entry"]["marked"]
    found = [(each["kind"], told["text"][each["begin"] : each["end"]]) for each in told["marks"]]
    assert found == [("bold", "this"), ("quote", "Hello"), ("spoiler", "x")]


def test_a_letter_has_no_marks(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session, make_channel(session), html="<p><b>Hello</b></p>")
    timeline = desk.api("GET", f"/api/dialogs/{dialog.id}")["timeline"]
    assert [(each["html"], each["marked"]) for each in timeline if each["type"] == "message"] == [
        (True, None)
    ]
