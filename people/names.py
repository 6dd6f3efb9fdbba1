"""What a person is called on the screen, whatever the outside says. Pure."""

from collections.abc import Iterable

from core.text import plain_line
from core.words import N_
from people.phones import shown_phone

LONGEST_NAME = 100
NO_NAME = N_("No name")


def clean_name(text: str | None) -> str:
    """A name on one line without anything invisible, at most 100 characters; "" if nothing is left."""
    return plain_line(text or "", longest=LONGEST_NAME)


def pick_name(*names: str | None, handle: str | None = None, phone: str | None = None) -> str:
    """The first name that can be seen, else the handle, else the phone, else NO_NAME.

    So a card is never nameless (requirements 3.1). NO_NAME is stored as it stands and
    translated where it is shown, by `is_nameless`.
    """
    candidates: Iterable[str | None] = (*names, handle, shown_phone(phone) if phone else None)
    return next((name for name in map(clean_name, candidates) if name), NO_NAME)


def is_nameless(name: str) -> bool:
    """Whether this is our word for having no name, which each reader sees in their own language."""
    return name == NO_NAME
