"""Who may do what, and the only way to get at an object.

A view, a socket and an export ask here for everything they touch: by the person and the id, never
by the id alone. What a person may not see and what does not exist look alike.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Select, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from channels.blocking import blocked_messages
from channels.models import Arrival, BlockedMessage
from core.errors import NOTHING, Conflict, Forbidden, Invalid, NotFound
from core.words import N_
from inbox.models import Attachment, Channel, Comment, Dialog, Message
from people.audiences import audiences_of, memberships
from people.meeting import present_card
from people.models import Agent, Customer, CustomerIdentity, CustomerMerge, CustomField, Notification, Team
from people.queries import customers, merges_into, notifications_of

Scope = Literal["read", "write", "admin"]
View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")


class Whom(StrEnum):
    """Who may use a route."""

    ANYBODY = "anybody"
    TEAM = "team"
    WRITERS = "writers"
    SUPERVISORS = "supervisors"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True)
class Entrance:
    """What a route asks of whoever comes; `scope` None means that no key for programs opens it."""

    whom: Whom
    scope: Scope | None = None


def open_to(whom: Whom, *, scope: Scope | None = None) -> Callable[[View], View]:
    """Say who may use a view. A view that says nothing stops the program at its start."""

    def mark(view: View) -> View:
        view.entrance = Entrance(whom, scope)  # type: ignore[attr-defined]
        return view

    return mark


def entrance_of(view: Callable[..., Any]) -> Entrance | None:
    """What a view was marked with."""
    found: Entrance | None = getattr(view, "entrance", None)
    return found


def require(agent: Agent, whom: Whom) -> None:
    """Refuse whoever is none of these."""
    allowed = {
        Whom.ANYBODY: True,
        Whom.TEAM: agent.active,
        Whom.WRITERS: agent.may_reply,
        Whom.SUPERVISORS: agent.may_supervise,
        Whom.ADMINISTRATORS: agent.may_administer,
    }
    if not allowed[whom]:
        raise Forbidden(N_("Your role does not allow this."))


def seen_by(session: Session, agent: Agent) -> frozenset[str]:
    """The audiences of a person, asked for once in a transaction."""
    known: dict[int, frozenset[str]] = session.info.setdefault("audiences", {})
    if agent.id not in known:
        known[agent.id] = audiences_of(session, agent)
    return known[agent.id]


def dialog_for(session: Session, agent: Agent, dialog_id: int) -> Dialog:
    """A dialog this person may see."""
    return _found(session, select(Dialog).where(Dialog.id == dialog_id, _visible(session, agent)))


def dialog_with(
    session: Session, agent: Agent, dialog_id: int, *beside: ColumnElement[Any]
) -> tuple[Dialog, *tuple[Any, ...]]:
    """A dialog this person may see, with what the same query finds beside it."""
    wanted = select(Dialog, *beside).where(Dialog.id == dialog_id, _visible(session, agent))
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound(NOTHING)
    return found


def message_for(session: Session, agent: Agent, message_id: int) -> Message:
    """A message of a dialog this person may see."""
    wanted = select(Message).join(Message.dialog).where(Message.id == message_id, _visible(session, agent))
    return _found(session, wanted)


def attachment_for(session: Session, agent: Agent, attachment_id: int) -> Attachment:
    """A file of a message or comment this person may see, or one they are about to send."""
    in_message = exists().where(
        Message.id == Attachment.message_id, Dialog.id == Message.dialog_id, _visible(session, agent)
    )
    in_comment = exists().where(
        Comment.id == Attachment.comment_id, Dialog.id == Comment.dialog_id, _visible(session, agent)
    )
    waiting = (
        (Attachment.uploaded_by == agent.id)
        & Attachment.message_id.is_(None)
        & Attachment.comment_id.is_(None)
    )
    return _found(
        session,
        select(Attachment).where(Attachment.id == attachment_id, or_(in_message, in_comment, waiting)),
    )


def upload_for(session: Session, agent: Agent, attachment_id: int) -> Attachment:
    """A file this person uploaded and has not sent."""
    return _found(
        session,
        select(Attachment).where(
            Attachment.id == attachment_id,
            Attachment.uploaded_by == agent.id,
            Attachment.message_id.is_(None),
            Attachment.comment_id.is_(None),
        ),
    )


def customer_for(session: Session, agent: Agent, customer_id: int) -> Customer:
    """A customer's card, if this person may see one of their dialogs, or there is none yet.

    The number of a card that was merged leads to the one it became.
    """
    seen = visible_customers(session, agent)
    found = session.scalar(seen.where(Customer.id == customer_id))
    if found is not None:
        return found
    merged = _found(session, select(Customer).where(Customer.id == customer_id))
    return _found(session, seen.where(Customer.id == present_card(session, merged).id))


def customer_to_change(session: Session, agent: Agent, customer_id: int) -> Customer:
    """The card of this number itself, held for writing on it; a Conflict if it lives on in another by now.

    What was typed was typed over what stood on that card, not over what stands on the other.
    """
    found = customer_for(session, agent, customer_id)
    session.refresh(found, with_for_update={"key_share": True})
    if found.id == customer_id and found.merged_into is None:
        return found
    survivor = customer_for(session, agent, customer_id)
    raise Conflict(
        N_("Nothing was saved: this card was merged into another one meanwhile, %(name)s."),
        code="merged_meanwhile",
        details={"customer_id": survivor.id},
        name=survivor.name,
    )


def merge_for(session: Session, agent: Agent, merge_id: int) -> CustomerMerge:
    """A merge of customers whose card this person may see, as well as the one that it was made of."""
    wanted = select(CustomerMerge).where(CustomerMerge.id == merge_id, _sees_merged(session, agent))
    edge = _found(session, wanted)
    customer_for(session, agent, edge.into_id)
    return edge


def visible_merges(session: Session, agent: Agent, customer: Customer) -> Select[CustomerMerge, Customer]:
    """What was merged into a card, the latest first, of it what this person may see when it stands alone."""
    return (
        merges_into(customer)
        .where(_sees_merged(session, agent))
        .join(Customer, Customer.id == CustomerMerge.merged_id)
        .add_columns(Customer)
    )


def identity_for(session: Session, agent: Agent, identity_id: int) -> CustomerIdentity:
    """An address on a card this person may see."""
    seen = visible_customers(session, agent).with_only_columns(Customer.id)
    wanted = select(CustomerIdentity).where(
        CustomerIdentity.id == identity_id, CustomerIdentity.customer_id.in_(seen)
    )
    return _found(session, wanted)


def blocked_for(session: Session, agent: Agent, blocked_id: int) -> BlockedMessage:
    """What a blocked sender wrote on a channel this person may see."""
    return _found(session, visible_blocked(session, agent).where(BlockedMessage.id == blocked_id))


def visible_blocked(session: Session, agent: Agent) -> Select[BlockedMessage]:
    """What blocked senders wrote on the channels this person may see."""
    return blocked_messages().where(Channel.audience.in_(seen_by(session, agent)))


def face_for(session: Session, agent: Agent, identity_id: int) -> str:
    """The file that shows whoever has an address, if this person may see their card."""
    shown = (
        select(CustomerIdentity.picture_sha256)
        .join(Customer)
        .where(
            CustomerIdentity.id == identity_id,
            CustomerIdentity.picture_sha256.is_not(None),
            Customer.id.in_(visible_customers(session, agent).with_only_columns(Customer.id)),
        )
    )
    return str(_found(session, shown))


def visible_customers(session: Session, agent: Agent) -> Select[Customer]:
    """The cards this person may see."""
    theirs = exists().where(Dialog.customer_id == Customer.id)
    return customers().where(or_(theirs.where(_visible(session, agent)), ~theirs))


def visible_dialogs(session: Session, agent: Agent) -> Select[Dialog]:
    """The dialogs this person may see, to be narrowed."""
    return select(Dialog).where(_visible(session, agent))


def visible_channels(session: Session, agent: Agent) -> Select[Channel]:
    """The channels whose dialogs this person may see."""
    return select(Channel).where(Channel.audience.in_(seen_by(session, agent))).order_by(Channel.id)


def channel_for(session: Session, agent: Agent, channel_id: int) -> Channel:
    """A channel this person may write through."""
    return _found(session, visible_channels(session, agent).where(Channel.id == channel_id))


def channel_to_manage(session: Session, agent: Agent, channel_id: int) -> Channel:
    """A channel as its administrator: settings and health, not what is said in it."""
    require(agent, Whom.ADMINISTRATORS)
    return _found(session, select(Channel).where(Channel.id == channel_id))


def field_for(session: Session, agent: Agent, field_id: int) -> CustomField:
    """A field of customers' cards, as its administrator."""
    require(agent, Whom.ADMINISTRATORS)
    return _found(session, select(CustomField).where(CustomField.id == field_id))


