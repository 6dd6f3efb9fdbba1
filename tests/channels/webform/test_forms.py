"""What strangers fill in becomes a dialog, once, with everything they wrote, and robots stand apart."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.intake import read_arrivals
from channels.models import Arrival, ArrivalState, BlockedMessage
from channels.restoring import restore_blocked
from channels.webform import submitting
from channels.webform.actions import publish_form, unpublish_form
from inbox.actions import merge_customers
from inbox.models import Attachment, Message
from people.actions import block_identity, make_field
from people.matching import matches_of
from people.meeting import meet
from people.models import Customer, CustomerIdentity, Role
from people.queries import customers, customers_named
from people.touches import sources_of
from tests.channels.webform.filling import FIELDS, MAX, Filler, come_in, make_form
from tests.ground.moment import FrozenClock
from tests.makers import make_agent

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx"


@pytest.fixture
def max_(app: Flask, session: Session, clock: FrozenClock) -> Filler:
    return Filler(app, make_form(session))


def messages(session: Session) -> list[Message]:
    come_in(session)
    return list(session.scalars(select(Message).order_by(Message.id)))


def apart(session: Session) -> list[BlockedMessage]:
    come_in(session)
    return list(session.scalars(select(BlockedMessage).order_by(BlockedMessage.id)))


def fill_in(filler: Filler, clock: FrozenClock, **words: str) -> None:
    filler.open()
    clock.forward(minutes=2)
    assert filler.send({"name": "Max", "message": "Where is it?", **words}).status_code == 303


@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-07")
def test_what_is_filled_in_becomes_a_dialog_and_a_card_and_is_thanked_for(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    answer = max_.send(phone="+7 912 345-67-89", company="Boots Ltd")
    assert (answer.status_code, answer.location) == (303, f"/f/{max_.form.key}?lang=en&sent=1")
    assert "Thank you" in max_.ask("GET", answer.location).text
    (message,) = messages(session)
    assert message.text == "Where is my parcel?\n\nPhone: +79123456789\nCompany: Boots Ltd"
    assert message.subject == "Ask us"
    assert message.envelope["from"] == {"address": "max@customer.test", "name": "Max"}
    card = message.dialog.customer
    assert (card.name, card.phone, card.email, card.company) == (
        "Max", "+79123456789", "max@customer.test", "Boots Ltd",
    )  # fmt: skip
    assert card.first_channel == "webform"
    assert message.identity is not None
    assert not message.identity.verified


@pytest.mark.requirement("CHN-08")
def test_the_card_learns_what_brought_them_and_fields_of_our_own(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    size = make_field(
        session, agent=make_agent(session, role=Role.OWNER), name="Size", type_="number", choices=()
    )
    fields = [
        *FIELDS,
        {"name": "size", "type": "number", "labels": {"en": "Size"}, "goes_to": f"field:{size.id}"},
    ]
    filler = Filler(app, make_form(session, fields=fields))
    filler.open("?utm_source=ya&utm_term=%D1%87%D0%B0%D0%B9")
    clock.forward(seconds=20)
    filler.send(size="42")
    (message,) = messages(session)
    card = message.dialog.customer
    assert card.search_query == "чай"
    assert card.fields == {str(size.id): 42}
    sources = sources_of(session, card)
    assert sources is not None
    assert sources.first["utm_source"] == "ya"


def test_a_script_tells_both_touches(max_: Filler, session: Session, clock: FrozenClock) -> None:
    max_.open()
    clock.forward(seconds=20)
    told = {"first": {"utm_source": "blog", "at": "2027-03-01T00:00:00Z"}, "last": {"query": "boots"}}
    max_.send(_touches=orjson.dumps(told).decode(), _page="https://shop.example/boots")
    (message,) = messages(session)
    sources = sources_of(session, message.dialog.customer)
    assert sources is not None
    assert (sources.first, sources.last) == ({"utm_source": "blog"}, {"query": "boots"})
    assert message.envelope["form"]["page"] == "https://shop.example/boots"


@pytest.mark.parametrize(
    ("told", "referer"),
    [
        ("https://max:word@shop.example/boots?key=secret#basket", ""),
        ("", "https://shop.example/boots?key=secret"),
    ],
)
def test_of_the_page_nothing_is_kept_that_may_be_a_key(
    app: Flask, session: Session, told: str, referer: str
) -> None:
    bare = Filler(app, make_form(session), scripts=False, headers={"Referer": referer})
    assert bare.send(_page=told).status_code == 303
    (message,) = messages(session)
    assert message.envelope["form"]["page"] == "https://shop.example/boots"


@pytest.mark.requirement("CHN-05")
def test_an_orders_answers_are_kept_apart_from_its_words(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    fields: list[dict[str, Any]] = [
        {"name": "phone", "type": "phone", "labels": {"en": "Phone"}, "required": True, "goes_to": "phone"},
        {"name": "product", "type": "select", "labels": {"en": "Product"}, "options": ["Boots", "Laces"]},
        {"name": "count", "type": "number", "labels": {"en": "Quantity"}},
        {"name": "gift", "type": "checkbox", "labels": {"en": "As a gift"}},
        {"name": "day", "type": "date", "labels": {"en": "Day"}},
    ]
    filler = Filler(app, make_form(session, fields=fields, kind="order"))
    filler.open()
    clock.forward(seconds=20)
    filler.send(
        {"phone": "+7 912 345-67-89", "product": "Boots", "count": "2", "gift": "yes", "day": "2027-03-12"}
    )
    (message,) = messages(session)
    assert message.text == "Phone: +79123456789\nProduct: Boots\nQuantity: 2\nAs a gift: ✓\nDay: 2027-03-12"
    form = message.envelope["form"]
    assert form["kind"] == "order"
    assert {each["name"]: each["value"] for each in form["answers"]} == {
        "phone": "+79123456789", "product": "Boots", "count": 2, "gift": True, "day": "2027-03-12",
    }  # fmt: skip


def test_what_was_agreed_to_is_kept_with_the_version_that_was_read(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    form = make_form(session, consent={"en": "I agree to be called."})
    filler = Filler(app, form)
    filler.open()
    clock.forward(seconds=20)
    refused = filler.send()
    assert refused.status_code == 422
    assert "Without your consent" in refused.text
    form.draft = {**form.draft, "consent": {"en": "I agree to everything."}}
    publish_form(session, form, agent=None)
    session.commit()
    assert filler.send(consent="yes").status_code == 303
    (message,) = messages(session)
    assert message.envelope["form"]["consent"] == "I agree to be called."
    assert message.envelope["form"]["version"] == 1
    assert form.version == 2


@pytest.mark.requirement("CHN-06")
def test_a_double_click_and_a_reload_are_one_submission_and_a_second_thought_another(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    for _ in range(3):
        assert max_.send().status_code == 303
    assert [each.text for each in messages(session)] == ["Where is my parcel?"]
    assert max_.send(message="And my second one?").status_code == 303
    assert len(messages(session)) + len(apart(session)) == 2


def test_a_bare_form_sent_twice_at_once_is_one_and_the_same_words_later_another(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    bare = Filler(app, make_form(session), scripts=False, headers={"Origin": "https://shop.example"})
    assert bare.send().status_code == 303
    clock.forward(minutes=2)
    assert bare.send().status_code == 303
    assert len(messages(session)) == 1
    clock.forward(minutes=20)
    assert bare.send().status_code == 303
    assert len(messages(session)) == 2


@pytest.mark.requirement("CHN-16")
def test_a_person_without_scripts_is_trusted_on_our_page_and_on_any_other(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    form = make_form(session)
    without = Filler(app, form, scripts=False)
    without.open()
    clock.forward(seconds=20)
    without.send(message="One")
    Filler(app, form, scripts=False, headers={"Origin": "https://shop.example"}).send(
        {**MAX, "message": "Two"}
    )
    assert [each.text for each in messages(session)] == ["One", "Two"]


def robots() -> list[Any]:
    """What each robot does, and the sign that gives it away."""
    links = " ".join(f"http://pills.example/{number}" for number in range(6))
    return [
        pytest.param({"website_url": "http://pills.example"}, 20, "honeypot", id="fills in everything"),
        pytest.param({"message": links}, 1, "too_fast", id="is quick and full of links"),
        pytest.param({"_opened": "forged.pass"}, 20, "forged_pass", id="makes up a pass"),
        pytest.param(
            {"message": f'<a href="http://x.example">x</a> {links}'}, 20, "markup", id="speaks HTML"
        ),
        pytest.param(
            {"name": "Win http://x.example now", "message": links}, 20, "names_are_links", id="is a link"
        ),
    ]


@pytest.mark.requirement("CHN-16")
@pytest.mark.parametrize(("words", "seconds", "sign"), robots())
def test_a_robot_is_thanked_and_set_apart_and_can_be_let_in(
    max_: Filler, session: Session, clock: FrozenClock, words: dict[str, str], seconds: int, sign: str
) -> None:
    max_.open()
    clock.forward(seconds=seconds)
    assert max_.send(MAX | words, _solution="").status_code == 303
    (kept,) = apart(session)
    assert sign in kept.signs
    assert kept.identity_id is None
    assert session.scalar(select(func.count(Customer.id))) == 0
    restore_blocked(session, kept, agent=make_agent(session))
    session.commit()
    (message,) = messages(session)
    assert message.text == (MAX | words)["message"]
    assert apart(session)[0].restored_at is not None


def test_a_proof_is_good_for_one_submission(max_: Filler, session: Session, clock: FrozenClock) -> None:
    max_.open()
    clock.forward(seconds=20)
    max_.send()
    max_.hidden["_submission"] = "another"
    max_.send(message="See https://x.example")
    assert len(messages(session)) == 1
    assert apart(session)[0].signs == ["bad_proof", "links"]


@pytest.mark.requirement("CHN-16")
def test_whoever_floods_is_set_apart_then_told_to_stop_and_nobody_else_notices(
    app: Flask, session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "MOST_FROM_ADDRESS", "30/hour")
    form = make_form(session)
    robot = Filler(app, form, scripts=False)
    statuses = []
    for number in range(20):
        robot.address = f"2001:db8:1:2::{number:x}"
        statuses.append(robot.send({**MAX, "email": f"robot{number}@x.example", "message": f"Buy {number}"}))
    # Without Valkey each process allows half as much.
    assert [each.status_code for each in statuses] == [303] * 15 + [429] * 5
    assert statuses[-1].headers["Retry-After"] == "3600"
    assert "Buy 19" in statuses[-1].text
    mia = Filler(app, form, address="2001:db8:1:3::1")
    mia.open()
    clock.forward(seconds=20)
    assert mia.send({"name": "Mia", "email": "mia@customer.test", "message": "Hello"}).status_code == 303
    texts = [each.text for each in messages(session)]
    assert texts[-1] == "Hello"
    assert len(texts) + len(apart(session)) == 16
    assert len(texts) == 6


def test_everything_typed_stays_when_something_is_wrong_and_so_do_the_files(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    again = max_.send(
        {"name": '"><script>alert(1)</script>', "email": "max@", "phone": "+7 912 345-67-89", "message": ""},
        photo=("boot.png", PNG),
    )
    assert again.status_code == 422
    assert "<script>alert" not in again.text
    assert 'value="&#34;&gt;&lt;script&gt;' in again.text
    assert 'value="max@"' in again.text
    assert 'value="+7 912 345-67-89"' in again.text
    assert "This is not an e-mail address." in again.text
    assert "Please fill this in." in again.text
    assert "boot.png" in again.text
    assert max_.send().status_code == 303
    (message,) = messages(session)
    (file,) = session.scalars(select(Attachment).where(Attachment.message_id == message.id)).all()
    assert (file.name, file.mime, file.size) == ("boot.png", "image/png", len(PNG))


def test_a_file_that_lies_about_its_kind_is_what_its_bytes_say(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    max_.send(photo=("boot.png", b"<html><script>alert(1)</script>"))
    (message,) = messages(session)
    (file,) = session.scalars(select(Attachment).where(Attachment.message_id == message.id)).all()
    assert (file.name, file.mime) == ("boot.png", "application/octet-stream")
    assert message.warnings == []


def test_a_program_is_taken_with_a_warning(max_: Filler, session: Session, clock: FrozenClock) -> None:
    max_.open()
    clock.forward(seconds=20)
    max_.send(photo=("boot.png.exe", b"MZ"))
    (message,) = messages(session)
    assert message.warnings == ["dangerous_file"]


def test_files_beyond_25_mb_are_named_and_the_words_stay(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    again = max_.send(photo=("film.mov", b"x" * (25 * 1024 * 1024 + 1)))
    assert again.status_code == 422
    assert "film.mov was not accepted" in again.text
    assert "Where is my parcel?" in again.text
    assert max_.send(photo=("film.mov", b"x" * (25 * 1024 * 1024))).status_code == 303
    (message,) = messages(session)
    assert [each.size for each in message.attachments] == [25 * 1024 * 1024]


def test_nobody_fills_the_disk_by_posts_that_fail(
    max_: Filler, session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "FILES_FROM_ADDRESS", "4/hour")  # without Valkey half as many
    max_.open()
    clock.forward(seconds=20)
    for number in range(3):
        again = max_.send(message="", photo=(f"boot{number}.png", PNG + bytes([number])))
    assert "boot2.png was not accepted: there are too many files." in again.text
    assert max_.send(message="Without it").status_code == 303
    (message,) = messages(session)
    assert [each.name for each in message.attachments] == ["boot1.png"]


def test_more_than_anybody_needs_is_refused_before_it_is_read(max_: Filler, session: Session) -> None:
    answer = max_.ask(
        "POST",
        max_.path,
        data=b"",
        content_type="multipart/form-data; boundary=x",
        around={"CONTENT_LENGTH": str(65 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "what you typed is still there" in answer.text
    assert messages(session) == []


@pytest.mark.requirement("CHN-16")
def test_what_a_blocked_sender_fills_in_is_kept_apart(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    max_.send()
    (message,) = messages(session)
    assert message.identity is not None
    block_identity(session, message.identity, agent=make_agent(session))
    session.commit()
    max_.open()
    clock.forward(seconds=20)
    max_.send(message="Again")
    assert len(messages(session)) == 1
    assert [(each.text, each.signs) for each in apart(session)] == [("Again", [])]
    (arrival,) = session.scalars(select(Arrival).where(Arrival.state == ArrivalState.READ))
    arrival.state = ArrivalState.FETCHED
    fill_in(max_, clock, name="Mia", message="It is Mia", email="mia@customer.test")
    assert len(messages(session)) == 2
    assert len(apart(session)) == 1
    (again,) = apart(session)
    restore_blocked(session, again, agent=make_agent(session, "Ben"))
    session.commit()
    assert [each.text for each in messages(session)][1:] == ["It is Mia", "Again"]


@pytest.mark.requirement("CHN-09")
def test_a_typed_address_joins_no_known_card_and_the_known_one_is_suggested(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    known = meet(session, "email", "max@customer.test", name="Max", verified=True, channel="email").customer
    session.commit()
    max_.open()
    clock.forward(seconds=20)
    max_.send()
    (message,) = messages(session)
    card = message.dialog.customer
    assert card.id != known.id
    (match,) = matches_of(session, card, among=customers())
    assert (match.customer.id, match.reasons) == (known.id, ("email",))


@pytest.mark.requirement("CHN-09")
def test_whoever_types_an_address_that_was_merged_is_a_card_of_their_own_nonetheless(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    form, ann = make_form(session), make_agent(session)
    known = meet(session, "email", "mia@customer.test", name="Mia", verified=True, channel="email").customer
    fill_in(Filler(app, form), clock, email="mia@customer.test")
    (first,) = messages(session)
    merge_customers(session, first.dialog.customer, known, agent=ann)
    session.commit()
    stranger = Filler(app, form, address="198.51.100.9")
    told = {"name": "Mallory", "email": "Mia@customer.test", "phone": "+79995556677"}
    fill_in(stranger, clock, **told, message="Send it to my new address")
    first, second = messages(session)
    assert (first.dialog.customer_id, second.dialog.customer_id == known.id) == (known.id, False)
    session.refresh(known)
    assert (known.name, known.phone) == ("Mia", "")
    (match,) = matches_of(session, second.dialog.customer, among=customers())
    assert (match.customer.id, match.reasons) == (known.id, ("email",))


@pytest.mark.requirement("CHN-09")
def test_a_number_alone_is_nobodys_proof_either(app: Flask, session: Session, clock: FrozenClock) -> None:
    form = make_form(session)
    for name in ("Max", "Mia"):
        fill_in(Filler(app, form), clock, name=name, email="", phone="+79123456789")
    first, second = (each.dialog.customer for each in messages(session))
    assert (first.name, second.name) == ("Max", "Mia")
    (match,) = matches_of(session, second, among=customers())
    assert (match.customer.id, match.reasons) == (first.id, ("phone",))


@pytest.mark.parametrize("words", ["x@customer.TEST", "max@cust"])
def test_who_filled_in_a_form_is_found_by_what_they_typed_and_not_by_the_name_we_gave_it(
    max_: Filler, session: Session, clock: FrozenClock, words: str
) -> None:
    fill_in(max_, clock, email="Max@customer.test")
    (message,) = messages(session)
    assert message.identity is not None
    assert session.scalars(customers_named(words)).all() == [message.dialog.customer]
    assert session.scalars(customers_named(message.identity.key[20:23])).all() == []


@pytest.mark.requirement("CHN-09")
def test_submissions_of_one_person_are_cards_that_know_of_each_other(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    form = make_form(session)
    told = (
        {"email": "max@customer.test", "phone": "+7 912 345-67-89"},
        {"email": "max@work.test", "phone": "8 (912) 345-67-89"},
        {"email": "MAX@customer.test", "phone": ""},
        {"email": "", "phone": "+79123456789"},
    )
    for words in told:
        filler = Filler(app, form)
        filler.open()
        clock.forward(minutes=10)
        filler.send({"name": "Max", "message": "Hello", **words})
    owners = [each.dialog.customer_id for each in messages(session)]
    assert len(set(owners)) == 4
    first = session.get_one(Customer, owners[0])
    found = matches_of(session, first, among=customers())
    assert {each.customer.id for each in found} == set(owners) - {first.id}
    assert session.scalar(select(func.count(CustomerIdentity.id))) == 4


def test_a_form_that_is_not_published_is_not_there_but_what_was_opened_is_taken(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    late = Filler(max_.app, max_.form)
    late.open()
    unpublish_form(session, max_.form, agent=None)
    session.commit()
    assert max_.ask("GET", max_.path).status_code == 404
    assert max_.send().status_code == 404
    assert max_.ask("GET", "/f/nothing").status_code == 404
    clock.forward(seconds=20)
    assert late.send().status_code == 303
    assert len(messages(session)) == 1


def test_the_way_on_leads_to_the_forms_own_page_or_to_one_of_its_sites_and_nowhere_else(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    form = make_form(session, thank_you="https://shop.example/thanks", settings={"sites": "*.shop.example"})
    bare = Filler(app, form, scripts=False)
    assert bare.send(message="1").location == "https://shop.example/thanks"
    assert (
        bare.send(message="2", _next="https://www.shop.example/ok?a=1").location
        == "https://www.shop.example/ok?a=1"
    )
    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "https://shop.example.evil.test/",
                 "https://www.shop.example@evil.test/", "http://www.shop.example/"):  # fmt: skip
        assert bare.send(message=evil, _next=evil).location == "https://shop.example/thanks"


def test_only_sites_of_the_form_may_show_it_or_read_its_answers(app: Flask, session: Session) -> None:
    form = make_form(session, settings={"sites": "shop.example"})
    filler = Filler(app, form, scripts=False)
    page, frame = filler.ask("GET", filler.path), filler.ask("GET", f"{filler.path}/frame")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'self' https://shop.example" in frame.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame.headers
    asks = {"Accept": "application/json"}
    theirs = filler.ask("POST", filler.path, data=MAX, headers={**asks, "Origin": "https://shop.example"})
    assert theirs.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert orjson.loads(theirs.data)["thanks"].startswith("Thank you")
    evil = filler.ask("POST", filler.path, data=MAX, headers={**asks, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in evil.headers
    wrong = filler.ask("POST", filler.path, data={"message": ""}, headers=asks)
    assert (wrong.status_code, orjson.loads(wrong.data)["error"]["fields"]) == (
        422, {"message": "Please fill this in."},
    )  # fmt: skip


def test_no_cookie_is_read_or_set(max_: Filler, clock: FrozenClock) -> None:
    assert "Set-Cookie" not in max_.ask("GET", "/f/nothing").headers
    for path in ("", "/frame", "/form.js", "?sent=1"):
        answer = max_.ask(
            "GET", f"{max_.path}{path}", headers={"Cookie": "sid=nonsense; form=x; language=es"}
        )
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "Su pregunta" not in answer.text
    max_.open()
    assert "Set-Cookie" not in max_.send().headers


def test_each_reads_it_in_their_language(app: Flask, session: Session) -> None:
    titles = {"ru": "Вопрос", "en": "Question", "es": "Pregunta"}
    filler = Filler(app, make_form(session, titles=titles, languages=["ru", "en", "es"]))
    assert "<h1>Вопрос</h1>" in filler.open()
    assert "<h1>Pregunta</h1>" in filler.open("?lang=es")
    filler.headers = {"Accept-Language": "en-GB,en;q=0.9"}
    page = filler.open()
    assert "<h1>Question</h1>" in page
    assert '<html lang="en">' in page
    filler.scripts = False
    assert "Algo todavía" in filler.send({**MAX, "message": ""}, _language="es").text


def test_zero_characters_are_left_out_wherever_they_stand(
    max_: Filler, session: Session, clock: FrozenClock
) -> None:
    max_.open()
    clock.forward(seconds=20)
    answer = max_.send(
        {"name": "Ma\0x", "email": "", "phone": "", "message": "a\0b\u202e"},
        _page="x\0y",
        _touches='{"first":{"a\\u0000":"b"}}',
    )
    assert answer.status_code == 303
    (message,) = messages(session)
    assert message.text == "ab\u202e"


def test_without_the_database_what_was_typed_is_given_back_to_be_sent_again(
    max_: Filler, session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def away() -> Iterator[Session]:
        raise OperationalError("SELECT", {}, Exception("the server is gone"))
        yield session

    max_.open()
    clock.forward(seconds=20)
    with monkeypatch.context() as broken:
        broken.setattr(sys.modules["app.views.webform"], "transaction", away)
        lost = max_.send(message="Two\nlines of it")
    assert lost.status_code == 503
    assert int(lost.headers["Retry-After"]) > 0
    assert "Set-Cookie" not in lost.headers
    again = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", lost.text, re.DOTALL)
    assert again is not None
    assert again[1] == "Two\nlines of it"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', lost.text))
    sent = max_.ask("POST", max_.path, data={**hidden, "message": again[1]})
    assert sent.status_code == 303
    (message,) = messages(session)
    assert message.text == "Two\nlines of it"


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=60), max_size=8), st.binary(max_size=300))
def test_no_post_breaks_it(app: Flask, session: Session, words: dict[str, str], raw: bytes) -> None:
    found = session.scalar(select(func.count(Arrival.id)))
    assert found is not None
    form = make_form(session)
    filler = Filler(app, form, scripts=False)
    clean = {name.replace("\r", "").replace("\n", ""): value for name, value in words.items()}
    for parts in (
        {"data": clean},
        {"data": raw, "content_type": "multipart/form-data; boundary=x"},
        {"data": raw, "content_type": "application/x-www-form-urlencoded"},
        {"data": b"--x\r\n" + raw + b"\r\n--x--", "content_type": "multipart/form-data; boundary=x"},
        {"data": {"message": "x", **{f"_{name}": value for name, value in clean.items()}}},
    ):
        assert filler.ask("POST", filler.path, **parts).status_code in (303, 413, 422, 429)
    read_arrivals()
    states = set(session.scalars(select(Arrival.state)))
    assert states <= {ArrivalState.READ, ArrivalState.BLOCKED}
