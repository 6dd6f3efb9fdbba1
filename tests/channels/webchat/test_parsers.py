"""What strangers send is read or refused, and never anything else: frames, payloads, sites, marks."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.views.webchat import MessageTold, ProfileTold, ReadTold, SessionTold
from channels.adapter import BadContent
from channels.webchat.events import read_payload
from channels.webchat.frames import MOST, says_typing, token_of_greeting
from channels.webchat.marks import TAGS, chat_html
from channels.webchat.prechat import fields_of, read_values
from channels.webchat.sites import frame_ancestors, sources_of, unknown_sites
from core.errors import Invalid
from people.touches import kept_touches

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
SAID = st.one_of(st.none(), st.binary(max_size=40), st.text(max_size=60), JSON.map(json.dumps))


def test_a_frame_says_who_it_is_or_that_somebody_writes() -> None:
    assert says_typing('{"typing": 1}')
    assert token_of_greeting('{"token": "abc"}') == "abc"


@given(SAID)
def test_any_other_frame_is_nothing(said: Any) -> None:
    token = token_of_greeting(said)
    assert not says_typing(said) or json.loads(said) == {"typing": 1}
    assert token is None or json.loads(said) == {"token": token}


@pytest.mark.parametrize(
    "said", ['{"token": "' + "x" * MOST + '"}', '{"token": ""}', '{"token": "a", "read": 1}', "[" * 1000]
)
def test_a_greeting_is_short_and_nothing_else(said: str) -> None:
    assert token_of_greeting(said) is None


PAYLOAD = {
    "type": "message",
    "chat": "abc",
    "key": "abc/1",
    "at": "2026-11-25T12:00:00+00:00",
    "text": "Hello",
    "files": [{"name": "a.png", "mime": "image/png", "size": 3, "sha256": "0" * 64}],
    "page": {"url": "https://shop.example/boots"},
    "who": {"user_id": "7", "proven": {"name": "Max", "email": "max@x.test"}, "told": {"phone": "+7900"}},
}


def test_a_payload_tells_what_was_said_by_whom_and_where() -> None:
    (incoming,) = read_payload(PAYLOAD)
    assert (incoming.text, incoming.conversation_key, incoming.message_key) == ("Hello", "abc", "abc/1")
    assert (incoming.author.name, incoming.author.email, incoming.author.verified) == (
        "Max",
        "max@x.test",
        True,
    )
    assert incoming.envelope == {"page": {"url": "https://shop.example/boots"}}
    assert incoming.extra == {"told": {"phone": "+7900"}}
    assert incoming.files[0].name == "a.png"


def test_what_a_stranger_types_is_proven_to_nobody() -> None:
    stranger = {"proven": {"email": "mia@x.test", "name": "Mia"}, "told": {"email": "mia@x.test"}}
    author = read_payload({**PAYLOAD, "who": stranger})[0].author
    assert (author.email, author.phone, author.verified) == ("", "", False)


@given(
    st.dictionaries(st.sampled_from([*PAYLOAD, "into", "touches"]), JSON, max_size=6),
    st.sampled_from(["message", "read", "known", "hologram", ""]),
)
def test_a_stored_payload_is_read_or_parked(changed: dict[str, Any], kind: str) -> None:
    try:
        found = read_payload({**PAYLOAD, "type": kind, **changed})
        again = read_payload({**PAYLOAD, "type": kind, **changed})
    except BadContent:
        return
    assert len(found) == 1
    assert repr(found) == repr(again)  # numbers that are none are not even equal to themselves


def test_sites_are_named_as_people_name_them() -> None:
    assert sources_of("shop.example\nhttps://www.shop.example/\n*.shop.example:8443, localhost:3000") == [
        "https://shop.example",
        "https://www.shop.example",
        "https://*.shop.example:8443",
        "https://localhost:3000",
        "http://localhost:3000",
    ]
    assert sources_of("магазин.рф") == ["https://xn--80aairftm.xn--p1ai"]
    assert frame_ancestors("") == "'self'"
    assert unknown_sites("shop.example; * https://a/b javascript:x") == [
        "shop.example;",
        "*",
        "https://a/b",
        "javascript:x",
    ]


@given(st.text(max_size=80))
def test_nothing_written_as_a_site_adds_a_rule_to_the_policy(written: str) -> None:
    policy = frame_ancestors(written)
    assert policy.isascii()
    assert not set(policy) & set(';,\n\r"<>')
    assert policy.split()[0] == "'self'"
    assert all(source.startswith(("http://", "https://")) for source in policy.split()[1:])
    assert "https://*" not in policy.split()


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>Hello <strong>dear</strong> Max</p>", "Hello <b>dear</b> Max"),
        ("<p>Only words</p>", None),
        ('<b onclick="x()">a</b><script>alert(1)</script>', "<b>a</b>"),
        (
            '<a href="javascript:alert(1)">a</a><i>b</i>',
            '<a rel="noopener noreferrer nofollow">a</a><i>b</i>',
        ),
        ("<p>a<em>b</em></p><p>c</p>", "a<i>b</i><br>c"),
        ('<img src="https://x.test/p.png"><u>a</u>', "<u>a</u>"),
        (None, None),
        ("", None),
    ],
)
def test_only_plain_marks_reach_a_visitor(html: str | None, shown: str | None) -> None:
    assert chat_html(html) == shown


@given(st.text(max_size=200))
def test_no_text_becomes_more_than_marks(text: str) -> None:
    shown = chat_html(f"<b>{text}</b>") or ""
    assert set(re.findall(r"<([a-z]+)", shown.lower())) <= TAGS


@given(JSON, st.dictionaries(st.text(max_size=10), st.text(max_size=20) | st.booleans(), max_size=5))
def test_fields_that_are_kept_and_values_that_are_typed_are_read_or_refused(kept: Any, typed: Any) -> None:
    settings = {"prechat": kept, "consent_text": "I agree"}
    assert fields_of(settings)[-1]["name"] == "consent"
    try:
        assert set(read_values(settings, typed)) <= set(typed)
    except Invalid:
        return


@given(JSON, st.sampled_from([SessionTold, MessageTold, ProfileTold, ReadTold]))
def test_any_body_is_read_or_refused(told: Any, model: type[BaseModel]) -> None:
    """What a browser sends is JSON of any shape; only what fits is looked at."""
    try:
        read = model.model_validate_json(json.dumps(told))
    except ValidationError:
        return
    assert "\0" not in json.dumps(read.model_dump(mode="json", exclude={"touches"}))


@given(st.dictionaries(st.sampled_from(["first", "last", "other"]), JSON, max_size=3))
def test_where_somebody_came_from_is_kept_as_flat_texts(told: dict[str, Any]) -> None:
    kept = kept_touches(told)
    assert set(kept) <= {"first", "last"}
    for touch in kept.values():
        assert len(touch) <= 40
        assert all("\0" not in name + value and len(value) <= 500 for name, value in touch.items())
