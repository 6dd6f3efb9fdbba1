"""Who works here, as what, in which teams."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.events import EVERYONE, record
from core.words import N_
from people.actions.sessions import end_all_sessions
from people.models import Agent, ApiToken, AudienceMember, Role, Team, TeamMember
from people.rules import check_may_give, check_may_manage, check_name, check_signature


def change_role(session: Session, person: Agent, *, agent: Agent, role: str) -> None:
    """Give a person another role; what they may do changes with their next step."""
    check_may_manage(agent, person)
    check_may_give(agent, role)
    if person.role == Role.OWNER:
        raise Forbidden(N_("Hand the workspace over first."), code="owner")
    if person.role == role:
        return
    was, person.role = person.role, role
    record(session, "agent.changed", person.ref, audience=EVERYONE, actor=agent.ref, was=was, role=role)


def hand_over(session: Session, person: Agent, *, agent: Agent) -> None:
    """Make somebody else the owner; the owner so far stays as an administrator."""
    if agent.role != Role.OWNER or not person.active or person.id == agent.id:
        raise Forbidden(N_("Only the owner hands the workspace over, to somebody who works here."))
    agent.role = Role.ADMIN
    session.flush()
    person.role = Role.OWNER
    session.flush()
    for changed in (agent, person):
        record(session, "agent.changed", changed.ref, audience=EVERYONE, actor=agent.ref, role=changed.role)


def deactivate(session: Session, person: Agent, *, agent: Agent) -> None:
    """Let a person go: sessions, keys and sockets end now, what they wrote stays."""
    check_may_manage(agent, person)
    if person.id == agent.id or person.role == Role.OWNER:
        raise Forbidden(N_("You cannot remove your own access."), code="yourself")
    if not person.active:
        return
    person.active = False
    for token in session.scalars(
        select(ApiToken).where(ApiToken.agent_id == person.id, ApiToken.revoked_at.is_(None))
    ):
        token.revoked_at = now()
    record(session, "agent.changed", person.ref, audience=EVERYONE, actor=agent.ref, active=False)
    end_all_sessions(session, person, by=agent)


def reactivate(session: Session, person: Agent, *, agent: Agent) -> None:
    """Let a person come back with the password they had."""
    check_may_manage(agent, person)
    if person.active:
        return
    person.active = True
    record(session, "agent.changed", person.ref, audience=EVERYONE, actor=agent.ref, active=True)


def make_team(session: Session, *, agent: Agent, name: str) -> Team:
    """Make a team, empty for now."""
    _check_administers(agent)
    made = Team(name=check_name(name))
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(N_("There is a team of this name."), code="name_taken", field="name") from None
    record(session, "team.changed", f"team:{made.id}", audience=EVERYONE, actor=agent.ref)
    return made


def change_team(
    session: Session,
    team: Team,
    *,
    agent: Agent,
    name: str,
    member_ids: Iterable[int],
    signature: str | None = None,
) -> None:
    """Rename a team, say who belongs to it and what its letters end with; rooms follow within a second."""
    _check_administers(agent)
    called = check_name(name)
    if signature is not None:
        team.signature = check_signature(signature)
    try:
        with session.begin_nested():
            team.name = called
    except IntegrityError:
        raise Conflict(N_("There is a team of this name."), code="name_taken", field="name") from None
    wanted = _active_ids(session, member_ids)
    had = set(session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team.id)))
    session.execute(
        delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.agent_id.in_(had - wanted))
    )
    session.add_all(TeamMember(team_id=team.id, agent_id=agent_id) for agent_id in sorted(wanted - had))
    record(session, "team.changed", f"team:{team.id}", audience=EVERYONE, actor=agent.ref)
    _tell_changed(session, had ^ wanted, agent, f"team:{team.id}")


def set_audience_members(session: Session, audience: str, *, agent: Agent, member_ids: Iterable[int]) -> None:
    """Say who belongs to a restricted audience; rooms follow within a second."""
    _check_administers(agent)
    wanted = _active_ids(session, member_ids)
    had = set(session.scalars(select(AudienceMember.agent_id).where(AudienceMember.audience == audience)))
    session.execute(
        delete(AudienceMember).where(
            AudienceMember.audience == audience, AudienceMember.agent_id.in_(had - wanted)
        )
    )
    session.add_all(AudienceMember(audience=audience, agent_id=agent_id) for agent_id in sorted(wanted - had))
    _tell_changed(session, had ^ wanted, agent, audience)


def _tell_changed(session: Session, agent_ids: set[int], agent: Agent, audience: str) -> None:
    for agent_id in sorted(agent_ids):
        changed = f"agent:{agent_id}"
        record(session, "audience.changed", changed, audience=changed, actor=agent.ref, of=audience)


def _active_ids(session: Session, ids: Iterable[int]) -> set[int]:
    wanted = set(ids)
    found = set(session.scalars(select(Agent.id).where(Agent.id.in_(wanted), Agent.active)))
    if found != wanted:
        raise Invalid(N_("One of these people no longer works here."), code="not_active", field="members")
    return found


def _check_administers(agent: Agent) -> None:
    if not agent.may_administer:
        raise Forbidden(N_("Only administrators can do this."))
