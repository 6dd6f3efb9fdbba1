"""Visitors over HTTP: who gets in, what is kept, what is refused, and whose is whose."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import visitor_door
from app.answers import in_page
from app.api.entries import message_json
from app.visitor_json import public_settings
from channels.access import open_access, sealed
from channels.adapter import Part
from channels.delivery import deliver_due
from channels.intake import read_arrivals
from channels.models import Arrival, BlockedMessage
from channels.registry import adapter_for
from channels.webchat.connecting import connect_chat, renew_secret
from channels.webchat.identity import hash_for
from channels.webchat.models import ChatLine, Visitor, VisitorToken
from channels.webchat.visitors import forget_silent_visitors
from channels.webchat.withdrawing import unlettered
from core import throttle
from core.clock import now
from core.db import transaction
from inbox.actions import NewReply, reply
from inbox.models import Attachment, Channel, Dialog, Message
from people.actions.blocking import block_identity
from people.meeting import meet
from people.models import Customer, CustomerIdentity, CustomerMerge
from tests.channels.desk import make_peers_channel
from tests.channels.webchat.browser import Refused, VisitorBrowser, solved
from tests.channels.webchat.outside import KEY, WebchatOutside
from tests.channels.webchat.test_identity import SECRET
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)
Browsers = Callable[..., VisitorBrowser]


@pytest.fixture
def channel(session: Session) -> Channel:
    settings = {"key": uuid4().hex, "sites": "shop.example\n*.shop.example", "hours": "always"}
    return make_channel(
        session,
        kind="webchat",
        name="Shop",
        address="",
        settings=settings,
        secrets=sealed({"identity_secret": SECRET}),
        undo_seconds=0,
    )


@pytest.fixture
def browsers(our_pages: str, unhurried: None, channel: Channel) -> Iterator[Browsers]:
    """Browsers of visitors; those with a name have computed already."""
    made: list[VisitorBrowser] = []

    def browser(**told: Any) -> VisitorBrowser:
        made.append(VisitorBrowser(our_pages, channel.settings["key"], told=told))
        return made[-1]

    yield browser
    for each in made:
        each.http.close()


@pytest.fixture
def max_(browsers: Browsers, session: Session) -> VisitorBrowser:
    """A stranger whose browser has computed."""
    browser = browsers()
    browser.open()
    visitor_of(session, browser).worked_at = now()
    session.commit()
    browser.session["challenge"] = None
    return browser


def visitor_of(session: Session, browser: VisitorBrowser) -> Visitor:
    """The row behind a browser."""
    session.expire_all()
    return session.scalars(select(Visitor).filter_by(key=browser.session["visitor"]["id"])).one()


def identity(user_id: str = "user-7", **claims: Any) -> dict[str, Any]:
    """What the shop's page tells of a user."""
    begun = int(now().timestamp())
    told = {"sub": user_id, "iat": begun, "exp": begun + 600, **claims}
    return {"identity": {"user_id": user_id, "token": jwt.encode(told, SECRET, algorithm="HS256")}}


def answered(session: Session, channel: Channel, text: str = "It comes tomorrow.") -> Message:
    """Ann answers in the channel's newest dialog, and it leaves."""
    dialog = session.scalars(
        select(Dialog).where(Dialog.channel_id == channel.id).order_by(Dialog.id.desc()).limit(1)
    ).one()
    new = NewReply(client_uuid=str(uuid4()), text=text, force=True)
    message = reply(session, dialog, agent=make_agent(session, "Ann"), new=new)
    session.commit()
    deliver_due()
    session.expire_all()
    return message


def change(session: Session, channel: Channel, **settings: Any) -> None:
    """Set something in the channel."""
    channel.settings = {**channel.settings, **settings}
    session.commit()


def refused(act: Callable[[], Any]) -> Refused:
    """How a call was refused."""
    with pytest.raises(Refused) as fault:
        act()
    return fault.value


# the first visit


@pytest.mark.requirement("CHN-05")
def test_a_stranger_computes_once_and_then_writes(browsers: Browsers, session: Session) -> None:
    browser = browsers()
    opened = browser.open()
    assert opened["challenge"]
    assert not opened["visitor"]["verified"]
    without = {"client_id": str(uuid4()), "text": "Hello"}
    fault = refused(lambda: browser.ask("POST", "/api/messages", json=without))
    assert (fault.status, fault.code) == (403, "proof_needed")
    assert fault.details["challenge"]
    assert browser.say("Hello")["seq"] == 1
    assert browser.ask("POST", "/api/messages", json={**without, "text": "More"})["line"]["seq"] == 2


