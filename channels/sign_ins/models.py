"""Tables of sign-ins: the tokens of a channel, and the way by which somebody is getting them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from inbox.models import Channel


class SignIn(Base):
    """The tokens of a channel, sealed; they are good for the settings they were got with (`holds_for`).

    `generation` counts the tokens there were, so that no late answer puts old ones in place of new. Since
    `refused_at` the provider wants somebody to consent again; one with `leaving_at` is not used any
    more and goes when the provider knows.
    """

    __tablename__ = "sign_ins"

    channel_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("channels.id"), primary_key=True)
    account: Mapped[str] = mapped_column(default="")
    holds_for: Mapped[str]
    tokens: Mapped[bytes | None] = mapped_column(LargeBinary)
    generation: Mapped[int] = mapped_column(default=1)
    issued_at: Mapped[datetime] = mapped_column(default=now)
    renew_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    signed_in_at: Mapped[datetime] = mapped_column(default=now)
    refused_at: Mapped[datetime | None]
    refused_detail: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    leaving_at: Mapped[datetime | None]
    revoke_url: Mapped[str] = mapped_column(default="")

    channel: Mapped[Channel] = relationship()


class SignInAttempt(Base):
    """Somebody's way to a provider and back; a channel has one at a time, the newest.

    `state_hash` is of the word that the provider brings back, `browser` the session it must come back to.
    `kept` holds, sealed, what the next step needs: the verifier, then the code too, then perhaps
    tokens of an account that somebody has to say yes to. Ended without an `outcome` it went well.
    """

    __tablename__ = "sign_in_attempts"

    channel_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("channels.id"), primary_key=True)
    provider: Mapped[str]
    holds_for: Mapped[str]
    redirect_uri: Mapped[str]
    state_hash: Mapped[str] = mapped_column(unique=True)
    browser: Mapped[int] = mapped_column(BigInteger)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    kept: Mapped[bytes | None] = mapped_column(LargeBinary)
    account: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")

    channel: Mapped[Channel] = relationship()
