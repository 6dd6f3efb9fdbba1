"""The browsers connected to this process: where each sits, and whether it still may.

Twice a second the events are asked whether somebody lost a session, a role or an audience; if so,
everybody here is looked at again. Events are numbered without gaps, so none is overlooked, and
whatever happens all seats are looked at every few seconds.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask_socketio import SocketIO
from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.presence import TYPING_FADES, Presence
from core.clock import now
from core.db import transaction
from core.events import Event, last_seq
from inbox.models import Dialog
from people.audiences import memberships
from people.models import AgentSession
from people.queries import live_sessions

LOOK_EVERY = 0.5
LOOK_AT_ALL_EVERY = 5.0
PRESENCE_EVERY = 30.0
MOST_WORDS = 40
PER_SECONDS = 10.0
CHANGES = (
    "session.ended",
    "agent.changed",
    "audience.changed",
    "team.changed",
    "channel.changed",
)

_log = structlog.get_logger("sockets")


@dataclass
class Seat:
    """One connected window."""

    sid: str
    session_id: int
    agent_id: int
    audiences: set[str] = field(default_factory=set)
    dialog_id: int | None = None
    typing_until: float = 0.0
    spoke: list[float] = field(default_factory=list)

    def may_speak(self) -> bool:
        """Whether this window has not said too much lately."""
        moment = time.monotonic()
        self.spoke = [each for each in self.spoke if each > moment - PER_SECONDS]
        if len(self.spoke) >= MOST_WORDS:
            return False
        self.spoke.append(moment)
        return True


class Seats:
    """All windows of this process, kept in step with the database."""

    def __init__(self, socketio: SocketIO, presence: Presence | None) -> None:
        self._socketio = socketio
        self._presence = presence
        self._seats: dict[str, Seat] = {}
        self._is_watching = False
        self._seq = -1
        self._rung = -1
        self._looked_at_all = 0.0
        self._refreshed = 0.0

    def __len__(self) -> int:
        return len(self._seats)

    def is_connected(self, sid: str) -> bool:
        """Whether a window is connected, neither coming nor going just now."""
        return bool(self._server.manager.is_connected(sid, "/"))

    def get(self, sid: str) -> Seat | None:
        """A window."""
        return self._seats.get(sid)

    def add(self, seat: Seat, audiences: Iterable[str]) -> None:
        """Put a window into the rooms of its audiences."""
        self._seats[seat.sid] = seat
        self._enter(seat, set(audiences))
        if not self._is_watching:
            self._is_watching = True
            self._socketio.start_background_task(self._watch)

    def remove(self, sid: str) -> None:
        """Forget a window; the library has left its rooms already."""
        seat = self._seats.pop(sid, None)
        if seat is not None and seat.dialog_id is not None:
            self._leave_dialog(seat)

    def look(self, seat: Seat, dialog_id: int | None) -> None:
        """Note which dialog a window shows, and tell the others in it."""
        if seat.dialog_id is not None and seat.dialog_id != dialog_id:
            self._leave_dialog(seat)
        seat.dialog_id = dialog_id
        if dialog_id is not None:
            self._server.enter_room(seat.sid, _dialog_room(dialog_id), namespace="/")
            if self._presence is not None:
                self._presence.look(dialog_id, seat.agent_id, seat.sid)
            self._tell_presence(dialog_id)

    def type(self, seat: Seat) -> None:
        """Note that somebody types, and tell the others in the dialog if they did not know."""
        if self._presence is None or seat.dialog_id is None:
            return
        self._presence.type(seat.dialog_id, seat.agent_id)
        is_news = seat.typing_until < time.monotonic()
        seat.typing_until = time.monotonic() + TYPING_FADES + LOOK_EVERY
        if is_news:
            self._tell_presence(seat.dialog_id)

    def check(self, session: Session) -> None:
        """Look at every window: who may no longer be here is sent away, rooms follow the memberships."""
        seats = list(self._seats.values())
        live = set(
            session.scalars(
                live_sessions()
                .with_only_columns(AgentSession.id)
                .where(AgentSession.id.in_({seat.session_id for seat in seats}))
            )
        )
        belongs = memberships(session, (seat.agent_id for seat in seats))
        shown = {seat.dialog_id for seat in seats if seat.dialog_id is not None}
        asked = select(Dialog.id, Dialog.audience).where(Dialog.id.in_(shown))
        audience_of = dict(session.execute(asked).all())
        for seat in seats:
            audiences = belongs.get(seat.agent_id)
            if seat.session_id not in live or audiences is None:
                self._send_away(seat)
                continue
            self._enter(seat, set(audiences))
            if seat.dialog_id is not None and audience_of.get(seat.dialog_id) not in audiences:
                self._leave_dialog(seat)

    def turn(self) -> None:
        """One look at the database, and what follows from it."""
        with transaction() as session:
            seq = last_seq(session)
            if self._has_changes(session, seq) or time.monotonic() - self._looked_at_all > LOOK_AT_ALL_EVERY:
                self._looked_at_all = time.monotonic()
                self.check(session)
        self._ring(self._seq)
        self._seq = seq
        self._fade()

    def _watch(self) -> None:
        while True:
            self._socketio.sleep(LOOK_EVERY)
            if not self._seats:
                self._seq = -1
                continue
            try:
                self.turn()
            except SQLAlchemyError as error:
                _log.warning("watch_blind", fault=type(error).__name__)
            except Exception:
                # A bug here must not leave people in rooms they lost: the next look comes in half a second.
                _log.exception("watch_broke")

    def _has_changes(self, session: Session, seq: int) -> bool:
        if self._seq < 0 or seq == self._seq:
            return self._seq < 0
        news = exists().where(Event.seq > self._seq, Event.seq <= seq, Event.kind.in_(CHANGES))
        return bool(session.scalar(select(news)))

    def _ring(self, seq: int) -> None:
        """Tell browsers to ask when events half a second old were in no frame: Valkey is away."""
        if seq <= max(self._rung, getattr(self._server.manager, "heard", -1)):
            return
        self._rung = seq
        for audience in {audience for seat in self._seats.values() for audience in seat.audiences}:
            frame = {"audience": audience, "after": seq, "upto": seq, "items": [], "server_time": _now()}
            self._server.manager.emit("frame", frame, namespace="/", room=audience, ignore_queue=True)

    def _fade(self) -> None:
        """Let typing end where it has, and looking go on where it does."""
        moment = time.monotonic()
        for seat in list(self._seats.values()):
            if seat.dialog_id is not None and 0 < seat.typing_until < moment:
                seat.typing_until = 0.0
                self._tell_presence(seat.dialog_id)
        if self._presence is not None and moment - self._refreshed > PRESENCE_EVERY:
            self._refreshed = moment
            for seat in list(self._seats.values()):
                if seat.dialog_id is not None:
                    self._presence.look(seat.dialog_id, seat.agent_id, seat.sid)

    def _enter(self, seat: Seat, audiences: set[str]) -> None:
        for audience in audiences - seat.audiences:
            self._server.enter_room(seat.sid, audience, namespace="/")
        for audience in seat.audiences - audiences:
            self._server.leave_room(seat.sid, audience, namespace="/")
        seat.audiences = audiences

    def _send_away(self, seat: Seat) -> None:
        self._seats.pop(seat.sid, None)
        for audience in seat.audiences:
            self._server.leave_room(seat.sid, audience, namespace="/")
        if seat.dialog_id is not None:
            self._leave_dialog(seat)
        manager = self._server.manager
        manager.emit("signed_out", {}, namespace="/", room=seat.sid, ignore_queue=True)
        self._socketio.start_background_task(
            self._server.disconnect, seat.sid, namespace="/", ignore_queue=True
        )

    def _leave_dialog(self, seat: Seat) -> None:
        dialog_id, seat.dialog_id, seat.typing_until = seat.dialog_id, None, 0.0
        if dialog_id is None:
            return
        if seat.sid in self._seats:
            self._server.leave_room(seat.sid, _dialog_room(dialog_id), namespace="/")
        if self._presence is not None:
            self._presence.leave(dialog_id, seat.agent_id, seat.sid)
        self._tell_presence(dialog_id)

    def _tell_presence(self, dialog_id: int) -> None:
        people = self._presence.people(dialog_id) if self._presence is not None else {}
        agents = [{"id": agent_id, "typing": typing} for agent_id, typing in people.items()]
        self._socketio.emit(
            "presence", {"dialog_id": dialog_id, "agents": agents}, to=_dialog_room(dialog_id)
        )

    @property
    def _server(self) -> Any:
        return self._socketio.server


def _dialog_room(dialog_id: int) -> str:
    """The room of those who show a dialog; no audience is called like this."""
    return f"look:{dialog_id}"


def _now() -> str:
    return now().isoformat().replace("+00:00", "Z")
