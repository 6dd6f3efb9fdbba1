"""Signs by which an answer finds its dialog, and which nobody else can make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.tokens import (
    Keyring,
    MessageToken,
    bounce_address,
    dialog_address,
    dialog_of_address,
    dialog_of_subject,
    message_of_bounce_address,
    message_of_id,
    new_message_id,
    plain_address,
    subject_token,
    to_base36,
)

pytestmark = pytest.mark.requirement("I17")
OLD = Keyring({"a": b"first key, of 16 bytes or more"}, "a", "desk")
NEW = Keyring({"a": b"first key, of 16 bytes or more", "b": b"second key, also long enough"}, "b", "desk")
MAILBOX = "Support@desk.example"


def test_dialog_is_found_by_its_address_whatever_the_case() -> None:
    address = dialog_address(NEW, MAILBOX, 12_345)
    assert address.startswith("Support+d.9ix.b")
    assert dialog_of_address(NEW, address) == 12_345
    assert dialog_of_address(NEW, address.upper()) == 12_345
    assert dialog_of_address(NEW, f" {address.lower()} ") == 12_345


def test_local_part_is_at_most_64_long_or_goes_without() -> None:
    fits = dialog_address(NEW, f"{'a' * 30}@desk.example", 2**40)
    assert len(fits.partition("@")[0]) <= 64
    assert dialog_of_address(NEW, fits) == 2**40
    long = f"{'a' * 60}@desk.example"
    assert dialog_address(NEW, long, 1) == long


@pytest.mark.requirement("I19")
def test_dialog_is_named_in_a_subject_and_no_other_number_will_do() -> None:
    subject = f"RE: [{subject_token(OLD, 12_345)}] Where is it?".upper()
    assert dialog_of_subject(NEW, subject) == 12_345
    assert dialog_of_subject(NEW, subject.replace("9IX", "9IY")) is None
    assert dialog_of_subject(NEW, "[#9ix-zzzzzzzzz] [#] Where is it?") is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda address: address.replace("+d.9ix.", "+d.9iy."),
        lambda address: address.replace("Support", "sales"),
        lambda address: address.replace("desk.example", "evil.example"),
        lambda address: address.replace(".b", ".a", 1),
        lambda address: address.replace(".b", ".z", 1),
        lambda address: address.partition("@")[0][:-1] + "@desk.example",
        lambda address: "Support@desk.example",
        lambda address: "support+d.9ix.@desk.example",
        lambda address: "support+d..b@desk.example",
        lambda address: "",
    ],
)
def test_address_that_was_changed_is_not_ours(forge: object) -> None:
    address = dialog_address(NEW, MAILBOX, 12_345)
    assert dialog_of_address(NEW, forge(address)) is None  # type: ignore[operator]


def test_keys_rotate_while_old_letters_are_answered() -> None:
    address, message_id = dialog_address(OLD, MAILBOX, 7), new_message_id(OLD, "desk.example", 7, 8)
    assert dialog_of_address(NEW, address) == 7
    assert message_of_id(NEW, message_id) == MessageToken(7, 8)
    assert dialog_of_address(Keyring({"b": NEW.keys["b"]}, "b", "desk"), address) is None


def test_token_of_another_workspace_or_key_is_not_ours() -> None:
    other = Keyring(dict(NEW.keys), "b", "other")
    assert dialog_of_address(other, dialog_address(NEW, MAILBOX, 7)) is None
    assert message_of_id(other, new_message_id(NEW, "desk.example", 7, 8)) is None


def test_message_id_names_dialog_and_message() -> None:
    message_id = new_message_id(NEW, "Desk.example", 35, 36)
    assert message_id.startswith("d.z.10.b")
    assert message_of_id(NEW, f"<{message_id}>") == MessageToken(35, 36)
    assert message_of_id(NEW, message_id.upper()) == MessageToken(35, 36)
    assert message_of_id(NEW, message_id.replace("d.z.", "d.y.")) is None
    assert message_of_id(NEW, "a@x.example") is None


def test_one_kind_of_token_is_no_other() -> None:
    dialog, bounce = dialog_address(NEW, MAILBOX, 7), bounce_address(NEW, "bounces@desk.example", 7)
    assert message_of_bounce_address(NEW, dialog) is None
    assert dialog_of_address(NEW, bounce) is None


@pytest.mark.requirement("O11")
def test_bounce_tells_its_message_by_the_address_alone() -> None:
    address = bounce_address(NEW, "bounces@desk.example", 99)
    assert message_of_bounce_address(NEW, f"<{address}>") == 99
    assert message_of_bounce_address(NEW, address.replace("+2r.", "+2s.")) is None
    assert message_of_bounce_address(NEW, "bounces@desk.example") is None


def test_plain_address_is_without_any_token() -> None:
    assert plain_address(dialog_address(NEW, MAILBOX, 7)) == MAILBOX
    assert plain_address("support+d.7.kabcdefghijklmnop@desk.example") == "support@desk.example"
    assert plain_address("max+news@x.example") == "max+news@x.example"
    assert plain_address("nonsense") == "nonsense"


@pytest.mark.parametrize(
    "keys", [({"A": b"x" * 16}, "A"), ({"ab": b"x" * 16}, "ab"), ({"a": b"short"}, "a"), ({}, "a")]
)
def test_bad_keys_are_refused(keys: tuple[dict[str, bytes], str]) -> None:
    with pytest.raises(ValueError):
        Keyring(*keys)


def test_keys_are_not_printed() -> None:
    assert "first key" not in repr(NEW)


def test_negative_numbers_have_no_form() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        to_base36(-1)


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_numbers_come_back_as_they_went(dialog: int, message: int) -> None:
    assert int(to_base36(dialog), 36) == dialog
    assert dialog_of_address(NEW, dialog_address(NEW, MAILBOX, dialog)) == dialog
    assert message_of_id(NEW, new_message_id(NEW, "desk.example", dialog, message)) == MessageToken(
        dialog, message
    )


@given(st.text(max_size=80))
def test_no_made_up_address_is_ours(address: str) -> None:
    assert dialog_of_address(NEW, address) is None
    assert message_of_id(NEW, address) is None
    assert message_of_bounce_address(NEW, address) is None
