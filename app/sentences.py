"""Codes of what went wrong outside, as sentences for the people who read them."""

from flask_babel import gettext

from channels.email.sentences import FAULTS
from core.words import N_

_OTHERS = {
    "worker_died": N_(
        "The process that was sending this ended in the middle, so it may or may not have gone out."
        " Look whether it was answered before sending it again."
    ),
    "bug": N_(
        "Something went wrong on our side while this was being sent, so it may or may not have gone out."
    ),
    "plainer": N_("It is being sent again in a plainer form."),
}
_UNKNOWN = N_("The other side said: %(words)s")
_SILENT = N_("It could not be sent, and nobody said why.")


STEPS = {
    "imap.name": N_("Incoming mail: the server's name"),
    "imap.connection": N_("Incoming mail: the connection"),
    "imap.encryption": N_("Incoming mail: the encryption"),
    "imap.login": N_("Incoming mail: name and password"),
    "imap.folders": N_("The folders"),
    "imap.subaddress": N_("Addresses with tokens"),
    "smtp.name": N_("Outgoing mail: the server's name"),
    "smtp.connection": N_("Outgoing mail: the connection"),
    "smtp.encryption": N_("Outgoing mail: the encryption"),
    "smtp.login": N_("Outgoing mail: name and password"),
    "smtp.letter": N_("A letter to itself"),
}


def step_name(step: str) -> str:
    """What a step of a channel's test is called."""
    return str(gettext(STEPS[step])) if step in STEPS else step


def delivery_sentence(code: str | None, detail: str | None) -> str:
    """What became of a message, and what can be done; the outside's own words when there are no better."""
    name = (code or "").removeprefix("receive.")
    known = FAULTS.get(name) or _OTHERS.get(name)
    if known is not None:
        return str(gettext(known))
    return str(gettext(_UNKNOWN, words=detail)) if detail else str(gettext(_SILENT))


def health_sentence(code: str, detail: str) -> str:
    """Why a channel is not well, or nothing when it is."""
    return delivery_sentence(code, detail) if code or detail else ""
