"""What agents may ask of a chat besides answering, by the API and by the socket."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import registry
from channels.access import shelf
from channels.adapter import Capabilities, Idempotency, Part
from channels.delivery import deliver_due
from channels.errand_runner import run_errands
from channels.models import Errand
from inbox.actions import finish_file, receive
from inbox.border import FileReference
from inbox.models import Channel, FileState, Message, RemoteFile
from people.models import Agent, Customer
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_incoming, make_reply
from tests.peers.fake import FakeAdapter, Outside

Browse = Callable[[Agent], Browser]


class Chatty(FakeAdapter):
    """A fake whose messages can be changed, taken back and read, and which knows links."""

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None: ...

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None: ...

    def mark_read(self, conversation_key: str, message_key: str) -> None: ...

    def start_link(self, token: str) -> str | None:
        return f"https://chat.test/shop?start={token}"


@pytest.fixture
def chatty(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    outside.capabilities = Capabilities(
        max_text=None,
        html="none",
        max_attachments=10,
        attachment_bytes=10_000_000,
        idempotency=Idempotency.NONE,
        edit_window=0,
        delete_window=0,
        marks_read=True,
        deep_links=True,
    )
    maker = lambda access: Chatty(outside, access)  # noqa: E731
    maker.capabilities = outside.capabilities  # type: ignore[attr-defined]
    monkeypatch.setitem(registry._registered, "fake", maker)
    shelf.close()
    yield
    shelf.close()


@pytest.fixture
def desk(session: Session, browse: Browse) -> Browser:
    return browse(make_agent(session))


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session, undo_seconds=0)


@pytest.fixture
def heard(session: Session, channel: Channel) -> Message:
    file = FileReference({"id": "a"}, "image", "a.png")
    incoming = make_incoming("Hello", conversation="talk", remote_files=(file,))
    message = receive(session, channel, incoming, dialog=None).message
    session.commit()
    return message


@pytest.fixture
def sent(session: Session, heard: Message) -> Message:
    message = make_reply(session, heard.dialog, "It costs 100")
    deliver_due()
    session.expire_all()
    return message


def errands(session: Session) -> list[tuple[str, dict[str, Any]]]:
    return [(each.kind, each.payload) for each in session.scalars(select(Errand))]


@pytest.mark.usefixtures("chatty")
def test_an_answer_that_was_sent_is_changed_and_taken_back(
    session: Session, desk: Browser, sent: Message
) -> None:
    desk.api("POST", f"/api/messages/{sent.id}/edit", {"text": "It costs 10"})
    run_errands()
    session.expire_all()
    assert sent.text == "It costs 10"
    desk.api("POST", f"/api/messages/{sent.id}/delete", {})
    run_errands()
    session.expire_all()
    assert sent.deleted_at is not None


def test_where_the_outside_cannot_nothing_is_asked(session: Session, desk: Browser, sent: Message) -> None:
    for verb, body in (("edit", {"text": "It costs 10"}), ("delete", {})):
        assert desk.refused("POST", f"/api/messages/{sent.id}/{verb}", body, status=409)
    assert errands(session) == []


@pytest.mark.usefixtures("chatty")
def test_what_is_read_here_is_shown_as_read_there(session: Session, desk: Browser, heard: Message) -> None:
    desk.api("POST", f"/api/dialogs/{heard.dialog_id}/read", {"message_id": heard.id})
    assert errands(session) == [("read", {"conversation": "talk", "message": heard.key})]


def test_a_file_that_failed_is_fetched_once_more_when_somebody_asks(
    session: Session, desk: Browser, heard: Message
) -> None:
    assert desk.refused("POST", f"/api/messages/{heard.id}/fetch-files", {}, status=404)
    file = session.scalars(select(RemoteFile)).one()
    finish_file(session, file, state=FileState.FAILED, code="busy")
    session.commit()
    desk.api("POST", f"/api/messages/{heard.id}/fetch-files", {})
    session.expire_all()
    assert file.state == FileState.WAITING


@pytest.mark.usefixtures("chatty")
def test_a_known_customer_is_led_to_a_messenger(
    session: Session, desk: Browser, channel: Channel, heard: Message
) -> None:
    customer = session.scalars(select(Customer)).one()
    told = desk.api("POST", f"/api/customers/{customer.id}/start-links", {"channel_id": channel.id})
    assert told["link"].startswith("https://chat.test/shop?start=")
    again = desk.api("POST", f"/api/customers/{customer.id}/start-links", {"channel_id": channel.id})
    assert again["link"] != told["link"]


def test_a_channel_without_links_says_so(session: Session, desk: Browser, heard: Message) -> None:
    customer = session.scalars(select(Customer)).one()
    body = {"channel_id": heard.channel_id}
    path = f"/api/customers/{customer.id}/start-links"
    assert desk.refused("POST", path, body, status=409) == "no_start_links"
