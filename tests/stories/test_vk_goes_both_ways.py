"""Conversations through a server that plays VK: Max and Mia write to a community, Ann answers them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import changes
from channels.access import open_access, shelf
from channels.checks import ask_check, make_checks
from channels.errands import want_errand
from channels.intake import accept
from channels.registry import adapter_for
from core.clock import now
from core.db import transaction
from core.files import file_store
from inbox.models import Attachment, Channel, Delivery, MessageRevision, State
from people.models import Agent, CustomerIdentity
from tests.ground.moment import FrozenClock
from tests.ground.settling import Settle
from tests.makers import make_dialog
from tests.peers.vk.peer import MAX, VkPeer
from tests.stories.chats import Look, answer, connected, messages

JPEG = b"\xff\xd8\xff\xe0 a photo"
OGG = b"OggS a voice"


@pytest.fixture
def vk(near: None) -> Iterator[VkPeer]:
    with VkPeer() as server:
        yield server
        shelf.close()


@pytest.fixture
def channel(session: Session, ann: Agent, vk: VkPeer) -> Channel:
    """A community, connected by nothing but its key; it tells what happens from now on."""
    made = connected(session, ann, "vk", {"api_base": vk.api}, {"token": vk.token})
    ask_check(session, made, agent=ann)
    session.commit()
    make_checks()
    return made


@pytest.fixture
def look(look: Look) -> Look:
    """The first look only learns where news begin."""
    look()
    return look


def attached(session: Session, ann: Agent, name: str, data: bytes, mime: str) -> int:
    stored = file_store().put_bytes(data)
    file = Attachment(sha256=stored.sha256, name=name, mime=mime, size=stored.size, uploaded_by=ann.id)
    session.add(file)
    session.commit()
    return file.id


@pytest.mark.requirement("CHN-04")
@pytest.mark.requirement("CHN-07")
@pytest.mark.requirement("CHN-10")
def test_max_writes_ann_answers_and_his_thanks_reopen_the_dialog(
    session: Session, vk: VkPeer, ann: Agent, look: Look
) -> None:
    vk.says("Where is my parcel?")
    (dialog,) = look()
    assert (dialog.state, dialog.customer.name) == (State.OPEN, "Max Miller")
    (identity,) = session.scalars(select(CustomerIdentity))
    assert (identity.kind, identity.key, identity.shown) == ("vk", str(MAX), f"vk.com/id{MAX}")

    message = answer(session, dialog, ann, "It comes tomorrow.", then="complete")
    (dialog,) = look()
    session.refresh(message)
    assert (dialog.state, message.delivery, message.agent_id) == (State.COMPLETED, Delivery.SENT, ann.id)
    assert vk.heard() == ["It comes tomorrow."]

    vk.says("Thank you!")
    (dialog,) = look()
    assert (dialog.state, dialog.reopen_count) == (State.OPEN, 1)
    assert [each.text for each in messages(session, dialog)] == [
        "Where is my parcel?",
        "It comes tomorrow.",
        "Thank you!",
    ]


def test_a_test_of_the_channel_fills_in_what_nobody_typed(session: Session, channel: Channel) -> None:
    session.refresh(channel)
    assert channel.settings["screen_name"] == "club216700001"
    assert channel.health == "ok"


@pytest.mark.requirement("CHN-15")
def test_what_hangs_on_messages_is_fetched_and_shown(session: Session, vk: VkPeer, look: Look) -> None:
    paper = vk.document("отчёт.pdf", b"%PDF-1.7")
    vk.says("All this", attachments=[vk.photo("a.jpg", JPEG), paper, vk.voice(OGG), vk.sticker()])
    (dialog,) = look()
    (message,) = messages(session, dialog)
    files = [(each.kind, each.name, each.mime) for each in message.attachments]
    assert [kind for kind, _, _ in files] == ["image", "file", "voice", "sticker"]
    assert files[1][1:] == ("отчёт.pdf", "application/pdf")
    assert file_store().path_of(message.attachments[0].sha256).read_bytes() == JPEG


def test_a_voice_gets_its_words_later_and_no_file_twice(session: Session, vk: VkPeer, look: Look) -> None:
    said = vk.says("", attachments=[vk.voice(OGG), vk.photo("a.jpg", JPEG)])
    (dialog,) = look()
    heard = said["attachments"][0]["audio_message"]
    heard |= {"transcript": "When does it come?", "transcript_state": "done"}
    photo = said["attachments"][1]["photo"]
    photo["orig_photo"]["url"] = photo["sizes"][1]["url"] = vk.uploads.put("b.jpg", "image/jpeg", JPEG)
    vk.community.edits(said, "")
    look()
    vk.community.edits(said, "It is me")
    (dialog,) = look()
    (message,) = messages(session, dialog)
    voice, picture = message.attachments
    assert (message.text, voice.kind, picture.kind) == ("It is me", "voice", "image")
    assert voice.facts["transcript"] == "When does it come?"


@pytest.mark.requirement("CHN-15")
def test_an_answer_leaves_with_its_files(session: Session, vk: VkPeer, ann: Agent, look: Look) -> None:
    vk.says("Send me the papers")
    (dialog,) = look()
    files = [
        attached(session, ann, "map.jpg", JPEG, "image/jpeg"),
        attached(session, ann, "счёт.pdf", b"%PDF-1.7", "application/pdf"),
    ]
    message = answer(session, dialog, ann, "Here they are", attachments=files)
    look()
    session.refresh(message)
    (given,) = vk.given()
    assert message.delivery == Delivery.SENT
    assert [each["type"] for each in given["attachments"]] == ["photo", "doc"]
    assert given["attachments"][1]["doc"]["title"] == "счёт.pdf"

    vk.community.edits(given, "Here they are, both")
    look()
    session.refresh(message)
    assert message.text == "Here they are, both"
    assert [each.name for each in message.attachments] == ["map.jpg", "счёт.pdf"]


@pytest.mark.requirement("CHN-06")
def test_an_answer_whose_confirmation_got_lost_is_there_once_and_known_as_sent(
    session: Session, vk: VkPeer, ann: Agent, look: Look, clock: FrozenClock
) -> None:
    vk.says("Hello")
    (dialog,) = look()
    clock.at(now())
    vk.faults.add("reset_after", method="messages.send")
    message = answer(session, dialog, ann, "Good morning")
    look()
    clock.forward(minutes=5)
    (dialog,) = look()
    session.refresh(message)
    assert vk.heard() == ["Good morning"]
    assert message.delivery == Delivery.SENT
    assert [each.text for each in messages(session, dialog)] == ["Hello", "Good morning"]


@pytest.mark.requirement("CHN-10")
def test_what_an_administrator_answers_in_vk_stands_in_the_dialog(
    session: Session, vk: VkPeer, look: Look
) -> None:
    vk.says("Is it open?")
    look()
    vk.admin_says("Until ten")
    (dialog,) = look()
    asked, told = messages(session, dialog)
    assert (asked.direction, told.direction, told.delivery) == ("in", "out", Delivery.SENT)
    assert (told.text, told.via, told.agent_id) == ("Until ten", "Olga Adminova", None)
    assert dialog.waiting_since is None


@pytest.mark.requirement("CHN-10")
def test_what_an_administrator_writes_first_is_a_dialog_with_the_customer(
    session: Session, vk: VkPeer, look: Look
) -> None:
    vk.admin_says("Your clock is ready", to=vk.mia)
    (dialog,) = look()
    (told,) = messages(session, dialog)
    assert (dialog.customer.name, told.direction, told.via) == ("Mia Stone", "out", "Olga Adminova")
    vk.says("I am coming", by=vk.mia)
    (dialog,) = look()
    assert [each.direction for each in messages(session, dialog)] == ["out", "in"]


def test_changes_are_versions_and_reading_shows_both_ways(
    session: Session, vk: VkPeer, ann: Agent, look: Look
) -> None:
    said = vk.says("Where is parcel 4?")
    (dialog,) = look()
    vk.community.edits(said, "Where is parcel 5?")
    look()
    (message,) = messages(session, dialog)
    assert message.text == "Where is parcel 5?"
    assert [each.text for each in session.scalars(select(MessageRevision))] == ["Where is parcel 4?"]

    ours = answer(session, dialog, ann, "On Monday")
    look()
    vk.community.reads(vk.max)
    look()
    session.refresh(ours)
    assert ours.delivery == Delivery.READ
    read = {"conversation": dialog.thread_key, "message": message.key}
    want_errand(session, dialog.channel_id, "read", str(dialog.thread_key), read)
    session.commit()
    look()
    assert vk.community.talk(MAX).in_read == said["id"]


def test_what_ann_changes_and_takes_back_changes_and_goes_in_vk(
    session: Session, vk: VkPeer, ann: Agent, look: Look
) -> None:
    vk.says("When?")
    (dialog,) = look()
    message = answer(session, dialog, ann, "On Monday")
    look()
    session.refresh(message)
    changes.ask_edit(session, message, agent=ann, text="On Tuesday", html=None)
    session.commit()
    look()
    session.refresh(message)
    assert (vk.heard(), message.text) == (["On Tuesday"], "On Tuesday")
    changes.ask_delete(session, message, agent=ann)
    session.commit()
    look()
    session.refresh(message)
    assert vk.heard() == []
    assert message.deleted_at is not None


@pytest.mark.requirement("CHN-13")
@pytest.mark.parametrize(
    ("permission", "code"), [("denied", "person_forbids"), ("private", "person_private")]
)
def test_who_may_not_be_written_to_is_told_to_the_agent_and_comes_back(
    session: Session, vk: VkPeer, ann: Agent, look: Look, channel: Channel, permission: Any, code: str
) -> None:
    vk.says("Hello")
    (dialog,) = look()
    vk.max.permission = permission
    message = answer(session, dialog, ann, "Good morning", then="complete")
    (dialog,) = look()
    session.refresh(message)
    assert (message.delivery, message.error_code, dialog.state) == (Delivery.FAILED, code, State.OPEN)
    session.refresh(channel)
    assert channel.health == "ok"
    assert dialog.unreachable_since is not None
    vk.community.allows(vk.max)
    (dialog,) = look()
    assert dialog.unreachable_since is None


@pytest.mark.requirement("CHN-11")
def test_a_chat_is_one_dialog_with_several_customers(
    session: Session, vk: VkPeer, ann: Agent, look: Look
) -> None:
    chat = 2_000_000_007
    first = vk.says("Is it open?", peer=chat)
    vk.says("I wonder too", by=vk.mia, peer=chat)
    (dialog,) = look()
    assert dialog.is_group
    assert [each.identity.name for each in messages(session, dialog) if each.identity] == [
        "Max Miller",
        "Mia Stone",
    ]
    answer(session, dialog, ann, "Until ten", reply_to_message_id=messages(session, dialog)[0].id)
    look()
    (given,) = [each for each in vk.community.talk(chat).messages if each["out"]]
    assert given["text"] == "Until ten"
    assert given["reply_message"]["conversation_message_id"] == first["conversation_message_id"]


def test_whoever_comes_by_a_link_of_ours_is_the_customer_we_know(
    session: Session, vk: VkPeer, ann: Agent, channel: Channel, look: Look
) -> None:
    known = make_dialog(session, customer="Mia").customer
    session.refresh(channel)
    link = changes.start_link_for(session, channel, known, agent=ann)
    session.commit()
    token = link.removeprefix("https://vk.me/club216700001?ref=")
    assert token != link
    vk.says("Hello", by=vk.mia, ref=token, ref_source="link")
    assert look()[-1].customer_id == known.id
    vk.says("Hello", ref=token)
    assert look()[-1].customer_id != known.id


def test_whoever_wrote_while_nobody_listened_is_heard(
    session: Session, vk: VkPeer, look: Look, settle: Settle, channel: Channel
) -> None:
    vk.says("before")
    look()
    vk.says("lost")
    vk.community.history.lose()
    adapter = adapter_for(open_access(channel))
    try:
        batch = adapter.poll(session.get_one(Channel, channel.id, populate_existing=True).cursor, 0)
        assert batch.gap
        with transaction() as own:
            held = own.get_one(Channel, channel.id)
            accept(own, held, batch.events, cursor=batch.cursor)
            accept(own, held, adapter.backfill(now() - timedelta(minutes=10)))  # type: ignore[attr-defined]
    finally:
        adapter.close()
    settle()
    (dialog,) = look()
    assert [each.text for each in messages(session, dialog)] == ["before", "lost"]
