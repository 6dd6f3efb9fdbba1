"""Which dialog a letter belongs to, and which it must not get into."""

import threading

import pytest
from sqlalchemy.orm import Session

from channels.threads import find_dialog, key_hash, message_named, remember_incoming, wait_for_siblings
from core.db import transaction
from inbox.actions import receive
from inbox.border import Author, Incoming
from inbox.models import Channel, Dialog
from tests.makers import make_agent, make_channel, make_incoming


@pytest.fixture
def channel(session: Session) -> Channel:
    return make_channel(session, address="help@shop.test")


def letter(
    *references: str, sender: str = "max@customer.test", verified: bool | None = None, **given: object
) -> Incoming:
    return make_incoming(
        author=Author(kind="email", key=sender, shown=sender, verified=verified),
        references=references,
        **given,
    )


def begun(
    session: Session,
    channel: Channel,
    name: str = "<first@customer.test>",
    *,
    refers_to: tuple[str, ...] = (),
) -> Dialog:
    first = letter(
        *refers_to,
        envelope={"message_id": name, "from": {"address": "max@customer.test", "name": "Max"}},
    )
    received = receive(session, channel, first, dialog=None)
    remember_incoming(session, received.dialog, received.message, first)
    session.commit()
    return received.dialog


@pytest.mark.requirement("I18")
def test_a_letter_that_refers_to_a_known_one_joins_its_dialog(session: Session, channel: Channel) -> None:
    dialog = begun(session, channel)
    found = find_dialog(session, channel, letter("<first@customer.test>"))
    assert (found.dialog, found.how) == (dialog, "reference")


@pytest.mark.requirement("I18b")
def test_siblings_of_a_letter_that_never_came_find_each_other(session: Session, channel: Channel) -> None:
    dialog = begun(session, channel, refers_to=("<never-came@colleague.test>",))
    assert find_dialog(session, channel, letter("<never-came@colleague.test>")).dialog == dialog


@pytest.mark.requirement("I20")
def test_a_stranger_with_a_forged_reference_gets_a_dialog_of_his_own(
    session: Session, channel: Channel
) -> None:
    dialog = begun(session, channel)
    found = find_dialog(session, channel, letter("<first@customer.test>", sender="eve@evil.test"))
    assert (found.dialog, found.related) == (None, dialog)


@pytest.mark.requirement("I20")
@pytest.mark.parametrize(("verified", "joins"), [(True, True), (None, False), (False, False)])
def test_a_colleague_of_the_customer_joins_if_proven(
    session: Session, channel: Channel, verified: bool | None, joins: bool
) -> None:
    dialog = begun(session, channel)
    found = find_dialog(
        session, channel, letter("<first@customer.test>", sender="boss@customer.test", verified=verified)
    )
    assert (found.dialog == dialog) is joins


def test_sharing_a_public_mail_provider_proves_nothing(session: Session, channel: Channel) -> None:
    first = letter(sender="max@gmail.com", envelope={"message_id": "<a@gmail.com>"})
    received = receive(session, channel, first, dialog=None)
    remember_incoming(session, received.dialog, received.message, first)
    found = find_dialog(session, channel, letter("<a@gmail.com>", sender="eve@gmail.com", verified=True))
    assert found.dialog is None


@pytest.mark.requirement("I20b")
def test_a_forward_starts_anew_unless_our_token_is_in_it(session: Session, channel: Channel) -> None:
    dialog = begun(session, channel)
    assert find_dialog(session, channel, letter("<first@customer.test>", is_forward=True)).dialog is None
    with_token = letter("<first@customer.test>", is_forward=True, dialog_hint=dialog.id)
    assert find_dialog(session, channel, with_token).dialog == dialog


