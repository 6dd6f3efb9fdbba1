"""What could not be read: shown as it came and as nothing else, counted by channel, read again one or all."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.intake import read_arrivals
from channels.models import Arrival, ArrivalState
from channels.pulse import counts_of
from core.events import Event
from core.files import file_store
from inbox.models import Channel, Message
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog, make_reply
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def boss(session: Session) -> Agent:
    return make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC")


@pytest.fixture
def desk(browse: Browse, boss: Agent, outside: Outside) -> Browser:
    """Olga in her settings."""
    return browse(boss)


def park(session: Session, channel: Channel, name: str, **given: Any) -> Arrival:
    """Something that nobody could read."""
    values = {"state": ArrivalState.QUARANTINED, "reason": "ValueError: nobody can read this", **given}
    arrival = Arrival(channel_id=channel.id, event_key=name, order_key=name, **values)
    session.add(arrival)
    session.commit()
    return arrival


@pytest.mark.requirement("CHN-06")
def test_what_waits_is_counted_by_channel_and_shown_for_one(session: Session, desk: Browser) -> None:
    shop, post = make_channel(session, name="Shop bot"), make_channel(session, name="Post")
    park(session, shop, "first")
    park(session, shop, "second", state=ArrivalState.FETCHED, reason="TimeoutError: slow", attempts=2)
    park(session, post, "third", reason="the third reason")
    park(session, post, "fourth", state=ArrivalState.FETCHED, reason="")
    shown = desk.get("/settings/arrivals").text
    for words in ("All of them</a>", "Shop bot</bdi> (2)", "Post</bdi> (1)", "Parked", "Tried again"):
        assert words.removesuffix("</a>") in shown
    park(session, shop, "fifth", reason="unreadable: too long")
    assert "could not be read within the time and memory" in desk.get("/settings/arrivals").text
    one = desk.get(f"/settings/arrivals?channel={post.id}").text
    assert "the third reason" in one
    assert "TimeoutError" not in one
    assert counts_of(session)[shop.id].parked == 2
    assert counts_of(session)[shop.id].failing == 1


def test_what_came_is_shown_as_text_whatever_it_is(session: Session, desk: Browser) -> None:
    channel = make_channel(session)
    stored = file_store().put_bytes(
        b"Subject: <script>alert(1)</script>\r\n\r\n\xff\x00\x1b[31mred\xe2\x80\xae"
    )
    payload = {"text": "<img src=x onerror=alert(2)> \u202eevil \u200bthin", "update": 7}
    arrival = park(session, channel, "<b>", payload=payload, raw_sha256=stored.sha256, raw_size=stored.size)
    shown = desk.get(f"/settings/arrivals/{arrival.id}").text
    assert "&lt;script&gt;alert(1)" in shown
    assert "&lt;img src=x onerror=alert(2)&gt;" in shown
    for sign in ("\u202e", "\u200b", "\x1b", "\x00"):
        assert sign not in shown
    assert "\\u202eevil" in shown
    assert "\\u001b[31mred" in shown


def test_a_huge_arrival_shows_its_beginning_and_comes_whole_as_a_download(
    session: Session, desk: Browser
) -> None:
    stored = file_store().put_bytes(b"begin" + b"x" * 200_000 + b"the end")
    arrival = park(session, make_channel(session), "1", raw_sha256=stored.sha256, raw_size=stored.size)
    shown = desk.get(f"/settings/arrivals/{arrival.id}").text
    assert len(shown) < 100_000
    assert "Only its beginning is shown." in shown
    assert desk.get(f"/settings/arrivals/{arrival.id}/raw").data.endswith(b"the end")


@pytest.mark.requirement("CHN-06")
def test_all_of_a_channel_are_read_again_and_the_others_are_left(
    session: Session, desk: Browser, outside: Outside
) -> None:
    shop, post = make_channel(session, name="Shop"), make_channel(session, name="Post")
    for number in range(3):
        outside.says(shop, f"Number {number}", unreadable=True)
    read_arrivals()
    for arrival in session.scalars(select(Arrival)):
        arrival.state = ArrivalState.QUARANTINED
        arrival.payload = {**arrival.payload, "unreadable": False}
    other = park(session, post, "other")
    response = desk.send(f"/settings/arrivals/replay?channel={shop.id}")
    assert response.location == f"/settings/arrivals?channel={shop.id}"
    assert "3 are being read again." in desk.get(response.location).text
    read_arrivals()
    assert sorted(session.scalars(select(Message.text))) == ["Number 0", "Number 1", "Number 2"]
    session.refresh(other)
    assert other.state == ArrivalState.QUARANTINED
    told = session.scalars(select(Event).where(Event.kind == "arrival.replayed")).all()
    assert [(each.topic, each.details["count"]) for each in told] == [(f"channel:{shop.id}", 3)]


def test_one_that_was_read_meanwhile_is_not_read_twice(session: Session, desk: Browser) -> None:
    arrival = park(session, make_channel(session), "1", state=ArrivalState.READ, reason="")
    assert desk.send(f"/settings/arrivals/{arrival.id}/replay").status_code == 404
    desk.send("/settings/arrivals/replay")
    session.refresh(arrival)
    assert arrival.state == ArrivalState.READ


def test_arrivals_of_a_channel_one_may_not_see_are_neither_shown_nor_counted_nor_replayed(
    session: Session, desk: Browser
) -> None:
    secret = make_channel(session, name="Board")
    secret.audience = f"channel:{secret.id}"
    arrival = park(session, secret, "1")
    assert "Board" not in desk.get("/settings/arrivals").text
    assert desk.get(f"/settings/arrivals/{arrival.id}").status_code == 404
    desk.send("/settings/arrivals/replay")
    session.refresh(arrival)
    assert arrival.state == ArrivalState.QUARANTINED


def test_the_list_of_channels_says_how_many_answers_wait(session: Session, desk: Browser) -> None:
    channel = make_channel(session, undo_seconds=0, health="broken", health_code="x", health_detail="no key")
    dialog = make_dialog(session, channel)
    make_reply(session, dialog, "one")
    make_reply(session, dialog, "two")
    shown = desk.get("/settings/channels").text
    assert "2 answers are waiting" in shown
    assert "The other side said: no key" in shown
    assert (
        "2 answers are waiting and will be sent once it works again."
        in desk.get(f"/settings/channels/{channel.id}").text
    )