def test_a_proof_is_spent_in_the_transaction_of_the_line_it_is_for(
    our_pages: str, unhurried: None, live_database: str
) -> None:
    """So one connection does for both, and a line that cannot be taken costs no proof."""
    with transaction() as session:
        make_peers_channel(session, WebchatOutside(our_pages))
    browser = VisitorBrowser(our_pages, KEY)
    told = {"client_id": str(uuid4()), "text": "Hello", "solution": solved(browser.open()["challenge"])}
    fault = refused(lambda: browser.ask("POST", "/api/messages", json={**told, "files": [404404]}))
    assert (fault.status, fault.code) == (409, "file_gone")
    assert browser.ask("POST", "/api/messages", json=told)["line"]["seq"] == 1
    browser.http.close()


def test_a_token_is_stored_as_a_hash_and_opens_one_channel(
    max_: VisitorBrowser, session: Session, our_pages: str
) -> None:
    rows = session.scalars(select(VisitorToken.token_hash)).all()
    assert max_.token not in rows
    other = make_channel(session, kind="webchat", address="", settings={"key": uuid4().hex})
    elsewhere = VisitorBrowser(our_pages, other.settings["key"], token=max_.token)
    assert refused(elsewhere.sync).status == 401
    elsewhere.open()
    assert elsewhere.token != max_.token
    elsewhere.http.close()


def test_a_token_nobody_knows_begins_anew(browsers: Browsers) -> None:
    browser = browsers()
    browser.token = "x" * 43
    browser.open()
    assert browser.token != "x" * 43


def test_whoever_was_nobody_may_sign_out_and_reads_nothing(browsers: Browsers) -> None:
    browser = browsers()
    browser.ask("POST", "/api/logout")
    assert refused(browser.sync).code == "no_session"


def test_whoever_signs_out_is_nobody(max_: VisitorBrowser) -> None:
    max_.say("Hello")
    before = max_.session["visitor"]["id"]
    max_.ask("POST", "/api/logout")
    assert refused(max_.sync).code == "no_session"
    assert max_.open()["visitor"]["id"] != before
    assert max_.sync()["lines"] == []


# lines


def test_the_same_line_sent_again_is_one_line_and_one_message(max_: VisitorBrowser, session: Session) -> None:
    name = str(uuid4())
    first, again = max_.say("Once", client_id=name), max_.say("Once", client_id=name)
    assert first == again
    assert max_.call("POST", "/api/messages", json={"client_id": name, "text": "Once"}).status_code == 200
    read_arrivals()
    assert session.scalars(select(Message.text)).all() == ["Once"]


def test_two_visitors_may_choose_one_name_for_their_lines(
    max_: VisitorBrowser, browsers: Browsers, session: Session
) -> None:
    mia, name = browsers(), str(uuid4())
    max_.say("From Max", client_id=name)
    mia.say("From Mia", client_id=name)
    read_arrivals()
    assert sorted(session.scalars(select(Message.text))) == ["From Max", "From Mia"]


def test_lines_are_numbered_without_gaps_and_come_by_pages(max_: VisitorBrowser) -> None:
    for number in range(103):
        max_.say(f"number {number}")
    page = max_.ask("GET", "/api/sync?after_seq=0")
    assert (len(page["lines"]), page["more"], page["seq"]) == (100, True, 103)
    assert [line["seq"] for line in max_.sync()["lines"]] == list(range(1, 104))


def test_what_an_agent_changes_is_told_to_whoever_has_the_line(
    max_: VisitorBrowser, session: Session, channel: Channel
) -> None:
    max_.say("Hello")
    read_arrivals()
    answered(session, channel, "It costs 100")
    before = max_.sync()
    line = session.scalars(select(ChatLine).filter_by(origin="agent")).one()

    adapter = adapter_for(open_access(channel))
    key = str(max_.session["visitor"]["id"])
    adapter.edit(key, line.key, Part("x", {"text": "It costs 10"}))  # type: ignore[attr-defined]
    after = max_.sync(after_seq=before["seq"], after_rev=before["rev"])
    assert after["lines"] == []
    assert [(each["text"], each["edited"], each["seq"]) for each in after["changed"]] == [
        ("It costs 10", True, 2)
    ]
    adapter.delete(key, [line.key])  # type: ignore[attr-defined]
    gone = max_.sync(after_seq=before["seq"], after_rev=after["rev"])["changed"][0]
    assert (gone["deleted"], gone["text"], gone["files"]) == (True, "", [])


