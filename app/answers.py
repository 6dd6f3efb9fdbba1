"""JSON as we write it: times in UTC with a Z, and ready-made pieces put in as they are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def to_json(value: Any) -> bytes:
    """A value as JSON."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def ready(pieces: Iterable[str]) -> orjson.Fragment:
    """A list of values that are JSON already, such as the rows PostgreSQL made."""
    return orjson.Fragment(b"[" + b",".join(piece.encode() for piece in pieces) + b"]")


def json_response(value: Any, status: int = 200) -> Response:
    """A value as an answer."""
    return Response(to_json(value), status, mimetype="application/json")


def in_page(value: Any) -> str:
    """JSON for the inside of a script element: nothing in it can end the element (HTML 4.12.1.3)."""
    text = to_json(value).decode()
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def iso(moment: datetime | None) -> str | None:
    """A time as the API says it."""
    return None if moment is None else to_json(moment).decode().strip('"')


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
