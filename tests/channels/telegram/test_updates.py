"""Each kind of update tells the inbox what happened; what was told lies beside it as a golden file.

After a change that is meant: `python -m tests.channels.telegram.test_updates` writes them anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from channels.telegram.updates import event_of, read_update
from tests.channels.told import as_told

UPDATES = Path(__file__).parent / "updates"
TOLD = Path(__file__).parent / "told"
CAME = "2026-11-25T12:00:00+00:00"
NAMES = sorted(path.stem for path in UPDATES.glob("*.json"))
MADE_UP = {"unknown_kind", "unknown_content", "live_photo"}


def told_by(name: str) -> list[dict[str, Any]]:
    """What an update tells, without what is as it always is."""
    event = event_of(json.loads((UPDATES / f"{name}.json").read_text()), CAME)
    return [as_told(each) for each in read_update(event.payload)]


@pytest.mark.parametrize("name", NAMES)
def test_an_update_tells_what_it_always_told(name: str) -> None:
    assert told_by(name) == json.loads((TOLD / f"{name}.json").read_text())
    assert told_by(name) == told_by(name)


@pytest.mark.parametrize("name", [each for each in NAMES if each not in MADE_UP])
def test_the_updates_of_these_tests_are_what_the_library_takes_for_updates(name: str) -> None:
    given = json.loads((UPDATES / f"{name}.json").read_text())
    update = Update.de_json(given, None)
    (kind,) = set(given) - {"update_id"}
    assert getattr(update, kind) is not None


def test_every_kind_of_update_that_is_asked_for_has_an_example() -> None:
    from channels.telegram.updates import ASKED_FOR

    kinds = {next(iter(set(json.loads(path.read_text())) - {"update_id"})) for path in UPDATES.iterdir()}
    assert set(ASKED_FOR) <= kinds


def write_anew() -> None:
    """Write down what is told now."""
    TOLD.mkdir(exist_ok=True)
    for name in NAMES:
        (TOLD / f"{name}.json").write_text(json.dumps(told_by(name), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    write_anew()
