"""Secrets at rest, keys by purpose, tokens and signed values."""

import multiprocessing
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import secrets
from core.clock import now
from core.config import get_settings
from core.secrets import CannotUnseal, Keyring, new_token, token_hash
from tests.ground.moment import FrozenClock

ONE = "the first root secret of this test, long enough"
TWO = "the second root secret of this test, long enough"


@given(st.text())
def test_sealed_text_opens_and_does_not_show(text: str) -> None:
    sealed = Keyring([ONE]).seal(text)
    assert Keyring([ONE]).unseal(sealed) == text
    assert len(text) < 4 or text.encode("utf-8", "replace") not in sealed


def test_same_text_is_sealed_differently_each_time() -> None:
    keyring = Keyring([ONE])
    assert keyring.seal("password") != keyring.seal("password")


def test_strange_changed_and_cut_seals_do_not_open() -> None:
    keyring = Keyring([ONE])
    sealed = keyring.seal("password")
    changed = sealed[:40] + (b"A" if sealed[40:41] != b"A" else b"B") + sealed[41:]
    for wrong in (b"", b"password", sealed[:-4], changed, Keyring([TWO]).seal("password")):
        with pytest.raises(CannotUnseal):
            keyring.unseal(wrong)


def test_new_key_in_front_seals_and_old_ones_still_open() -> None:
    old = Keyring([ONE])
    both = Keyring([TWO, ONE])
    assert both.unseal(old.seal("password")) == "password"
    moved = both.reseal(old.seal("password"))
    assert Keyring([TWO]).unseal(moved) == "password"
    with pytest.raises(CannotUnseal):
        old.unseal(moved)


def test_each_purpose_has_its_own_key() -> None:
    keyring = Keyring([TWO, ONE])
    assert len(keyring.derive_key("letters")) == 32
    assert keyring.derive_key("letters") != keyring.derive_key("cookies")
    assert keyring.derive_keys("letters") == [
        Keyring([TWO]).derive_key("letters"),
        Keyring([ONE]).derive_key("letters"),
    ]


def test_key_derivation_never_changes() -> None:
    # Changed, it would lock every installation out of its own secrets.
    key = Keyring([ONE]).derive_key("letters")
    assert key.hex() == "a9693b026c266dc698bfd35e76a72f0c6801d18d2fad54566f5165e30314d183"
    sealed = (
        b"gAAAAABrBvgfXr7Dyb9UTFs_nloetIaZJu5lnudjxfGeDbbAZUnldaQiYpN7HL05wAgVzx"
        b"Rha7QO900MVtlBCV61q3csVXbN0Q=="
    )
    assert Keyring([ONE]).unseal(sealed) == "password"


def test_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "secrets.key"
    first = Keyring(key_file=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    content = file.read_text()
    assert Keyring(key_file=file).unseal(first.seal("password")) == "password"
    assert file.read_text() == content
    assert [each.name for each in file.parent.iterdir()] == ["secrets.key"]


def test_key_file_open_to_others_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "secrets.key"
    file.write_text(ONE.replace(" ", "-") + "\n")
    file.chmod(0o644)
    Keyring(key_file=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "\n", "short\n"])
def test_damaged_key_file_is_said_and_never_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secrets.key"
    file.write_text(content)
    with pytest.raises(ValueError, match="restore it from a backup"):
        Keyring(key_file=file)
    assert file.read_text() == content


def _root_seen_by(
    file: str, start: "multiprocessing.synchronize.Event", found: "multiprocessing.Queue[bytes]"
) -> None:
    start.wait(10)
    found.put(Keyring(key_file=Path(file)).derive_key("race"))


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, found = context.Event(), context.Queue()
    runners = [
        context.Process(target=_root_seen_by, args=(str(tmp_path / "secrets.key"), start, found))
        for _ in range(8)
    ]
    for runner in runners:
        runner.start()
    start.set()
    seen = {found.get(timeout=10) for _ in runners}
    for runner in runners:
        runner.join()
    assert seen == {Keyring(key_file=tmp_path / "secrets.key").derive_key("race")}
    assert [each.name for each in tmp_path.iterdir()] == ["secrets.key"]


