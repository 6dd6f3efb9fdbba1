"""The chat widget's own addresses: the script for the shop's page, the frame, and what the frame asks.

No cookie is read or set here: a browser proves itself by its token, which no other site can send.
"""

from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, current_app, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import assets
from app.access import Whom, open_to
from app.answers import in_page, json_response
from app.api.commands import Count, Id, Storable
from app.chat_frame import ABOUT, frame_page
from app.entering import client_address
from app.guard import refuse_foreign_origin
from app.jobs import kick
from app.visitor_door import (
    Guest,
    body_of,
    check_asked,
    check_proof,
    count,
    count_message,
    count_new_visitor,
    needs_proof,
    open_channel,
    token_given,
    visiting,
)
from app.visitor_json import line_json, public_settings, typing_json, visitor_json
from app.visitor_sockets import VisitorSeats
from channels.access import open_access
from channels.challenges import make_challenge
from channels.pages import bare_address
from channels.webchat import lines, prechat, sessions, uploads
from channels.webchat.bells import ring_after
from channels.webchat.hours import hours_told
from channels.webchat.identity import IdentityRefused
from channels.webchat.planning import MOST_BYTES, MOST_FILES, MOST_TEXT
from channels.webchat.typing_marks import note_visitor_types
from channels.webchat.visitors import KIND, end_token, note_here, visitor_with
from core.clock import now
from core.db import reading, transaction
from core.errors import NOTHING, Forbidden, Invalid, NotFound
from core.failpoints import failpoint
from core.words import N_
from inbox.models import Channel
from people.touches import kept_touches

LOADER = "src/widget/loader.ts"
KEPT = "public, max-age=300"
LONGEST_ADDRESS, LONGEST_TITLE = 2000, 500

Word = Annotated[str, StringConstraints(max_length=500), Storable]

webchat = Blueprint("webchat", __name__, url_prefix="/w/<key>")


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore")


def _page_address(told: object) -> object:
    return bare_address(told)[:LONGEST_ADDRESS] if isinstance(told, str) else told


def _page_title(told: object) -> object:
    return told[:LONGEST_TITLE] if isinstance(told, str) else told


class PageTold(_Told):
    """Where on the shop's site the visitor is: no more than may be known, and no reason to refuse a word."""

    url: Annotated[str, BeforeValidator(_page_address), Storable] = ""
    title: Annotated[str, BeforeValidator(_page_title), Storable] = ""
    referrer: Annotated[str, BeforeValidator(_page_address), Storable] = ""

    def kept(self) -> dict[str, str]:
        """What of it there is."""
        return {name: value for name, value in self.model_dump().items() if value}


class IdentityTold(_Told):
    """Who the shop says this is: by a token, or by the hash of the user's id."""

    user_id: Annotated[str, StringConstraints(max_length=200), Storable] | None = None
    name: Word | None = None
    email: Word | None = None
    phone: Word | None = None
    token: Annotated[str, StringConstraints(max_length=8000)] | None = None
    user_hash: Annotated[str, StringConstraints(max_length=200)] | None = None


class SessionTold(_Told):
    """A browser begins or goes on."""

    token: Annotated[str, StringConstraints(max_length=200)] | None = None
    language: Annotated[str, StringConstraints(max_length=35), Storable] = ""
    page: PageTold = PageTold()
    touches: dict[str, Any] | None = None
    identity: IdentityTold | None = None


class ProfileTold(_Told):
    """What was typed before the chat."""

    values: Annotated[dict[Word, Word | bool], Field(max_length=30)] = {}
    consent: bool = False


class MessageTold(_Told):
    """What a visitor writes; sent again under the same name it is the same line."""

    client_id: UUID
    text: Annotated[str, StringConstraints(max_length=MOST_TEXT), Storable] = ""
    files: Annotated[list[Id], Field(max_length=MOST_FILES)] = []
    page: PageTold | None = None
    solution: Annotated[str, StringConstraints(max_length=4000)] = ""


class ReadTold(_Told):
    """How far a visitor has read."""

    seq: Count


