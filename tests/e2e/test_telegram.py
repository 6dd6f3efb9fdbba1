"""Telegram in the running product: a private chat and a group come in, answers and changes go both ways."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from channels.checks import ask_check, latest_check
from inbox.actions import change_channel, confirm_outbound, connect_channel
from inbox.models import Channel
from people.models import Role
from tests.app.waiting import until
from tests.e2e.programs import PATIENCE, Programs
from tests.peers.telegram.server import TOKEN, TelegramPeer
from tests.product import running_product
from tests.security.besieged import make_person

OGG = b"OggS" + b"\0" * 64


@dataclass(frozen=True)
class Desk(Programs):
    """Ann at the API of a product, and Telegram beyond it."""

    telegram: TelegramPeer


@pytest.fixture(scope="module")
def desk(clean_environment: None) -> Iterator[Desk]:
    with TelegramPeer() as telegram, running_product() as product:
        ann = make_person(product, "Ann", Role.OWNER)
        with product.session() as session:
            channel = connect_channel(
                session,
                agent=ann.agent,
                kind="telegram",
                name="Shop",
                settings={"api_base": telegram.api_base, "file_base": telegram.file_base, "mode": "poll"},
                secrets={"token": TOKEN},
            )
            channel.undo_seconds = 0
            confirm_outbound(session, channel, agent=ann.agent)
            session.flush()
            number = channel.id
        yield Desk(product, ann.key, number, telegram)


def test_the_test_of_the_channel_says_who_the_bot_is(desk: Desk) -> None:
    with desk.product.session() as session:
        ask_check(session, session.get_one(Channel, desk.channel_id), agent=None)

    def done() -> Any:
        with desk.product.session() as session:
            check = latest_check(session, session.get_one(Channel, desk.channel_id))
            return check if check is not None and check.done_at else None

    check = until(done, PATIENCE)
    assert (check.state, check.facts["bot"]) == ("ok", "@helpdesk_bot")
    with desk.product.session() as session:
        assert session.get_one(Channel, desk.channel_id).settings["bot_username"] == "helpdesk_bot"


@pytest.mark.requirement("CHN-03")
def test_a_private_chat_comes_in_and_is_answered_changed_and_listened_to(desk: Desk) -> None:
    people, chat = desk.telegram.people, desk.telegram.world.private("Max")
    said = people.say("Where is parcel 4?")
    dialog = desk.dialog("Where is parcel 4?")
    people.edit(chat, said["message_id"], text="Where is parcel 5?")
    changed = desk.message(dialog["id"], lambda each: each["edited_at"])
    assert changed["text"] == "Where is parcel 5?"

    number = desk.answer(dialog["id"], "It comes tomorrow.")
    desk.message(dialog["id"], lambda each: each["id"] == number and each["state"] == "sent")
    ours = [each for each in chat.messages.values() if each["from"]["is_bot"]]
    assert [each["text"] for each in ours] == ["It comes tomorrow."]
    people.react(chat, ours[0]["message_id"], ("👍",))
    desk.message(dialog["id"], lambda each: each["id"] == number and each["reactions"])

    people.send_file("voice", OGG)
    spoken = desk.message(dialog["id"], lambda each: each["attachments"])
    (file,) = spoken["attachments"]
    assert (file["kind"], file["mime"]) == ("voice", "audio/ogg")


@pytest.mark.requirement("CHN-11")
def test_a_group_is_one_dialog_and_its_answer_goes_to_everybody(desk: Desk) -> None:
    club = desk.telegram.world.group("Club")
    desk.telegram.people.say("Is it open on Sunday?", "Max", chat=club)
    desk.telegram.people.say("I wonder too", "Mia", chat=club)
    dialog = desk.dialog("I wonder too")
    authors = until(
        lambda: (
            (names := {each["author"]["name"] for each in desk.messages(dialog["id"])}) == {"Max", "Mia"}
            and names
        ),
        PATIENCE,
    )
    assert authors == {"Max", "Mia"}
    number = desk.answer(dialog["id"], "Until ten.")
    desk.message(dialog["id"], lambda each: each["id"] == number and each["state"] == "sent")
    assert [each["text"] for each in club.messages.values() if each["from"]["is_bot"]] == ["Until ten."]


@pytest.mark.requirement("CHN-13")
def test_a_failure_and_a_doubt_are_seen_with_their_reasons(desk: Desk) -> None:
    people = desk.telegram.people
    people.say("Are you there, Mia asks", "Mia")
    dialog = desk.dialog("Are you there, Mia asks")
    mia = str(desk.telegram.world.person("Mia")["id"])
    desk.telegram.faults.add("reset_after", method="sendMessage", chat=mia)
    number = desk.answer(dialog["id"], "Yes.")
    doubt = desk.message(dialog["id"], lambda each: each["id"] == number and each["state"] == "uncertain")
    assert "may or may not have gone out" in doubt["error"]
    assert [each["text"] for each in desk.telegram.world.private("Mia").messages.values()][-1] == "Yes."

    people.block("Mia")
    number = desk.answer(dialog["id"], "Still there?")
    failed = desk.message(dialog["id"], lambda each: each["id"] == number and each["state"] == "failed")
    assert failed["error_code"] == "blocked"
    assert "blocked the bot" in failed["error"]


@pytest.mark.requirement("CHN-06")
def test_telegram_calls_us_or_is_asked_as_somebody_chooses_and_nothing_is_lost(desk: Desk) -> None:
    world, people = desk.telegram.world, desk.telegram.people
    people.say("asked for", "Zoe")
    dialog = desk.dialog("asked for")
    with desk.product.session() as session:
        channel = session.get_one(Channel, desk.channel_id)
        change_channel(session, channel, agent=None, settings={"mode": "webhook"})
    until(lambda: world.hook.get("url"), PATIENCE)
    assert world.hook["url"].startswith(f"{desk.product.url}/hooks/telegram/")
    assert len(world.hook["secret_token"]) == 43
    people.say("brought", "Zoe")
    desk.message(dialog["id"], lambda each: each["text"] == "brought")
    until(lambda: not len(world.queue), PATIENCE)

    with desk.product.session() as session:
        channel = session.get_one(Channel, desk.channel_id)
        change_channel(session, channel, agent=None, settings={"mode": "poll"})
    until(lambda: not world.hook, PATIENCE)
    people.say("asked for again", "Zoe")
    desk.message(dialog["id"], lambda each: each["text"] == "asked for again")
    texts = [each["text"] for each in desk.messages(dialog["id"])]
    assert texts == ["asked for", "brought", "asked for again"]
