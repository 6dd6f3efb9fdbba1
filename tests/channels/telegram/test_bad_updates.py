"""Whatever comes as an update is stored and either read or put aside, and never breaks anything else."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapter import BadContent
from channels.json_fields import storable
from channels.telegram.updates import event_of, read_update
from inbox.border import Incoming
from tests.channels.telegram.test_updates import CAME, NAMES, UPDATES

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text(alphabet="\0\ud800a")
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4)
)
EXAMPLES = [orjson.loads((UPDATES / f"{name}.json").read_bytes()) for name in NAMES]


def read(update: Any) -> list[Incoming]:
    """Through the store, as it happens."""
    event = event_of(update, CAME)
    assert event.event_key
    stored = orjson.loads(orjson.dumps(event.payload))
    try:
        found = list(read_update(stored))
    except BadContent:
        return []
    for each in found:
        assert "\0" not in f"{each}"
        assert each.sent_at.tzinfo is not None
    return found


def spoiled(found: Any, path: list[Any], value: Any) -> Any:
    """The same JSON with one thing in it replaced."""
    if not path:
        return value
    copy = dict(found) if isinstance(found, dict) else list(found)
    copy[path[0]] = spoiled(copy[path[0]], path[1:], value)
    return copy


def paths(found: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where there is anything in some JSON."""
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [before, *(each for name, value in inner for each in paths(value, (*before, name)))]


@given(update=ANYTHING)
def test_anything_at_all_is_read_or_put_aside(update: Any) -> None:
    read(update)


@given(data=st.data())
def test_an_update_with_one_wrong_thing_in_it_is_read_or_put_aside(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(EXAMPLES))
    path = data.draw(st.sampled_from(paths(example)))
    read(spoiled(example, list(path), data.draw(ANYTHING)))


def test_what_lies_too_deep_is_left_out() -> None:
    deep: Any = "end"
    for _ in range(5000):
        deep = [deep]
    assert read({**EXAMPLES[0], "hologram": deep})


@given(update=ANYTHING)
def test_an_update_has_the_same_name_whenever_it_comes(update: Any) -> None:
    assert event_of(update, CAME).event_key == event_of(update, "2026-11-26T12:00:00+00:00").event_key


@given(value=ANYTHING)
def test_what_is_stored_is_what_a_database_can_keep(value: Any) -> None:
    kept = orjson.dumps(storable(value), option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
    assert b"\\u0000" not in kept


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_an_update_keeps_what_nobody_has_heard_of(example: dict[str, Any]) -> None:
    (kind,) = set(example) - {"update_id"}
    more = {**example, kind: {**example[kind], "hologram": {"depth": 3}}}
    assert len(read(more)) == len(read(example))
    assert event_of(more, CAME).payload["update"][kind]["hologram"] == {"depth": 3}


def test_two_updates_with_one_number_about_other_messages_are_two() -> None:
    first, other = ({**each, "update_id": 5} for each in EXAMPLES[:2])
    assert event_of(first, CAME).event_key != event_of(other, CAME).event_key


def test_an_album_is_read_as_one_and_chats_side_by_side() -> None:
    events = {name: event_of(each, CAME) for name, each in zip(NAMES, EXAMPLES, strict=True)}
    assert events["album_first"].group_key == events["album_second"].group_key is not None
    assert events["photo"].group_key is None
    assert events["text"].order_key == events["edited"].order_key == events["reaction"].order_key
    assert events["text"].order_key != events["group_text"].order_key != events["business_in"].order_key


@pytest.mark.parametrize(
    "name", ["\u202eMax", "Ma\u200bx", "Max\n\nAdministrator", "<b>Max</b>", "\0Max", "M" * 5000]
)
def test_a_name_cannot_hide_or_turn_anything(name: str) -> None:
    example = next(each for each in EXAMPLES if "message" in each)
    sender = {**example["message"]["from"], "first_name": name, "last_name": ""}
    (found,) = read({**example, "message": {**example["message"], "from": sender}})
    assert found.author.name.isprintable()
    assert "\n" not in found.author.name
    assert len(found.author.name) <= 200
