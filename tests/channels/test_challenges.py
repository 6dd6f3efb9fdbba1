"""A proof of work counts for what it was made for, for an hour, and once."""

import base64
from pathlib import Path
from typing import Any

import orjson
import pytest
from altcha import Challenge, Payload, Solution, solve_challenge, verify_solution
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import challenges
from channels.challenges import forget_spent_challenges, is_solved, make_challenge
from channels.models import SpentChallenge
from tests.ground.moment import FrozenClock
from tests.ground.valkey import Valkey


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(challenges._away, "until", 0.0)


def solved(challenge: dict[str, Any]) -> str:
    puzzle = Challenge.from_dict(challenge)
    solution = solve_challenge(puzzle)
    assert solution is not None
    return str(Payload(puzzle, solution).to_base64())


def changed(solution: str, **change: Any) -> str:
    told = orjson.loads(base64.b64decode(solution))
    told["challenge"]["parameters"].update(change)
    return base64.b64encode(orjson.dumps(told)).decode()


def test_a_solution_counts_once(session: Session, valkey: Valkey) -> None:
    solution = solved(make_challenge("chat"))
    assert is_solved(session, "chat", solution)
    assert not is_solved(session, "chat", solution)
    assert is_solved(session, "chat", solved(make_challenge("chat")))


def test_it_counts_once_when_it_is_written_in_another_way(session: Session, valkey: Valkey) -> None:
    solution = solved(make_challenge("chat"))
    assert is_solved(session, "chat", solution)
    told = orjson.loads(base64.b64decode(solution))
    told["solution"]["time"] = 5
    assert not is_solved(session, "chat", base64.b64encode(orjson.dumps(told)).decode())
    assert not is_solved(session, "chat", f" {solution}\n")


def test_without_valkey_it_counts_once_too_and_stays_used_when_valkey_is_back(
    session: Session, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = solved(make_challenge("chat"))
    valkey.stop()
    used = [is_solved(session, "chat", solution) for _ in range(2)]
    valkey.start()
    monkeypatch.setitem(challenges._away, "until", 0.0)
    assert used == [True, False]
    assert not is_solved(session, "chat", solution)


def test_it_is_over_after_an_hour(session: Session, clock: FrozenClock) -> None:
    early, late = solved(make_challenge("chat")), solved(make_challenge("chat"))
    clock.forward(minutes=59)
    assert is_solved(session, "chat", early)
    clock.forward(minutes=1)
    assert not is_solved(session, "chat", late)


def test_what_is_over_is_forgotten(session: Session, clock: FrozenClock) -> None:
    assert is_solved(session, "chat", solved(make_challenge("chat")))
    forget_spent_challenges(session)
    assert session.scalar(select(func.count(SpentChallenge.key))) == 1
    clock.forward(hours=2)
    forget_spent_challenges(session)
    assert session.scalar(select(func.count(SpentChallenge.key))) == 0


def test_it_is_good_for_one_purpose(session: Session) -> None:
    solution = solved(make_challenge("form 1"))
    assert not is_solved(session, "form 2", solution)
    assert is_solved(session, "form 1", solution)


@pytest.mark.parametrize(
    "change",
    [{"cost": 1}, {"keyPrefix": ""}, {"data": {"until": 2**40}}, {"data": None}, {"salt": "00" * 16}],
)
def test_an_easier_challenge_than_ours_is_none(session: Session, change: dict[str, Any]) -> None:
    forged = changed(solved(make_challenge("chat")), **change)
    assert not is_solved(session, "chat", forged)


def test_one_that_nobody_computed_is_none(session: Session) -> None:
    challenge = make_challenge("chat")
    for counter in (0, -1, 2**40, 1.5, "1", None):
        told = {"challenge": challenge, "solution": {"counter": counter, "derivedKey": "00" * 32}}
        assert not is_solved(session, "chat", base64.b64encode(orjson.dumps(told)).decode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()))
def test_whatever_is_sent_is_answered(session: Session, sent: str) -> None:
    assert not is_solved(session, "chat", sent)


@given(st.sampled_from(["challenge", "solution", "parameters", "signature"]), JSON)
def test_whatever_stands_in_its_places_is_answered(session: Session, place: str, value: Any) -> None:
    told: dict[str, Any] = {
        "challenge": make_challenge("chat"),
        "solution": {"counter": 0, "derivedKey": "00"},
    }
    (told if place in told else told["challenge"])[place] = value
    assert not is_solved(session, "chat", base64.b64encode(orjson.dumps(told)).decode())


def test_one_that_is_too_long_is_not_even_looked_at(session: Session) -> None:
    solution = solved(make_challenge("chat"))
    assert not is_solved(session, "chat", solution + " " * 2_000)
    assert is_solved(session, "chat", solution)


def test_the_browsers_side_is_held_to_what_this_side_accepts() -> None:
    """`proof.ts` must find the same; `proof.test.ts` reads this file too."""
    golden = orjson.loads(Path(__file__).with_name("proof.json").read_bytes())
    solution = Solution(golden["counter"], golden["derivedKey"])
    payload = Payload(Challenge.from_dict(golden["challenge"]), solution).to_base64()
    assert verify_solution(payload, golden["secret"]).verified
    first = solve_challenge(Challenge.from_dict(golden["challenge"]))
    assert first is not None
    assert first.counter == golden["counter"]
