"""Keys for programs."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from core.events import record
from core.secrets import new_token, token_hash
from core.words import N_
from people.models import Agent, ApiToken
from people.rules import SEEN_AGAIN, check_name

PREFIX = "ef_"
SCOPES = ("read", "write", "admin")


def issue_token(
    session: Session, *, agent: Agent, name: str, scopes: Iterable[str], expires_at: datetime | None
) -> str:
    """Give out a key that acts for a person within scopes; it is shown once and stored as a hash."""
    chosen = [scope for scope in SCOPES if scope in set(scopes)]
    if not chosen:
        raise Invalid(N_("Choose what the key may do."), code="no_scope", field="scopes")
    if "admin" in chosen and not agent.may_administer:
        raise Forbidden(N_("Only administrators can create such keys."), field="scopes")
    if expires_at is not None and expires_at <= now():
        raise Invalid(N_("This time is in the past."), code="in_past", field="expires_at")
    key = new_token(PREFIX)
    token = ApiToken(
        agent_id=agent.id,
        name=check_name(name),
        token_hash=token_hash(key),
        scopes=chosen,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    record(
        session, "token.issued", agent.ref, audience=None, actor=agent.ref, token_id=token.id, scopes=chosen
    )
    return key


def revoke_token(session: Session, *, agent: Agent, token_id: int) -> None:
    """Make a key worthless at once."""
    token = session.scalar(select(ApiToken).where(ApiToken.id == token_id, ApiToken.agent_id == agent.id))
    if token is None:
        raise NotFound(N_("This key is not there any more."))
    if token.revoked_at is None:
        token.revoked_at = now()
        record(session, "token.revoked", agent.ref, audience=None, actor=agent.ref, token_id=token.id)


def note_token_used(token: ApiToken) -> None:
    """Remember that a key is in use, every few minutes at the most."""
    if token.last_used_at is None or now() - token.last_used_at > SEEN_AGAIN:
        token.last_used_at = now()
