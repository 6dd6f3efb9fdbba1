"""Many rows at once, past the verbs: the tables get the defaults that the models have."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Column, Connection, Table, text

import channels.models  # noqa: F401 every table has to be known
import tags.models  # noqa: F401
from core.db import Base


def give_defaults(connection: Connection) -> None:
    """Let SQL leave out what the models fill in by themselves, columns of tomorrow included."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if _needs_default(column):
                connection.execute(text(_statement(table, column)))


def _needs_default(column: Column[Any]) -> bool:
    is_made = column.computed is not None or column.identity is not None or column.server_default is not None
    return not (column.nullable or is_made or column.default is None)


def _statement(table: Table, column: Column[Any]) -> str:
    given = column.default
    value = given.arg(None) if given.is_callable else given.arg  # type: ignore[union-attr]
    return f'ALTER TABLE {table.name} ALTER COLUMN "{column.name}" SET DEFAULT {_literal(column, value)}'


def _literal(column: Column[Any], value: Any) -> str:
    if isinstance(value, datetime):
        return "now()"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | dict):
        is_list = isinstance(value, list) and not isinstance(column.type, ARRAY)
        assert not value or column.name == "languages", f"{column} begins with something in it"
        return "'[]'" if is_list else "'{}'"
    return "'" + str(value).replace("'", "''") + "'"
