"""Where messengers call us: read, stored, answered; whatever takes time is done by others afterwards."""

import structlog
from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.answers import json_response
from app.jobs import kick
from channels.access import open_access, shelf
from channels.adapter import HookReply
from channels.hooks import channel_behind
from channels.intake import accept
from core.db import transaction
from core.errors import NOTHING, NotFound, Unavailable

LARGEST_CALL = 1024 * 1024
PAUSE = "600"

log = structlog.get_logger()

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")


@hooks.post("/<kind>/<key>")
@open_to(Whom.ANYBODY)
def called(kind: str, key: str) -> Response:
    """Store what a messenger tells, then say that we have it; its secret is checked by its adapter.

    Without the database it is asked to come again: 503. A channel that is switched off, too.
    """
    request.max_content_length = LARGEST_CALL
    body = request.get_data(cache=False)
    with transaction() as session:
        channel = channel_behind(session, kind, key)
        if channel is None:
            raise NotFound(NOTHING)
        if not channel.enabled:
            return _later()
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = shelf.adapter(open_access(channel)).webhook(headers, body)
        new = accept(session, channel, reply.events) if reply.events else 0
    if new:
        kick("arrivals")
    if reply.status >= 400:
        log.warning("hook.refused", channel_id=channel.id, status=reply.status)
    return _said(reply)


def _said(reply: HookReply) -> Response:
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    response.headers.update(dict(reply.headers))
    return response


def _later() -> Response:
    response = json_response({"error": {"code": Unavailable.default_code}}, 503)
    response.headers["Retry-After"] = PAUSE
    return response
