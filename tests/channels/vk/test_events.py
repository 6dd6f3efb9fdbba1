"""Each kind of event tells the inbox what happened; what was told lies beside it as a golden file.

After a change that is meant: `python -m tests.channels.vk.test_events` writes them anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vkbottle_types.events import bot_events

from channels.vk.arrivals import EVENTS as ASKED_FOR
from channels.vk.arrivals import raw_event
from channels.vk.events import read_event
from channels.vk.wire import Unreadable, decoded
from inbox.border import Incoming
from tests.channels.told import as_told

EVENTS = Path(__file__).parent / "events"
TOLD = Path(__file__).parent / "told"
HEARD = "2026-11-25T12:00:00+00:00"
NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))
MADE_UP = {"unknown_attachment", "reaction_unknown"}


def event(name: str) -> dict[str, Any]:
    """An event as VK sends it."""
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return found


def told_by(name: str) -> list[dict[str, Any]]:
    """What an event tells, without what is as it always is."""
    payload = {**raw_event(event(name)).payload, "received_at": HEARD}
    return [as_told(each) for each in read_event(payload)]


@pytest.mark.parametrize("name", NAMES)
def test_an_event_tells_what_it_always_told(name: str) -> None:
    assert told_by(name) == json.loads((TOLD / f"{name}.json").read_text())
    assert told_by(name) == told_by(name)


@pytest.mark.parametrize("name", [each for each in NAMES if each not in MADE_UP])
def test_the_events_of_these_tests_are_what_an_independent_library_takes_for_events(name: str) -> None:
    given_event = event(name)
    model = getattr(bot_events, "".join(word.title() for word in given_event["type"].split("_")))
    assert model(**given_event).object is not None


def test_every_kind_of_event_that_is_asked_for_has_an_example() -> None:
    assert set(ASKED_FOR) <= {event(name)["type"] for name in NAMES}


def test_every_kind_of_attachment_that_is_known_has_an_example() -> None:
    from channels.vk.attachments import _CARDS, _FILES

    shown = [event(name)["object"] for name in NAMES]
    attached = [
        each["type"] for content in shown for each in content.get("message", content).get("attachments", [])
    ]
    assert {*_CARDS, *_FILES} - {"video_message"} <= set(attached)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def broken_events(draw: st.DrawFn) -> dict[str, Any]:
    """A real event in which something is not what it was."""
    found = event(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 4))):
        where: Any = found
        while True:
            key = draw(st.sampled_from(list(where) if isinstance(where, dict) else list(range(len(where)))))
            if not isinstance(where[key], dict | list) or not where[key] or draw(st.booleans()):
                break
            where = where[key]
        where[key] = draw(json_values)
    return found


def read(payload: dict[str, Any]) -> list[Incoming]:
    try:
        return read_event(payload)
    except Unreadable:
        return []


@given(broken_events())
def test_an_event_that_is_not_what_it_should_be_is_read_or_refused(found: dict[str, Any]) -> None:
    payload = decoded(json.dumps(found).encode())
    once = read(dict(raw_event(payload).payload))
    for incoming in once:
        assert incoming.sent_at.tzinfo is not None
        assert isinstance(incoming.text, str)
        assert incoming.kind in ("unsupported",) or incoming.conversation_key
        json.dumps([as_told(incoming)], allow_nan=False).encode()


@given(st.dictionaries(st.sampled_from(["type", "object", "group_id", "event_id"]), json_values))
def test_nothing_that_calls_itself_an_event_breaks_the_reader(found: dict[str, Any]) -> None:
    raw = raw_event(found)
    assert raw.event_key
    assert raw.order_key
    read(dict(raw.payload))


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=200)
def test_what_is_decoded_can_be_stored(body: bytes) -> None:
    try:
        found = decoded(body)
    except ValueError:
        return
    stored = json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    assert b"\\u0000" not in stored


@pytest.mark.parametrize(
    "body",
    [b'{"a": "\\ud800"}', b'{"a": "x\\u0000y"}', b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000],
)
def test_what_no_database_keeps_does_not_get_that_far(body: bytes) -> None:
    try:
        found = decoded(body)
    except ValueError:
        return
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()


def test_forwards_and_files_have_an_end() -> None:
    found = event("photo")
    message = found["object"]["message"]
    message["attachments"] *= 500
    inner: dict[str, Any] = {**message, "fwd_messages": []}
    for _ in range(50):
        inner = {**message, "text": "again", "fwd_messages": [inner] * 3}
    message["fwd_messages"] = [inner]
    (incoming,) = read_event(found)
    assert len(incoming.remote_files) == 50
    assert len(incoming.forwards) <= 100
    assert max(each.depth for each in incoming.forwards) < 10


def write_anew() -> None:
    """Write down what is told now."""
    TOLD.mkdir(exist_ok=True)
    for name in NAMES:
        (TOLD / f"{name}.json").write_text(json.dumps(told_by(name), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    write_anew()
