"""Old secrets under the new key: what `emptyfeed rotate-keys` does to the database."""

from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.secrets import Keyring

_AT_ONCE = 200


def reseal_column(
    session: Session, column: InstrumentedAttribute[bytes | None], keyring: Keyring, *, after: Any = None
) -> Any:
    """Seal the next few values of a column with the newest key; returns where to go on, None at the end.

    The caller commits between the steps, so no row is locked for long and a rotation that is
    interrupted is simply begun again. The table needs a primary key of one column.
    """
    table = column.class_.__table__
    assert isinstance(table, Table)
    (key,) = table.primary_key.columns
    sealed = table.c[column.name]
    rows = select(key, sealed).where(sealed.is_not(None)).order_by(key).limit(_AT_ONCE).with_for_update()
    last = None
    for last, value in session.execute(rows if after is None else rows.where(key > after)):
        session.execute(update(table).where(key == last).values({sealed: keyring.reseal(value)}))
    return last
