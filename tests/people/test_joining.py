"""Coming in by a link that works once."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import transaction
from core.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from core.events import Event
from people import actions as people
from people.models import Agent, Notification, OneTimeLink, Role
from tests.ground.moment import FrozenClock
from tests.makers import make_agent

PERSON = {"password_hash": "a hash", "language": "ru", "zone": "Europe/Moscow"}


def token_of(link: str | None) -> str:
    assert link is not None
    return parse_qs(urlsplit(link).query)["token"][0]


def owner_link(session: Session) -> str:
    link = people.first_owner_link(session)
    session.commit()
    return token_of(link)


@pytest.mark.requirement("CHN-14")
def test_the_first_owner_registers_with_the_link_the_server_printed(session: Session) -> None:
    link = people.first_owner_link(session)
    assert link is not None
    assert link.startswith("http://127.0.0.1:8000/welcome?token=")
    owner = people.register_first_owner(
        session, token=token_of(link), email="ann@helpdesk.test", name="Ann", **PERSON
    )
    assert owner.role == Role.OWNER
    assert people.first_owner_link(session) is None


@pytest.mark.parametrize("token", ["", "guess", "0" * 43])
def test_a_stranger_without_the_link_does_not_become_the_owner(session: Session, token: str) -> None:
    owner_link(session)
    with pytest.raises(NotFound):
        people.register_first_owner(session, token=token, email="x@evil.test", name="X", **PERSON)


def test_only_a_hash_of_the_link_is_stored(session: Session) -> None:
    token = owner_link(session)
    row = session.scalars(select(OneTimeLink)).one()
    assert token not in (row.token_hash, str(row.__dict__))


def test_a_link_of_one_kind_opens_no_door_of_another(session: Session) -> None:
    token = owner_link(session)
    for open_door in (
        lambda: people.accept_invitation(session, token=token, name="X", **PERSON),
        lambda: people.reset_password(session, token=token, password_hash="x"),
    ):
        with pytest.raises(NotFound):
            open_door()


def test_the_links_of_earlier_starts_end_with_the_first_owner(session: Session) -> None:
    first, second = owner_link(session), owner_link(session)
    people.register_first_owner(session, token=second, email="ann@helpdesk.test", name="Ann", **PERSON)
    with pytest.raises(NotFound):
        people.open_link(session, "first_owner", first)


def test_of_twenty_who_register_at_once_one_becomes_the_owner(live_database: str) -> None:
    with transaction() as session:
        tokens = [token_of(people.first_owner_link(session)) for _ in range(4)]

    def register(number: int) -> str:
        try:
            with transaction() as session:
                people.register_first_owner(
                    session,
                    token=tokens[number % 4],
                    email=f"ann{number}@helpdesk.test",
                    name="Ann",
                    **PERSON,
                )
            return "owner"
        except DeskError as error:
            return error.code

    with ThreadPoolExecutor(20) as pool:
        fates = list(pool.map(register, range(20)))
    assert fates.count("owner") == 1
    assert set(fates) <= {"owner", "has_owner", "link_gone"}
    with transaction() as session:
        assert len(session.scalars(select(Agent)).all()) == 1


@pytest.mark.requirement("CHN-14")
def test_a_colleague_joins_by_invitation_in_the_role_that_was_given(session: Session) -> None:
    ann = make_agent(session, role=Role.OWNER)
    link = people.invite(session, agent=ann, email="ben@helpdesk.test", role="collaborator", language="es")
    assert "language=es" in link
    ben = people.accept_invitation(session, token=token_of(link), name="Ben", **PERSON)
    assert (ben.email, ben.role, ben.may_reply) == ("ben@helpdesk.test", Role.COLLABORATOR, False)
    with pytest.raises(NotFound):
        people.accept_invitation(session, token=token_of(link), name="Ben again", **PERSON)


def test_an_invitation_works_for_a_day(session: Session, clock: FrozenClock) -> None:
    ann = make_agent(session, role=Role.ADMIN)
    token = token_of(
        people.invite(session, agent=ann, email="ben@helpdesk.test", role="agent", language="ru")
    )
    clock.forward(hours=23, minutes=59)
    people.open_link(session, "invitation", token)
    clock.forward(minutes=1)
    with pytest.raises(NotFound):
        people.open_link(session, "invitation", token)


def test_inviting_again_replaces_the_earlier_link(session: Session) -> None:
    ann = make_agent(session, role=Role.ADMIN)
    first = people.invite(session, agent=ann, email="ben@helpdesk.test", role="admin", language="ru")
    people.invite(session, agent=ann, email="BEN@helpdesk.test", role="agent", language="ru")
    with pytest.raises(NotFound):
        people.open_link(session, "invitation", token_of(first))


def test_a_withdrawn_invitation_is_worthless(session: Session) -> None:
    ann = make_agent(session, role=Role.ADMIN)
    token = token_of(
        people.invite(session, agent=ann, email="ben@helpdesk.test", role="agent", language="ru")
    )
    row = people.open_link(session, "invitation", token)
    people.withdraw_invitation(session, agent=ann, link_id=row.id)
    with pytest.raises(NotFound):
        people.open_link(session, "invitation", token)


@pytest.mark.requirement("SYS-08")
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COLLABORATOR])
def test_only_administrators_invite(session: Session, role: Role) -> None:
    with pytest.raises(Forbidden):
        people.invite(
            session,
            agent=make_agent(session, role=role),
            email="x@helpdesk.test",
            role="agent",
            language="ru",
        )


@pytest.mark.parametrize("role", ["owner", "root", ""])
def test_nobody_is_invited_as_owner_or_as_nothing(session: Session, role: str) -> None:
    with pytest.raises(Invalid):
        people.invite(
            session,
            agent=make_agent(session, role=Role.OWNER),
            email="x@helpdesk.test",
            role=role,
            language="ru",
        )


def test_whoever_is_here_already_is_not_invited(session: Session) -> None:
    ann, ben = make_agent(session, role=Role.ADMIN), make_agent(session, "Ben")
    with pytest.raises(Conflict):
        people.invite(session, agent=ann, email=ben.email.upper(), role="agent", language="ru")


def test_somebody_who_left_comes_back_as_the_same_person(session: Session) -> None:
    ann, ben = make_agent(session, role=Role.ADMIN), make_agent(session, "Ben", active=False)
    link = people.invite(session, agent=ann, email=ben.email, role="supervisor", language="ru")
    back = people.accept_invitation(session, token=token_of(link), name="Ben", **PERSON)
    assert (back.id, back.active, back.role) == (ben.id, True, Role.SUPERVISOR)


def test_a_new_password_ends_every_session_and_every_other_link(session: Session) -> None:
    ann = make_agent(session, password_hash="old")
    people.start_session(session, ann, address="", user_agent="")
    first = people.ask_reset(session, email=ann.email, mail_works=True)
    second = people.ask_reset(session, email=ann.email.upper(), mail_works=True)
    assert first is not None
    assert second is not None
    with pytest.raises(NotFound):
        people.open_link(session, "reset", token_of(first[1]))
    people.reset_password(session, token=token_of(second[1]), password_hash="new")
    assert ann.password_hash == "new"
    ended = session.scalars(select(Event).where(Event.kind == "session.ended")).one()
    assert len(ended.details["session_ids"]) == 1
    with pytest.raises(NotFound):
        people.reset_password(session, token=token_of(second[1]), password_hash="newer")


def test_a_reset_link_works_for_an_hour(session: Session, clock: FrozenClock) -> None:
    ann = make_agent(session)
    made = people.ask_reset(session, email=ann.email, mail_works=True)
    assert made is not None
    clock.forward(hours=1)
    with pytest.raises(NotFound):
        people.open_link(session, "reset", token_of(made[1]))


def test_without_mail_of_our_own_the_administrators_are_told(session: Session) -> None:
    ann, ben = make_agent(session, role=Role.ADMIN), make_agent(session, "Ben")
    assert people.ask_reset(session, email=ben.email, mail_works=False) is None
    told = session.scalars(select(Notification)).one()
    assert (told.agent_id, told.kind, told.topic) == (ann.id, "reset.asked", ben.ref)


def test_for_an_unknown_address_or_somebody_who_left_nothing_happens(session: Session) -> None:
    gone = make_agent(session, active=False)
    assert people.ask_reset(session, email=gone.email, mail_works=True) is None
    assert people.ask_reset(session, email="nobody@helpdesk.test", mail_works=True) is None
    assert session.scalars(select(OneTimeLink)).all() == []


def test_an_administrator_cannot_make_a_link_for_the_owner(session: Session) -> None:
    ann, ben = make_agent(session, role=Role.OWNER), make_agent(session, "Ben", role=Role.ADMIN)
    with pytest.raises(Forbidden):
        people.make_reset_link(session, ann, agent=ben)