def arrival_to_manage(session: Session, agent: Agent, arrival_id: int) -> Arrival:
    """Something that arrived, for an administrator who may also see the channel's dialogs."""
    require(agent, Whom.ADMINISTRATORS)
    return _found(session, visible_arrivals(session, agent).where(Arrival.id == arrival_id))


def visible_arrivals(session: Session, agent: Agent) -> Select[Arrival]:
    """What arrived on channels this person may see."""
    return select(Arrival).join(Arrival.channel).where(Channel.audience.in_(seen_by(session, agent)))


def agent_for(session: Session, agent: Agent, agent_id: int) -> Agent:
    """A colleague; everybody on the team may see everybody."""
    require(agent, Whom.TEAM)
    return _found(session, select(Agent).where(Agent.id == agent_id))


def team_for(session: Session, agent: Agent, team_id: int) -> Team:
    """A team; everybody may see which there are."""
    require(agent, Whom.TEAM)
    return _found(session, select(Team).where(Team.id == team_id))


def notifications_for(session: Session, agent: Agent) -> Select[Notification]:
    """What this person was told, the newest first; not of dialogs they may no longer see."""
    number = cast(func.split_part(Notification.topic, ":", 2), BigInteger)
    seen = exists().where(Dialog.id == number, _visible(session, agent))
    return notifications_of(agent).where(or_(Notification.topic.not_like("dialog:%"), seen))


def check_all_see(session: Session, dialog: Dialog, agent_ids: Iterable[int]) -> None:
    """Refuse to hand a dialog, or words of it, to somebody who may not see it."""
    wanted = set(agent_ids)
    belongs = memberships(session, wanted)
    for agent_id in wanted:
        if dialog.audience not in belongs.get(agent_id, ()):
            raise Invalid(
                N_("One of these people cannot see this dialog."), code="may_not_see", field="agent_id"
            )


def _visible(session: Session, agent: Agent) -> ColumnElement[bool]:
    return Dialog.audience.in_(seen_by(session, agent))


def _sees_merged(session: Session, agent: Agent) -> ColumnElement[bool]:
    """Whether a card that was merged could be seen if it stood alone: by the dialogs that came with it."""
    ids = func.jsonb_array_elements_text(CustomerMerge.moved[Dialog.__tablename__]).column_valued("dialog")
    theirs = exists().where(Dialog.id.in_(select(cast(ids, BigInteger)).correlate(CustomerMerge)))
    return or_(theirs.where(_visible(session, agent)), ~theirs)


def _found(session: Session, statement: Select[T]) -> T:
    found = session.scalar(statement)
    if found is None:
        raise NotFound(NOTHING)
    return found
