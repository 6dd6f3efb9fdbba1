"""What every verb answers: the row as it is now, what was written, and the command that takes it back."""

from collections.abc import Iterable
from typing import Any

from app.answers import iso
from app.api.commands import AddressBody
from app.api.endpoints import Work
from app.api.entries import entry_json
from app.api.people_json import team_names
from inbox.feed import row_and_seq
from inbox.models import Comment, Dialog, Message, State
from inbox.recipients import Address
from inbox.timeline import comments_of, messages_of

Inverse = tuple[str, str, dict[str, Any]]


def done(
    work: Work,
    dialog: Dialog,
    *,
    entry: dict[str, Any] | None = None,
    draft: dict[str, Any] | None = None,
    undo: Inverse | None = None,
) -> dict[str, Any]:
    """The answer of a verb."""
    work.session.flush()
    row, upto = row_and_seq(work.session, dialog.id, agent_id=work.agent.id)
    return {
        "row": row,
        "entry": entry,
        "draft": draft,
        "inverse": dict(zip(("method", "path", "body"), undo, strict=True)) if undo else None,
        "upto": upto,
    }


def way_back(dialog: Dialog) -> Inverse:
    """The command that puts a dialog back where it is now."""
    path = f"/api/dialogs/{dialog.id}"
    if dialog.state == State.SNOOZED:
        body = {"until": iso(dialog.snooze_until), "mode": dialog.snooze_mode}
        return "POST", f"{path}/snooze", body
    return "POST", f"{path}/{'complete' if dialog.state == State.COMPLETED else 'reopen'}", {}


def addresses(given: Iterable[AddressBody] | None) -> list[Address] | None:
    """Addresses as the inbox takes them."""
    return None if given is None else [Address(each.address.strip(), each.name.strip()) for each in given]


def what_came(work: Work, dialog: Dialog, details: dict[str, Any]) -> dict[str, Any]:
    """What a refused answer did not know of, as entries the writer can read before deciding."""
    session, names = work.session, team_names(work.session)
    found = [
        *session.scalars(messages_of(dialog).where(Message.id.in_(details.get("message_ids", ())))),
        *session.scalars(comments_of(dialog).where(Comment.id.in_(details.get("comment_ids", ())))),
    ]
    found.sort(key=lambda each: each.created_at)
    return {"entries": [entry_json(each, names) for each in found]}
