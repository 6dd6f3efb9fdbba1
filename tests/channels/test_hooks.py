"""From asking to being called and back: addresses, secrets, and what happens when the outside will not."""

from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.clock import look_after_calls
from channels import registry
from channels.access import open_access, shelf
from channels.adapter import (
    AuthBroken,
    BadContent,
    Capabilities,
    Health,
    Idempotency,
    RawEvent,
    Temporary,
)
from channels.checks import ask_check, make_checks
from channels.errand_runner import run_errands
from channels.hooks import channel_behind, hook_url, note_subscribed, prepare, want_hooks
from channels.intake import accept
from channels.models import ChannelCheck, Errand
from core.db import engine, transaction
from inbox.actions import change_channel
from inbox.models import Channel
from tests.app.waiting import until
from tests.ground.moment import FrozenClock
from tests.makers import make_channel
from tests.peers.fake import FakeAdapter, Outside

CALLED = Capabilities(
    max_text=None,
    html="none",
    max_attachments=10,
    attachment_bytes=10_000_000,
    idempotency=Idempotency.NONE,
    receive=frozenset({"poll", "webhook"}),
)


class Subscribing(FakeAdapter):
    """A fake that can be asked to call us."""

    asked: list[tuple[Any, ...]] = []
    faults: list[Exception | None] = []
    meanwhile: dict[str, Callable[[], object]] = {}
    lost = False

    def _do(self, *what: Any) -> None:
        self.asked.append(what)
        self.meanwhile.pop(what[0], lambda: None)()
        if self.faults and (fault := self.faults.pop(0)) is not None:
            raise fault

    def verify(self) -> Health:
        if self.lost and "receiving" in self.access.settings:
            return Health("degraded", "receive.not_called", facts={"is_called": False})
        return Health("ok", facts={"takes": 1000, "settings": {"bot_id": 7}})

    def before_subscribing(self) -> Mapping[str, Any]:
        self._do("before")
        return {"confirmation": "abc"}

    def subscribe(self, url: str, secret: str) -> Mapping[str, Any]:
        assert self.access.settings["confirmation"] == "abc"
        assert self.access.secrets["hook_secret"] == secret
        self._do("subscribe", url, secret)
        return {"server_id": 7}

    def unsubscribe(self) -> None:
        self._do("unsubscribe")


