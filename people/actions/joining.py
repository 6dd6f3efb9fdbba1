"""Joining the team: the first owner by the link the server prints, colleagues by invitation."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, NotFound
from core.events import EVERYONE, record
from core.words import N_
from people.actions.links import new_link, open_link, spend_links
from people.models import Agent, OneTimeLink, Role, Workspace
from people.queries import agent_with_email
from people.rules import check_email, check_may_give, check_name

_ONE_AT_A_TIME = 0x6F776E6572  # "owner"


def first_owner_link(session: Session) -> str | None:
    """The address at which the first owner registers; None once there is an owner.

    Only who can read what the server prints knows it, so a stranger who finds the page first
    cannot take the installation.
    """
    if session.scalar(select(Agent.id).where(Agent.role == Role.OWNER)) is not None:
        return None
    return new_link(session, "first_owner")


def register_first_owner(
    session: Session, *, token: str, email: str, name: str, password_hash: str, language: str, zone: str
) -> Agent:
    """Make the owner and the workspace; of many who try at once, one succeeds."""
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    open_link(session, "first_owner", token, hold=True)
    owner = Agent(
        email=check_email(email),
        name=check_name(name),
        role=Role.OWNER,
        password_hash=password_hash,
        language=language,
        zone=zone,
    )
    try:
        with session.begin_nested():
            session.add(owner)
    except IntegrityError:
        raise Conflict(N_("This installation has its owner already."), code="has_owner") from None
    session.merge(Workspace(id=1, zone=zone))
    spend_links(session, "first_owner")
    record(session, "agent.joined", owner.ref, audience=EVERYONE, actor=owner.ref, role=owner.role)
    return owner


def invite(session: Session, *, agent: Agent, email: str, role: str, language: str) -> str:
    """Invite a colleague; returns the link. Inviting again replaces the earlier link."""
    check_may_give(agent, role)
    address = check_email(email)
    known = session.scalar(agent_with_email(address))
    if known is not None and known.active:
        raise Conflict(N_("%(name)s is in the team already."), code="in_team", field="email", name=known.name)
    spend_links(session, "invitation", func.lower(OneTimeLink.email) == address.lower())
    invited = new_link(session, "invitation", email=address, role=role, by=agent, language=language)
    record(session, "invitation.made", "team", audience=None, actor=agent.ref, role=role)
    return invited


def withdraw_invitation(session: Session, *, agent: Agent, link_id: int) -> None:
    """Make an invitation's link worthless."""
    row = session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.id == link_id, OneTimeLink.purpose == "invitation", OneTimeLink.used_at.is_(None)
        )
    )
    if row is None:
        raise NotFound(N_("This invitation is not open any more."))
    row.used_at = now()
    record(session, "invitation.withdrawn", "team", audience=None, actor=agent.ref)


def accept_invitation(
    session: Session, *, token: str, name: str, password_hash: str, language: str, zone: str
) -> Agent:
    """Join the team by an invitation; somebody who had left comes back as the same person."""
    taken = open_link(session, "invitation", token, hold=True)
    known = session.scalar(agent_with_email(taken.email or ""))
    if known is not None and known.active:
        raise Conflict(N_("%(name)s is in the team already."), code="in_team", name=known.name)
    joined = known or Agent(email=taken.email or "")
    joined.name, joined.role = check_name(name), taken.role or Role.AGENT
    joined.password_hash, joined.language, joined.zone = password_hash, language, zone
    joined.active = True
    session.add(joined)
    session.flush()
    taken.used_at, taken.agent_id = now(), joined.id
    record(session, "agent.joined", joined.ref, audience=EVERYONE, actor=joined.ref, role=joined.role)
    return joined
