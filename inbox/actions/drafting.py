"""Drafts: what agents have begun to write, a reply and a comment of a dialog apart."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Invalid
from core.events import record
from core.words import N_
from inbox.models import Dialog, Draft
from people.models import Agent

LONGEST_TEXT = 1_000_000


def save_draft(
    session: Session,
    dialog: Dialog,
    *,
    agent: Agent,
    mode: str,
    text: str,
    html: str | None,
    extra: dict[str, Any],
    revision: int,
) -> Draft:
    """Keep what an agent has begun to write; reply and comment are two drafts that never cross.

    `revision` is the one the writer started from; a newer one elsewhere raises Conflict
    (draft_newer) with that draft in its details.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid(N_("This text is too long to be kept."), code="too_long", field="text")
    draft = hold_draft(session, dialog, agent=agent, mode=mode)
    if draft.revision > revision:
        kept = {"text": draft.text, "html": draft.html, "revision": draft.revision, "extra": draft.extra}
        raise Conflict(
            N_("This draft was changed in another window."), code="draft_newer", details={"draft": kept}
        )
    draft.text, draft.html, draft.extra = text, html, extra
    draft.revision = revision + 1
    draft.saved_at = now()
    record(
        session,
        "draft.saved",
        dialog.topic,
        audience=agent.ref,
        actor=agent.ref,
        mode=mode,
        revision=draft.revision,
    )
    return draft


def forget_draft(session: Session, dialog: Dialog, *, agent: Agent, mode: str) -> None:
    """Drop a draft, because it was sent or thrown away."""
    draft = session.get(Draft, (dialog.id, agent.id, mode))
    if draft is not None:
        session.delete(draft)


def hold_draft(session: Session, dialog: Dialog, *, agent: Agent, mode: str) -> Draft:
    """The draft, locked: of two who begin one at the same moment the second waits and gets the first's.

    The dialog is locked before it, as by every verb, so that a draft and an undo never wait for each other.
    """
    session.flush()
    session.execute(
        select(Dialog.id).where(Dialog.id == dialog.id).with_for_update(read=True, key_share=True)
    )
    begun = insert(Draft).values(dialog_id=dialog.id, agent_id=agent.id, mode=mode, revision=0, extra={})
    held = begun.on_conflict_do_update(
        index_elements=["dialog_id", "agent_id", "mode"], set_={"mode": begun.excluded.mode}
    )
    found = select(Draft).from_statement(held.returning(Draft))
    draft: Draft = session.scalars(found, execution_options={"populate_existing": True}).one()
    return draft
