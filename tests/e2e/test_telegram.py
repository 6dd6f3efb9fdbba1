"""Telegram in the running product: a private chat and a group come in, answers and changes go both ways."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from channels.checks import ask_check, latest_check
from inbox.actions import change_channel, confirm_outbound, connect_channel
from inbox.models import Channel
from people.models import Role
from tests.app.waiting import until
from tests.peers.telegram.server import TOKEN, TelegramPeer
from tests.product import Product, running_product
from tests.security.besieged import make_person

PATIENCE = 40.0
OGG = b"OggS" + b"\0" * 64


@dataclass(frozen=True)
class Desk:
    """Ann at the API of a product, and Telegram beyond it."""

    product: Product
    telegram: TelegramPeer
    key: str
    channel_id: int

    def ask(self, path: str) -> Any:
        """What a GET answers."""
        status, answer = self.product.request("GET", f"/api{path}", key=self.key)
        assert status == 200, answer
        return answer

    def do(self, path: str, **body: Any) -> Any:
        """What a POST answers."""
        status, answer = self.product.request("POST", f"/api{path}", body, key=self.key)
        assert status in (200, 201, 202), answer
        return answer

    def dialog(self, words: str) -> dict[str, Any]:
        """The dialog of the feed whose last words these are, waited for."""

        def look() -> Any:
            rows = self.ask("/feed?limit=50")["rows"]
            return next((row for row in rows if words in str(row)), None)

        found: dict[str, Any] = until(look, PATIENCE)
        return found

    def messages(self, dialog_id: int) -> list[dict[str, Any]]:
        """What was said in a dialog."""
        timeline = self.ask(f"/dialogs/{dialog_id}")["timeline"]
        return [entry for entry in timeline if entry["type"] == "message"]

    def message(self, dialog_id: int, is_it: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The message of a dialog that fits, waited for."""
        found: dict[str, Any] = until(
            lambda: next((each for each in self.messages(dialog_id) if is_it(each)), None), PATIENCE
        )
        return found

    def answer(self, dialog_id: int, text: str) -> int:
        """Ann answers."""
        told = {"client_uuid": str(uuid4()), "text": text, "force": True}
        entry = self.do(f"/dialogs/{dialog_id}/replies", **told)["entry"]
        return int(entry["id"])


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
        yield Desk(product, telegram, ann.key, number)


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
