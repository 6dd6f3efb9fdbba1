"""What could not be read yet: why, how it came, and another try, for one or for all."""

from collections.abc import Sequence

import orjson
from flask import request, send_file, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, arrival_to_manage, open_to, visible_arrivals, visible_channels
from app.identity import me
from app.pages import done, page
from app.sentences import known_fault
from app.views.settings.blueprint import settings
from app.views.settings.channels import words
from channels.intake import replay, replay_all
from channels.models import Arrival, ArrivalState
from channels.pulse import counts_of, is_failing, is_parked
from core.db import transaction
from core.errors import NotFound
from core.files import file_store
from core.media import content_disposition
from core.words import N_
from inbox.models import Channel

PAGE = 50
SHOWN = 64 * 1024


@settings.get("/arrivals")
@open_to(Whom.ADMINISTRATORS)
def arrivals() -> Response:
    """Show what could not be read, the newest first, of all channels or of one."""
    before = _number("before")
    with transaction() as session:
        agent = me(session)
        wanted = visible_arrivals(session, agent).where(is_parked() | is_failing(), _of_channel())
        if before is not None:
            wanted = wanted.where(Arrival.id < before)
        found = session.scalars(wanted.order_by(Arrival.id.desc()).limit(PAGE + 1)).all()
        counted = counts_of(session)
        tabs = [
            (each, counted[each.id].parked + counted[each.id].failing)
            for each in session.scalars(visible_channels(session, agent))
            if each.id in counted and counted[each.id].parked + counted[each.id].failing
        ]
        return page(
            "settings/arrivals.html",
            arrivals=found[:PAGE],
            has_more=len(found) > PAGE,
            tabs=tabs,
            total=sum(count for _, count in tabs),
            chosen=_number("channel"),
            why=_why,
            **words(),
        )


@settings.get("/arrivals/<int:arrival_id>")
@open_to(Whom.ADMINISTRATORS)
def show_arrival(arrival_id: int) -> Response:
    """Show one arrival as it came: as text, never as anything a browser would act on."""
    with transaction() as session:
        arrival = arrival_to_manage(session, me(session), arrival_id)
        payload = orjson.dumps(arrival.payload, option=orjson.OPT_INDENT_2).decode()
        return page(
            "settings/one_arrival.html",
            arrival=arrival,
            payload=_visible(payload[:SHOWN]) if arrival.payload else "",
            raw=_visible(_beginning(arrival)),
            is_cut=len(payload) > SHOWN or (arrival.raw_size or 0) > SHOWN,
            waits=_waits(arrival),
            why=_why,
            **words(),
        )


@settings.get("/arrivals/<int:arrival_id>/raw")
@open_to(Whom.ADMINISTRATORS)
def raw_arrival(arrival_id: int) -> Response:
    """The bytes as they came, only ever as a download."""
    with transaction() as session:
        arrival = arrival_to_manage(session, me(session), arrival_id)
        sha256 = arrival.raw_sha256
    if sha256 is None or not file_store().exists(sha256):
        raise NotFound(N_("The original content is no longer there."))
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
        arrival = arrival_to_manage(session, agent, arrival_id)
        if not _waits(arrival):
            raise NotFound(N_("This has already been read."))
        replay(session, arrival, agent=agent)
    return done(_list(), gettext("It is being read again."))


@settings.post("/arrivals/replay")
@open_to(Whom.ADMINISTRATORS)
def replay_arrivals() -> Response:
    """Try to read all of them once more, of all channels or of one."""
    with transaction() as session:
        agent = me(session)
        count = replay_all(session, _of_channel() & _visible_to(session), agent=agent)
    said = ngettext("%(num)s is being read again.", "%(num)s are being read again.", count)
    return done(_list(), said)


def _of_channel() -> ColumnElement[bool]:
    chosen = _number("channel")
    return Arrival.channel_id == chosen if chosen is not None else true()


def _visible_to(session: Session) -> ColumnElement[bool]:
    ids: Sequence[int] = session.scalars(
        visible_channels(session, me(session)).order_by(None).with_only_columns(Channel.id)
    ).all()
    return Arrival.channel_id.in_(ids)


def _list() -> str:
    return url_for("settings.arrivals", channel=_number("channel"))


def _number(name: str) -> int | None:
    given = request.values.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 19 else None


def _waits(arrival: Arrival) -> bool:
    return arrival.state == ArrivalState.QUARANTINED or (
        arrival.state == ArrivalState.FETCHED and arrival.reason != ""
    )


def _why(arrival: Arrival) -> str:
    """The reason as a sentence, where it is one we have words for."""
    return known_fault(arrival.reason.partition(":")[0], arrival.channel.kind)


def _beginning(arrival: Arrival) -> str:
    if arrival.raw_sha256 is None or not file_store().exists(arrival.raw_sha256):
        return ""
    with file_store().open_file(arrival.raw_sha256) as file:
        return file.read(SHOWN).decode("utf-8", "replace")


def _visible(text: str) -> str:
    """Signs that would hide or turn around what stands there, spelled out."""
    return "".join(
        each if each.isprintable() or each in "\n\t " else f"\\u{ord(each):04x}"
        for each in text.replace("\r\n", "\n")
    )
