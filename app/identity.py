"""Who is asking: the cookie of a browser or the key of a program, and who they turn out to be."""

from dataclasses import dataclass

from flask import Request, Response, current_app, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Entrance, Scope, require
from core.db import reading
from core.errors import Forbidden, Unauthorized
from core.words import N_
from people.actions import note_seen, note_token_used
from people.actions.tokens import PREFIX
from people.audiences import with_own, written_audiences
from people.models import Agent, AgentSession, ApiToken, Workspace
from people.queries import session_with_token, token_with_key
from people.rules import LONGEST_SESSION

COOKIE_NAMES = ("__Host-sid", "sid")

_IMPLIED: dict[Scope, frozenset[str]] = {
    "read": frozenset({"read", "write", "admin"}),
    "write": frozenset({"write", "admin"}),
    "admin": frozenset({"admin"}),
}


@dataclass(frozen=True)
class Visitor:
    """A person, and how they came: by a browser's session or by a key with scopes."""

    agent: Agent
    audiences: frozenset[str]
    workspace: str = ""
    session_id: int | None = None
    scopes: frozenset[str] = frozenset()


def visitor() -> Visitor | None:
    """Who is asking, looked up once in a request; None for a stranger."""
    if "visitor" not in g:
        g.visitor = None  # stays so when looking up fails: the page that says so needs no person
        g.visitor = _identify(request)
    found: Visitor | None = g.visitor
    return found


def me(session: Session) -> Agent:
    """The person who is asking, as an object of this transaction."""
    return session.merge(_somebody().agent, load=False)


def looking(session: Session) -> Agent:
    """The person who is asking, with what they may learn of as it was when they were let in.

    For answers that follow at once. Before a change it is asked again: a request may take long to arrive.
    """
    agent = me(session)
    session.info["audiences"] = {agent.id: _somebody().audiences}
    return agent


def my_session_id() -> int | None:
    """The browser session that is asking; None for a program."""
    return _somebody().session_id


def admit(entrance: Entrance) -> None:
    """Let the right people through; 401 for strangers, 403 for the others."""
    who = visitor()
    if who is None:
        raise Unauthorized(N_("Sign in first."))
    by_key = who.session_id is None
    if by_key and (entrance.scope is None or not who.scopes & _IMPLIED[entrance.scope]):
        raise Forbidden(N_("This key does not allow it."), code="scope")
    require(who.agent, entrance.whom)


def carries_key() -> bool:
    """Whether the request is a program's: it names a key, and a cookie beside it counts for nothing."""
    return "Authorization" in request.headers


def cookie_name() -> str:
    """The session cookie's name; over https one that no other host can set."""
    return COOKIE_NAMES[0] if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE_NAMES[1]


def sign_in_cookie(response: Response, token: str) -> Response:
    """Give a browser its session."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=LONGEST_SESSION,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def sign_out_cookie(response: Response) -> Response:
    """Take a browser's session back."""
    response.delete_cookie(
        cookie_name(), secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
    )
    return response


def _somebody() -> Visitor:
    who = visitor()
    if who is None:
        raise Unauthorized(N_("Sign in first."))
    return who


def _identify(asking: Request) -> Visitor | None:
    if carries_key():
        kind, _, key = asking.headers["Authorization"].partition(" ")
        return _program(key.strip()) if kind.lower() == "bearer" else None
    cookie = asking.cookies.get(cookie_name(), "")
    return _browser(cookie) if cookie else None


def _browser(cookie: str) -> Visitor | None:
    with reading() as session:
        wanted = session_with_token(cookie).add_columns(
            written_audiences(AgentSession.agent_id), select(Workspace.name).scalar_subquery()
        )
        found = session.execute(wanted).one_or_none()
        if found is None:
            return None
        row, written, workspace = found
        note_seen(session, row)
        return Visitor(row.agent, with_own(row.agent, written), workspace or "", session_id=row.id)


def _program(key: str) -> Visitor | None:
    if not key.startswith(PREFIX):
        return None
    with reading() as session:
        wanted = token_with_key(key).add_columns(written_audiences(ApiToken.agent_id))
        found = session.execute(wanted).one_or_none()
        if found is None:
            return None
        token, written = found
        note_token_used(token)
        return Visitor(token.agent, with_own(token.agent, written), scopes=frozenset(token.scopes))
