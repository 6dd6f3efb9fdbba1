"""Roles, teams and restricted audiences."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, Invalid
from core.events import Event
from people import actions as people
from people.audiences import audiences_of, members_of, memberships
from people.models import Agent, AgentSession, ApiToken, Role, Team
from tests.makers import make_agent, make_channel, make_team


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(Event.kind).order_by(Event.id)))


@pytest.mark.requirement("SYS-08")
def test_an_administrator_changes_roles_but_not_the_owners(session: Session) -> None:
    owner, ann, ben = (
        make_agent(session, "Olga", role=Role.OWNER),
        make_agent(session, role=Role.ADMIN),
        make_agent(session, "Ben"),
    )
    people.change_role(session, ben, agent=ann, role="supervisor")
    assert ben.role == Role.SUPERVISOR
    with pytest.raises(Forbidden):
        people.change_role(session, owner, agent=ann, role="agent")
    with pytest.raises(Invalid):
        people.change_role(session, ben, agent=ann, role="owner")
    with pytest.raises(Forbidden):
        people.change_role(session, owner, agent=owner, role="agent")


@pytest.mark.requirement("SYS-08")
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COLLABORATOR])
def test_nobody_below_changes_anybody(session: Session, role: Role) -> None:
    ann, ben = make_agent(session, role=role), make_agent(session, "Ben")
    for act in (
        lambda: people.change_role(session, ben, agent=ann, role="admin"),
        lambda: people.change_role(session, ann, agent=ann, role="admin"),
        lambda: people.deactivate(session, ben, agent=ann),
        lambda: people.reactivate(session, ben, agent=ann),
        lambda: people.make_reset_link(session, ben, agent=ann),
        lambda: people.hand_over(session, ben, agent=ann),
        lambda: people.make_team(session, agent=ann, name="X"),
        lambda: people.set_audience_members(session, "channel:1", agent=ann, member_ids=[ann.id]),
    ):
        with pytest.raises(Forbidden):
            act()


def test_handing_over_leaves_exactly_one_owner(session: Session) -> None:
    ann, ben = make_agent(session, role=Role.OWNER), make_agent(session, "Ben")
    people.hand_over(session, ben, agent=ann)
    assert (ann.role, ben.role) == (Role.ADMIN, Role.OWNER)
    with pytest.raises(Forbidden):
        people.hand_over(session, ann, agent=ann)


def test_letting_somebody_go_ends_sessions_and_keys_and_keeps_their_words(session: Session) -> None:
    ann, ben = make_agent(session, role=Role.ADMIN), make_agent(session, "Ben")
    people.start_session(session, ben, address="", user_agent="")
    people.issue_token(session, agent=ben, name="Script", scopes=["read"], expires_at=None)
    people.deactivate(session, ben, agent=ann)
    assert session.scalars(select(AgentSession)).one().ended_at is not None
    assert session.scalars(select(ApiToken)).one().revoked_at is not None
    assert audiences_of(session, ben) == frozenset()
    with pytest.raises(Forbidden):
        people.deactivate(session, ann, agent=ann)


def test_an_audience_is_everyone_oneself_and_what_one_belongs_to(session: Session) -> None:
    ann, ben = make_agent(session), make_agent(session, "Ben")
    team, channel = make_team(session, ann), make_channel(session, ann)
    expected = {"everyone", ann.ref, f"team:{team.id}", f"channel:{channel.id}"}
    assert audiences_of(session, ann) == expected
    assert memberships(session, [ann.id, ben.id]) == {
        ann.id: frozenset(expected),
        ben.id: frozenset({"everyone", ben.ref}),
    }


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_administrators_see_a_restricted_channel_only_as_members(session: Session, role: Role) -> None:
    boss, channel = make_agent(session, "Olga", role=role), make_channel(session, make_agent(session))
    assert f"channel:{channel.id}" not in audiences_of(session, boss)


def test_losing_an_audience_is_an_event_of_the_one_who_lost_it(session: Session) -> None:
    boss, ann, ben = (
        make_agent(session, "Olga", role=Role.OWNER),
        make_agent(session),
        make_agent(session, "Ben"),
    )
    channel = make_channel(session, ann)
    people.set_audience_members(session, channel.audience, agent=boss, member_ids=[ben.id])
    changed = session.scalars(select(Event).where(Event.kind == "audience.changed").order_by(Event.id)).all()
    assert [(each.topic, each.audience) for each in changed] == [(ann.ref, ann.ref), (ben.ref, ben.ref)]
    assert session.scalars(members_of(channel.audience)).all() == [ben]


def test_a_team_changes_its_name_and_members(session: Session) -> None:
    boss, ann, ben = (
        make_agent(session, "Olga", role=Role.OWNER),
        make_agent(session),
        make_agent(session, "Ben"),
    )
    team = people.make_team(session, agent=boss, name="Sales")
    people.change_team(session, team, agent=boss, name="Support", member_ids=[ann.id, ben.id])
    people.change_team(session, team, agent=boss, name="Support", member_ids=[ben.id])
    assert session.scalars(members_of(f"team:{team.id}")).all() == [ben]
    assert kinds(session).count("audience.changed") == 3


def test_two_teams_cannot_have_one_name(session: Session) -> None:
    boss = make_agent(session, role=Role.OWNER)
    people.make_team(session, agent=boss, name="Sales")
    with pytest.raises(Conflict) as caught:
        people.make_team(session, agent=boss, name="Sales")
    assert caught.value.field == "name"
    other = people.make_team(session, agent=boss, name="Support")
    with pytest.raises(Conflict):
        people.change_team(session, other, agent=boss, name="Sales", member_ids=[])
    assert sorted(session.scalars(select(Team.name))) == ["Sales", "Support"]


def test_somebody_who_left_joins_no_team(session: Session) -> None:
    boss, gone = make_agent(session, role=Role.OWNER), make_agent(session, "Ben", active=False)
    team = people.make_team(session, agent=boss, name="Sales")
    with pytest.raises(Invalid):
        people.change_team(session, team, agent=boss, name="Sales", member_ids=[gone.id])


def test_members_of_everyone_are_all_who_work_here(session: Session) -> None:
    ann = make_agent(session)
    make_agent(session, "Ben", active=False)
    assert session.scalars(members_of("everyone")).all() == [ann]
    assert session.scalars(members_of(f"agent:{ann.id}")).all() == [ann]


def test_agents_are_found_whatever_case_their_address_is_typed_in(session: Session) -> None:
    from people.queries import agent_with_email

    ann = make_agent(session, email="Ann@Helpdesk.test")
    assert session.scalars(agent_with_email(" ann@helpdesk.TEST ")).one() is ann
    assert isinstance(ann, Agent)
