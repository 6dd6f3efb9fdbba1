"""People, channels and dialogs for tests: plain functions, sensible defaults, verbs where there are any.

The cast: Ann and Ben are agents, Max and Mia customers.
"""

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from channels.access import sealed
from core.clock import now
from inbox.actions import NewReply, complete, receive, reply, snooze
from inbox.border import Author, Incoming
from inbox.models import Channel, Dialog, Message, State
from people.models import Agent, AudienceMember, Role, Team, TeamMember
from tags.models import Tag
from tests.peers.dovecot import Mailbox

_numbers = itertools.count(1)


def make_agent(session: Session, name: str = "Ann", *, role: str = Role.AGENT, **given: Any) -> Agent:
    """An agent who is in the team already; `ann@helpdesk.test` if the address is free."""
    agent = Agent(
        name=name,
        email=given.pop("email", f"{name.lower()}-{next(_numbers)}@helpdesk.test"),
        role=role,
        **given,
    )
    session.add(agent)
    session.commit()
    return agent


def make_team(session: Session, *members: Agent, name: str = "Sales") -> Team:
    """A team with its members."""
    team = Team(name=f"{name} {next(_numbers)}")
    session.add(team)
    session.flush()
    session.add_all(TeamMember(team_id=team.id, agent_id=member.id) for member in members)
    session.commit()
    return team


def make_channel(
    session: Session, *members: Agent, kind: str = "fake", name: str = "Support", **given: Any
) -> Channel:
    """A channel that may send; with members it is theirs alone."""
    values: dict[str, Any] = {"address": "support@helpdesk.test", "outbound_confirmed": True, **given}
    channel = Channel(kind=kind, name=name, **values)
    session.add(channel)
    session.flush()
    if members:
        channel.audience = f"channel:{channel.id}"
        session.add_all(AudienceMember(audience=channel.audience, agent_id=member.id) for member in members)
    session.commit()
    return channel


def make_mailbox(session: Session, mailbox: Mailbox, smtp_port: int, **given: Any) -> Channel:
    """A mailbox of Dovecot's, connected; answers go out through a server on this machine."""
    settings = {
        "imap_host": "127.0.0.1",
        "imap_port": mailbox.imap_port,
        "imap_security": "none",
        "imap_user": mailbox.user,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_security": "none",
        "smtp_anonymous": True,
        "import": "all",
        "connected_at": now().isoformat(),
        **given.pop("settings", {}),
    }
    secrets = sealed({"imap_password": mailbox.password})
    return make_channel(
        session, kind="email", address=mailbox.address, settings=settings, secrets=secrets, **given
    )


def make_tag(session: Session, name: str = "VIP", *, weight: int = 0) -> Tag:
    """A label."""
    tag = Tag(name=f"{name}-{next(_numbers)}", weight=weight)
    session.add(tag)
    session.commit()
    return tag


def make_incoming(
    text: str = "Where is my parcel?", *, customer: str = "Max", conversation: str | None = None, **given: Any
) -> Incoming:
    """Something a customer says, as an adapter would report it."""
    key = f"{customer.lower()}@customer.test"
    values: dict[str, Any] = {
        "kind": "message",
        "message_key": uuid4().hex,
        "author": Author(kind="email", key=key, shown=key, name=customer),
        "sent_at": now(),
        **given,
    }
    return Incoming(conversation_key=conversation, text=text, **values)


def make_message(
    session: Session,
    dialog: Dialog,
    text: str = "And one more thing.",
    *,
    customer: str = "Max",
    **given: Any,
) -> Message:
    """The customer writes again in a dialog."""
    incoming = make_incoming(text, customer=customer, **given)
    received = receive(session, dialog.channel, incoming, dialog=dialog)
    session.commit()
    return received.message


def make_dialog(
    session: Session,
    channel: Channel | None = None,
    text: str = "Where is my parcel?",
    *,
    customer: str = "Max",
    subject: str = "Parcel",
    state: str = State.OPEN,
    agent: Agent | None = None,
    until: datetime | None = None,
    **given: Any,
) -> Dialog:
    """A dialog a customer began; for another state than open an agent put it there."""
    channel = channel or make_channel(session)
    incoming = make_incoming(text, customer=customer, subject=subject, **given)
    dialog = receive(session, channel, incoming, dialog=None).dialog
    if state == State.COMPLETED:
        complete(session, dialog, agent=agent or make_agent(session))
    if state == State.SNOOZED:
        snooze(session, dialog, agent=agent or make_agent(session), until=until or now() + timedelta(hours=3))
    session.commit()
    return dialog


def make_reply(
    session: Session,
    dialog: Dialog,
    text: str = "It is on its way.",
    *,
    agent: Agent | None = None,
    **given: Any,
) -> Message:
    """An agent answers."""
    values: dict[str, Any] = {"client_uuid": str(uuid4()), "force": True, **given}
    message = reply(session, dialog, agent=agent or make_agent(session), new=NewReply(text=text, **values))
    session.commit()
    return message
