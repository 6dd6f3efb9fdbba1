"""What the frame of a chat that is only looked at asks: everything is answered, and nothing is kept."""

from flask import Blueprint, Response, request

from app.access import Whom, open_to
from app.answers import json_response
from app.chat_frame import frame_page
from app.chat_look import (
    BEGINS,
    lines_of_nobody,
    look_settings,
    looked_at,
    read_name,
    session_of_nobody,
    visitor_of_nobody,
)
from app.guard import refuse_foreign_origin
from app.languages import language
from channels.webchat.visitors import KIND
from core.db import reading
from core.errors import NOTHING, Conflict, NotFound
from core.words import N_
from inbox.models import Channel

chat_look = Blueprint("chat_look", __name__, url_prefix="/w/look-<name>")


@chat_look.get("/frame")
@open_to(Whom.ANYBODY)
def frame(name: str) -> Response:
    """The frame of the chat as it is just being set."""
    return frame_page(look_settings(_channel(name), BEGINS + name), sites="")


@chat_look.post("/api/session")
@open_to(Whom.ANYBODY)
def session(name: str) -> Response:
    """Let whoever looks in."""
    return json_response(session_of_nobody(_channel(name).settings, language()))


@chat_look.get("/api/sync")
@open_to(Whom.ANYBODY)
def sync(name: str) -> Response:
    """A question and its answer."""
    told = lines_of_nobody(_channel(name), language())
    after = request.args.get("after_seq", "0")
    told["lines"] = [each for each in told["lines"] if not after.isdecimal() or each["seq"] > int(after[:9])]
    return json_response(told)


@chat_look.get("/api/unread")
@open_to(Whom.ANYBODY)
def unread(name: str) -> Response:
    """Nothing waits."""
    return json_response({"unread": 0, "seq": 2})


@chat_look.put("/api/profile")
@open_to(Whom.ANYBODY)
def profile(name: str) -> Response:
    """Whatever was filled in."""
    return json_response({"visitor": visitor_of_nobody([])})


@chat_look.post("/api/<any(read,typing,logout):what>")
@open_to(Whom.ANYBODY)
def note(name: str, what: str) -> Response:
    """Nobody hears of it."""
    return json_response({"read_seq": 2}) if what == "read" else Response(status=204)


@chat_look.post("/api/<any(messages,files,transcript):what>")
@open_to(Whom.ANYBODY)
def write(name: str, what: str) -> Response:
    """Nobody would read it."""
    raise Conflict(
        N_("This is only a preview of the chat; nobody reads what is written here."), code="only_a_look"
    )


@chat_look.get("/socket", websocket=True)
@open_to(Whom.ANYBODY)
def socket(name: str) -> Response:
    """No bell rings where nothing happens: the connection is taken and ended."""
    connected = request.environ.get("wsgi.websocket")
    if connected is None:
        raise NotFound(NOTHING)
    refuse_foreign_origin()
    connected.close()
    return Response(status=204)


def _channel(name: str) -> Channel:
    who = read_name(BEGINS + name)
    with reading() as work:
        channel = work.get(Channel, who[0]) if who is not None else None
        if who is None or channel is None or channel.kind != KIND:
            raise NotFound(NOTHING)
        return looked_at(channel, who[1])
