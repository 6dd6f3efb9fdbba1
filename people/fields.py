"""What may stand in the fields a team adds to its customers' cards. Pure."""

import re
from datetime import date
from typing import Any

from core.errors import Invalid
from core.text import plain_line
from core.words import N_

TYPES = ("text", "number", "date", "choice", "yes_no")
LONGEST_VALUE = 500
MOST_FIELDS = 50
MOST_CHOICES = 50

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")
_YES, _NO = ("yes", "true"), ("no", "false")

Value = str | int | float | bool


def value_of(type_: str, typed: Any, *, choices: list[Any], field: str) -> Value | None:
    """What somebody gave as it is stored; None where it is empty and nothing is to be stored.

    Numbers may have a comma or a point and spaces between their digits; a date is YYYY-MM-DD.
    """
    words = plain_line(str(typed), longest=LONGEST_VALUE) if typed is not None else ""
    if not words:
        return None
    if type_ == "number":
        return _number(words, field)
    if type_ == "date":
        return _date(words, field)
    if type_ == "choice" and words not in choices:
        raise Invalid(N_("Choose one of these."), code="bad_choice", field=field)
    if type_ == "yes_no":
        return _yes_no(words, field)
    return words


def _number(words: str, field: str) -> int | float:
    digits = re.sub(r"\s", "", words).replace(",", ".").replace("\u2212", "-")
    if not _NUMBER.fullmatch(digits):
        raise Invalid(N_("This is not a number."), code="not_number", field=field)
    return float(digits) if "." in digits else int(digits)


def _date(words: str, field: str) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", words):
            raise ValueError(words)
        return date.fromisoformat(words).isoformat()
    except ValueError:
        raise Invalid(N_("This is not a date."), code="not_date", field=field) from None


def _yes_no(words: str, field: str) -> bool:
    if words.lower() not in (*_YES, *_NO):
        raise Invalid(N_("Choose one of these."), code="bad_choice", field=field)
    return words.lower() in _YES
