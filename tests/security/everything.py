"""One of everything there is, so that every address of the product finds something to act on."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import Arrival, ArrivalState, BlockedMessage
from core.clock import now
from core.files import file_store
from inbox.actions import merge_customers
from inbox.models import Attachment, Message
from people import actions as people
from people.models import Agent, AgentSession, ApiToken, OneTimeLink
from tests.makers import make_agent, make_channel, make_dialog, make_reply, make_tag, make_team


def make_everything(session: Session, boss: Agent) -> dict[str, int]:
    """Fill an installation; the ids by the names that addresses give them."""
    ben = make_agent(session, "Ben")
    channel = make_channel(session, health="broken")
    dialog = make_dialog(session, channel)
    make_reply(session, dialog, agent=boss)
    message = session.get_one(Message, dialog.last_received_id or 0)
    stored = file_store().put_bytes(b"plan")
    message.html, message.raw_sha256 = "<p>Hello</p>", stored.sha256
    given: dict[str, Any] = {"sha256": stored.sha256, "name": "plan.txt", "mime": "text/plain", "size": 4}
    parked = Arrival(
        channel_id=channel.id, event_key="parked", order_key="parked", payload={}, attempts=9,
        reason="ValueError: odd", raw_sha256=stored.sha256, raw_size=4, state=ArrivalState.QUARANTINED,
        due_at=now(), arrived_at=now(),
    )  # fmt: skip
    held = Arrival(
        channel_id=channel.id, event_key="held", order_key="held", payload={}, state=ArrivalState.BLOCKED,
        due_at=now(), arrived_at=now(),
    )  # fmt: skip
    session.add(held)
    session.flush()
    blocked = BlockedMessage(
        arrival_id=held.id, channel_id=channel.id, identity_id=message.identity_id or 0, subject="Buy",
        text="Cheap", said_at=now(),
    )  # fmt: skip
    attachment, upload = Attachment(message_id=message.id, **given), Attachment(uploaded_by=boss.id, **given)
    session.add_all([parked, attachment, upload, blocked])
    field = people.make_field(session, agent=boss, name="Birthday", type_="date", choices=[])
    mia = make_dialog(session, channel, customer="Mia")
    edge = merge_customers(session, mia.customer, dialog.customer, agent=boss)
    other = make_dialog(session, channel, customer="Moe")
    people.issue_token(session, agent=boss, name="Script", scopes=["read"], expires_at=None)
    people.invite(session, agent=boss, email="mia@helpdesk.test", role="agent", language="en")
    people.start_session(session, boss, address="", user_agent="Another browser")
    session.commit()
    return {
        "agent_id": ben.id,
        "arrival_id": parked.id,
        "attachment_id": attachment.id,
        "blocked_id": blocked.id,
        "channel_id": channel.id,
        "customer_id": dialog.customer_id,
        "dialog_id": dialog.id,
        "field_id": field.id,
        "identity_id": blocked.identity_id,
        "key_id": session.scalars(select(ApiToken.id)).one(),
        "link_id": session.scalars(select(OneTimeLink.id)).one(),
        "merge_id": edge.id,
        "message_id": message.id,
        "other_id": other.customer_id,
        "session_id": session.scalars(select(AgentSession.id).order_by(AgentSession.id)).all()[-1],
        "tag_id": make_tag(session).id,
        "team_id": make_team(session, boss, ben).id,
        "upload_id": upload.id,
    }
