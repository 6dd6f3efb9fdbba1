"""Putting labels on dialogs and taking them off."""

import unicodedata

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Invalid
from core.events import EVERYONE, record
from core.words import N_
from inbox.actions.states import hold
from inbox.models import Dialog
from inbox.recording import record_on
from people.models import Agent
from tags.models import Tag, Tagging

LONGEST_NAME = 60


def make_tag(session: Session, name: str, *, agent: Agent) -> Tag:
    """The label with this name, made if it is new; case and a leading # make no difference."""
    clean = clean_name(name)
    known = _named(session, clean)
    if known is not None:
        return known
    session.execute(
        insert(Tag).values(name=clean, weight=0, colour="", created_at=now()).on_conflict_do_nothing()
    )
    made = _named(session, clean)
    assert made is not None
    record(session, "tag.changed", f"tag:{made.id}", audience=EVERYONE, actor=agent.ref, name=made.name)
    return made


def change_tag(session: Session, tag: Tag, *, agent: Agent, name: str, weight: int, colour: str) -> None:
    """Rename a label, weigh it, colour it; the dialogs under it move in the feed at once."""
    clean = clean_name(name)
    other = _named(session, clean)
    if other is not None and other.id != tag.id:
        raise Invalid(
            N_("There is a tag “%(name)s” already."), code="tag_exists", field="name", name=other.name
        )
    if not 0 <= weight <= 1000:
        raise Invalid(N_("A weight is a number from 0 to 1000."), code="tag_weight", field="weight")
    tag.name, tag.weight, tag.colour = clean, weight, colour
    session.flush()
    for dialog in session.scalars(select(Dialog).where(Dialog.tag_ids.contains([tag.id]))):
        _weigh(session, dialog)
    record(session, "tag.changed", f"tag:{tag.id}", audience=EVERYONE, actor=agent.ref, name=clean)


def tag(
    session: Session, dialog: Dialog, label: Tag, *, agent: Agent | None, cause: str | None = None
) -> None:
    """Put a label on a dialog; the state stays as it is and repeating is harmless."""
    hold(session, dialog)
    if label.id in dialog.tag_ids:
        return
    session.add(Tagging(dialog_id=dialog.id, tag_id=label.id, agent_id=agent.id if agent else None))
    dialog.tag_ids = [*dialog.tag_ids, label.id]
    _weigh(session, dialog)
    record_on(
        session,
        dialog,
        "dialog.tagged",
        actor=agent.ref if agent else None,
        cause=cause,
        tag_id=label.id,
        name=label.name,
    )


def untag(session: Session, dialog: Dialog, label: Tag, *, agent: Agent) -> None:
    """Take a label off a dialog; the label itself stays."""
    hold(session, dialog)
    tagging = session.get(Tagging, (dialog.id, label.id))
    if tagging is None:
        return
    session.delete(tagging)
    dialog.tag_ids = [each for each in dialog.tag_ids if each != label.id]
    _weigh(session, dialog)
    record_on(session, dialog, "dialog.untagged", actor=agent.ref, tag_id=label.id, name=label.name)


def clean_name(name: str) -> str:
    """A label's name without what nobody sees; Invalid if nothing is left or it is too long."""
    visible = "".join(each for each in name if unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    clean = " ".join(visible.split()).removeprefix("#").strip()
    if not clean:
        raise Invalid(N_("Type a name for the tag."), code="tag_empty", field="name")
    if len(clean) > LONGEST_NAME:
        raise Invalid(N_("A tag has 60 characters at most."), code="tag_too_long", field="name")
    return clean


def _named(session: Session, name: str) -> Tag | None:
    return session.scalar(select(Tag).where(func.lower(Tag.name) == func.lower(name)))


def _weigh(session: Session, dialog: Dialog) -> None:
    session.flush()
    heaviest = session.scalar(select(func.max(Tag.weight)).where(Tag.id.in_(dialog.tag_ids)))
    dialog.tag_weight = heaviest or 0
