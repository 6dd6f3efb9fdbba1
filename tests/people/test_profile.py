"""What people decide about themselves, and what the workspace is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from core.events import Event
from people import actions as people
from people.hours import Interval, read_day, week_of
from people.models import AgentSession, ApiToken, Role, WorkingHours
from people.passwords import check_password, hash_password, is_password, wants_rehash
from people.preferences import Preferences, preferences_of
from people.queries import session_with_token, sessions_of, token_with_key, workspace_of
from tests.ground.moment import FrozenClock
from tests.makers import make_agent


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaa", "x" * 257, "ann@helpdesk.test", "ANN@helpdesk.test"]
)
def test_what_is_guessed_first_is_no_password(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(password, email="ann@helpdesk.test")


def test_a_password_is_kept_as_argon2id_and_compared() -> None:
    stored = hash_password("a sea of calm")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert is_password(stored, "a sea of calm")
    assert not is_password(stored, "a sea of calm ")
    assert not is_password(None, "a sea of calm")
    assert not is_password("no hash at all", "a sea of calm")
    assert not wants_rehash(stored)


def test_only_what_is_given_changes(session: Session) -> None:
    ann = make_agent(session)
    people.change_profile(session, ann, zone="Europe/Madrid")
    assert (ann.name, ann.language, ann.zone) == ("Ann", "ru", "Europe/Madrid")
    people.change_profile(session, ann, zone="Europe/Madrid")
    assert len(session.scalars(select(Event).where(Event.kind == "agent.changed")).all()) == 1


@pytest.mark.parametrize(
    "change",
    [{"name": "\u202e \u200b"}, {"language": "de"}, {"zone": "Mars/Olympus"}, {"availability": "asleep"}],
)
def test_what_makes_no_sense_is_refused_at_its_field(session: Session, change: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        people.change_profile(session, make_agent(session), **change)
    assert caught.value.field == next(iter(change))


def test_preferences_change_one_by_one_and_survive_what_another_release_wrote(session: Session) -> None:
    ann = make_agent(session, settings={"theme": "dark", "of_a_later_release": 1})
    people.change_preferences(session, ann, preferences=Preferences(density="compact"))
    chosen = preferences_of(ann.settings)
    assert (chosen.theme, chosen.density, chosen.single_keys) == ("dark", "compact", True)
    assert ann.settings["of_a_later_release"] == 1


def test_a_new_password_ends_every_session_but_this_one(session: Session) -> None:
    ann = make_agent(session)
    here = people.start_session(session, ann, address="1", user_agent="here")
    people.start_session(session, ann, address="2", user_agent="there")
    row = session.scalars(session_with_token(here)).one()
    people.change_password(session, ann, password_hash="new", here=row.id)
    assert [each.user_agent for each in session.scalars(sessions_of(ann))] == ["here"]


def test_nobody_ends_somebody_elses_session(session: Session) -> None:
    ann, ben = make_agent(session), make_agent(session, "Ben")
    people.start_session(session, ann, address="", user_agent="")
    row = session.scalars(select(AgentSession)).one()
    with pytest.raises(NotFound):
        people.end_session(session, ben, session_id=row.id, by=ben)


def test_using_a_session_writes_every_few_minutes_at_most(session: Session, clock: FrozenClock) -> None:
    ann = make_agent(session)
    people.start_session(session, ann, address="", user_agent="")
    row = session.scalars(select(AgentSession)).one()
    began = row.last_seen_at
    clock.forward(minutes=4)
    people.note_seen(session, row)
    assert row.last_seen_at == began
    clock.forward(minutes=2)
    people.note_seen(session, row)
    assert row.last_seen_at == now()


def test_a_key_is_shown_once_and_found_by_its_hash(session: Session) -> None:
    ann = make_agent(session)
    key = people.issue_token(session, agent=ann, name="Script", scopes=["write", "read"], expires_at=None)
    row = session.scalars(select(ApiToken)).one()
    assert key.startswith("ef_")
    assert key not in (row.token_hash, row.name)
    assert row.scopes == ["read", "write"]
    assert session.scalars(token_with_key(key)).one() is row
    people.revoke_token(session, agent=ann, token_id=row.id)
    session.flush()
    assert session.scalars(token_with_key(key)).all() == []


def test_a_key_ends_at_its_time(session: Session, clock: FrozenClock) -> None:
    ends = now() + timedelta(days=30)
    ann = make_agent(session)
    key = people.issue_token(session, agent=ann, name="Script", scopes=["read"], expires_at=ends)
    clock.forward(days=30)
    assert session.scalars(token_with_key(key)).all() == []
    with pytest.raises(Invalid):
        people.issue_token(session, agent=ann, name="Script", scopes=["read"], expires_at=now())


def test_a_key_for_nothing_or_for_more_than_ones_role_is_not_given(session: Session) -> None:
    ann = make_agent(session)
    with pytest.raises(Invalid):
        people.issue_token(session, agent=ann, name="Script", scopes=["everything"], expires_at=None)
    with pytest.raises(Forbidden):
        people.issue_token(session, agent=ann, name="Script", scopes=["admin"], expires_at=None)
    with pytest.raises(NotFound):
        people.revoke_token(session, agent=ann, token_id=1)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("9:00–18:00", "09:00–18:00"),
        ("14.00-18.00,  9:00 — 13:00", "09:00–13:00, 14:00–18:00"),
        ("22:00-24:00; 0:00-6:00", "00:00–06:00, 22:00–24:00"),
        ("", ""),
    ],
)
def test_hours_are_read_as_people_write_them(line: str, shown: str) -> None:
    assert ", ".join(map(str, read_day(line))) == shown


@pytest.mark.parametrize(
    "line", ["9-18", "18:00-9:00", "9:00-9:00", "9:60-10:00", "0:00-24:01", "9:00-12:00, 11:00-13:00"]
)
def test_hours_that_make_no_sense_are_refused(line: str) -> None:
    with pytest.raises(Invalid):
        read_day(line)


@given(st.text(max_size=40))
def test_any_line_is_hours_or_refused(line: str) -> None:
    try:
        found = read_day(line)
    except Invalid:
        return
    assert all(0 <= each.begin < each.end <= 1440 for each in found)


def test_the_workspace_changes_with_its_hours(session: Session) -> None:
    boss = make_agent(session, role=Role.OWNER)
    week = [[Interval(540, 1080)] for _ in range(5)] + [[], []]
    people.change_workspace(
        session, agent=boss, name="Parcels", languages=["ru", "es"], zone="Europe/Madrid", weekly=week
    )
    session.flush()
    assert workspace_of(session).name == "Parcels"
    hours = session.scalars(select(WorkingHours)).one()
    assert (hours.zone, week_of(hours.weekly)) == ("Europe/Madrid", week)


def test_only_administrators_change_the_workspace(session: Session) -> None:
    with pytest.raises(Forbidden):
        people.change_workspace(
            session, agent=make_agent(session), name="X", languages=["ru"], zone="UTC", weekly=[]
        )
