"""VK in the running product: a conversation comes in, an answer with a file and changes go both ways."""

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
from tests.peers.vk.peer import MAX, VkPeer
from tests.product import running_product
from tests.security.besieged import make_person

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40


@dataclass(frozen=True)
class Desk(Programs):
    """Ann at the API of a product, and VK beyond it."""

    vk: VkPeer

    def change(self, *, secrets: dict[str, str] | None = None, **settings: Any) -> None:
        """Set the channel otherwise, as its page does."""
        with self.product.session() as session:
            channel = session.get_one(Channel, self.channel_id)
            change_channel(session, channel, agent=None, settings=settings, secrets=secrets)


@pytest.fixture(scope="module")
def desk(clean_environment: None) -> Iterator[Desk]:
    with VkPeer() as vk, running_product() as product:
        vk.says("I wrote before you were connected", by=vk.community.person(7077, "Eve Early"))
        ann = make_person(product, "Ann", Role.OWNER)
        with product.session() as session:
            channel = connect_channel(
                session,
                agent=ann.agent,
                kind="vk",
                name="Shop",
                settings={"api_base": vk.api, "mode": "poll"},
                secrets={"token": vk.token},
            )
            channel.undo_seconds = 0
            confirm_outbound(session, channel, agent=ann.agent)
            session.flush()
            number = channel.id
        yield Desk(product, ann.key, number, vk)


def test_the_test_of_the_channel_says_which_community_it_is(desk: Desk) -> None:
    with desk.product.session() as session:
        ask_check(session, session.get_one(Channel, desk.channel_id), agent=None)

    def done() -> Any:
        with desk.product.session() as session:
            check = latest_check(session, session.get_one(Channel, desk.channel_id))
            return check if check is not None and check.done_at else None

    assert until(done, PATIENCE).state == "ok"
    with desk.product.session() as session:
        assert session.get_one(Channel, desk.channel_id).settings["screen_name"] == "club216700001"


def test_who_waited_before_the_channel_was_connected_is_in_the_feed(desk: Desk) -> None:
    assert desk.dialog("I wrote before you were connected")["customer"]["name"] == "Eve Early"


@pytest.mark.requirement("CHN-04")
@pytest.mark.requirement("CHN-15")
def test_a_conversation_comes_in_and_is_answered_with_a_file_changed_and_read(desk: Desk) -> None:
    vk = desk.vk
    said = vk.says("Where is parcel 4?", attachments=[vk.photo("a.jpg", JPEG)])
    dialog = desk.dialog("Where is parcel 4?")
    vk.community.edits(said, "Where is parcel 5?")
    changed = desk.message(dialog["id"], lambda each: each["edited_at"] and each["attachments"])
    assert changed["text"] == "Where is parcel 5?"
    assert changed["attachments"][0]["kind"] == "image"

    number = desk.answer(
        dialog["id"], "Here is its paper.", attachments=[desk.upload("paper.pdf", PDF, "application/pdf")]
    )
    desk.state(dialog["id"], number, "sent")
    (given,) = vk.given()
    assert given["text"] == "Here is its paper."
    assert vk.uploads.bytes_at(given["attachments"][0]["doc"]["url"]) == PDF

    vk.community.reads(vk.max)
    desk.state(dialog["id"], number, "read")
    vk.admin_says("I have called him")
    elsewhere = desk.message(dialog["id"], lambda each: each["text"] == "I have called him")
    assert elsewhere["direction"] == "out"
    texts = [each["text"] for each in desk.messages(dialog["id"])]
    assert texts == ["Where is parcel 5?", "Here is its paper.", "I have called him"]


@pytest.mark.requirement("CHN-13")
def test_a_failure_is_seen_with_its_reason_and_a_doubt_settles_itself(desk: Desk) -> None:
    vk = desk.vk
    vk.says("Are you there, Mia asks", by=vk.mia)
    dialog = desk.dialog("Are you there, Mia asks")
    vk.faults.add("reset_after", method="messages.send", chat=str(vk.mia.id))
    number = desk.answer(dialog["id"], "Yes.")
    desk.state(dialog["id"], number, "sent")
    assert vk.heard(vk.mia) == ["Yes."]

    vk.mia.permission = "denied"
    number = desk.answer(dialog["id"], "Still there?")
    failed = desk.state(dialog["id"], number, "failed")
    assert failed["error_code"] == "person_forbids"
    assert "does not allow this community to write" in failed["error"]
    assert desk.dialog("Still there?")["id"] == dialog["id"]


@pytest.mark.requirement("CHN-04")
@pytest.mark.requirement("CHN-06")
def test_vk_calls_us_or_is_asked_as_somebody_chooses_and_nothing_is_lost(desk: Desk) -> None:
    vk = desk.vk
    zoe = vk.community.person(7099, "Zoe Late")
    vk.says("asked for", by=zoe)
    dialog = desk.dialog("asked for")
    desk.change(mode="webhook")
    until(lambda: any(each.status == "ok" for each in vk.callback.servers.values()), PATIENCE)
    (server,) = vk.callback.servers.values()
    assert server.url.startswith(f"{desk.product.url}/hooks/vk/")
    until(lambda: server.events.get("message_edit"), PATIENCE)
    vk.says("brought", by=zoe)
    desk.message(dialog["id"], lambda each: each["text"] == "brought")
    assert vk.callback.idle()
    assert server.answers[-1] == (200, b"ok")

    def receiving() -> bool:
        with desk.product.session() as session:
            return "receiving" in session.get_one(Channel, desk.channel_id).settings

    until(receiving, PATIENCE)
    desk.change(mode="poll")
    until(lambda: not vk.callback.servers, PATIENCE)
    vk.says("asked for again", by=zoe)
    desk.message(dialog["id"], lambda each: each["text"] == "asked for again")
    texts = [each["text"] for each in desk.messages(dialog["id"])]
    assert texts == ["asked for", "brought", "asked for again"]


@pytest.mark.requirement("CHN-13")
def test_a_key_that_is_taken_back_holds_the_answers_until_there_is_a_new_one(desk: Desk) -> None:
    vk = desk.vk
    vk.says("Is anybody there?")
    dialog = desk.dialog("Is anybody there?")
    vk.community.revoke(vk.token)
    numbers = [desk.answer(dialog["id"], f"answer {number}") for number in range(3)]

    def health() -> Any:
        with desk.product.session() as session:
            channel = session.get_one(Channel, desk.channel_id)
            return channel.health == "broken"

    until(health, PATIENCE)
    states = {each["id"]: each["state"] for each in desk.messages(dialog["id"])}
    assert {states[number] for number in numbers} == {"queued"}

    desk.change(secrets={"token": vk.community.token()})
    with desk.product.session() as session:
        ask_check(session, session.get_one(Channel, desk.channel_id), agent=None)
    for number in numbers:
        desk.state(dialog["id"], number, "sent")
    assert [each["text"] for each in vk.community.talk(MAX).messages][-3:] == [
        "answer 0",
        "answer 1",
        "answer 2",
    ]
