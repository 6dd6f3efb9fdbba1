"""Who there is: selects over people, to be narrowed by whoever shows them."""

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.secrets import token_hash
from people.models import (
    Agent,
    AgentSession,
    ApiToken,
    Customer,
    CustomerIdentity,
    CustomerMerge,
    CustomField,
    Notification,
    OneTimeLink,
    Role,
    Team,
    TeamMember,
    WorkingHours,
    Workspace,
)
from people.phones import region_of_zone, searched_digits
from people.rules import LONGEST_IDLE

NEW_WORKSPACE = {"name": "Emptyfeed", "languages": ["ru", "en", "es"], "zone": "Europe/Moscow"}
UNDO_SECONDS = 10
# Keys of forms are names of submissions; what was typed stands in `shown` too.
_NAMED_BY_US = "webform"


def workspace_of(session: Session) -> Workspace:
    """The installation's own row; before the first owner came, what it will be."""
    return session.get(Workspace, 1) or Workspace(id=1, undo_seconds=UNDO_SECONDS, **NEW_WORKSPACE)


def home_region(session: Session) -> str | None:
    """Where telephone numbers without a country code are at home ("RU")."""
    return region_of_zone(workspace_of(session).zone)


def team() -> Select[Agent]:
    """Everybody who works here, and after them who has left."""
    return select(Agent).order_by(Agent.active.desc(), Agent.name, Agent.id)


def agent_with_email(email: str) -> Select[Agent]:
    """The person who signs in with this address."""
    return select(Agent).where(func.lower(Agent.email) == email.strip().lower())


def administrators() -> Select[Agent]:
    """Who changes channels, the team and the workspace."""
    return select(Agent).where(Agent.active, Agent.role.in_((Role.OWNER, Role.ADMIN))).order_by(Agent.id)


def teams() -> Select[Team]:
    """Every team."""
    return select(Team).order_by(Team.name)


def team_memberships() -> Select[TeamMember]:
    """Who belongs to which team."""
    return select(TeamMember)


def open_invitations() -> Select[OneTimeLink]:
    """Invitations that may still be accepted."""
    return (
        select(OneTimeLink)
        .where(
            OneTimeLink.purpose == "invitation", OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now()
        )
        .order_by(OneTimeLink.created_at)
    )


def live_sessions() -> Select[AgentSession]:
    """Sessions that still count: not ended, not over, used within the last hours, by somebody active."""
    return (
        select(AgentSession)
        .join(AgentSession.agent)
        .where(
            AgentSession.ended_at.is_(None),
            AgentSession.expires_at > now(),
            AgentSession.last_seen_at > now() - LONGEST_IDLE,
            Agent.active,
        )
    )


def session_with_token(token: str) -> Select[AgentSession]:
    """The live session behind a cookie."""
    return live_sessions().where(AgentSession.token_hash == token_hash(token))


def sessions_of(agent: Agent) -> Select[AgentSession]:
    """Where a person is signed in, the latest used first."""
    return live_sessions().where(AgentSession.agent_id == agent.id).order_by(AgentSession.last_seen_at.desc())


def live_tokens() -> Select[ApiToken]:
    """Keys for programs that still work."""
    return (
        select(ApiToken)
        .join(ApiToken.agent)
        .where(
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()),
            Agent.active,
        )
    )


def token_with_key(key: str) -> Select[ApiToken]:
    """The live token behind a key."""
    return live_tokens().where(ApiToken.token_hash == token_hash(key))


def tokens_of(agent: Agent) -> Select[ApiToken]:
    """The keys a person has given out and not taken back."""
    return (
        select(ApiToken)
        .where(ApiToken.agent_id == agent.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc())
    )


def working_hours() -> Select[WorkingHours]:
    """Every calendar of work."""
    return select(WorkingHours).order_by(WorkingHours.name)


def notifications_of(agent: Agent) -> Select[Notification]:
    """What a person was told, the newest first."""
    return select(Notification).where(Notification.agent_id == agent.id).order_by(Notification.id.desc())


def customers() -> Select[Customer]:
    """Customer cards in use; merged ones live on in another."""
    return select(Customer).where(Customer.merged_into.is_(None))


def customers_named(words: str, region: str | None = None) -> Select[Customer]:
    """Cards whose name, or one of whose addresses, holds these words.

    A phone is found however it is typed; `region` is where one without a country code is at home.
    """
    pattern = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    by_address = select(CustomerIdentity.customer_id).where(
        CustomerIdentity.key.ilike(pattern),
        or_(CustomerIdentity.kind != _NAMED_BY_US, CustomerIdentity.shown.ilike(pattern)),
    )
    found = [Customer.name.ilike(pattern), Customer.id.in_(by_address)]
    for digits in searched_digits(words, region):
        proven = CustomerIdentity.key.contains(digits) & (CustomerIdentity.kind == "phone")
        told = (Customer.phone != "") & Customer.phone.contains(digits)
        found.append(Customer.id.in_(select(CustomerIdentity.customer_id).where(proven)))
        found.append(Customer.id.in_(select(Customer.id).where(told)))
    return customers().where(or_(*found))


def identity_of(kind: str, key: str) -> Select[CustomerIdentity]:
    """The address of this kind and key, if anybody was met there."""
    return select(CustomerIdentity).where(has_address(kind, key))


def has_address(kind: str, key: str) -> ColumnElement[bool]:
    """Whether an address is this one."""
    return (CustomerIdentity.kind == kind) & (CustomerIdentity.key == key)


def addresses_beside(identity: CustomerIdentity) -> Select[CustomerIdentity]:
    """The other addresses on the card of this one."""
    return select(CustomerIdentity).where(
        CustomerIdentity.customer_id == identity.customer_id, CustomerIdentity.id != identity.id
    )


def all_custom_fields() -> Select[CustomField]:
    """The fields a team added to its customers' cards, after them those it uses no more."""
    return select(CustomField).order_by(CustomField.retired_at.is_not(None), CustomField.id)


def custom_fields() -> Select[CustomField]:
    """Those of them that are in use."""
    return all_custom_fields().where(CustomField.retired_at.is_(None))


def merges_into(customer: Customer) -> Select[CustomerMerge]:
    """Merges that live on in a card, the latest first."""
    return (
        select(CustomerMerge)
        .where(CustomerMerge.into_id == customer.id, CustomerMerge.undone_at.is_(None))
        .order_by(CustomerMerge.id.desc())
    )


def blocked_identities() -> Select[CustomerIdentity]:
    """Addresses that are not listened to, the last blocked first."""
    return (
        select(CustomerIdentity)
        .where(CustomerIdentity.blocked_at.is_not(None))
        .order_by(CustomerIdentity.blocked_at.desc(), CustomerIdentity.id)
    )


def identities_of(*customers: Customer) -> Select[CustomerIdentity]:
    """Every address of a customer, or of several."""
    return (
        select(CustomerIdentity)
        .where(CustomerIdentity.customer_id.in_([each.id for each in customers]))
        .order_by(CustomerIdentity.kind, CustomerIdentity.id)
    )
