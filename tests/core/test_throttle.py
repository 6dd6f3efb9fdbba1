"""Attempts are counted, with a Valkey that lives, dies, hangs and comes back."""

import socket
import time

import pytest

from core.config import get_settings
from core.throttle import Throttle, house_throttle, household_of
from tests.ground.valkey import Valkey

LIMIT = "4/15minutes"


def tries(throttle: Throttle, key: str, times: int = 6) -> list[bool]:
    return [throttle.hit("login", key, LIMIT) for _ in range(times)]


def test_one_too_many_is_refused_and_others_are_not_touched() -> None:
    throttle = Throttle(None)
    assert tries(throttle, "ann", 3) == [True, True, False]  # half of four: this process knows only itself
    assert throttle.hit("login", "ben", LIMIT)
    assert throttle.hit("reset", "ann", LIMIT)


def test_limit_of_one_still_allows_one() -> None:
    throttle = Throttle(None)
    assert [throttle.hit("login", "ann", "1/hour") for _ in range(2)] == [True, False]


def test_forgotten_attempts_count_from_zero() -> None:
    throttle = Throttle(None)
    tries(throttle, "ann")
    throttle.forget("login", "ann", LIMIT)
    assert throttle.hit("login", "ann", LIMIT)


def test_processes_count_together(valkey: Valkey) -> None:
    one, other = Throttle(valkey.url), Throttle(valkey.url)
    assert tries(one, "ann", 3) == [True, True, True]
    assert tries(other, "ann", 2) == [True, False]
    assert tries(one, "ann", 1) == [False]
    other.forget("login", "ann", LIMIT)
    assert one.hit("login", "ann", LIMIT)


def test_keys_in_valkey_tell_nothing_and_go_by_themselves(valkey: Valkey) -> None:
    Throttle(valkey.url).hit("login", "ann@desk.example", LIMIT)
    with valkey.client() as client:
        (key,) = client.keys("*")
        assert b"ann" not in key
        assert 0 < client.ttl(key) <= 900


@pytest.mark.parametrize("key", ["", "кто-то", "\ud800", "a b:c/*\r\n", "x" * 100_000])
def test_any_text_is_a_key(valkey: Valkey, key: str) -> None:
    assert tries(Throttle(valkey.url), key) == [True] * 4 + [False] * 2


def test_killed_valkey_halves_the_allowance_and_costs_no_time(valkey: Valkey) -> None:
    throttle = Throttle(valkey.url)
    assert throttle.hit("login", "ann", LIMIT)
    valkey.kill()
    started = time.monotonic()
    assert tries(throttle, "ben", 4) == [True, True, False, False]
    assert time.monotonic() - started < 0.3


def test_valkey_that_came_back_counts_again(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.throttle._LEAVE_ALONE", 0.0)
    throttle = Throttle(valkey.url)
    valkey.kill()
    assert tries(throttle, "ann", 3) == [True, True, False]
    valkey.start()
    assert tries(throttle, "ann", 5) == [True, True, True, True, False]


def test_valkey_that_hangs_is_asked_once_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VALKEY_PATIENCE", "0.2")
    get_settings.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        throttle = Throttle(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert tries(throttle, "ann") == [True, True, False, False, False, False]
        silent.settimeout(0)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_forgetting_while_valkey_is_away_is_no_error(valkey: Valkey) -> None:
    throttle = Throttle(valkey.url)
    valkey.kill()
    tries(throttle, "ann")
    throttle.forget("login", "ann", LIMIT)
    assert throttle.hit("login", "ann", LIMIT)


def test_throttle_of_the_process_uses_the_valkey_of_the_installation(valkey: Valkey) -> None:
    assert house_throttle() is house_throttle()
    house_throttle().hit("login", "ann", LIMIT)
    with valkey.client() as client:
        assert len(client.keys("throttle*")) == 1


def test_addresses_are_counted_by_household() -> None:
    assert household_of("2001:db8:1:2::9") == household_of("2001:db8:1:2:ffff::1%eth0")
    assert household_of("2001:db8:1:2::9") != household_of("2001:db8:1:3::9")
    assert household_of("203.0.113.7") == "203.0.113.7"
    assert household_of("") == ""


def test_an_address_in_the_other_notation_is_the_same_and_not_everybodys() -> None:
    assert household_of("::ffff:203.0.113.7") == household_of("203.0.113.7")
    assert household_of("::ffff:203.0.113.7") != household_of("::ffff:203.0.113.8")
