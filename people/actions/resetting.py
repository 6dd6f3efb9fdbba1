"""A lost password: a link to a new one, by our own mail or by an administrator."""

from sqlalchemy.orm import Session

from core.events import record
from people.actions.links import gone, new_link, open_link, spend_links
from people.actions.sessions import end_all_sessions
from people.models import Agent, OneTimeLink
from people.notices import notify
from people.queries import administrators, agent_with_email
from people.rules import check_may_manage


def ask_reset(session: Session, *, email: str, mail_works: bool) -> tuple[Agent, str] | None:
    """A link to a new password, for the person with this address; None if there is no such person.

    Without mail of our own nobody could receive it: the administrators are told instead.
    """
    agent = session.scalar(agent_with_email(email))
    if agent is None or not agent.active:
        return None
    record(session, "reset.asked", agent.ref, audience=None)
    if not mail_works:
        for administrator in session.scalars(administrators()):
            notify(session, administrator.id, "reset.asked", agent.ref, name=agent.name)
        return None
    return agent, _new_reset(session, agent, by=None)


def make_reset_link(session: Session, person: Agent, *, agent: Agent) -> str:
    """A link to a new password, for an administrator to pass on."""
    check_may_manage(agent, person)
    record(session, "reset.made", person.ref, audience=None, actor=agent.ref)
    return _new_reset(session, person, by=agent)


def reset_password(session: Session, *, token: str, password_hash: str) -> Agent:
    """Set a new password by a link; every session of the person ends."""
    taken = open_link(session, "reset", token, hold=True)
    agent = session.get_one(Agent, taken.agent_id)
    if not agent.active:
        raise gone()
    agent.password_hash = password_hash
    spend_links(session, "reset", OneTimeLink.agent_id == agent.id)
    record(session, "agent.password_changed", agent.ref, audience=None, actor=agent.ref)
    end_all_sessions(session, agent, by=agent)
    return agent


def _new_reset(session: Session, agent: Agent, *, by: Agent | None) -> str:
    spend_links(session, "reset", OneTimeLink.agent_id == agent.id)
    return new_link(session, "reset", person=agent, by=by)
