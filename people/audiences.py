"""Audiences: who may learn of what.

An audience is a word on a dialog and on every event. "everyone" is the whole team, "agent:5" one
person; "channel:3" and "team:2" have the members written down for them. Rooms, lists, search,
export and events all ask here, so what a person may see is one answer everywhere.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, Text, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.events import EVERYONE
from people.models import Agent, AudienceMember, TeamMember


def audiences_of(session: Session, agent: Agent) -> frozenset[str]:
    """Every audience a person belongs to, their own among them.

    A role adds none: administrators decide who belongs to a restricted audience, but see what
    is said in it only as members.
    """
    if not agent.active:
        return frozenset()
    return with_own(agent, session.scalar(select(written_audiences(Agent.id)).where(Agent.id == agent.id)))


def written_audiences(agent_id: InstrumentedAttribute[int]) -> ColumnElement[list[str]]:
    """What is written down for the person of a row, as a column for the query that finds the row."""
    table = agent_id.class_
    words = union_all(
        select(AudienceMember.audience).where(AudienceMember.agent_id == agent_id).correlate(table),
        select(literal("team:").concat(TeamMember.team_id))
        .where(TeamMember.agent_id == agent_id)
        .correlate(table),
    )
    return func.array(words.scalar_subquery(), type_=ARRAY(Text))


def with_own(agent: Agent, written: Iterable[str] | None) -> frozenset[str]:
    """What is written down for a person, everybody's audience and the person's own."""
    return frozenset([EVERYONE, agent.ref, *(written or ())])


def memberships(session: Session, agent_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The audiences of many people in one query; who is no longer active has none."""
    ids = list(set(agent_ids))
    found: dict[int, set[str]] = {
        agent_id: {EVERYONE, f"agent:{agent_id}"}
        for agent_id in session.scalars(select(Agent.id).where(Agent.id.in_(ids), Agent.active))
    }
    rows = session.execute(
        union_all(
            select(AudienceMember.agent_id, AudienceMember.audience).where(AudienceMember.agent_id.in_(ids)),
            select(TeamMember.agent_id, literal("team:").concat(TeamMember.team_id)).where(
                TeamMember.agent_id.in_(ids)
            ),
        )
    )
    for agent_id, audience in rows:
        if agent_id in found:
            found[agent_id].add(audience)
    return {agent_id: frozenset(audiences) for agent_id, audiences in found.items()}


def members_of(audience: str) -> Select[Agent]:
    """The active people who belong to an audience."""
    people = select(Agent).where(Agent.active).order_by(Agent.name, Agent.id)
    if audience == EVERYONE:
        return people
    kind, _, number = audience.partition(":")
    if kind == "agent":
        return people.where(Agent.id == int(number))
    if kind == "team":
        return people.where(
            Agent.id.in_(select(TeamMember.agent_id).where(TeamMember.team_id == int(number)))
        )
    return people.where(
        Agent.id.in_(select(AudienceMember.agent_id).where(AudienceMember.audience == audience))
    )