@webchat.get("/widget.js")
@open_to(Whom.ANYBODY)
def script(key: str) -> Response:
    """The script for the shop's page, with the channel's public settings before it."""
    loader = assets.text_of(LOADER)
    with reading() as session:
        settings = public_settings(open_channel(session, key))
    if loader is None:
        raise NotFound(NOTHING)
    text = f"window.EmptyfeedSettings={in_page(settings)};\n{loader}"
    return _for_shops(Response(text, mimetype="text/javascript"))


@webchat.get("/frame")
@open_to(Whom.ANYBODY)
def frame(key: str) -> Response:
    """The chat itself, framed by the channel's sites and nobody else."""
    with reading() as session:
        channel = open_channel(session, key)
        settings, sites = public_settings(channel), str(channel.settings.get("sites") or "")
    return frame_page(settings, sites=sites)


@webchat.post("/api/session")
@open_to(Whom.ANYBODY)
def session(key: str) -> Response:
    """Let a browser in, and tell it how things stand."""
    count("session", key)
    told = body_of(SessionTold)
    with transaction() as work:
        channel = open_channel(work, key)
        begun = _begin(work, channel, told)
        visitor = begun.visitor
        note_here(visitor, page=told.page.kept(), language=told.language)
        if told.touches and not visitor.touches:
            visitor.touches = kept_touches(told.touches)
        needs = prechat.needs_of(channel.settings, visitor)
        answer = {
            "token": begun.token,
            "visitor": visitor_json(visitor, needs),
            "seq": visitor.last_seq,
            "rev": visitor.last_rev,
            "read_seq": visitor.read_seq,
            "unread": lines.unread_count(work, visitor),
            "hours": hours_told(work, channel.settings, now()),
            "challenge": make_challenge(KIND) if needs_proof(visitor) else None,
            "limits": {"max_text": MOST_TEXT, "max_file_bytes": MOST_BYTES, "max_files": MOST_FILES},
            "fields": prechat.fields_of(channel.settings, told.language),
        }
    return json_response(answer)


@webchat.post("/api/logout")
@open_to(Whom.ANYBODY)
def logout(key: str) -> Response:
    """This browser is nobody's any more."""
    with transaction() as work:
        open_channel(work, key)
        end_token(work, token_given())
    return Response(status=204)


@webchat.put("/api/profile")
@open_to(Whom.ANYBODY)
def profile(key: str) -> Response:
    """Keep what was typed before the chat; it proves nothing and joins nobody."""
    count("profile", key, token_given())
    told = body_of(ProfileTold)
    with visiting(key, held=True) as guest:
        channel, visitor = guest.channel, guest.visitor
        values = prechat.read_values(channel.settings, told.values)
        sessions.learn_told(guest.session, channel, visitor, {k: v for k, v in values.items() if v})
        if told.consent and visitor.consent_at is None:
            visitor.consent_at = now()
        answer = visitor_json(visitor, prechat.needs_of(channel.settings, visitor))
    kick("arrivals")
    return json_response({"visitor": answer})


@webchat.post("/api/messages")
@open_to(Whom.ANYBODY)
def write(key: str) -> Response:
    """Take a line: stored with the arrival it is read from, once for each name of the browser's."""
    token = token_given()
    count_message(key, token)
    told = body_of(MessageTold)
    with visiting(key, held=True) as guest:
        work, visitor = guest.session, guest.visitor
        known = lines.line_of_client(work, visitor, str(told.client_id))
        if known is not None:
            return json_response({"line": line_json(key, known)})
        _check_may_write(guest, told)
        said = lines.Said(
            str(told.client_id),
            told.text.strip(),
            uploads.files_to_say(work, visitor, told.files),
            told.page.kept() if told.page is not None else None,
        )
        line = lines.say(work, guest.channel, visitor, said)
        note_here(visitor, page=said.page)
        work.refresh(line, ["files"])
        ring_after(work, visitor)
        answer = line_json(key, line)
    failpoint("say.committed")
    kick("arrivals")
    return json_response({"line": answer}, 201)