@pytest.mark.requirement("CHN-10")
def test_an_answer_carries_the_agents_name_or_the_companys(
    max_: VisitorBrowser, session: Session, channel: Channel
) -> None:
    max_.say("Hello")
    read_arrivals()
    answered(session, channel)
    change(session, channel, show_agents=False)
    answered(session, channel, "And by the company.")
    names = [line["author"]["name"] for line in max_.sync()["lines"] if line["from"] == "agent"]
    assert names == ["Ann", "Shop"]


def test_what_was_read_says_so_and_the_badge_goes(
    max_: VisitorBrowser, session: Session, channel: Channel
) -> None:
    max_.say("Hello")
    read_arrivals()
    message = answered(session, channel)
    first = max_.call("GET", "/api/unread")
    assert first.json() == {"unread": 1, "seq": 2}
    again = max_.call("GET", "/api/unread", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    max_.ask("POST", "/api/read", json={"seq": 2})
    read_arrivals()
    session.expire_all()
    assert session.get_one(Message, message.id).delivery == "read"
    assert max_.ask("GET", "/api/unread")["unread"] == 0
    max_.ask("POST", "/api/read", json={"seq": 10**15})
    max_.ask("POST", "/api/read", json={"seq": 1})
    assert max_.sync()["read_seq"] == 2


def test_an_answer_waits_for_a_letter_until_it_is_read(
    max_: VisitorBrowser, session: Session, channel: Channel, clock: FrozenClock
) -> None:
    clock.at(now())
    max_.say("Hello")
    read_arrivals()
    answered(session, channel)
    visitor = visitor_of(session, max_)
    (line,) = session.scalars(unlettered(visitor))
    assert line.text == "It comes tomorrow."
    assert visitor.unlettered_since == line.said_at
    max_.ask("POST", "/api/read", json={"seq": 2})
    session.expire_all()
    assert session.scalars(unlettered(visitor)).all() == []
    assert visitor.unlettered_since is None


@pytest.mark.requirement("CHN-16")
def test_what_a_blocked_visitor_writes_is_kept_apart(max_: VisitorBrowser, session: Session) -> None:
    max_.say("Hello")
    read_arrivals()
    known = session.scalars(select(CustomerIdentity)).one()
    block_identity(session, known, agent=make_agent(session, "Ann"))
    session.commit()
    max_.say("Buy now!")
    read_arrivals()
    assert session.scalars(select(Message.text)).all() == ["Hello"]
    assert session.scalars(select(BlockedMessage.text)).all() == ["Buy now!"]


# who it is


def test_a_signed_user_is_one_visitor_on_all_devices(browsers: Browsers, session: Session) -> None:
    phone, desk = browsers(**identity(name="Max")), browsers(**identity(name="Max"))
    phone.say("From the phone")
    assert desk.open()["visitor"] == phone.session["visitor"]
    assert [line["text"] for line in desk.sync()["lines"]] == ["From the phone"]
    assert phone.token != desk.token
    desk.say("From the desk")
    read_arrivals()
    assert session.scalar(select(func.count()).select_from(Dialog)) == 1
    known = session.scalars(select(CustomerIdentity)).one()
    assert (known.name, known.verified) == ("Max", True)


def test_a_stranger_who_signs_in_keeps_the_chat(max_: VisitorBrowser, session: Session) -> None:
    max_.say("Hello")
    read_arrivals()
    key = max_.session["visitor"]["id"]
    opened = max_.open(**identity(name="Max", email="max@customer.test"))
    assert (opened["visitor"]["id"], opened["visitor"]["verified"]) == (key, True)
    read_arrivals()
    customer = session.scalars(select(Customer)).one()
    session.refresh(customer)
    known = {(each.kind, each.key, each.verified) for each in session.scalars(select(CustomerIdentity))}
    assert customer.name == "Max"
    assert known == {("webchat", key, True), ("email", "max@customer.test", True)}


def test_a_stranger_who_turns_out_to_be_a_known_user_brings_the_lines(
    max_: VisitorBrowser, browsers: Browsers, session: Session, channel: Channel
) -> None:
    phone = browsers(**identity(name="Max"))
    phone.say("From the phone")
    max_.say("Before signing in")
    max_.say("Not read yet")
    opened = max_.open(**identity(name="Max"))
    assert opened["visitor"]["id"] == phone.session["visitor"]["id"]
    assert [line["text"] for line in max_.sync()["lines"]] == [
        "From the phone",
        "Before signing in",
        "Not read yet",
    ]
    read_arrivals()
    session.expire_all()
    living = session.scalars(select(Customer).where(Customer.merged_into.is_(None))).all()
    assert len(living) == 1
    assert session.scalars(select(CustomerMerge)).one().agent_id is None
    answered(session, channel, "To where you are now")
    assert phone.sync()["lines"][-1]["text"] == "To where you are now"
    assert max_.say("Together")["seq"] == 5


def test_a_stranger_is_not_merged_before_there_is_a_second_proof(
    max_: VisitorBrowser, session: Session
) -> None:
    mail = meet(session, "email", "mia@customer.test", name="Mia", verified=True)
    session.commit()
    max_.open(identity={"email": "mia@customer.test", "name": "Mia"})
    max_.ask("PUT", "/api/profile", json={"values": {}})
    max_.say("I am Mia, show me my orders")
    read_arrivals()
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(CustomerMerge)) == 0
    other = session.scalars(select(CustomerIdentity).filter_by(kind="webchat")).one()
    assert other.customer_id != mail.customer_id
    assert (other.customer.email, other.verified) == ("mia@customer.test", False)


