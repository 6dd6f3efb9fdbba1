"""Codes of what went wrong outside, as sentences for the people who read them."""

from flask_babel import gettext

from channels.registry import kinds, words_of
from core.words import N_

_OTHERS = {
    "worker_died": N_(
        "The process that was sending this stopped halfway, so it may or may not have gone out. Check "
        "for a reply before sending it again."
    ),
    "bug": N_(
        "Something went wrong on our side while this was being sent, so it may or may not have gone out."
    ),
    "plainer": N_("It is being sent again in a plainer form."),
}
_UNKNOWN = N_("The other side said: %(words)s")
_SILENT = N_("It could not be sent, and nobody said why.")


def step_name(kind: str, step: str) -> str:
    """What a step of a channel's test is called."""
    found = words_of(kind).steps.get(step)
    return str(gettext(found)) if found else step


def delivery_sentence(code: str | None, detail: str | None, kind: str = "") -> str:
    """What became of a message, and what can be done; the outside's own words when there are no better.

    A code means the same everywhere, but a kind of channel may say it in its own words.
    """
    known = _fault((code or "").removeprefix("receive."), kind)
    if known is not None:
        return str(gettext(known))
    return str(gettext(_UNKNOWN, words=detail)) if detail else str(gettext(_SILENT))


def known_fault(code: str, kind: str) -> str:
    """What a code means, or nothing when we have no words for it."""
    found = _fault(code, kind) if code else None
    return str(gettext(found)) if found is not None else ""


def health_sentence(code: str, detail: str, kind: str = "") -> str:
    """Why a channel is not well, or nothing when it is."""
    return delivery_sentence(code, detail, kind) if code or detail else ""


def _fault(code: str, kind: str) -> str | None:
    for faults in (words_of(kind).faults, _OTHERS, *(words_of(each).faults for each in kinds())):
        if code in faults:
            return faults[code]
    return None
