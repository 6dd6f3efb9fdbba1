"""Chats through a server that plays Telegram: Max and Mia write to a bot, Ann answers in the inbox."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import changes
from channels.access import shelf
from channels.intake import replay
from channels.models import Arrival, ArrivalState
from core.files import file_store
from inbox.models import Attachment, Channel, Delivery, MessageRevision, State
from people.models import Agent, CustomerIdentity
from tests.ground.moment import FrozenClock
from tests.makers import make_dialog
from tests.peers.telegram.server import TOKEN, TelegramPeer
from tests.stories.chats import Look, answer, connected, messages

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
OGG = b"OggS" + b"\0" * 64


@pytest.fixture
def telegram(near: None) -> Iterator[TelegramPeer]:
    with TelegramPeer() as server:
        yield server
        shelf.close()


@pytest.fixture
def channel(session: Session, ann: Agent, telegram: TelegramPeer) -> Channel:
    settings = {"api_base": telegram.api_base, "file_base": telegram.file_base}
    return connected(session, ann, "telegram", settings, {"token": TOKEN})


def heard(telegram: TelegramPeer, who: str = "Max") -> list[str]:
    found = telegram.world.private(who).messages.values()
    return [each.get("text", each.get("caption", "")) for each in found if each["from"]["is_bot"]]


@pytest.mark.requirement("CHN-03")
@pytest.mark.requirement("CHN-07")
@pytest.mark.requirement("CHN-10")
def test_max_writes_ann_answers_and_his_thanks_reopen_the_dialog(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    telegram.people.say("Where is my parcel?", "Max Orlov")
    (dialog,) = look()
    assert (dialog.state, dialog.customer.name) == (State.OPEN, "Max Orlov")
    (identity,) = session.scalars(select(CustomerIdentity))
    assert (identity.kind, identity.shown, identity.verified) == ("telegram", "@maxorlov_tg", True)

    message = answer(session, dialog, ann, "It comes tomorrow.", then="complete")
    (dialog,) = look()
    session.refresh(message)
    assert (dialog.state, message.delivery, message.agent_id) == (State.COMPLETED, Delivery.SENT, ann.id)
    assert heard(telegram, "Max Orlov") == ["It comes tomorrow."]

    telegram.people.say("Thank you!", "Max Orlov")
    (dialog,) = look()
    assert (dialog.state, dialog.reopen_count) == (State.OPEN, 1)
    assert [each.text for each in messages(session, dialog)][-1] == "Thank you!"


def test_max_is_shown_with_his_picture(session: Session, telegram: TelegramPeer, look: Look) -> None:
    person = telegram.world.person("Max")
    face = telegram.world.add_file(PNG, name="face.png", folder="profile_photos")
    telegram.world.pictures[person["id"]] = face.file_id
    telegram.people.say("Hello")
    look()
    identity = session.scalars(select(CustomerIdentity)).one()
    assert file_store().path_of(identity.picture_sha256 or "").read_bytes() == PNG


@pytest.mark.requirement("CHN-03")
@pytest.mark.requirement("CHN-06")
def test_an_update_that_comes_twice_is_one_message(
    session: Session, telegram: TelegramPeer, look: Look
) -> None:
    telegram.people.say("Hello")
    telegram.faults.add("duplicate", method="getUpdates")
    (dialog,) = look()
    telegram.people.say("again")
    telegram.world.queue.repeat(1)
    look()
    assert [each.text for each in messages(session, dialog)] == ["Hello", "again"]


@pytest.mark.requirement("CHN-06")
def test_an_update_nobody_can_read_is_kept_aside_and_its_neighbours_come(
    session: Session, telegram: TelegramPeer, look: Look
) -> None:
    chat = telegram.world.private("Max")
    broken = {"message": {"message_id": "seven", "chat": chat.info, "date": "yesterday", "text": 5}}
    telegram.world.queue.push("raw", broken, chat=str(chat.id))
    telegram.people.say("Hello")
    (dialog,) = look()
    assert [each.text for each in messages(session, dialog)] == ["Hello"]
    (aside,) = session.scalars(select(Arrival).where(Arrival.state == ArrivalState.QUARANTINED))
    assert aside.reason.startswith("unreadable")
    assert aside.payload["update"]["message"]["text"] == 5
    aside.payload = {
        **aside.payload,
        "update": {"message": {**broken["message"], "message_id": 7, "date": 1}},
    }
    replay(session, aside, agent=None)
    session.commit()
    look()
    assert session.get_one(Arrival, aside.id, populate_existing=True).state == ArrivalState.IGNORED


@pytest.mark.requirement("CHN-11")
def test_a_group_is_one_dialog_with_several_customers(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    club = telegram.world.group("Club")
    telegram.people.say("Is it open?", "Max", chat=club)
    telegram.people.say("I wonder too", "Mia", chat=club)
    (dialog,) = look()
    assert dialog.is_group
    first, second = messages(session, dialog)
    assert first.identity is not None
    assert second.identity is not None
    assert (first.identity.name, second.identity.name) == ("Max", "Mia")
    assert first.identity.customer_id != second.identity.customer_id

    answer(session, dialog, ann, "Until ten", reply_to_message_id=second.id)
    look()
    (said,) = [each for each in club.messages.values() if each["from"]["is_bot"]]
    assert said["text"] == "Until ten"
    assert said["reply_to_message"]["text"] == "I wonder too"


def test_a_group_that_becomes_a_supergroup_is_the_same_dialog(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    old = telegram.world.group("Club", kind="group")
    telegram.people.say("Is it open?", chat=old)
    (dialog,) = look()
    new = telegram.people.migrate(old)
    message = answer(session, dialog, ann, "Until ten")
    (dialog,) = look()
    session.refresh(message)
    assert (dialog.thread_key, message.delivery) == (str(new.id), Delivery.SENT)
    telegram.people.say("Thanks", "Mia", chat=new)
    (dialog,) = look()
    assert [each.text for each in messages(session, dialog)] == ["Is it open?", "Until ten", "Thanks"]


@pytest.mark.requirement("CHN-15")
def test_an_album_is_one_message_and_voices_can_be_listened_to(
    session: Session, telegram: TelegramPeer, clock: FrozenClock, look: Look
) -> None:
    clock.at(datetime.now(UTC))
    for number in range(3):
        text = "" if number else "All three"
        telegram.people.send_file("photo", PNG + b"%d" % number, album="a1", text=text)
    assert look() == []
    clock.forward(seconds=2)
    (dialog,) = look()
    telegram.people.send_file("photo", PNG + b"late", album="a1")
    telegram.people.send_file("voice", OGG)
    look()
    clock.forward(seconds=2)
    look()
    album, voice = messages(session, dialog)
    assert album.text == "All three"
    files = {file_store().path_of(each.sha256).read_bytes() for each in album.attachments}
    assert files == {PNG + b"0", PNG + b"1", PNG + b"2", PNG + b"late"}
    (recorded,) = voice.attachments
    assert (recorded.kind, recorded.mime, recorded.facts["duration"]) == ("voice", "audio/ogg", 3)


def test_a_change_is_a_new_version_and_a_reaction_stands_on_its_message(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    said = telegram.people.say("Where is parcel 4?")
    chat = telegram.world.private("Max")
    (dialog,) = look()
    telegram.people.edit(chat, said["message_id"], text="Where is parcel 5?")
    look()
    (message,) = messages(session, dialog)
    assert message.text == "Where is parcel 5?"
    assert [each.text for each in session.scalars(select(MessageRevision))] == ["Where is parcel 4?"]

    ours = answer(session, dialog, ann, "Tomorrow")
    look()
    session.refresh(ours)
    telegram.people.react(chat, int(str(ours.key).rpartition("/")[2]), ("👍",))
    look()
    session.refresh(ours)
    assert [each["reactions"] for each in ours.reactions] == [["👍"]]


def test_what_ann_changes_and_takes_back_changes_and_goes_in_telegram(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    telegram.people.say("When?")
    (dialog,) = look()
    message = answer(session, dialog, ann, "On Monday")
    look()
    session.refresh(message)
    changes.ask_edit(session, message, agent=ann, text="On Tuesday", html=None)
    session.commit()
    look()
    session.refresh(message)
    assert (heard(telegram), message.text) == (["On Tuesday"], "On Tuesday")
    changes.ask_delete(session, message, agent=ann)
    session.commit()
    look()
    session.refresh(message)
    assert heard(telegram) == []
    assert message.deleted_at is not None


@pytest.mark.requirement("CHN-13")
def test_a_customer_who_blocked_the_bot_is_told_to_the_agent(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    telegram.people.say("Hello")
    (dialog,) = look()
    telegram.people.block()
    message = answer(session, dialog, ann, "Good morning", then="complete")
    (dialog,) = look()
    session.refresh(message)
    assert (message.delivery, message.error_code, dialog.state) == (Delivery.FAILED, "blocked", State.OPEN)
    assert session.scalars(select(CustomerIdentity.reachable)).one() is False
    telegram.people.block(blocked=False)
    look()
    assert session.scalars(select(CustomerIdentity.reachable)).one() is True


@pytest.mark.requirement("CHN-13")
def test_an_answer_that_may_have_gone_out_is_not_sent_again_by_itself(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    telegram.people.say("Hello")
    (dialog,) = look()
    telegram.faults.add("reset_after", method="sendMessage")
    message = answer(session, dialog, ann, "Good morning")
    look()
    session.refresh(message)
    assert message.delivery == Delivery.UNCERTAIN
    assert heard(telegram) == ["Good morning"]


def test_a_long_answer_with_files_arrives_whole_and_in_order(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    telegram.people.say("Tell me everything")
    (dialog,) = look()
    stored = file_store().put_bytes(PNG)
    file = Attachment(
        sha256=stored.sha256, name="map.png", mime="image/png", size=stored.size, uploaded_by=ann.id
    )
    session.add(file)
    session.commit()
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 150 for number in range(6)).strip()
    message = answer(session, dialog, ann, text, attachments=[file.id])
    while message.delivery in (Delivery.HELD, Delivery.QUEUED):  # one call a second, or half as many
        look()
        session.refresh(message)
    assert message.delivery == Delivery.SENT
    sent = [each for each in telegram.world.private("Max").messages.values() if each["from"]["is_bot"]]
    assert "photo" in sent[0]
    assert len(sent) == 3
    assert " ".join(each["text"] for each in sent[1:]).split() == text.split()


def test_whoever_comes_by_a_link_of_ours_is_the_customer_we_know(
    session: Session, telegram: TelegramPeer, ann: Agent, channel: Channel, look: Look
) -> None:
    known = make_dialog(session, customer="Mia").customer
    channel.settings = {**channel.settings, "bot_username": "helpdesk_bot"}
    link = changes.start_link_for(session, channel, known, agent=ann)
    session.commit()
    token = link.removeprefix("https://t.me/helpdesk_bot?start=")
    telegram.people.say(f"/start {token}", "Mia")
    dialog = look()[-1]
    assert dialog.customer_id == known.id
    telegram.people.say(f"/start {token}", "Max")
    assert look()[-1].customer_id != known.id


def test_the_owner_of_a_business_account_is_seen_answering_from_the_phone(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    connection = telegram.world.connect_business("Olga")
    telegram.people.say("Is it open?", business=connection)
    telegram.people.say("Yes, come", business=connection, as_owner=True)
    (dialog,) = look()
    asked, told = messages(session, dialog)
    assert dialog.customer.name == "Max"
    assert (asked.direction, told.direction, told.delivery) == ("in", "out", Delivery.SENT)
    message = answer(session, dialog, ann, "Until ten")
    look()
    session.refresh(message)
    chat = telegram.world.business_chat(connection, "Max")
    assert message.delivery == Delivery.SENT
    assert [each["text"] for each in chat.messages.values()] == ["Is it open?", "Yes, come", "Until ten"]
    telegram.people.delete(chat, min(chat.messages))
    look()
    session.refresh(asked)
    assert asked.deleted_at is not None
    assert asked.text == "Is it open?"


def test_a_pressed_button_is_a_message_and_rests_afterwards(
    session: Session, telegram: TelegramPeer, ann: Agent, look: Look
) -> None:
    telegram.people.say("Hello")
    chat = telegram.world.private("Max")
    (dialog,) = look()
    ours = answer(session, dialog, ann, "Send again?")
    look()
    session.refresh(ours)
    number = int(str(ours.key).rpartition("/")[2])
    keyboard = {"inline_keyboard": [[{"text": "Yes, please", "callback_data": "yes:5"}]]}
    chat.messages[number]["reply_markup"] = keyboard
    query = telegram.people.press(chat, number, "yes:5")
    look()
    pressed = messages(session, dialog)[-1]
    assert pressed.direction == "in"
    assert pressed.cards[0]["title"] == "Yes, please"
    assert telegram.world.answered[query]["answer"] == ""
