"""Live screens: who is connected, which rooms they are in, and how that ends.

A room is an audience. People are put into rooms here, by what the database says of them, and never
by what a browser asks for. Frames come from the relay through Valkey; a browser only says which
dialog it shows and that somebody types.
"""

import logging
from collections.abc import Callable
from typing import Any, Literal

import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO
from gevent import monkey
from pydantic import BaseModel, ConfigDict, ValidationError

from app.access import dialog_for
from app.api.commands import Id
from app.fanout import WebManager
from app.identity import carries_key, visitor
from app.packets import ScreenPacket
from app.presence import Presence
from app.seats import Seat, Seats
from channels.changes import show_typing
from core.config import Settings
from core.db import reading, transaction
from core.errors import DeskError
from core.logs import redacted
from inbox.models import Dialog

LARGEST_MESSAGE = 64 * 1024
# The library gives our handlers for coming and going to whoever sends an event of that name.
_PRETENDED: dict[str, Any] = {"error": "invalid"}

_log = structlog.get_logger("sockets")


class Look(BaseModel):
    """Which dialog a window shows; none when it shows a list."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dialog_id: Id | None


class Typing(BaseModel):
    """In which dialog, and in which of its two fields, somebody types."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dialog_id: Id
    mode: Literal["reply", "comment"]


def install(app: Flask, settings: Settings) -> SocketIO:
    """Give the app its sockets: WebSocket only, from our own origin only."""
    presence = Presence(settings.redis_url) if settings.redis_url else None
    socketio = SocketIO(
        app,
        async_mode="gevent" if monkey.is_module_patched("socket") else "threading",
        client_manager=WebManager(settings.redis_url) if settings.redis_url else None,
        serializer=ScreenPacket,
        transports=["websocket"],
        cors_allowed_origins=sorted(app.config["OUR_ORIGINS"]),
        max_http_buffer_size=LARGEST_MESSAGE,
        manage_session=False,
        always_connect=False,
        ping_interval=25,
        ping_timeout=20,
        logger=_library_log(),
        engineio_logger=_library_log(),
    )
    seats = Seats(socketio, presence)
    app.extensions["seats"] = seats
    desk = Desk(seats)
    socketio.on_event("connect", desk.sit_down)
    socketio.on_event("disconnect", desk.stand_up)
    socketio.on_event("look", desk.look)
    socketio.on_event("typing", desk.typing)
    socketio.on_error_default(_note_bug)
    return socketio


class Desk:
    """What a browser may say."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats

    def sit_down(self, *_auth: Any) -> dict[str, Any] | None:
        """Let a signed-in browser in and put it into its rooms."""
        if self._seats.is_connected(_sid()):
            return _PRETENDED
        who = None if carries_key() else visitor()
        if who is None or who.session_id is None:
            raise ConnectionRefusedError("signed_out")
        self._seats.add(Seat(_sid(), who.session_id, who.agent.id), who.audiences)
        return None

    def stand_up(self, *_reason: Any) -> dict[str, Any] | None:
        """Forget a browser that is gone; one that only says so stays watched."""
        if self._seats.is_connected(_sid()):
            return _PRETENDED
        self._seats.remove(_sid())
        return None

    def look(self, *told: Any) -> dict[str, Any]:
        """Show who is in a dialog to those who are in it."""
        return self._answer(Look, told, self._look)

    def typing(self, *told: Any) -> dict[str, Any]:
        """Show that somebody types."""
        return self._answer(Typing, told, self._type)

    def _look(self, seat: Seat, told: Look) -> None:
        if told.dialog_id is not None and told.dialog_id != seat.dialog_id:
            self._check_sees(told.dialog_id)
        self._seats.look(seat, told.dialog_id)

    def _type(self, seat: Seat, told: Typing) -> None:
        if told.dialog_id != seat.dialog_id:
            self._check_sees(told.dialog_id)
            self._seats.look(seat, told.dialog_id)
        self._seats.type(seat)
        if told.mode == "reply":
            with transaction() as session:
                show_typing(session, session.get_one(Dialog, told.dialog_id))

    def _check_sees(self, dialog_id: int) -> None:
        who = visitor()
        assert who is not None
        with reading() as session:
            dialog_for(session, session.merge(who.agent, load=False), dialog_id)

    def _answer(
        self, model: type[Any], told: tuple[Any, ...], act: Callable[[Seat, Any], None]
    ) -> dict[str, Any]:
        """Say ok, or a code and nothing else: an answer never repeats what was sent or who else is here."""
        seat = self._seats.get(_sid())
        who = visitor()
        if seat is None or who is None or who.session_id != seat.session_id:
            return {"error": "signed_out"}
        if not seat.may_speak():
            return {"error": "too_many"}
        try:
            act(seat, model.model_validate(told[0] if len(told) == 1 else None))
        except ValidationError:
            return {"error": "invalid"}
        except DeskError as error:
            return {"error": error.code}
        return {"ok": True}


class _Brief(logging.Filter):
    """What strangers send breaks in the library's hands; one line each is enough, without what they sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the kind of a fault and drop its trace."""
        if record.exc_info and record.exc_info[0] is not None:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", ()
            record.exc_info = record.exc_text = None
        return True


def _library_log() -> logging.Logger:
    """Where the libraries behind sockets write; named here, so that they add no handler of their own."""
    found = logging.getLogger("sockets.library")
    found.setLevel(logging.ERROR)
    if not any(isinstance(each, _Brief) for each in found.filters):
        found.addFilter(_Brief())
    return found


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _note_bug(error: Exception) -> dict[str, Any]:
    _log.error("socket_bug", fault=redacted(f"{type(error).__name__}: {error}"))
    return {"error": "bug"}
