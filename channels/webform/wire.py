"""A submission as it is stored, and read again in the inbox's words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from channels.adapter import RawEvent
from channels.email.warnings import DANGEROUS
from channels.json_fields import Json, number, part, parts, unreadable, words
from channels.webform.definition import Definition
from core.text import plain_line
from inbox.border import Author, Incoming, IncomingFile

KIND = "webform"
LONGEST_SUBJECT = 200
# What stands in the line above a message anyway, or on the card.
_SHOWN_ABOVE = ("name", "email")


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody sent: values by the names of fields, files of the store, and what is known about it."""

    language: str
    version: int
    values: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    at: datetime
    suspected: Sequence[str] = ()
    touches: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""


def submission_event(key: str, definition: Definition, sent: Submission) -> RawEvent:
    """It as a delivery, with the questions as they were read and what was agreed to."""
    values, language = sent.values, sent.language
    answers = [
        {
            "name": each.name,
            "type": each.type,
            "label": definition.said(each.labels, language),
            "goes_to": each.goes_to,
            "value": values[each.name],
        }
        for each in definition.fields
        if each.name in values
    ]
    payload = {
        "kind": definition.kind,
        "title": definition.said(definition.titles, language),
        "language": language,
        "version": sent.version,
        "consent": definition.said(definition.consent, language),
        "answers": answers,
        "files": [dict(each) for each in sent.files],
        "at": sent.at.isoformat(),
        "suspected": list(sent.suspected),
        "touches": dict(sent.touches),
        "page": sent.page,
    }
    return RawEvent(key, key, payload)


def read_submission(event_key: str, told: Json) -> Incoming:
    """The message that a submission is; its author is whoever was typed, which proves nothing."""
    answers = parts(told, "answers")
    contact = {words(each, "goes_to"): each.get("value") for each in answers if words(each, "goes_to")}
    email, phone, name = (str(contact.get(each) or "") for each in ("email", "phone", "name"))
    title = plain_line(words(told, "title"), longest=LONGEST_SUBJECT)
    author = _author(event_key, name=name, email=email, phone=phone)
    sender = {"from": {"address": email, "name": name}} if email else {}
    about = {name: told.get(name) for name in ("kind", "title", "language", "version", "consent", "page")}
    text = text_of(answers)
    if not text and not parts(told, "files"):
        text = "\n".join(_line(each) for each in answers) or title
    return Incoming(
        kind="message",
        conversation_key=event_key,
        message_key=event_key,
        author=author,
        sent_at=_moment(told),
        text=text,
        subject=title,
        warnings=_warnings(parts(told, "files")),
        files=tuple(_file(each) for each in parts(told, "files")),
        envelope={**sender, "subject": title, "form": {**about, "answers": [dict(each) for each in answers]}},
        suspected=tuple(each for each in told.get("suspected") or () if isinstance(each, str)),
        extra={
            "told": {each: str(contact[each]) for each in _CONTACT if contact.get(each)},
            "touches": dict(part(told, "touches")),
            "fields": {key[6:]: value for key, value in contact.items() if key.startswith("field:")},
        },
    )


def text_of(answers: Sequence[Json]) -> str:
    """What is read: the first long answer as it was written, below it the others with their labels."""
    bodies = [each for each in answers if words(each, "type") == "long_text"]
    body = bodies[0] if bodies else None
    lines = [
        _line(each)
        for each in answers
        if each is not body and words(each, "goes_to") not in _SHOWN_ABOVE and each.get("value") is not None
    ]
    said = str(body.get("value")) if body is not None else ""
    return "\n\n".join(filter(None, (said, "\n".join(lines))))


def _line(answer: Json) -> str:
    value = answer.get("value")
    shown = {True: "✓", False: "—"}[value] if isinstance(value, bool) else str(value)
    return f"{words(answer, 'label')}: {shown}"


def _author(event_key: str, *, name: str, email: str, phone: str) -> Author:
    """Somebody of their own each time: what is typed proves nothing, not even that it was them before.

    The address stands at the end of the key because people are looked up by keys.
    """
    typed = email or phone
    key = f"submission:{event_key}:{typed.lower()}" if typed else f"submission:{event_key}"
    return Author(KIND, key, shown=typed or name, name=name, verified=False)


def _warnings(files: Sequence[Json]) -> tuple[str, ...]:
    """What an agent should know before opening anything."""
    is_dangerous = any(DANGEROUS.search(words(each, "name").rstrip(". ")) for each in files)
    return ("dangerous_file",) if is_dangerous else ()


def _file(told: Json) -> IncomingFile:
    size = number(told, "size")
    sha256 = words(told, "sha256")
    if not sha256 or size is None:
        raise unreadable("a file has no name in the store")
    return IncomingFile(words(told, "name"), words(told, "mime"), size, sha256)


def _moment(told: Json) -> datetime:
    try:
        return datetime.fromisoformat(words(told, "at")).astimezone(UTC)
    except ValueError:
        raise unreadable("at is no time") from None


_CONTACT = ("name", "phone", "email", "company", "search_query")
