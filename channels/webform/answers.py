"""What somebody filled in, read field by field: kept as it was typed, and what is wrong with it. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from channels.webform.definition import Definition, FormField
from channels.webform.trap import CONSENT
from core.outside.mail import is_address
from core.text import plain_line
from core.words import N_
from people.phones import is_callable, normal_phone

LONGEST_LINE = 500
LONGEST_TEXT = 20_000
MISSING = N_("Please fill this in.")

_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,6})?")
_KEPT_CONTROLS = "\n\t"


@dataclass(slots=True)
class Answers:
    """The values of a submission by the names of fields, what was typed, and the faults of it."""

    values: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def read_answers(
    definition: Definition,
    given: Mapping[str, Sequence[str]],
    *,
    region: str | None,
    has_file: Sequence[str] = (),
) -> Answers:
    """Read what was filled in; nothing that was typed is lost, whatever is wrong with it.

    `region` is where a telephone number without its country's code is at home, `has_file` the names of
    fields of files that have one.
    """
    answers = Answers()
    for each in definition.fields:
        if each.type == "file":
            if each.required and each.name not in has_file:
                answers.errors[each.name] = N_("Please add a file.")
            continue
        typed = clean_text((given.get(each.name) or [""])[0])
        answers.typed[each.name] = typed
        _read(each, typed, answers, region)
    if any(definition.consent.values()):
        agreed = bool((given.get(CONSENT) or [""])[0].strip())
        answers.typed[CONSENT] = "yes" if agreed else ""
        if not agreed:
            answers.errors[CONSENT] = N_("Without your consent we may not take this.")
    return answers


def clean_text(text: str) -> str:
    """Text as far as it can be stored and shown: one kind of line breaks, nothing invisible that steers."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")[: LONGEST_TEXT * 2]
    kept = "".join(
        sign
        for sign in lines
        if sign in _KEPT_CONTROLS or unicodedata.category(sign) not in ("Cc", "Cs", "Co", "Cn")
    )
    return kept.strip()


def _read(each: FormField, typed: str, answers: Answers, region: str | None) -> None:
    if each.type == "checkbox":
        answers.values[each.name] = bool(typed)
        if each.required and not typed:
            answers.errors[each.name] = MISSING
        return
    if not typed:
        if each.required:
            answers.errors[each.name] = MISSING
        return
    value, fault = _value(each, typed, region)
    if fault:
        answers.errors[each.name] = fault
    else:
        answers.values[each.name] = value


def _value(each: FormField, typed: str, region: str | None) -> tuple[Any, str]:
    longest = LONGEST_TEXT if each.type == "long_text" else LONGEST_LINE
    if len(typed) > longest:
        return None, N_("This is too long.")
    line = plain_line(typed, longest=LONGEST_LINE)
    match each.type:
        case "long_text":
            return typed, ""
        case "email":
            return line, "" if is_address(line) else N_("This is not an e-mail address.")
        case "phone":
            number = normal_phone(line, region) if is_callable(line, region) else None
            return number, "" if number else N_("This is not a telephone number.")
        case "number":
            return _number(line)
        case "date":
            return _date(line)
        case "select":
            return line, "" if line in each.options else N_("Choose one of these.")
    return line, ""


def _number(line: str) -> tuple[int | float | None, str]:
    digits = re.sub(r"\s", "", line)
    if not _NUMBER.fullmatch(digits):
        return None, N_("This is not a number.")
    digits = digits.replace(",", ".")
    return (float(digits) if "." in digits else int(digits)), ""


def _date(line: str) -> tuple[str | None, str]:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", line):
            raise ValueError(line)
        return date.fromisoformat(line).isoformat(), ""
    except ValueError:
        return None, N_("This is not a date.")
