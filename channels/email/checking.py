"""Trying out a mailbox step by step, and saying after each what an administrator can do."""

from dataclasses import dataclass, field
from typing import Literal

from channels.adapter import ChannelError, Health
from channels.email.imap import FolderConnection
from channels.email.sentences import FAULTS
from channels.email.servers import Server
from channels.email.smtp import try_login
from channels.email.subaddress import Trial, subaddress_arrives
from core.words import N_

Step = tuple[str, bool, str]

GOOD = {
    "name": N_("The server's name is known."),
    "connection": N_("The server answers."),
    "encryption": N_("The connection is encrypted and the certificate fits."),
    "login": N_("Name and password are accepted."),
    "folders": N_("The folders can be read."),
}
PLAIN = N_("The connection is not encrypted, which is allowed inside the own network only.")
UNKNOWN = N_("Something went wrong that we have no advice for; the details say what.")
QUIET = N_("The server does not tell by itself that a letter came, so it takes up to half a minute.")
ARRIVES = N_("Letters to an address with a token arrive.")
LOST = N_(
    "A letter to an address with a token did not arrive. Switch that setting off, or allow name+anything@"
    " on the mail server: customers who answer would write into the void."
)
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
    can_idle: bool = True


def check_mailbox(
    incoming: Server,
    outgoing: Server,
    folders: tuple[str, ...],
    *,
    address: str,
    name: str,
    trial: Trial | None = None,
) -> Health:
    """Connect, encrypt, log in and look, both ways; nothing is changed, only a `trial` goes to ourselves."""
    box = _look(incoming, folders)
    post = _log_in(outgoing, name)
    fault = box.fault or post.fault
    steps = [
        *_steps("imap", incoming, box.fault, ("name", "connection", "encryption", "login", "folders")),
        *_steps("smtp", outgoing, post.fault, ("name", "connection", "encryption", "login")),
    ]
    warnings = [] if box.can_idle else [QUIET]
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
        facts={"folders": box.folders},
    )


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
        for folder in folders:
            connection.folder = folder
            connection.examine()
    except ChannelError as fault:
        found.fault = fault
    finally:
        if connection is not None:
            connection.close()
    return found


def _log_in(server: Server, name: str) -> _Found:
    try:
        try_login(server, name)
    except ChannelError as fault:
        return _Found(fault)
    return _Found()


def _steps(way: str, server: Server, fault: ChannelError | None, names: tuple[str, ...]) -> list[Step]:
    """The steps that went well, and the one that did not; those after it were not tried."""
    failed = STEP_OF_FAULT.get(fault.code, "login") if fault else None
    failed = failed if failed is None or failed in names else names[-1]
    steps: list[Step] = []
    for name in names:
        if fault is not None and name == failed:
            return [*steps, (f"{way}.{name}", False, FAULTS.get(fault.code, UNKNOWN))]
        is_plain = name == "encryption" and server.security == "none"
        steps.append((f"{way}.{name}", True, PLAIN if is_plain else GOOD[name]))
    return steps
