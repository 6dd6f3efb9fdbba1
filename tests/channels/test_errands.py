"""Small calls to the outside: made once, tried again, dropped when they are no use any more."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels import registry
from channels.access import shelf
from channels.adapter import BadContent, Capabilities, Idempotency, Part, RawEvent, RetryAfter, Temporary
from channels.changes import ask_delete, ask_edit, show_typing, start_link_for, tell_read
from channels.delivery import deliver_due
from channels.errand_runner import due_errands, run_errands
from channels.errands import want_errand
from channels.intake import read_arrivals
from channels.models import Errand
from core.db import transaction
from core.errors import Conflict, Forbidden
from core.events import Event
from inbox.border import Author
from inbox.models import Channel, Message, MessageRevision
from people.models import Customer, CustomerIdentity, Role
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_reply
from tests.peers.fake import FakeAdapter, Outside

ABLE = Capabilities(
    max_text=None,
    html="none",
    max_attachments=10,
    attachment_bytes=10_000_000,
    idempotency=Idempotency.NONE,
    edit_window=3600,
    delete_window=3600,
    typing=True,
    marks_read=True,
    deep_links=True,
)


class Able(FakeAdapter):
    """A fake that can do everything and notes what it did."""

    capabilities = ABLE
    done: list[tuple[Any, ...]] = []
    faults: list[Exception] = []
    meanwhile: list[Callable[[], object]] = []

    def _do(self, *what: Any) -> None:
        self.done.append(what)
        while self.meanwhile:
            self.meanwhile.pop()()
        if self.faults:
            raise self.faults.pop(0)

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None:
        self._do("edit", conversation_key, message_key, part.payload["text"])

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None:
        self._do("delete", conversation_key, tuple(message_keys))

    def typing(self, conversation_key: str) -> None:
        self._do("typing", conversation_key)

    def mark_read(self, conversation_key: str, message_key: str) -> None:
        self._do("read", conversation_key, message_key)

    def answer_button(self, answer: Mapping[str, Any]) -> None:
        self._do("button", dict(answer))

    def profile(self, key: str) -> Author | None:
        self._do("profile", key)
        return Author("email", key, "@max", "Max")

    def start_link(self, token: str) -> str | None:
        return f"https://chat.test/shop?start={token}"

    def backfill(self, since: datetime) -> Sequence[RawEvent]:
        self._do("backfill", since.isoformat())
        return ()


@pytest.fixture(autouse=True)
def able(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> type[Able]:
    Able.done, Able.faults, Able.meanwhile = [], [], []
    outside.capabilities = ABLE
    maker = lambda access: Able(outside, access)  # noqa: E731
    maker.capabilities = ABLE  # type: ignore[attr-defined]
    monkeypatch.setitem(registry._registered, "fake", maker)
    shelf.close()
    return Able


@pytest.fixture
def channel(session: Session) -> Channel:
    return make_channel(session, undo_seconds=0)


@pytest.fixture
def heard(session: Session, outside: Outside, channel: Channel) -> Message:
    outside.says(channel, "Hello", customer=f"Max {uuid4().hex[:6]}", conversation="talk")
    read_arrivals()
    return session.scalars(select(Message)).one()


@pytest.fixture
def sent(session: Session, heard: Message) -> Message:
    message = make_reply(session, heard.dialog, "It costs 100")
    deliver_due()
    session.expire_all()
    return message


def run(session: Session) -> None:
    session.commit()
    run_errands()
    session.expire_all()


def events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.kind).where(Event.kind.contains("_failed"))))


def test_what_was_sent_says_something_else_once_it_does_outside(
    session: Session, sent: Message, able: type[Able]
) -> None:
    ask_edit(session, sent, agent=make_agent(session), text="It costs 10", html=None)
    assert sent.text == "It costs 100"
    run(session)
    assert able.done == [("edit", "talk", sent.key, "It costs 10")]
    assert (sent.text, sent.edited_at is not None) == ("It costs 10", True)
    assert session.scalars(select(MessageRevision.text)).all() == ["It costs 100"]
    assert sent.dialog.preview == "It costs 10"


def test_what_the_outside_will_not_change_stays_and_its_writer_is_told(
    session: Session, sent: Message, able: type[Able]
) -> None:
    able.faults = [BadContent("too old", code="too_old")]
    ask_edit(session, sent, agent=make_agent(session), text="It costs 10", html=None)
    run(session)
    assert (sent.text, events(session)) == ("It costs 100", ["message.edit_failed"])
    assert session.scalars(select(Errand)).all() == []


def test_what_was_taken_back_stays_here_and_is_marked(
    session: Session, sent: Message, able: type[Able]
) -> None:
    ask_delete(session, sent, agent=make_agent(session))
    run(session)
    assert able.done == [("delete", "talk", (sent.key,))]
    assert (sent.text, sent.deleted_at is not None) == ("It costs 100", True)


def test_too_late_too_early_or_by_the_wrong_person_nothing_is_changed(
    session: Session, heard: Message, sent: Message, clock: FrozenClock
) -> None:
    ann, guest = make_agent(session), make_agent(session, role=Role.COLLABORATOR)
    with pytest.raises(Forbidden):
        ask_delete(session, sent, agent=guest)
    with pytest.raises(Conflict):
        ask_edit(session, heard, agent=ann, text="I pay more", html=None)
    waiting = make_reply(session, heard.dialog, "waits")
    with pytest.raises(Conflict):
        ask_edit(session, waiting, agent=ann, text="waits longer", html=None)
    clock.forward(hours=2)
    with pytest.raises(Conflict):
        ask_delete(session, sent, agent=ann)


def test_typing_is_shown_once_in_a_while_and_only_while_it_is_news(
    session: Session, heard: Message, able: type[Able], clock: FrozenClock
) -> None:
    assert show_typing(session, heard.dialog)
    assert not show_typing(session, heard.dialog)
    run(session)
    assert able.done == [("typing", "talk")]
    want_errand(session, heard.channel_id, "typing", "talk", {"conversation": "talk"}, seconds=4)
    able.faults = [Temporary("busy", code="busy")]
    run(session)
    clock.forward(minutes=1)
    run(session)
    assert able.done == [("typing", "talk")] * 2
    assert session.scalars(select(Errand)).all() == []


def test_that_we_have_read_is_told(session: Session, heard: Message, able: type[Able]) -> None:
    tell_read(session, heard.dialog, heard.id)
    run(session)
    assert able.done == [("read", "talk", heard.key)]


def test_a_press_of_a_button_is_answered(
    session: Session, outside: Outside, channel: Channel, able: type[Able]
) -> None:
    outside.says(channel, "Yes", kind="button", button="yes", extra={"answer": {"id": "q1"}})
    read_arrivals()
    run(session)
    assert able.done == [("button", {"id": "q1"})]


def test_a_name_that_was_asked_for_names_the_card(
    session: Session, outside: Outside, channel: Channel, able: type[Able]
) -> None:
    outside.says(channel, "Hello", author={"kind": "email", "key": "7", "shown": "7"})
    read_arrivals()
    run(session)
    assert session.scalars(select(Customer.name)).all() == ["Max"]
    assert session.scalars(select(CustomerIdentity.shown)).all() == ["@max"]


def test_a_call_that_fails_is_made_again_after_a_while_and_then_no_more(
    session: Session, channel: Channel, able: type[Able], clock: FrozenClock
) -> None:
    able.faults = [Temporary("busy", code="busy") for _ in range(20)]
    want_errand(session, channel.id, "backfill", "gap", {"since": "2027-03-10T08:00:00+00:00"})
    for _ in range(10):
        run(session)
        assert not due_errands(session)
        clock.forward(hours=1)
    assert len(able.done) == 6
    assert session.scalars(select(Errand)).all() == []


def test_a_call_that_is_told_to_wait_waits_so_long(
    session: Session, channel: Channel, able: type[Able], clock: FrozenClock
) -> None:
    able.faults = [RetryAfter("slowly", retry_after=100)]
    want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": "m"})
    run(session)
    clock.forward(seconds=99)
    run(session)
    assert len(able.done) == 1
    clock.forward(seconds=1)
    run(session)
    assert len(able.done) == 2


def test_one_that_waits_is_made_with_what_was_wanted_last(
    session: Session, channel: Channel, able: type[Able]
) -> None:
    for key in ("m1", "m2"):
        want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": key})
    run(session)
    assert able.done == [("read", "talk", "m2")]


def read_up_to(channel: Channel, message: str) -> None:
    """Somebody reads on, and another worker looks what there is to do."""
    with transaction() as session:
        want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": message})
    run_errands()


@pytest.mark.parametrize("fault", [None, BadContent("no", code="no")])
def test_one_that_is_being_made_is_not_overtaken_by_what_is_wanted_meanwhile(
    session: Session, channel: Channel, able: type[Able], fault: Exception | None
) -> None:
    during: list[int] = []

    def reads_on() -> None:
        read_up_to(channel, "m2")
        during.append(len(able.done))

    able.meanwhile, able.faults = [reads_on], [fault] if fault else []
    read_up_to(channel, "m1")
    assert during == [1]
    assert able.done == [("read", "talk", "m1"), ("read", "talk", "m2")]
    assert session.scalars(select(Errand)).all() == []


def test_one_that_is_wanted_again_as_it_is_being_made_is_made_once(
    session: Session, channel: Channel, able: type[Able]
) -> None:
    able.meanwhile = [lambda: read_up_to(channel, "m1")]
    read_up_to(channel, "m1")
    assert able.done == [("read", "talk", "m1")]
    assert session.scalars(select(Errand)).all() == []


def test_what_is_wanted_as_another_call_fails_is_tried_as_often_as_any(
    session: Session, channel: Channel, able: type[Able], clock: FrozenClock
) -> None:
    able.faults = [Temporary("busy", code="busy") for _ in range(20)]
    able.meanwhile = [lambda: read_up_to(channel, "m2")]
    read_up_to(channel, "m1")
    assert not due_errands(session)
    clock.forward(seconds=2)
    run(session)
    assert [each[2] for each in able.done] == ["m1", "m2"]
    for _ in range(10):
        clock.forward(hours=1)
        run(session)
    assert [each[2] for each in able.done] == ["m1"] + ["m2"] * 6


def take_hold(session: Session, *, lease: timedelta) -> None:
    """Have a worker take the errand, whose lease ends then and who says nothing more."""
    session.execute(
        update(Errand).values(attempts=1, lease_token="another", lease_until=func.clock_timestamp() + lease)
    )
    session.commit()


def test_one_whose_worker_died_is_made_once_by_another(
    session: Session, channel: Channel, able: type[Able]
) -> None:
    want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": "m"}, seconds=60)
    take_hold(session, lease=timedelta(seconds=-1))
    assert due_errands(session)
    assert run_errands() == 1
    assert run_errands() == 0
    assert able.done == [("read", "talk", "m")]
    assert session.scalars(select(Errand.id)).all() == []


@pytest.mark.parametrize("waited", [0, 61], ids=["of-use", "of-no-more-use"])
def test_one_that_another_worker_is_making_is_left_to_it(
    session: Session, channel: Channel, able: type[Able], clock: FrozenClock, waited: int
) -> None:
    want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": "m"}, seconds=60)
    take_hold(session, lease=timedelta(seconds=60))
    clock.forward(seconds=waited)
    assert not due_errands(session)
    assert run_errands() == 0
    assert able.done == []
    assert session.scalars(select(Errand.lease_token)).all() == ["another"]


@pytest.mark.parametrize("died", [False, True], ids=["nobody-began", "its-worker-died"])
def test_one_that_is_of_no_more_use_is_made_by_nobody(
    session: Session, channel: Channel, able: type[Able], clock: FrozenClock, died: bool
) -> None:
    want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": "m"}, seconds=60)
    if died:
        take_hold(session, lease=timedelta(seconds=-1))
    session.commit()
    clock.forward(seconds=61)
    assert run_errands() == 0
    assert able.done == []
    assert session.scalars(select(Errand.id)).all() == []


def test_a_channel_that_is_switched_off_is_left_alone(
    session: Session, channel: Channel, able: type[Able]
) -> None:
    want_errand(session, channel.id, "read", "talk", {"conversation": "talk", "message": "m"})
    channel.enabled = False
    run(session)
    assert able.done == []


def test_a_link_ties_once_and_leaves_no_empty_card(
    session: Session, outside: Outside, channel: Channel
) -> None:
    known = Customer(name="Max Mustermann")
    session.add(known)
    session.commit()
    link = start_link_for(session, channel, known, agent=make_agent(session))
    session.commit()
    token = link.rpartition("=")[2]
    assert len(token) == 32
    outside.says(channel, "/start", customer="Max", start_ref=token)
    outside.says(channel, "/start", customer="Mia", start_ref=token)
    read_arrivals()
    session.expire_all()
    cards = {each.name: each.customer_id for each in session.scalars(select(CustomerIdentity))}
    assert cards["Max"] == known.id != cards["Mia"]
    left = session.scalars(select(Customer.name).where(Customer.merged_into.is_not(None))).all()
    assert left == ["Max"]
    stored = session.connection().exec_driver_sql("SELECT to_jsonb(l)::text FROM start_links l").scalar_one()
    assert token not in str(stored)
