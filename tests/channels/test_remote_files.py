"""Files that lie outside: text at once, the file later, or a place that says why not."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, BinaryIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.adapter import BadContent, FetchedFile, Temporary
from channels.intake import read_arrivals
from channels.remote_files import ask_again, due_files, fetch_files
from core.files import file_store
from inbox.actions import disable_channel
from inbox.border import Author, FileReference
from inbox.models import Attachment, Channel, FileState, Message, RemoteFile
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel
from tests.peers.fake import FakeAdapter, Outside

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
Fetch = Callable[[FakeAdapter, FileReference, BinaryIO, int], FetchedFile]


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session)


@pytest.fixture
def fetched_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fetch], None]:
    return lambda fetch: monkeypatch.setattr(FakeAdapter, "fetch_attachment", fetch, raising=False)


def gives(*told: bytes | Exception) -> Fetch:
    """An outside that answers so, one call after the other, and the last one for ever."""
    waiting = list(told)

    def fetch(_: FakeAdapter, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            out.write(b"half of")
            raise answer
        out.write(answer)
        return FetchedFile(name=f"{file.ref['id']}.png")

    return fetch


def receive(session: Session, outside: Outside, channel: Channel, *ids: str) -> Message:
    files = tuple(FileReference({"id": each}, "image") for each in ids)
    outside.says(channel, "Look", remote_files=files)
    read_arrivals()
    return session.scalars(select(Message)).one()


def places(session: Session) -> list[tuple[str, str | None]]:
    session.expire_all()
    return [(each.state, each.error_code) for each in session.scalars(select(RemoteFile))]


@pytest.mark.requirement("CHN-15")
def test_the_text_is_there_before_the_file(
    session: Session, outside: Outside, channel: Channel, fetched_by: Callable[[Fetch], None]
) -> None:
    fetched_by(gives(PNG))
    message = receive(session, outside, channel, "a")
    assert (message.text, places(session)) == ("Look", [("waiting", None)])
    assert due_files(session)
    assert fetch_files() == 1
    file = session.scalars(select(Attachment)).one()
    assert (file.message_id, file.name, file.mime, file.kind) == (message.id, "a.png", "image/png", "image")
    assert file_store().exists(file.sha256)
    assert places(session) == [("fetched", None)]
    assert not due_files(session)


def test_files_keep_their_order_however_they_come(
    session: Session,
    outside: Outside,
    channel: Channel,
    clock: FrozenClock,
    fetched_by: Callable[[Fetch], None],
) -> None:
    fetched_by(gives(Temporary("slow", code="slow"), PNG))
    message = receive(session, outside, channel, "a", "b", "c")
    fetch_files()
    clock.forward(minutes=1)
    fetch_files()
    session.expire_all()
    assert [each.name for each in message.attachments] == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (BadContent("21 MB", code="too_big"), FileState.TOO_LARGE),
        (BadContent("404", code="gone"), FileState.GONE),
        (BadContent("?", code="strange"), FileState.FAILED),
    ],
)
@pytest.mark.requirement("CHN-15")
def test_a_file_that_never_comes_leaves_a_place_that_says_why(
    session: Session,
    outside: Outside,
    channel: Channel,
    fetched_by: Callable[[Fetch], None],
    fault: BadContent,
    state: str,
) -> None:
    fetched_by(gives(fault))
    message = receive(session, outside, channel, "a")
    assert fetch_files() == 1
    assert places(session) == [(state, fault.code)]
    assert message.attachments == []


def test_what_fails_for_a_while_is_tried_ever_more_rarely_and_then_given_up(
    session: Session,
    outside: Outside,
    channel: Channel,
    clock: FrozenClock,
    fetched_by: Callable[[Fetch], None],
) -> None:
    fetched_by(gives(Temporary("busy", code="busy")))
    receive(session, outside, channel, "a")
    for _ in range(6):
        fetch_files()
        assert not due_files(session)
        clock.forward(hours=3)
    assert places(session) == [("failed", "busy")]


def test_a_person_may_ask_once_more(
    session: Session, outside: Outside, channel: Channel, fetched_by: Callable[[Fetch], None]
) -> None:
    fetched_by(gives(BadContent("404", code="gone"), PNG))
    receive(session, outside, channel, "a")
    fetch_files()
    ask_again(session, session.scalars(select(RemoteFile)).one())
    session.commit()
    assert fetch_files() == 1
    assert places(session) == [("fetched", None)]


def test_a_bug_in_an_adapter_is_trouble_that_passes(
    session: Session, outside: Outside, channel: Channel, fetched_by: Callable[[Fetch], None]
) -> None:
    fetched_by(gives(ZeroDivisionError("bug")))
    receive(session, outside, channel, "a")
    assert fetch_files() == 0
    assert places(session) == [("waiting", None)]


def test_a_channel_that_is_switched_off_fetches_nothing(
    session: Session, outside: Outside, channel: Channel, fetched_by: Callable[[Fetch], None]
) -> None:
    fetched_by(gives(PNG))
    receive(session, outside, channel, "a")
    disable_channel(session, channel, agent=make_agent(session))
    session.commit()
    assert fetch_files() == 0


def test_a_dead_worker_gives_its_file_back(
    session: Session, outside: Outside, channel: Channel, fetched_by: Callable[[Fetch], None]
) -> None:
    def die(*_: Any) -> FetchedFile:
        raise SystemExit

    fetched_by(die)
    receive(session, outside, channel, "a")
    with pytest.raises(SystemExit):
        fetch_files()
    fetched_by(gives(PNG))
    assert fetch_files() == 0
    session.connection().exec_driver_sql("UPDATE remote_files SET lease_until = now() - interval '1 minute'")
    assert fetch_files() == 1


def test_the_same_file_named_twice_is_fetched_once(
    session: Session, outside: Outside, channel: Channel, fetched_by: Callable[[Fetch], None]
) -> None:
    fetched_by(gives(PNG))
    message = receive(session, outside, channel, "a")
    author = asdict(Author(kind="email", key="max@customer.test", shown="max@customer.test", name="Max"))
    outside.says(
        channel,
        "Check again",
        kind="edit",
        message_key=message.key,
        author=author,
        remote_files=(FileReference({"id": "a"}, "image"),),
    )
    read_arrivals()
    assert len(places(session)) == 1
