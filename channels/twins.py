"""Two channels with one key would take each other's messages; the second is refused."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.access import open_access
from channels.registry import fields_of
from core.errors import Conflict
from core.words import N_
from inbox.models import Channel


def refuse_twin(
    session: Session, kind: str, secrets: Mapping[str, str | None], *, but: int | None = None
) -> None:
    """Raise Conflict if another channel of the kind has the same value in a `unique` secret field.

    Secrets are sealed, so they are opened to be compared; until the transaction ends nobody else
    connects one of this kind.
    """
    names = [each.name for each in fields_of(kind) if each.unique]
    given = {name: secret for name in names if (secret := secrets.get(name))}
    if not given:
        return
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"channels of {kind}", 0))))
    for channel in session.scalars(select(Channel).where(Channel.kind == kind).order_by(Channel.id)):
        kept = open_access(channel).secrets if channel.id != but else {}
        for name, secret in given.items():
            if kept.get(name) == secret:
                raise Conflict(
                    N_("This is already connected as “%(name)s”."),
                    code="secret_taken",
                    field=name,
                    name=channel.name,
                )
