"""What happens to a dialog or a channel, in its own record."""

from typing import Any

from sqlalchemy.orm import Session

from core.events import record
from inbox.models import Channel, Dialog


def record_on(
    session: Session,
    about: Channel | Dialog,
    kind: str,
    *,
    actor: str | None = None,
    cause: str | None = None,
    **details: Any,
) -> None:
    """Write down that something happened to a dialog or a channel, for whoever may see it.

    Only verbs call it, as record().
    """
    record(session, kind, about.topic, audience=about.audience, actor=actor, cause=cause, **details)
