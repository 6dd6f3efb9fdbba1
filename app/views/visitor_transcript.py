"""A copy of the conversation that a visitor asks for in the chat."""

from flask import Response

from app.access import Whom, open_to
from app.answers import json_response
from app.jobs import kick
from app.views.webchat import webchat
from app.visitor_door import check_often, count, token_given, visiting
from channels.webchat.transcript import copy_text, send_copy

COPIES_AN_HOUR = "3/hour"


@webchat.post("/api/transcript")
@open_to(Whom.ANYBODY)
def send_transcript(key: str) -> Response:
    """Send a copy to the address that the shop has signed, and do not say which it is."""
    count("look", key, token_given())
    with visiting(key) as guest:
        check_often("visitor_transcript", guest.visitor.key, COPIES_AN_HOUR)
        send_copy(guest.session, guest.channel, guest.visitor)
    kick("delivery")
    return json_response({}, 202)


@webchat.get("/api/transcript")
@open_to(Whom.ANYBODY)
def read_transcript(key: str) -> Response:
    """The conversation as text, for the browser to save, as often as it may be asked for by letter."""
    count("look", key, token_given())
    with visiting(key, looking=True) as guest:
        check_often("visitor_transcript_text", guest.visitor.key, COPIES_AN_HOUR)
        text = copy_text(guest.session, guest.channel, guest.visitor)
    return json_response({"text": text})
