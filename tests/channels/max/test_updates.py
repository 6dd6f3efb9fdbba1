"""Updates of every kind, shaped as MAX sends them, and others as nobody wishes for them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from channels.adapter import BadContent
from channels.max.updates import read_update
from channels.max.wire import event_of

UPDATES = sorted((Path(__file__).parent / "updates").glob("*.json"))
OUR_BOT = 900_100
NAMES = (
    "update_type timestamp message body sender recipient mid seq text attachments type payload url token link"
    " chat_id chat_type user_id user callback callback_id markup from length vcf_info max_info first_name"
).split()
WORDS = (
    "message_created message_edited message_removed message_callback bot_started dialog chat channel reply"
    " forward image video file contact location share inline_keyboard"
).split()


def lean(value: Any) -> Any:
    """Without what is empty, and times as text."""
    if isinstance(value, Mapping):
        return {name: lean(each) for name, each in value.items() if each not in (None, "", [], (), {}, False)}
    if isinstance(value, list | tuple):
        return [lean(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.requirement("CHN-01")
@pytest.mark.parametrize("path", UPDATES, ids=[each.stem for each in UPDATES])
def test_an_update_is_read_as_it_was_before(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    event = event_of(kept["update"])
    for _ in range(2):
        found = [lean(asdict(each)) for each in read_update(event.payload, bot_id=OUR_BOT)]
        assert {"event_key": event.event_key, "order_key": event.order_key, "incoming": found} == kept["read"]


def test_brought_again_an_update_has_the_same_name_and_another_deed_another() -> None:
    kept = {each.stem: json.loads(each.read_text(encoding="utf-8"))["update"] for each in UPDATES}
    assert event_of(kept["text"]).event_key == event_of({**kept["text"], "timestamp": 1}).event_key
    edits = [event_of({**kept["edited"], "timestamp": moment}).event_key for moment in (1, 1, 2)]
    assert edits[0] == edits[1] != edits[2]
    assert len({event_of(each).event_key for name, each in kept.items() if not name.startswith("bot")}) > 5


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_type": "message_created", "timestamp": 1, "message": ["?"]},
        {"update_type": "message_created", "timestamp": 1, "message": {"body": {"text": "no name"}}},
        {"update_type": "message_removed", "timestamp": 1, "chat_id": 7},
        {"update_type": "bot_started", "timestamp": 1, "user": {"user_id": 5}},
        {"update_type": "bot_started", "timestamp": 10**30, "chat_id": 7, "user": {"user_id": 5}},
        {"not_an_update": [1, 2]},
    ],
)
def test_what_lacks_what_it_must_have_is_put_aside_at_once(update: dict[str, Any]) -> None:
    with pytest.raises(BadContent) as refused:
        read_update(event_of(update).payload)
    assert refused.value.code == "unreadable"


def test_what_no_database_keeps_is_replaced_before_it_is_stored() -> None:
    payload = event_of({"update_type": "x\0", "text": "half \ud83d", "deep": [{"\0": float("inf")}]}).payload
    stored = orjson.dumps(payload)
    assert b"\\u0000" not in stored
    assert payload["deep"] == [{"\N{REPLACEMENT CHARACTER}": None}]


anything: some.SearchStrategy[Any] = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**70), 2**70)
    | some.floats()
    | some.text(max_size=20)
    | some.sampled_from(WORDS),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(NAMES) | some.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=30,
)


@given(
    update=some.dictionaries(some.sampled_from(NAMES), anything, max_size=10), kind=some.sampled_from(WORDS)
)
def test_nothing_anybody_sends_breaks_the_reader(update: dict[str, Any], kind: str) -> None:
    event = event_of({**update, "update_type": kind})
    assert 0 < len(event.event_key) <= 500
    with suppress(BadContent):
        (found,) = read_update(event.payload, bot_id=OUR_BOT)
        assert found.sent_at.tzinfo is not None


@given(update=anything)
def test_whatever_comes_can_be_stored(update: Any) -> None:
    assert event_of(update).event_key == event_of(update).event_key
