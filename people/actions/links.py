"""Links that work once: what one is, how it is made and looked up."""

from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.config import get_settings
from core.errors import NotFound
from core.outside.mail import link
from core.secrets import new_token, token_hash
from core.words import N_
from people.models import Agent, OneTimeLink

Purpose = Literal["first_owner", "invitation", "reset"]

LINK_LIFE: dict[Purpose, timedelta] = {
    "first_owner": timedelta(hours=24),
    "invitation": timedelta(hours=24),
    "reset": timedelta(hours=1),
}
LINK_PATH: dict[Purpose, str] = {
    "first_owner": "/welcome",
    "invitation": "/invitation",
    "reset": "/reset",
}


def open_link(session: Session, purpose: Purpose, token: str, *, hold: bool = False) -> OneTimeLink:
    """The link behind a token, if it may still be used; all others look alike from outside."""
    if not token:
        raise gone()
    wanted = select(OneTimeLink).where(
        OneTimeLink.purpose == purpose,
        OneTimeLink.token_hash == token_hash(token),
    )
    row = session.scalar(wanted.with_for_update() if hold else wanted)
    if row is None or row.used_at is not None or row.expires_at <= now():
        raise gone()
    return row


def new_link(
    session: Session,
    purpose: Purpose,
    *,
    email: str | None = None,
    role: str | None = None,
    person: Agent | None = None,
    by: Agent | None = None,
    **query: str,
) -> str:
    """Make a link and return its address; the token in it is stored as a hash only."""
    token = new_token()
    session.add(
        OneTimeLink(
            purpose=purpose,
            token_hash=token_hash(token),
            agent_id=person.id if person else None,
            email=email,
            role=role,
            invited_by=by.id if by else None,
            expires_at=now() + LINK_LIFE[purpose],
        )
    )
    session.flush()
    return link(get_settings().base_url, LINK_PATH[purpose], token=token, **query)


def spend_links(session: Session, purpose: Purpose, *of_whom: ColumnElement[bool]) -> None:
    """Make open links worthless: those of somebody, or all of a purpose."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None), *of_whom)
        .values(used_at=now())
    )


def gone() -> NotFound:
    """What is said of every link that is used, over, or never was."""
    return NotFound(N_("This link does not work any more. Ask for a new one."), code="link_gone")
