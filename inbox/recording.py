"""What happens to a dialog, in its own record."""

from typing import Any

from sqlalchemy.orm import Session

from core.events import record
from inbox.models import Dialog


def record_on(
    session: Session,
    dialog: Dialog,
    kind: str,
    *,
    actor: str | None = None,
    cause: str | None = None,
    **details: Any,
) -> None:
    """Write down that something happened to a dialog; whoever sees the dialog learns of it at once.

    Only verbs call it, as record().
    """
    record(session, kind, dialog.topic, audience=dialog.audience, actor=actor, cause=cause, **details)
