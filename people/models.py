"""Tables of people, and the rules about one of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base


class Role(StrEnum):
    """What an agent may do, from most to least."""

    OWNER = "owner"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    COLLABORATOR = "collaborator"


class Workspace(Base):
    """The installation itself: one row.

    Answers are held for `undo_seconds` before they leave, unless their channel has a time of its own.
    """

    __tablename__ = "workspace"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("undo_seconds BETWEEN 0 AND 60", name="undo_seconds"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str] = mapped_column(default="Emptyfeed")
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["ru", "en", "es"])
    zone: Mapped[str] = mapped_column(default="Europe/Moscow")
    outbound_stopped: Mapped[bool] = mapped_column(default=False)
    comment_on_handover: Mapped[bool] = mapped_column(default=False)
    undo_seconds: Mapped[int] = mapped_column(default=10)
    retention_days: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Agent(Base):
    """A member of the team who answers."""

    __tablename__ = "agents"
    __table_args__ = (
        Index("uq_agents_email", text("lower(email)"), unique=True),
        Index("uq_agents_owner", "role", unique=True, postgresql_where=text("role = 'owner'")),
        CheckConstraint("role IN ('owner', 'admin', 'supervisor', 'agent', 'collaborator')", name="role"),
        CheckConstraint("availability IN ('online', 'break', 'away')", name="availability"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default=Role.AGENT)
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="ru")
    zone: Mapped[str] = mapped_column(default="Europe/Moscow")
    availability: Mapped[str] = mapped_column(default="online")
    active: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    two_factor_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    two_factor_used_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def may_reply(self) -> bool:
        """Whether this person writes to customers; collaborators only comment."""
        return self.active and self.role != Role.COLLABORATOR

    @property
    def may_supervise(self) -> bool:
        """Whether this person sees to the work of others."""
        return self.active and self.role in {Role.OWNER, Role.ADMIN, Role.SUPERVISOR}

    @property
    def may_administer(self) -> bool:
        """Whether this person changes channels, the team and the workspace."""
        return self.active and self.role in {Role.OWNER, Role.ADMIN}

    @property
    def ref(self) -> str:
        """This person as the actor of an event."""
        return f"agent:{self.id}"


class AgentSession(Base):
    """One browser in which an agent is signed in; its cookie is stored as a hash only."""

    __tablename__ = "agent_sessions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship(lazy="joined")


class OneTimeLink(Base):
    """A link that works once: the first owner's, an invitation or a password reset."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint("purpose IN ('first_owner', 'invitation', 'reset')", name="purpose"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    email: Mapped[str | None]
    role: Mapped[str | None]
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A key for programs; acts for its agent within its scopes (read, write, admin)."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    agent: Mapped[Agent] = relationship(lazy="joined")


class Team(Base):
    """Agents who share a kind of work; `signature` stands below the letters of those who have none."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    signature: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class TeamMember(Base):
    """That an agent belongs to a team."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)


class AudienceMember(Base):
    """That an agent belongs to a restricted audience ("channel:3", "team:2")."""

    __tablename__ = "audience_members"

    audience: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True, index=True)


class WorkingHours(Base):
    """When work is done: weekly intervals, exceptions and the zone they are meant in."""

    __tablename__ = "working_hours"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    zone: Mapped[str]
    weekly: Mapped[list[Any]]
    exceptions: Mapped[list[Any]] = mapped_column(default=list)


KINDS = ("client", "partner", "visitor")


class Customer(Base):
    """A person we serve; made by the first message, never asked for.

    `phone`, `email`, `company` and `search_query` are what somebody wrote down and proves nothing;
    what was proven are identities. `first_channel` is the kind of channel the person first came by.
    """

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("kind IN ('client', 'partner', 'visitor')", name="kind"),
        Index(
            "ix_customers_name_trigrams",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
        Index("ix_customers_phone", "phone", postgresql_where=text("phone <> ''")),
        Index(
            "ix_customers_phone_trigrams",
            "phone",
            postgresql_using="gin",
            postgresql_ops={"phone": "gin_trgm_ops"},
            postgresql_where=text("phone <> ''"),
        ),
        Index("ix_customers_email", text("lower(email)"), postgresql_where=text("email <> ''")),
        Index("ix_customers_name", text("lower(name)")),
        Index("ix_customers_kind", "kind", postgresql_where=text("kind <> 'client'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="client")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    company: Mapped[str] = mapped_column(default="")
    search_query: Mapped[str] = mapped_column(default="")
    first_channel: Mapped[str] = mapped_column(default="")
    first_contact_at: Mapped[datetime | None]
    notes: Mapped[str] = mapped_column(default="")
    zone: Mapped[str | None]
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    demo: Mapped[bool] = mapped_column(default=False)


class CustomerTouch(Base):
    """Where a person came from the first time, and the last time, before they wrote by a site.

    Pages and marks of advertisements as a browser told them (`people.touches`): anybody may have made them
    up. There is a row for each card that a card was merged from; the oldest `first` is the first.
    """

    __tablename__ = "customer_touches"
    __table_args__ = (Index("ix_customer_touches_customer", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    first: Mapped[dict[str, Any]]
    first_at: Mapped[datetime] = mapped_column(default=now)
    last: Mapped[dict[str, Any]]
    last_at: Mapped[datetime] = mapped_column(default=now)


class CustomField(Base):
    """A field that a team adds to its customers' cards; `Customer.fields` has the values by its id."""

    __tablename__ = "custom_fields"
    __table_args__ = (CheckConstraint("type IN ('text', 'number', 'date', 'choice', 'yes_no')", name="type"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    choices: Mapped[list[Any]] = mapped_column(default=list)
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class CustomerIdentity(Base):
    """One address of one customer on one kind of channel.

    `kind` is "email", "telegram", "phone" …; `key` the address in the form that is compared.
    What comes from a blocked one is kept apart.
    """

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index(
            "ix_identities_key_trigrams",
            "key",
            postgresql_using="gin",
            postgresql_ops={"key": "gin_trgm_ops"},
        ),
        Index("ix_identities_blocked", "blocked_at", postgresql_where=text("blocked_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str]
    key: Mapped[str]
    shown: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    verified: Mapped[bool] = mapped_column(default=False)
    reachable: Mapped[bool] = mapped_column(default=True)
    picture_sha256: Mapped[str | None]
    pictured_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    blocked_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    customer: Mapped[Customer] = relationship(lazy="joined")


class CustomerMerge(Base):
    """A recorded edge: `merged_id` was found to be `into_id`.

    Undoing it moves back the rows in `moved` (ids by table) and takes back what was `filled` in.
    """

    __tablename__ = "customer_merges"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)
    filled: Mapped[dict[str, Any]] = mapped_column(default=dict)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]


class RefusedMatch(Base):
    """That two cards were said not to be one person's; they are not offered to each other again."""

    __tablename__ = "refused_matches"
    __table_args__ = (CheckConstraint("first_id < second_id", name="ordered"),)

    first_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Notification(Base):
    """Something one agent should know; read when its target is opened."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_unread", "agent_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notifications_topic", "agent_id", "topic"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    kind: Mapped[str]
    topic: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
