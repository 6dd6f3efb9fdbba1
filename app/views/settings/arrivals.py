"""Letters nobody could read: why, their bytes as they came, and another try."""

from flask import request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, arrival_to_manage, open_to, visible_arrivals
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import settings
from channels.intake import replay
from channels.models import Arrival, ArrivalState
from core.db import transaction
from core.errors import NotFound
from core.files import file_store
from core.media import content_disposition
from core.words import N_

PAGE = 50


@settings.get("/arrivals")
@open_to(Whom.ADMINISTRATORS)
def arrivals() -> Response:
    """Show what is parked, the newest first."""
    before = request.args.get("before", "")
    with transaction() as session:
        wanted = visible_arrivals(session, me(session)).where(Arrival.state == ArrivalState.QUARANTINED)
        if before.isdecimal() and len(before) < 19:
            wanted = wanted.where(Arrival.id < int(before))
        found = session.scalars(wanted.order_by(Arrival.id.desc()).limit(PAGE + 1)).all()
        return page("settings/arrivals.html", arrivals=found[:PAGE], has_more=len(found) > PAGE)


@settings.get("/arrivals/<int:arrival_id>/raw")
@open_to(Whom.ADMINISTRATORS)
def raw_arrival(arrival_id: int) -> Response:
    """The bytes as they came, only ever as a download."""
    with transaction() as session:
        arrival = arrival_to_manage(session, me(session), arrival_id)
        sha256 = arrival.raw_sha256
    if sha256 is None or not file_store().exists(sha256):
        raise NotFound(N_("There are no bytes of this."))
    response = send_file(file_store().open_file(sha256), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition(f"arrival-{arrival_id}.eml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@settings.post("/arrivals/<int:arrival_id>/replay")
@open_to(Whom.ADMINISTRATORS)
def replay_arrival(arrival_id: int) -> Response:
    """Try to read it once more."""
    with transaction() as session:
        agent = me(session)
        replay(session, arrival_to_manage(session, agent, arrival_id), agent=agent)
    return done(url_for("settings.arrivals"), gettext("It is being read again."))
