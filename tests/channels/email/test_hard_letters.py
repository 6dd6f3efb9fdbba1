"""Letters of many programs, servers, languages and mistakes, and what `mail show` must make of each.

`expected.json` says what matters about a letter: facts it must tell, words that must be shown (`shows`)
and words that must be folded away (`hides`).
"""

import json
from typing import Any

import pytest

from channels.email.letters import Letter
from channels.email.wire import read_letter
from tests.channels.email.written import LETTERS

HARD = LETTERS / "hard"
EXPECTED: dict[str, dict[str, Any]] = json.loads((HARD / "expected.json").read_text(encoding="utf-8"))


def facts_of(letter: Letter) -> dict[str, Any]:
    forwarded, bounce = letter.forwarded, letter.bounce
    return {
        "class": letter.klass,
        "from": f"{letter.from_.name} <{letter.from_.address}>" if letter.from_ else None,
        "to": [each.address for each in letter.to],
        "cc": [each.address for each in letter.cc],
        "subject": letter.subject,
        "date": letter.date.isoformat() if letter.date else None,
        "text": letter.text,
        "visible_text": letter.visible_text,
        "files": [[each.name, each.mime] for each in letter.files],
        "file_names": [each.name for each in letter.files],
        "forwarded_from": forwarded.from_.address if forwarded and forwarded.from_ else None,
        "forwarded_subject": forwarded.subject if forwarded else None,
        "forwarded_text": forwarded.text if forwarded else None,
        "recipients": [each.address for each in bounce.recipients] if bounce else [],
        "status": bounce.status if bounce else None,
        "kind": bounce.kind if bounce else None,
        "original": bounce.original_message_id if bounce else None,
    }


@pytest.mark.requirement("I3")
@pytest.mark.requirement("I21")
@pytest.mark.requirement("I22")
@pytest.mark.requirement("I27")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_hard_letter_is_read_as_people_would(name: str) -> None:
    letter = read_letter((HARD / f"{name}.eml").read_bytes())
    expected = dict(EXPECTED[name])
    shows, hides = expected.pop("shows", []), expected.pop("hides", [])
    facts = facts_of(letter)
    assert {key: facts[key] for key in expected} == expected
    assert [words for words in shows if words not in letter.visible_text] == []
    assert [words for words in hides if words in letter.visible_text] == []


def test_every_letter_says_what_is_expected_of_it() -> None:
    assert {path.stem for path in HARD.glob("*.eml")} == set(EXPECTED)