@pytest.fixture(autouse=True)
def subscribing(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> type[Subscribing]:
    Subscribing.asked, Subscribing.faults, Subscribing.meanwhile = [], [], {}
    Subscribing.lost = False
    outside.capabilities = CALLED
    maker = lambda access: Subscribing(outside, access)  # noqa: E731
    maker.capabilities = CALLED  # type: ignore[attr-defined]
    monkeypatch.setitem(registry._registered, "fake", maker)
    shelf.close()
    return Subscribing


@pytest.fixture
def channel(session: Session) -> Channel:
    return make_channel(session, settings={"mode": "webhook"})


@pytest.fixture
def tick(session: Session) -> Callable[[], None]:
    def run() -> None:
        session.commit()
        session.expire_all()
        want_hooks(session)
        session.commit()
        run_errands()
        session.expire_all()

    return run


def test_a_channel_that_is_to_be_called_gets_an_address_and_a_secret_and_is(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    for _ in range(3):
        tick()
    (_, (_, url, secret)) = subscribing.asked
    assert url == hook_url(channel)
    assert url.endswith(f"/hooks/fake/{channel.settings['hook_key']}")
    assert len(channel.settings["hook_key"]) == 32
    assert len(secret) == 43
    assert secret not in str(channel.settings)
    assert channel.settings["server_id"] == 7
    assert channel_behind(session, "fake", channel.settings["hook_key"]) == channel
    assert channel_behind(session, "other", channel.settings["hook_key"]) is None


def test_it_is_asked_anew_when_its_key_has_changed(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    tick()
    change_channel(session, channel, agent=None, secrets={"token": "another"})
    address = channel.settings["hook_key"]
    for _ in range(2):
        tick()
    assert [each[0] for each in subscribing.asked] == ["before", "subscribe"] * 2
    assert channel.settings["hook_key"] == address
    assert open_access(channel).secrets["token"] == "another"


def test_back_to_asking_the_outside_is_told_first(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    tick()
    change_channel(session, channel, agent=None, settings={"mode": "poll"})
    for _ in range(2):
        tick()
    assert [each[0] for each in subscribing.asked] == ["before", "subscribe", "unsubscribe"]
    assert "receiving" not in channel.settings


def test_who_never_was_called_is_never_told_to_stop(
    session: Session, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    make_channel(session, settings={"mode": "poll"})
    tick()
    assert subscribing.asked == []


def test_trouble_is_shown_and_tried_again_and_polling_goes_on_meanwhile(
    session: Session,
    channel: Channel,
    subscribing: type[Subscribing],
    tick: Callable[[], None],
    clock: FrozenClock,
) -> None:
    subscribing.faults = [Temporary("busy", code="busy")]
    tick()
    tick()
    assert len(subscribing.asked) == 1
    assert "receiving" not in channel.settings
    clock.forward(seconds=5)
    tick()
    assert "receiving" in channel.settings


def test_what_the_outside_will_never_do_is_not_asked_for_every_second(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    subscribing.faults = [BadContent("bad webhook: an HTTPS URL must be provided", code="no_https")]
    for _ in range(5):
        tick()
    assert len(subscribing.asked) == 1
    assert session.scalars(select(Errand)).all() == []
    shown = session.scalars(select(ChannelCheck)).one()
    assert (shown.state, shown.code) == ("degraded", "receive.no_https")
    change_channel(session, channel, agent=None, settings={"api_base": "https://other.test"})
    tick()
    assert "receiving" in channel.settings


def test_a_refused_key_breaks_the_channel(
    session: Session,
    channel: Channel,
    subscribing: type[Subscribing],
    tick: Callable[[], None],
    clock: FrozenClock,
) -> None:
    subscribing.faults = [AuthBroken("no", code="bad_token") for _ in range(9)]
    for _ in range(8):
        tick()
        clock.forward(hours=1)
    assert (channel.health, channel.health_code) == ("broken", "receive.bad_token")


def steps(subscribing: type[Subscribing]) -> list[str]:
    """What was asked of the outside since this was asked last."""
    asked, subscribing.asked = [each[0] for each in subscribing.asked], []
    return asked


def change(channel: Channel, **changes: Any) -> Callable[[], None]:
    """Somebody changes the settings while a call is made, and the clock looks at them."""

    def run() -> None:
        with transaction() as session:
            change_channel(session, session.get_one(Channel, channel.id), agent=None, **changes)
        with transaction() as session:
            want_hooks(session)

    return run


def test_an_address_that_cannot_be_reached_is_called_with_growing_pauses(
    session: Session,
    channel: Channel,
    subscribing: type[Subscribing],
    tick: Callable[[], None],
    clock: FrozenClock,
) -> None:
    subscribing.faults = [None, *(Temporary("away", code="away") for _ in range(9))]
    for _ in range(60):
        tick()
        clock.forward(seconds=1)
    assert steps(subscribing) == ["before", "subscribe", "subscribe", "subscribe"]


def test_what_waits_gives_way_to_what_is_set_now(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    subscribing.faults = [Temporary("away", code="away")]
    tick()
    change(channel, secrets={"token": "right"})()
    tick()
    assert steps(subscribing) == ["before", "before", "subscribe"]
    subscribing.faults = [Temporary("away", code="away")]
    change(channel, settings={"mode": "poll"})()
    tick()
    change(channel, settings={"mode": "webhook"})()
    for _ in range(2):
        tick()
    assert steps(subscribing) == ["unsubscribe", "before", "subscribe"]
    assert session.scalars(select(Errand)).all() == []


def test_who_asks_again_is_not_called_because_of_what_was_wanted_before(
    session: Session,
    channel: Channel,
    subscribing: type[Subscribing],
    tick: Callable[[], None],
    clock: FrozenClock,
) -> None:
    subscribing.faults = [Temporary("away", code="away")]
    tick()
    change(channel, settings={"mode": "poll"})()
    clock.forward(hours=1)
    tick()
    assert steps(subscribing) == ["before"]


@pytest.mark.parametrize("step", ["before", "subscribe"])
@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({"settings": {"mode": "poll"}}, "poll"),
        ({"secrets": {"token": "another"}}, "webhook"),
    ],
)
def test_settings_that_change_while_the_outside_is_asked_to_call_are_the_ones_that_hold_in_the_end(
    session: Session,
    channel: Channel,
    subscribing: type[Subscribing],
    tick: Callable[[], None],
    step: str,
    changes: dict[str, Any],
    ends: str,
) -> None:
    subscribing.meanwhile = {step: change(channel, **changes)}
    for _ in range(3):
        tick()
    if ends == "webhook":
        assert steps(subscribing)[-2:] == ["before", "subscribe"]
        assert "receiving" in channel.settings
    else:
        assert steps(subscribing) in (["before"], ["before", "subscribe", "unsubscribe"])
        assert "receiving" not in channel.settings
    assert session.scalars(select(Errand)).all() == []


def test_who_is_to_be_called_again_while_it_is_taken_back_is_called(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    tick()
    subscribing.meanwhile = {"unsubscribe": change(channel, settings={"mode": "webhook"})}
    change(channel, settings={"mode": "poll"})()
    for _ in range(3):
        tick()
    assert steps(subscribing) == ["before", "subscribe", "unsubscribe", "before", "subscribe"]
    assert "receiving" in channel.settings


def test_a_refusal_holds_for_what_was_refused_not_for_what_is_set_meanwhile(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    subscribing.faults = [BadContent("no", code="no_https")]
    subscribing.meanwhile = {"before": change(channel, settings={"api_base": "https://other.test"})}
    for _ in range(3):
        tick()
    assert steps(subscribing) == ["before", "before", "subscribe"]
    assert "receiving" in channel.settings


def test_what_can_never_be_taken_back_is_asked_for_once_and_polling_begins(
    session: Session, channel: Channel, subscribing: type[Subscribing], tick: Callable[[], None]
) -> None:
    tick()
    subscribing.faults = [BadContent("no", code="no_server") for _ in range(9)]
    change(channel, settings={"mode": "poll"})()
    for _ in range(5):
        tick()
    assert steps(subscribing) == ["before", "subscribe", "unsubscribe"]
    assert "receiving" not in channel.settings
    shown = session.scalars(select(ChannelCheck)).one()
    assert (shown.state, shown.code) == ("degraded", "receive.no_server")


def test_who_is_not_called_any_more_notices_when_nothing_comes_and_is_called_again(
    session: Session,
    channel: Channel,
    subscribing: type[Subscribing],
    tick: Callable[[], None],
    clock: FrozenClock,
) -> None:
    make_channel(session, settings={"mode": "poll"})
    tick()
    subscribing.lost = True
    accept(session, channel, [RawEvent("1", "1", {})])
    session.commit()
    look_after_calls()
    assert session.scalars(select(ChannelCheck)).all() == []
    clock.forward(hours=1)
    look_after_calls()
    make_checks()
    subscribing.lost = False
    tick()
    assert steps(subscribing) == ["before", "subscribe", "before", "subscribe"]
    session.expire_all()
    assert "receiving" in channel.settings
    for _ in range(50):
        clock.forward(hours=1)
        look_after_calls()
        make_checks()
    kept = session.scalars(select(ChannelCheck).where(ChannelCheck.channel_id == channel.id)).all()
    assert 20 < len(kept) < 30
    assert session.scalars(select(ChannelCheck.channel_id).distinct()).all() == [channel.id]


def test_what_is_changed_in_the_settings_forgets_nothing_that_became_known_meanwhile(
    session: Session, channel: Channel
) -> None:
    with transaction() as worker:
        found = worker.get_one(Channel, channel.id)
        prepare(worker, found, {})
        note_subscribed(worker, found, {}, {})
    change_channel(session, channel, agent=None, settings={"mode": "poll"})
    session.commit()
    session.expire_all()
    assert channel.settings["mode"] == "poll"
    assert "receiving" in channel.settings


@pytest.mark.usefixtures("live_database")
@pytest.mark.parametrize(("work", "learned"), [(run_errands, "receiving"), (make_checks, "bot_id")])
def test_what_a_worker_learns_takes_back_nothing_that_is_changed_meanwhile(
    work: Callable[[], int], learned: str
) -> None:
    with transaction() as session:
        channel = make_channel(session, settings={"mode": "webhook"})
    with transaction() as session:
        ask_check(session, session.get_one(Channel, channel.id), agent=None)
        want_hooks(session)
    worker = Thread(target=work, daemon=True)
    with transaction() as session:
        held = session.get_one(Channel, channel.id)
        change_channel(session, held, agent=None, settings={"unanswered": False})
        session.flush()
        worker.start()
        until(_somebody_waits)
    worker.join(15)
    with transaction() as session:
        settings = session.get_one(Channel, channel.id).settings
    assert settings["unanswered"] is False
    assert learned in settings


def _somebody_waits() -> bool:
    """Whether another connection waits for a row of ours."""
    with engine().connect() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(connection.execute(text(f"{waiting} AND datname = current_database()")).scalar())
