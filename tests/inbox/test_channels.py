"""Channels connected, changed, stopped, allowed to write; and how their health is told."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.access import open_access
from core.db import transaction
from core.errors import Conflict
from core.events import Event
from inbox.actions import (
    change_channel,
    confirm_outbound,
    connect_channel,
    disable_channel,
    enable_channel,
    note_failure,
    note_success,
)
from inbox.models import Channel
from people.models import Agent
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, "Ann", role="admin")


@pytest.fixture
def channel(session: Session, ann: Agent, clock: FrozenClock) -> Channel:
    return connect_channel(
        session,
        agent=ann,
        kind="email",
        name="Support",
        address="support@helpdesk.test",
        settings={"imap_host": "mail.test"},
        secrets={"imap_password": "hush-hush"},
    )


def kinds(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(Event.kind).order_by(Event.id)))


def test_a_connected_channel_knows_its_secrets_and_tells_them_nobody(
    session: Session, channel: Channel, clock: FrozenClock
) -> None:
    assert open_access(channel).secrets == {"imap_password": "hush-hush"}
    assert b"hush-hush" not in (channel.secrets or b"")
    assert channel.settings == {"imap_host": "mail.test", "connected_at": clock.now.isoformat()}
    event = session.scalars(select(Event).where(Event.kind == "channel.connected")).one()
    assert "hush-hush" not in str(event.details)


def test_nothing_leaves_before_somebody_confirms_it(session: Session, channel: Channel, ann: Agent) -> None:
    assert not channel.outbound_confirmed
    confirm_outbound(session, channel, agent=ann)
    assert channel.outbound_confirmed
    assert kinds(session) == ["channel.connected", "channel.changed"]


def test_one_address_is_not_connected_twice(session: Session, channel: Channel, ann: Agent) -> None:
    with pytest.raises(Conflict) as taken:
        connect_channel(
            session,
            agent=ann,
            kind="email",
            name="Again",
            address="Support@Helpdesk.test",
            settings={},
            secrets={},
        )
    assert (taken.value.code, taken.value.field) == ("address_taken", "address")


def test_an_empty_secret_keeps_the_one_that_is_stored(session: Session, channel: Channel, ann: Agent) -> None:
    change_channel(session, channel, agent=ann, secrets={"imap_password": "", "smtp_password": "other"})
    assert open_access(channel).secrets == {"imap_password": "hush-hush", "smtp_password": "other"}
    change_channel(session, channel, agent=ann, name="Help", settings={"imap_port": 143})
    assert open_access(channel).secrets["imap_password"] == "hush-hush"
    assert channel.settings["imap_host"] == "mail.test"
    assert (channel.name, channel.settings["imap_port"]) == ("Help", 143)


def test_new_settings_are_another_chance(session: Session, channel: Channel, ann: Agent) -> None:
    note_failure(session, channel, code="login_refused", detail="no", broken=True)
    change_channel(session, channel, agent=ann, secrets={"imap_password": "new"})
    assert (channel.health, channel.errors_in_row, channel.retry_at) == ("ok", 0, None)


def test_switching_off_and_on_is_told_once_each(session: Session, channel: Channel, ann: Agent) -> None:
    for act in (disable_channel, disable_channel, enable_channel, enable_channel):
        act(session, channel, agent=ann)
    assert kinds(session) == ["channel.connected", "channel.changed", "channel.changed"]
    assert channel.enabled


@pytest.mark.requirement("I38")
def test_trouble_with_receiving_holds_up_nothing_that_leaves(session: Session, channel: Channel) -> None:
    for _ in range(5):
        note_failure(session, channel, code="server_silent", detail="…", receiving=True)
    assert (channel.health, channel.health_code) == ("degraded", "receive.server_silent")
    assert channel.retry_at is None


@pytest.mark.requirement("I38")
@pytest.mark.parametrize("receiving", [True, False])
def test_only_the_direction_that_failed_can_say_that_it_works_again(
    session: Session, channel: Channel, receiving: bool
) -> None:
    note_failure(session, channel, code="login_refused", detail="no", broken=True, receiving=receiving)
    note_success(session, channel, receiving=not receiving)
    assert channel.health == "broken"
    note_success(session, channel, receiving=receiving)
    assert channel.health == "ok"


def test_a_channel_that_is_switched_on_forgets_what_failed_meanwhile_too(session: Session) -> None:
    channel = make_channel(session, enabled=False)
    with transaction() as worker:
        note_failure(worker, worker.get_one(Channel, channel.id), code="refused", detail="no", broken=True)
    enable_channel(session, channel, agent=None)
    session.commit()
    session.expire_all()
    assert (channel.enabled, channel.health, channel.errors_in_row) == (True, "ok", 0)