def test_a_proven_address_joins_the_card_that_has_proven_it_too(browsers: Browsers, session: Session) -> None:
    mail = meet(session, "email", "max@customer.test", name="Max", verified=True)
    session.commit()
    browsers(**identity(email="max@customer.test")).say("It is me")
    read_arrivals()
    session.expire_all()
    known = session.scalars(select(CustomerIdentity).filter_by(kind="webchat")).one()
    assert known.customer_id == session.get_one(CustomerIdentity, mail.id).customer_id


@pytest.mark.parametrize("has_a_phone", [False, True])
def test_a_token_from_before_the_proof_is_worth_nothing_after_it(
    browsers: Browsers, has_a_phone: bool
) -> None:
    """Whoever put a token into a browser, or read it there, does not share what its user proves later."""
    if has_a_phone:
        browsers(**identity("user-7", name="Mia")).say("My private order")
    planted, shared = browsers(), browsers()
    planted.open()
    shared.token = planted.token
    shared.open(**identity("user-7", name="Mia"))
    shared.say("And one more")
    assert shared.token != planted.token
    assert refused(planted.sync).status == 401
    assert planted.open()["visitor"]["id"] != shared.session["visitor"]["id"]
    shared.open(**identity("user-7", name="Mia"))
    assert shared.sync()["lines"][-1]["text"] == "And one more"


def test_another_user_on_the_same_computer_sees_nothing(browsers: Browsers) -> None:
    browser = browsers(**identity("user-7"))
    browser.say("My secret")
    old = browser.token
    browser.open(**identity("user-8"))
    assert browser.sync()["lines"] == []
    browser.token = old
    assert refused(browser.sync).status == 401


@pytest.mark.parametrize(
    "told",
    [
        {"user_id": "user-7", "token": "x.y.z"},
        {"user_id": "user-7", "user_hash": "0" * 64},
        {**identity("user-7")["identity"], "user_id": "user-8"},
        {"token": jwt.encode({"sub": "user-7", "iat": 1, "exp": 2}, SECRET, algorithm="HS256")},
        {"token": "x" * 8000},
    ],
    ids=["nonsense", "hash", "another", "expired", "huge"],
)
def test_a_forged_identity_gets_no_session(
    browsers: Browsers, session: Session, told: dict[str, Any]
) -> None:
    fault = refused(lambda: browsers().open(identity=told))
    assert (fault.status, fault.code) == (403, "identity_refused")
    assert session.scalar(select(func.count()).select_from(VisitorToken)) == 0


def test_the_hash_of_an_id_is_enough_for_easy_setups(browsers: Browsers) -> None:
    told = {"user_id": "user-7", "user_hash": hash_for("user-7", SECRET), "email": "typed@x.test"}
    visitor = browsers().open(identity=told)["visitor"]
    assert (visitor["verified"], visitor["email"]) == (True, "typed@x.test")