@pytest.mark.requirement("I19")
@pytest.mark.parametrize(("sender", "joins"), [("max@customer.test", True), ("eve@evil.test", False)])
def test_a_number_in_the_subject_counts_from_those_who_take_part(
    session: Session, channel: Channel, sender: str, joins: bool
) -> None:
    dialog = begun(session, channel)
    found = find_dialog(session, channel, letter(sender=sender, dialog_named=dialog.id))
    assert (found.dialog == dialog, found.related == dialog) == (joins, not joins)


@pytest.mark.requirement("I19")
def test_the_same_subject_alone_joins_nothing(session: Session, channel: Channel) -> None:
    begun(session, channel)
    assert find_dialog(session, channel, letter(subject="Parcel")).dialog is None


@pytest.mark.requirement("I17")
def test_a_proven_token_lets_anybody_in(session: Session, channel: Channel) -> None:
    dialog = begun(session, channel)
    found = find_dialog(session, channel, letter(sender="new@elsewhere.test", dialog_hint=dialog.id))
    assert (found.dialog, found.how) == (dialog, "token")


def test_a_dialog_that_was_merged_away_leads_to_the_one_it_became(session: Session, channel: Channel) -> None:
    merged, into = begun(session, channel), begun(session, channel, "<other@customer.test>")
    merged.merged_into = into.id
    session.commit()
    assert find_dialog(session, channel, letter("<first@customer.test>")).dialog == into


def test_a_message_is_found_by_its_name_whatever_its_brackets(session: Session, channel: Channel) -> None:
    dialog = begun(session, channel)
    named = message_named(session, " first@customer.test ")
    assert named is not None
    assert named.dialog_id == dialog.id
    assert key_hash("<a@b>") == key_hash("a@b")


def test_a_thread_that_has_a_name_is_found_by_it_in_its_own_channel_only(
    session: Session, channel: Channel
) -> None:
    said = make_incoming(conversation="555")
    dialog = receive(session, channel, said, dialog=None).dialog
    session.commit()
    assert find_dialog(session, channel, make_incoming(conversation="555")).dialog == dialog
    assert find_dialog(session, make_channel(session), make_incoming(conversation="555")).dialog is None


@pytest.mark.requirement("I15")
def test_a_sender_proven_false_joins_by_our_signature_alone(session: Session, channel: Channel) -> None:
    dialog = begun(session, channel)
    forged = letter("<first@customer.test>", verified=False)
    assert find_dialog(session, channel, forged).dialog is None
    signed = letter("<first@customer.test>", verified=False, dialog_hint=dialog.id)
    assert find_dialog(session, channel, signed).dialog == dialog


@pytest.mark.requirement("I18b")
def test_a_letter_that_comes_after_its_answer_joins_the_answers_dialog(
    session: Session, channel: Channel
) -> None:
    dialog = begun(session, channel, refers_to=("<late@customer.test>",))
    late = letter(envelope={"message_id": "late@customer.test"})
    assert find_dialog(session, channel, late).dialog == dialog


@pytest.mark.requirement("I29")
def test_a_reference_leads_to_another_channel_of_the_same_people_only(
    session: Session, channel: Channel
) -> None:
    dialog = begun(session, channel)
    sales = make_channel(session, address="sales@shop.test")
    board = make_channel(session, make_agent(session), address="board@shop.test")
    answer = letter("<first@customer.test>")
    assert find_dialog(session, sales, answer).dialog == dialog
    found = find_dialog(session, board, answer)
    assert (found.dialog, found.related) == (None, dialog)


def test_siblings_wait_for_each_other(live_database: str) -> None:
    first, second = letter("<root@x.test>"), letter("<other@x.test>", "<root@x.test>")
    held, seen = threading.Event(), threading.Event()

    def take_second() -> None:
        with transaction() as other:
            held.wait(5)
            wait_for_siblings(other, second)
            seen.set()

    thread = threading.Thread(target=take_second)
    thread.start()
    with transaction() as mine:
        wait_for_siblings(mine, first)
        held.set()
        assert not seen.wait(0.3)
    assert seen.wait(5)
    thread.join()
