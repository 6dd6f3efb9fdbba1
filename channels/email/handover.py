"""A Letter as JSON and back, between the process that reads letters and the one that believes it.

The reading process has met hostile bytes, so nothing it sends is executed or trusted:
every value is checked on the way in, and files travel by the name of their own hash.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import orjson

from channels.email.letters import (
    Address,
    AuthenticationResult,
    Bounce,
    BounceKind,
    BounceRecipient,
    Forwarded,
    Invitation,
    Klass,
    Letter,
    LetterFile,
)

SIMPLE: dict[str, type] = {
    "subject": str,
    "text": str,
    "has_remote": bool,
    "visible_text": str,
    "folded_text": str,
    "auto_submitted": str,
    "precedence": str,
    "list_id": str,
    "received_hops": int,
}
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
One = TypeVar("One")


class Untrusted(ValueError):
    """What came is no letter."""


def write_letter(letter: Letter, folder: Path) -> bytes:
    """The letter as JSON; its files are written to the folder, each named by its sha256."""
    for file in _all_files(letter):
        path = content_path(folder, file.sha256)
        if not path.exists():
            path.write_bytes(file.content)
    without = replace(letter, files=_emptied(letter.files))
    if letter.forwarded is not None and letter.forwarded.files is not None:
        within = replace(letter.forwarded, files=_emptied(letter.forwarded.files))
        without = replace(without, forwarded=within)
    return orjson.dumps(asdict(without), default=_plain)


def read_letter_json(data: bytes) -> Letter:
    """The letter from JSON; its files have no content here, it lies in the folder. Raises Untrusted."""
    try:
        told = orjson.loads(data)
        return _letter(told)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as fault:
        raise Untrusted(type(fault).__name__) from fault


def content_path(folder: Path, sha256: str) -> Path:
    """Where a file's content lies in the folder."""
    if not SHA256.match(sha256):
        raise Untrusted("a file is named by 64 hexadecimal digits")
    return folder / sha256


def _plain(value: object) -> object:
    return "" if isinstance(value, bytes) else str(value)


def _letter(told: dict[str, Any]) -> Letter:
    simple: dict[str, Any] = {name: told[name] for name in SIMPLE}
    for name, kind in SIMPLE.items():
        if type(simple[name]) is not kind:
            raise Untrusted(name)
    klass = told["klass"]
    if klass not in get_args(Klass):
        raise Untrusted("klass")
    return Letter(
        **simple,
        klass=klass,
        message_id=_text_or_none(told["message_id"]),
        in_reply_to=_text_or_none(told["in_reply_to"]),
        html=_text_or_none(told["html"]),
        return_path=_text_or_none(told["return_path"]),
        date=_moment(told["date"]),
        from_=_or_none(_address, told["from_"]),
        sender=_or_none(_address, told["sender"]),
        reply_to=_each(_address, told["reply_to"]),
        to=_each(_address, told["to"]),
        cc=_each(_address, told["cc"]),
        references=_each(_text, told["references"]),
        delivered_to=_each(_text, told["delivered_to"]),
        notices=_each(_text, told["notices"]),
        defects=_each(_text, told["defects"]),
        response_suppress=_each(_text, told["response_suppress"]),
        loop_marks=_each(_text, told["loop_marks"]),
        spam_marks=_each(_text, told["spam_marks"]),
        files=_each(_file, told["files"]),
        forwarded=_or_none(_forwarded, told["forwarded"]),
        bounce=_or_none(_bounce, told["bounce"]),
        calendar=_each(_invitation, told["calendar"]),
        authentication=_each(_result, told["authentication"]),
        headers=_each(_pair, told["headers"]),
    )


def _each(make: Callable[[Any], One], values: Any) -> tuple[One, ...]:
    if not isinstance(values, list):
        raise Untrusted("a list is missing")
    return tuple(make(value) for value in values)


def _or_none(make: Callable[[Any], One], value: Any) -> One | None:
    return None if value is None else make(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Untrusted("a text is missing")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(_text(value))


def _address(value: Any) -> Address:
    return Address(_text(value["name"]), _text(value["address"]))


def _file(value: Any) -> LetterFile:
    if not SHA256.match(_text(value["sha256"])) or type(value["size"]) is not int:
        raise Untrusted("file")
    return LetterFile(
        name=_text(value["name"]),
        mime=_text(value["mime"]),
        size=value["size"],
        sha256=value["sha256"],
        inline=value["inline"] is True,
        cid=_text_or_none(value["cid"]),
        content=b"",
        location=_text_or_none(value["location"]),
    )


def _forwarded(value: Any) -> Forwarded:
    return Forwarded(
        from_=_or_none(_address, value["from_"]),
        subject=_text(value["subject"]),
        date=_moment(value["date"]),
        text=_text(value["text"]),
        comment=_text(value["comment"]),
        to=_each(_address, value["to"]),
        files=_each(_file, value["files"]) if value["files"] is not None else None,
    )


def _kind(value: Any) -> BounceKind:
    if value not in get_args(BounceKind):
        raise Untrusted("kind")
    kind: BounceKind = value
    return kind


def _bounce(value: Any) -> Bounce:
    return Bounce(
        recipients=_each(_recipient, value["recipients"]),
        status=_text_or_none(value["status"]),
        kind=_kind(value["kind"]),
        diagnostic=_text(value["diagnostic"]),
        original_message_id=_text_or_none(value["original_message_id"]),
        original_envelope_id=_text_or_none(value["original_envelope_id"]),
    )


def _recipient(value: Any) -> BounceRecipient:
    return BounceRecipient(
        _text(value["address"]),
        _text_or_none(value["status"]),
        _kind(value["kind"]),
        _text(value["diagnostic"]),
    )


def _invitation(value: Any) -> Invitation:
    return Invitation(
        method=_text(value["method"]),
        uid=_text(value["uid"]),
        summary=_text(value["summary"]),
        start=_text_or_none(value["start"]),
        end=_text_or_none(value["end"]),
        organizer=_text_or_none(value["organizer"]),
        location=_text(value["location"]),
        sequence=int(value["sequence"]),
    )


def _result(value: Any) -> AuthenticationResult:
    return AuthenticationResult(
        _text(value["server"]),
        _text(value["method"]),
        _text(value["result"]),
        _text(value["domain"]),
        _each(_text, value["hosts_above"]),
    )


def _pair(value: Any) -> tuple[str, str]:
    name, text = value
    return _text(name), _text(text)


def contents_of(letter: Letter, folder: Path) -> Sequence[tuple[LetterFile, Path]]:
    """Each file of a letter read apart, and where its content lies."""
    return [(file, content_path(folder, file.sha256)) for file in _all_files(letter)]


def _all_files(letter: Letter) -> tuple[LetterFile, ...]:
    """Its own, and those of the letter it forwards as a file; each content once."""
    within = letter.forwarded.files if letter.forwarded is not None else None
    return tuple({each.sha256: each for each in (*letter.files, *(within or ()))}.values())


def _emptied(files: tuple[LetterFile, ...]) -> tuple[LetterFile, ...]:
    return tuple(replace(file, content=b"") for file in files)