@webchat.get("/api/sync")
@open_to(Whom.ANYBODY)
def sync(key: str) -> Response:
    """What a browser does not have yet."""
    count("look", key, token_given())
    after_seq, after_rev = _number("after_seq"), _number("after_rev")
    with visiting(key, looking=True) as guest:
        work, channel, visitor = guest.session, guest.channel, guest.visitor
        found = lines.lines_after(work, visitor, seq=after_seq, rev=after_rev)
        note_here(visitor)
        answer = {
            "lines": [line_json(key, each) for each in found.lines],
            "changed": [line_json(key, each) for each in found.changed],
            "more": found.more,
            "seq": visitor.last_seq,
            "rev": visitor.last_rev,
            "read_seq": visitor.read_seq,
            "agent_read_seq": visitor.agent_read_seq,
            "typing": typing_json(visitor, channel),
            "hours": hours_told(work, channel.settings, now()),
        }
    return json_response(answer)


@webchat.post("/api/read")
@open_to(Whom.ANYBODY)
def read(key: str) -> Response:
    """The visitor has read so far."""
    count("look", key, token_given())
    told = body_of(ReadTold)
    with visiting(key, held=True) as guest:
        is_new = lines.note_read_by_visitor(guest.session, guest.channel, guest.visitor, told.seq)
        answer = {"read_seq": guest.visitor.read_seq}
    if is_new:
        kick("arrivals")
    return json_response(answer)


@webchat.post("/api/typing")
@open_to(Whom.ANYBODY)
def types(key: str) -> Response:
    """The visitor writes."""
    count("typing", key, token_given())
    with visiting(key) as guest:
        note_visitor_types(guest.session, guest.visitor)
    return Response(status=204)


@webchat.get("/api/unread")
@open_to(Whom.ANYBODY)
def unread(key: str) -> Response:
    """How much waits to be read, for the badge; 304 while nothing changed."""
    count("look", key, token_given())
    with visiting(key, looking=True) as guest:
        waiting, seq = lines.unread_count(guest.session, guest.visitor), guest.visitor.last_seq
    response = json_response({"unread": waiting, "seq": seq})
    response.set_etag(f"{waiting}-{seq}")
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@webchat.get("/socket", websocket=True)
@open_to(Whom.ANYBODY)
def socket(key: str) -> Response:
    """The bell of a browser, for as long as it is there."""
    connected = request.environ.get("wsgi.websocket")
    if connected is None:
        raise Invalid(N_("This address is for sockets."), code="no_socket")
    refuse_foreign_origin()
    seats: VisitorSeats = current_app.extensions["visitor_seats"]
    seats.serve(connected, key, client_address())
    return Response(status=204)


def _begin(work: Session, channel: Channel, told: SessionTold) -> sessions.Begun:
    identity = told.identity.model_dump(exclude_none=True) if told.identity is not None else None
    try:
        signed = identity and (identity.get("token") or identity.get("user_hash"))
        proven = sessions.proven_by(identity, open_access(channel).secrets) if signed else None
        token = told.token or token_given()
        if proven is None and visitor_with(work, channel, token) is None:
            count_new_visitor()
        begun = sessions.begin(work, channel, token=token, proven=proven)
    except IdentityRefused as refused:
        raise Forbidden(
            N_("The shop's signature for who you are is not valid. Load the page again."),
            code="identity_refused",
            details={"reason": refused.code},
        ) from None
    except sessions.IdentityRequired:
        raise Forbidden(N_("Sign in at the shop first."), code="identity_required") from None
    if identity:
        typed = {name: identity[name] for name in ("name", "email", "phone") if identity.get(name)}
        sessions.learn_told(work, channel, begun.visitor, typed)
    return begun


def _check_may_write(guest: Guest, told: MessageTold) -> None:
    if not told.text.strip() and not told.files:
        raise Invalid(N_("Write something first."), code="empty", field="text")
    check_asked(guest)
    check_proof(guest, told.solution)


def _number(name: str) -> int:
    given = request.args.get(name, "0")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 18 else 0


def _for_shops(response: Response) -> Response:
    response.headers["Cache-Control"] = KEPT
    response.headers.update(ABOUT)
    return response