def test_where_an_identity_is_required_strangers_can_do_nothing(
    max_: VisitorBrowser, browsers: Browsers, session: Session, channel: Channel
) -> None:
    max_.say("Hello")
    change(session, channel, require_identity=True)
    assert refused(lambda: browsers().open()).code == "identity_required"
    for act in (
        lambda: max_.open(),
        lambda: max_.say("More"),
        lambda: max_.sync(),
        lambda: max_.attach("a.txt", b"a"),
        lambda: max_.ask("GET", "/api/unread"),
        lambda: max_.ask("POST", "/api/read", json={"seq": 1}),
        lambda: max_.ask("POST", "/api/typing"),
        lambda: max_.ask("PUT", "/api/profile", json={}),
    ):
        assert refused(act).code == "identity_required"
    assert browsers(**identity()).say("I am known")["seq"] == 1


# what is asked before


def test_what_is_typed_before_the_chat_is_asked_until_it_is_there(
    browsers: Browsers, session: Session, channel: Channel
) -> None:
    change(
        session,
        channel,
        prechat=[
            {"name": "name", "label": "Your name", "kind": "text", "required": True},
            {"name": "topic", "label": "About", "kind": "select", "options": ["order", "other"]},
        ],
        consent_text="I agree.",
    )
    browser = browsers()
    assert browser.open()["visitor"]["needs"] == ["name", "topic", "consent"]
    for write in (lambda: browser.say("Hello"), lambda: browser.attach("a.txt", b"a")):
        fault = refused(write)
        assert (fault.status, fault.code) == (403, "answers_needed")
        assert fault.details == {"needs": ["name", "consent"]}
    told = {"values": {"name": "Max", "topic": "order", "unknown": "x"}, "consent": True}
    assert browser.ask("PUT", "/api/profile", json=told)["visitor"]["needs"] == []
    wrong = {"values": {"topic": "something else"}}
    assert refused(lambda: browser.ask("PUT", "/api/profile", json=wrong)).status == 422
    visitor = visitor_of(session, browser)
    assert visitor.told == {"name": "Max", "topic": "order"}
    assert visitor.consent_at is not None
    assert browser.attach("a.txt", b"a")["size"] == 1
    assert browser.say("Hello")["seq"] == 1


def test_what_the_shop_asked_stands_with_the_next_message_once(
    max_: VisitorBrowser, session: Session, channel: Channel
) -> None:
    asked = [
        {"name": "name", "label": "Your name", "kind": "text"},
        {"name": "own_1", "labels": {"ru": "Номер заказа"}, "kind": "text"},
        {"name": "own_2", "labels": {"ru": "О чём"}, "kind": "select", "options": ["доставка", "возврат"]},
        {"name": "own_3", "label": "Gift", "kind": "checkbox"},
    ]
    change(session, channel, prechat=asked)
    told = {"name": "Max", "own_1": "A-17", "own_2": "доставка", "own_3": True}
    max_.ask("PUT", "/api/profile", json={"values": told})
    max_.say("Where is it?")
    max_.say("Hello?")
    read_arrivals()
    first, second = session.scalars(select(Message).order_by(Message.id)).all()
    assert first.text == "Where is it?\n\nНомер заказа: A-17\nО чём: доставка\nGift: ✓"
    assert [(each["label"], each["value"]) for each in first.envelope["form"]["answers"]] == [
        ("Номер заказа", "A-17"),
        ("О чём", "доставка"),
        ("Gift", True),
    ]
    assert second.text == "Hello?"
    assert "form" not in second.envelope
    assert [line["text"] for line in max_.sync()["lines"]] == ["Where is it?", "Hello?"]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://shop.example/reset/me?token=secret#top", "https://shop.example/reset/me"),
        ("https://max:secret@shop.example:8443/boots", "https://shop.example:8443/boots"),
        ("http://shop.example", "http://shop.example"),
        ("javascript:alert(1)", ""),
        ("https://[nowhere/", ""),
        ("file:///etc/passwd", ""),
        (f"https://shop.example/boots?filter={'x' * 5000}", "https://shop.example/boots"),
        (f"https://shop.example/{'x' * 5000}", f"https://shop.example/{'x' * 1979}"),
    ],
)
def test_of_the_page_no_more_is_kept_than_which_it_is(
    max_: VisitorBrowser, session: Session, told: str, kept: str
) -> None:
    """What follows the path may be a key to the visitor's account at the shop."""
    max_.open(page={"url": told, "referrer": told, "title": "Boots"})
    page = {"title": "Boots", **({"url": kept, "referrer": kept} if kept else {})}
    assert visitor_of(session, max_).page == page
    body = {"client_id": str(uuid4()), "text": "These?", "page": {"url": told, "title": "Boots"}}
    max_.ask("POST", "/api/messages", json=body)
    read_arrivals()
    shown = session.scalars(select(Message)).one().envelope["page"]
    assert shown == ({"url": kept, "title": "Boots"} if kept else {"title": "Boots"})
    told_to_agents = message_json(session.scalars(select(Message)).one())["page"]
    assert told_to_agents == ({"url": kept, "title": "Boots"} if kept else None)


