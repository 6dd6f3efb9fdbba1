"""That somebody writes: shown to the visitor for some seconds, and to the team without leaving a trace."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.webchat.bells import ring_after
from channels.webchat.models import Visitor
from core.clock import now
from core.db import tell_after
from inbox.models import Dialog

FADES = timedelta(seconds=6)


def note_agent_types(session: Session, visitor: Visitor, *, name: str) -> None:
    """Somebody of the team writes to this visitor."""
    visitor.typing_until = now() + FADES
    ring_after(session, visitor, {"typing": {"name": name}})


def note_visitor_types(session: Session, visitor: Visitor) -> None:
    """The visitor writes; only those who see the dialog are told, and nothing is stored."""
    found = session.execute(
        select(Dialog.id, Dialog.audience).where(
            Dialog.channel_id == visitor.channel_id, Dialog.thread_key == visitor.key
        )
    ).one_or_none()
    if found is not None:
        tell_after(session, f"typing:{found.id}:{found.audience}")


def agent_types(visitor: Visitor) -> bool:
    """Whether somebody of the team writes to this visitor just now."""
    return visitor.typing_until is not None and visitor.typing_until > now()