def test_given_keys_need_no_file_and_read_an_old_one(tmp_path: Path) -> None:
    file = tmp_path / "secrets.key"
    assert not file.exists()
    Keyring([ONE], key_file=file)
    assert not file.exists()
    of_file = Keyring(key_file=file).seal("password")
    moved_to_environment = Keyring([TWO], key_file=file)
    assert moved_to_environment.unseal(of_file) == "password"
    assert Keyring([TWO]).unseal(moved_to_environment.seal("new")) == "new"


def test_rotation_is_seen_by_processes_that_run_already(tmp_path: Path) -> None:
    file = tmp_path / "secrets.key"
    one, other = Keyring(key_file=file), Keyring(key_file=file)
    before = one.seal("password")
    signed = one.sign("image", "17", expires=now() + timedelta(hours=1))
    one.rotate()
    assert len(file.read_text().split()) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert one.unseal(before) == other.unseal(before) == "password"
    assert other.unseal(one.seal("later")) == "later"
    later = one.sign("image", "18", expires=now() + timedelta(hours=1))
    third = Keyring(key_file=file)
    assert (third.verify("image", signed), third.verify("image", later)) == ("17", "18")


def test_signed_by_a_rotated_key_is_verified_by_processes_that_run_already(tmp_path: Path) -> None:
    file = tmp_path / "secrets.key"
    one, other = Keyring(key_file=file), Keyring(key_file=file)
    one.rotate()
    assert other.verify("image", one.sign("image", "18", expires=now() + timedelta(hours=1))) == "18"


def test_keys_of_the_environment_are_not_rotated_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SECRET_KEYS"):
        Keyring([ONE], key_file=tmp_path / "secrets.key").rotate()
    with pytest.raises(ValueError, match="needs keys"):
        Keyring()


def test_signed_value_is_good_for_its_purpose_until_its_moment(clock: FrozenClock) -> None:
    keyring = Keyring([ONE])
    signed = keyring.sign("image", "file 17/ä", expires=now() + timedelta(minutes=5))
    assert signed.isascii()
    assert not set(signed) & set("/+=?&% ")
    assert keyring.verify("image", signed) == "file 17/ä"
    assert keyring.verify("reset", signed) is None
    assert Keyring([TWO]).verify("image", signed) is None
    clock.forward(minutes=4, seconds=59)
    assert keyring.verify("image", signed) == "file 17/ä"
    clock.forward(seconds=1)
    assert keyring.verify("image", signed) is None


@given(st.text(max_size=80))
def test_made_up_signatures_are_never_good(text: str) -> None:
    assert Keyring([ONE]).verify("image", text) is None


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    keyring = Keyring([ONE])
    signed = keyring.sign("image", "17", expires=now() + timedelta(hours=1))
    place = data.draw(st.integers(0, len(signed) - 2))
    sign = data.draw(st.sampled_from("AZaz09-_.").filter(lambda each: each != signed[place]))
    assert keyring.verify("image", signed[:place] + sign + signed[place + 1 :]) is None


def test_token_is_long_random_and_stored_as_a_hash_only() -> None:
    tokens = {new_token("ef_") for _ in range(100)}
    assert len(tokens) == 100
    for token in tokens:
        assert token.startswith("ef_")
        assert len(token) >= 3 + 43
        assert token not in token_hash(token)


def test_empty_token_has_no_hash() -> None:
    with pytest.raises(ValueError, match="empty"):
        token_hash("")


def test_keyring_of_the_installation_follows_its_settings(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = secrets.seal("password")
    assert secrets.unseal(sealed) == "password"
    assert secrets.verify("x", secrets.sign("x", "1", expires=now() + timedelta(hours=1))) == "1"
    assert secrets.derive_keys("x")[0] == secrets.derive_key("x")
    assert not (data_folder / "secrets.key").exists()
    monkeypatch.delenv("SECRET_KEYS")
    get_settings.cache_clear()
    secrets.seal("password")
    assert (data_folder / "secrets.key").exists()