def test_the_longest_title_of_a_page_stops_no_word(max_: VisitorBrowser) -> None:
    page = {"url": "https://shop.example/boots", "title": "Boots " * 200}
    max_.open(page=page)
    body = {"client_id": str(uuid4()), "text": "These?", "page": page}
    assert max_.ask("POST", "/api/messages", json=body)["line"]["text"] == "These?"


# files


def test_who_brings_a_file_is_looked_at_before_it_is_read(browsers: Browsers, session: Session) -> None:
    browser = browsers()
    nonsense = {"data": {"client_id": "no name"}, "files": {"other": ("a.txt", b"a")}}
    assert refused(lambda: browser.ask("POST", "/api/files", **nonsense)).code == "no_session"
    browser.open()
    fault = refused(lambda: browser.ask("POST", "/api/files", **nonsense))
    assert (fault.status, fault.code) == (403, "proof_needed")
    assert browser.attach("a.txt", b"a")["size"] == 1
    without = {"client_id": str(uuid4()), "text": "Once is enough"}
    assert browser.ask("POST", "/api/messages", json=without)["line"]["seq"] == 1
    assert visitor_of(session, browser).worked_at is not None


def test_one_address_does_not_fill_the_disk_whoever_it_says_it_is(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_door, "MEGABYTES", ("8/day", "8/day"))  # half of it where Valkey is away
    for _ in range(2):
        browser = browsers()
        browser.open()
        browser.attach("a.bin", b"a" * 1_500_000)
    fault = refused(lambda: browser.attach("b.bin", b"b"))
    assert (fault.status, fault.code) == (429, "too_many")


@pytest.mark.requirement("CHN-15")
def test_a_visitors_file_reaches_the_team_as_what_it_is(max_: VisitorBrowser, session: Session) -> None:
    name = str(uuid4())
    picture = max_.attach("photo.png", PNG, client_id=name)
    assert max_.attach("photo.png", PNG, client_id=name)["id"] == picture["id"]
    liar = max_.attach("holiday.png", b"<html><script>alert(1)</script>")
    assert (picture["mime"], picture["is_image"]) == ("image/png", True)
    assert (liar["mime"], liar["is_image"]) == ("application/octet-stream", False)
    line = max_.say("Look", files=(picture["id"], liar["id"]))
    assert [file["name"] for file in line["files"]] == ["photo.png", "holiday.png"]
    read_arrivals()
    stored = session.scalars(select(Attachment).order_by(Attachment.place)).all()
    assert [(each.name, each.mime) for each in stored] == [
        ("photo.png", "image/png"),
        ("holiday.png", "application/octet-stream"),
    ]


def test_files_are_served_without_rights_and_only_pictures_in_place(max_: VisitorBrowser) -> None:
    for name, data, shown in (("a.png", PNG, "inline"), ("a.html", b"<script>1</script>", "attachment")):
        file = max_.attach(name, data)
        for answer in (
            max_.http.get(f"{max_.address}{file['url']}"),
            max_.call("GET", f"/api/files/{file['id']}"),
        ):
            assert answer.content == data
            assert answer.headers["Content-Disposition"].startswith(shown)
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Set-Cookie" not in answer.headers


