"""Trying out a mailbox step by step, and saying after each what an administrator can do."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from channels.adapter import ChannelError, Health
from channels.email.imap import MOST_FOLDERS, FolderConnection
from channels.email.imap_client import Refused
from channels.email.sentences import FAULTS
from channels.email.servers import Server
from channels.email.smtp import try_login
from channels.email.subaddress import Trial, letter_arrives, subaddress_arrives
from core.clock import now
from core.words import N_

Step = tuple[str, bool, str]

GOOD = {
    "name": N_("The server's name is known."),
    "connection": N_("The server answers."),
    "encryption": N_("The connection is encrypted and the certificate is valid."),
    "login": N_("Name and password are accepted."),
    "folders": N_("The folders can be read."),
}
CONSENT = N_("The sign-in is accepted.")
PLAIN = N_("The connection is not encrypted, which is allowed inside your own network only.")
UNKNOWN = N_("Something went wrong that we have no advice for; see the details.")
QUIET = N_("The server does not announce new e-mail by itself, so it takes up to half a minute to appear.")
ARRIVES = N_("E-mails to an address with a token arrive.")
LOST = N_(
    "An e-mail to an address with a token did not arrive. Switch that setting off, or allow "
    "name+anything@ on the mail server: otherwise customers' replies would be lost."
)
CAME = N_("An e-mail to the mailbox itself has arrived.")
CAME_NOT = N_(
    "An e-mail to the mailbox itself was sent, but did not arrive within half a minute. Check the spam "
    "folder, and that the address really belongs to this mailbox."
)
FETCHED_FROM = N_("E-mails are not moved to a folder that is fetched from: they would come in again.")
NO_SUCH_FOLDER = N_("The folder to move e-mails to does not exist, so they stay where they are.")
CANNOT_MOVE = N_("This server cannot move single e-mails safely, so they stay where they are.")
DAYS = (7, 30, 90, 365)
STEP_OF_FAULT = {
    "name_unknown": "name",
    "address_not_allowed": "name",
    "unreachable": "connection",
    "outside_too_slow": "connection",
    "server_silent": "connection",
    "connection_lost": "connection",
    "server_busy": "connection",
    "certificate_not_trusted": "encryption",
    "tls_failed": "encryption",
    "no_starttls": "encryption",
    "plain_refused": "encryption",
    "folder_missing": "folders",
    "no_uidvalidity": "folders",
    "bad_answer": "folders",
}


@dataclass
class _Found:
    fault: ChannelError | None = None
    folders: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    can_idle: bool = True
    can_move: bool = True
    takes: int = 0


def check_mailbox(
    incoming: Server,
    outgoing: Server,
    folders: tuple[str, ...],
    *,
    address: str,
    name: str,
    trial: Trial | None = None,
    move_to: str = "",
) -> Health:
    """Connect, encrypt, log in and look, both ways; nothing is changed, only a `trial` goes to ourselves.

    `waiting` in the facts counts the letters that lie there, of the last days and all of them, so
    that an administrator knows what each choice would bring in.
    """
    box = _look(incoming, folders)
    post = _log_in(outgoing, name)
    fault = box.fault or post.fault
    steps = [
        *_steps("imap", incoming, box.fault, ("name", "connection", "encryption", "login", "folders")),
        *_steps("smtp", outgoing, post.fault, ("name", "connection", "encryption", "login")),
    ]
    warnings = [] if box.can_idle else [QUIET]
    if move_to and box.fault is None:
        warnings += _obstacles(box, folders, move_to)
    if trial is not None and fault is None:
        arrives = subaddress_arrives(trial)
        steps.append(("imap.subaddress", arrives, ARRIVES if arrives else LOST))
        warnings += [] if arrives else [LOST]
    return Health(
        state=_state(fault),
        code=f"receive.{box.fault.code}" if box.fault else post.fault.code if post.fault else "",
        detail=fault.detail if fault else "",
        identity=address,
        warnings=tuple(warnings),
        steps=tuple(steps),
        facts={"folders": box.folders, "waiting": box.waiting, "takes": post.takes},
    )


def check_letter(trial: Trial) -> Step:
    """Write a letter to the mailbox itself and wait for it."""
    try:
        arrived = letter_arrives(trial, trial.address)
    except ChannelError as fault:
        return "smtp.letter", False, FAULTS.get(fault.code, UNKNOWN)
    except Refused:
        return "smtp.letter", False, UNKNOWN
    return "smtp.letter", arrived, CAME if arrived else CAME_NOT


def _state(fault: ChannelError | None) -> Literal["ok", "degraded", "broken"]:
    """A refused password is for a person to mend; everything else may pass by itself."""
    if fault is None:
        return "ok"
    return "broken" if fault.health == "broken" else "degraded"


def _look(server: Server, folders: tuple[str, ...]) -> _Found:
    found = _Found()
    connection: FolderConnection | None = None
    try:
        connection = FolderConnection(server, folders[0])
        found.can_idle = connection.can_idle
        found.folders = connection.folders()
        found.can_move = connection.can_move
        for folder in folders:
            connection.folder = folder
            _count(connection, found.waiting)
    except ChannelError as fault:
        found.fault = fault
    finally:
        if connection is not None:
            connection.close()
    return found


def _count(connection: FolderConnection, waiting: dict[str, int]) -> None:
    count = connection.examine().count
    waiting["all"] = waiting.get("all", 0) + count
    for days in DAYS:
        lately = connection.count_since((now() - timedelta(days=days)).date()) if count else 0
        waiting[str(days)] = waiting.get(str(days), 0) + lately


def _obstacles(box: _Found, folders: tuple[str, ...], move_to: str) -> list[str]:
    """Why letters that were read stay where they are although they are to be moved."""
    if move_to in folders:
        return [FETCHED_FROM]
    if move_to not in box.folders and len(box.folders) < MOST_FOLDERS:
        return [NO_SUCH_FOLDER]
    return [] if box.can_move else [CANNOT_MOVE]


def _log_in(server: Server, name: str) -> _Found:
    try:
        offered = try_login(server, name)
    except ChannelError as fault:
        return _Found(fault)
    size = offered.get("size", "")
    return _Found(takes=int(size) if size.isdigit() and len(size) < 16 else 0)


def _steps(way: str, server: Server, fault: ChannelError | None, names: tuple[str, ...]) -> list[Step]:
    """The steps that went well, and the one that did not; those after it were not tried."""
    failed = STEP_OF_FAULT.get(fault.code, "login") if fault else None
    failed = failed if failed is None or failed in names else names[-1]
    steps: list[Step] = []
    for name in names:
        if fault is not None and name == failed:
            return [*steps, (f"{way}.{name}", False, FAULTS.get(fault.code, UNKNOWN))]
        words = GOOD[name]
        if name == "encryption" and server.security == "none":
            words = PLAIN
        elif name == "login" and server.tokens is not None:
            words = CONSENT
        steps.append((f"{way}.{name}", True, words))
    return steps
