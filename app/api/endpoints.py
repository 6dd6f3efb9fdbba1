"""How an endpoint of the API is declared: its shapes, who may use it, one transaction, once per command.

The same declaration serves the request and writes `/api/openapi.json`, so the two cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import orjson
from flask import Blueprint, Response, request
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access import Scope, Whom, open_to, seen_by
from app.answers import json_response, to_json
from app.api.commands import Body, NoQuery
from app.api.shapes import Shape
from app.identity import looking, me
from core.clock import now
from core.db import reading, transaction
from core.errors import Conflict, DeskError
from core.words import N_
from inbox.actions.writing import CHANGED
from inbox.models import Command
from people.models import Agent

SMALL = 64 * 1024
LETTER = 8 * 1024 * 1024

api = Blueprint("api", __name__, url_prefix="/api")

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Work:
    """One person's request in its transaction, or in its look at the database."""

    session: Session
    agent: Agent

    @property
    def audiences(self) -> frozenset[str]:
        """What this person may learn of."""
        return seen_by(self.session, self.agent)


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, as it was declared."""

    method: str
    path: str
    name: str
    summary: str
    answer: type[Shape] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    whom: Whom = Whom.TEAM
    scope: Scope | None = "read"
    content_type: str = "application/json"


ENDPOINTS: list[Endpoint] = []


def reads(
    path: str,
    *,
    answer: type[Shape],
    query: type[BaseModel] = NoQuery,
    whom: Whom = Whom.TEAM,
) -> Callable[[Handler], Handler]:
    """Declare a GET: the handler gets the work, the checked query and the places of the path."""

    def declare(handler: Handler) -> Handler:
        @open_to(whom, scope="read")
        @wraps(handler)
        def view(**places: Any) -> Response:
            asked = query.model_validate(request.args.to_dict())
            with reading() as session:
                return json_response(handler(Work(session, looking(session)), asked, **places))

        _register("GET", path, handler, view, answer=answer, query=query, whom=whom)
        return handler

    return declare


def writes(
    method: str,
    path: str,
    *,
    answer: type[Shape],
    body: type[Body] = Body,
    whom: Whom = Whom.TEAM,
    most_bytes: int = SMALL,
) -> Callable[[Handler], Handler]:
    """Declare a write: the handler gets the work, the checked body and the places of the path."""

    def declare(handler: Handler) -> Handler:
        @open_to(whom, scope="write")
        @wraps(handler)
        def view(**places: Any) -> Response:
            told = read_body(body, most_bytes=most_bytes)
            with transaction() as session:
                work = Work(session, me(session))
                return json_response(_once(work, told, lambda: handler(work, told, **places)))

        _register(method, path, handler, view, answer=answer, body=body, whom=whom, scope="write")
        return handler

    return declare


def document(endpoint: Endpoint) -> None:
    """Put an endpoint that is served by a view of its own into the description."""
    ENDPOINTS.append(endpoint)


def read_body(model: type[Body], *, most_bytes: int) -> Body:
    """The body of a request, checked; only JSON is taken, which no foreign form can send."""
    request.max_content_length = most_bytes
    data = request.get_data()
    if data and not request.is_json:
        raise DeskError(N_("Send JSON."), code="not_json")
    return model.model_validate_json(data or b"{}")


def close(work: Work, command: UUID) -> None:
    """Nothing can be done under this command's name any more; if it is being done, wait until it is."""
    claim = insert(Command).values(
        id=str(command), agent_id=work.agent.id, answer={}, told="withdrawn", created_at=now()
    )
    work.session.execute(claim.on_conflict_do_nothing())


def _register(method: str, path: str, handler: Callable[..., Any], view: Any, **shape: Any) -> None:
    name = handler.__name__
    api.add_url_rule(path, name, view, methods=[method])
    summary = (handler.__doc__ or "").strip().partition("\n")[0]
    ENDPOINTS.append(Endpoint(method=method, path=f"/api{path}", name=name, summary=summary, **shape))


def _once(work: Work, told: Body, act: Callable[[], Any]) -> Any:
    """Do a command, or give the answer it had: a client that heard nothing may ask again.

    The row is claimed first, so of two that come at once the second waits and reads the answer.
    One that asks for something else under the same name is refused, so that its words are not lost.
    """
    if told.command_id is None:
        return act()
    session, key, digest = work.session, str(told.command_id), _digest(told)
    claimed = session.scalar(
        insert(Command)
        .values(id=key, agent_id=work.agent.id, answer={}, told=digest, created_at=now())
        .on_conflict_do_nothing()
        .returning(Command.id)
    )
    row = session.get_one(Command, key)
    if claimed is None:
        if row.agent_id != work.agent.id:
            raise Conflict(N_("This command's name is taken."), code="command_taken", field="command_id")
        if row.told not in (None, digest):
            raise Conflict(CHANGED, code="command_changed", field="command_id")
        return row.answer
    answer = act()
    row.answer = orjson.loads(to_json(answer))
    return answer


def _digest(told: Body) -> str:
    """What is asked, of whom; only what was sent counts, so that a new release reads the same."""
    words = told.model_dump_json(exclude={"command_id"}, exclude_unset=True)
    return sha256(f"{request.method} {request.path} {words}".encode()).hexdigest()