def test_nobody_gets_or_sends_anothers_file(max_: VisitorBrowser, browsers: Browsers) -> None:
    file = max_.attach("a.txt", b"mine")
    mia = browsers()
    mia.open()
    assert mia.call("GET", f"/api/files/{file['id']}").status_code == 404
    assert refused(lambda: mia.say("Look", files=(file["id"],))).code in ("file_gone", "proof_needed")
    forged = file["url"][:-4] + "AAAA"
    assert max_.http.get(f"{max_.address}{forged}").status_code == 404


def test_a_file_belongs_to_one_line(max_: VisitorBrowser) -> None:
    file = max_.attach("a.txt", b"once")
    max_.say("Look", files=(file["id"],))
    assert refused(lambda: max_.say("Again", files=(file["id"],))).code == "file_gone"


def test_a_file_that_is_too_big_is_refused_and_not_kept(max_: VisitorBrowser, session: Session) -> None:
    answer = max_.call(
        "POST",
        "/api/files",
        data={"client_id": str(uuid4())},
        files={"file": ("big.bin", b"x" * (25 * 1024 * 1024 + 1))},
    )
    assert answer.status_code == 413
    assert refused(lambda: max_.attach("empty.txt", b"")).status == 422


def test_there_is_an_end_to_files_in_a_day(max_: VisitorBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.webchat.uploads.MOST_FILES_A_DAY", 2)
    max_.attach("a.txt", b"a")
    max_.attach("b.txt", b"b")
    assert refused(lambda: max_.attach("c.txt", b"c")).code == "quota"


# the door


def test_another_site_can_write_nothing(max_: VisitorBrowser) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ):
        for path in ("/api/session", "/api/messages", "/api/logout", "/api/read"):
            answer = max_.call("POST", path, json={}, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")


def test_the_frame_is_shown_by_the_channels_sites_alone_and_knows_no_cookie(max_: VisitorBrowser) -> None:
    answer = max_.http.get("/frame?language=es", headers={"Cookie": "sid=somebody; language=ru"})
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example https://*.shop.example;" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "Set-Cookie" not in answer.headers
    assert 'lang="es"' in answer.text


def test_pages_that_are_no_frame_stay_unframed(our_pages: str, max_: VisitorBrowser) -> None:
    answer = max_.http.get(f"{our_pages}/login")
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_nothing_written_in_the_settings_ends_the_script_they_stand_in(
    app: Flask, max_: VisitorBrowser, session: Session, channel: Channel
) -> None:
    change(session, channel, texts={"ru": {"title": "</script><script>alert(1)"}}, colour="</style>")
    with app.test_request_context():
        told = public_settings(channel)
    assert told["languages"]["ru"]["title"] == "</script><script>alert(1)"
    assert "</" not in in_page(told)
    assert SECRET not in in_page(told)
    page = max_.http.get("/frame").text
    assert "</script><script>alert(1)" not in page
    assert SECRET not in page


def test_the_script_for_the_shops_page_comes_compressed(max_: VisitorBrowser) -> None:
    answer = max_.http.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert answer.text.startswith("window.EmptyfeedSettings=")


def test_without_the_database_a_visitor_is_asked_to_come_again(
    max_: VisitorBrowser, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    name = str(uuid4())

    @contextmanager
    def away() -> Iterator[Any]:
        raise OperationalError("SELECT", {}, Exception("the server is gone"))
        yield

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["app.visitor_door"], "transaction", away)
        answer = max_.call("POST", "/api/messages", json={"client_id": name, "text": "Hello"})
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert max_.say("Hello", client_id=name)["seq"] == 1


def test_a_channel_that_is_switched_off_asks_to_come_later(
    max_: VisitorBrowser, session: Session, channel: Channel
) -> None:
    channel.enabled = False
    session.commit()
    answer = max_.call("POST", "/api/messages", json={"client_id": str(uuid4()), "text": "Hello"})
    assert answer.status_code == 503
    assert session.scalar(select(func.count()).select_from(Arrival)) == 0


def test_a_key_nobody_has_leads_nowhere(our_pages: str, unhurried: None) -> None:
    stranger = VisitorBrowser(our_pages, "x" * 22)
    assert refused(stranger.open).status == 404
    assert stranger.http.get("/frame").status_code == 404
    assert stranger.http.get("/widget.js").status_code == 404
    stranger.http.close()


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"text": "no name"},
        {"client_id": "no uuid", "text": "x"},
        {"client_id": str(uuid4()), "text": ""},
        {"client_id": str(uuid4()), "text": "  \n "},
        {"client_id": str(uuid4()), "text": "x" * 10_001},
        {"client_id": str(uuid4()), "text": "a\0b"},
        {"client_id": str(uuid4()), "text": "x", "files": [0]},
        {"client_id": str(uuid4()), "text": "x", "files": list(range(1, 30))},
        {"client_id": str(uuid4()), "text": ["x"]},
    ],
)
def test_a_line_that_is_none_is_refused_and_numbered_nowhere(
    max_: VisitorBrowser, told: dict[str, Any]
) -> None:
    assert refused(lambda: max_.ask("POST", "/api/messages", json=told)).status == 422
    assert max_.sync()["seq"] == 0


def test_whoever_writes_too_much_is_slowed_down_and_loses_nothing(
    our_pages: str, channel: Channel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:

    throttle._opened.cache_clear()
    monkeypatch.setitem(visitor_door.LIMITS, "message", ("1000/minute", "6/minute", "1000/minute"))
    browser = VisitorBrowser(our_pages, channel.settings["key"])
    browser.open(**identity())
    names = [str(uuid4()) for _ in range(5)]
    answers = [browser.call("POST", "/api/messages", json={"client_id": name, "text": "x"}) for name in names]
    codes = [answer.status_code for answer in answers]
    assert codes[0] == 201
    assert codes[-1] == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    throttle._opened.cache_clear()
    later = browser.call("POST", "/api/messages", json={"client_id": names[-1], "text": "x"})
    assert later.status_code == 201
    browser.http.close()


def test_one_address_makes_no_crowd_of_visitors(
    our_pages: str, channel: Channel, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:

    throttle._opened.cache_clear()
    monkeypatch.setattr(visitor_door, "NEW_VISITORS", ("8/minute",))
    browser = VisitorBrowser(our_pages, channel.settings["key"])
    codes = []
    for _ in range(6):
        browser.token = ""
        codes.append(browser.call("POST", "/api/session", json={}).status_code)
    assert codes[0] == 200
    assert codes[-1] == 429
    throttle._opened.cache_clear()
    browser.http.close()


# connecting


def test_a_chat_is_connected_with_a_name_and_a_secret_that_can_be_renewed(
    session: Session, our_pages: str, unhurried: None
) -> None:

    ann = make_agent(session, "Ann", role="admin")
    made = connect_chat(session, agent=ann, name="Shop", sites="shop.example")
    before = open_access(made).secrets["identity_secret"]
    new = renew_secret(session, made, agent=ann)
    session.commit()
    assert made.outbound_confirmed
    assert open_access(made).secrets == {"identity_secret": new, "identity_secret_before": before}
    browser = VisitorBrowser(our_pages, made.settings["key"])
    for secret in (before, new):
        begun = int(now().timestamp())
        token = jwt.encode({"sub": secret[:5], "iat": begun, "exp": begun + 60}, secret, algorithm="HS256")
        browser.token = ""
        assert browser.open(identity={"token": token})["visitor"]["verified"]
    browser.http.close()


def test_strangers_who_never_wrote_are_forgotten_after_a_month(
    browsers: Browsers, max_: VisitorBrowser, session: Session, clock: FrozenClock
) -> None:
    clock.at(now())
    max_.say("Hello")
    silent, known = browsers(), browsers(**identity())
    silent.open()
    silent.attach("a.txt", b"a")
    known.open()
    clock.forward(days=29)
    assert forget_silent_visitors(session) == 0
    clock.forward(days=2)
    assert forget_silent_visitors(session) == 1
    session.commit()
    assert refused(silent.sync).status == 401
    assert max_.sync()["seq"] == 1
    assert known.sync()["seq"] == 0


def test_times_of_the_shop_are_told(
    browsers: Browsers, session: Session, channel: Channel, clock: FrozenClock
) -> None:
    clock.at(datetime(2026, 11, 25, 20, 0, tzinfo=UTC))  # a Wednesday, 23:00 in Moscow
    week = "\n".join(["9:00–18:00"] * 5)
    change(session, channel, hours="own", hours_zone="Europe/Moscow", hours_week=week)
    assert browsers().open()["hours"] == {
        "open": False,
        "opens_at": "2026-11-26T06:00:00+00:00",
        "shown": None,
    }
    clock.forward(hours=12)
    assert browsers().open()["hours"]["open"]
    change(session, channel, hours_week="nonsense")
    assert browsers().open()["hours"]["open"]
