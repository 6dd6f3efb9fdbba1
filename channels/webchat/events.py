"""What visitors do, as deliveries that are kept, and read again in the inbox's words. Pure.

A delivery holds all that reading it needs: who the visitor was known to be just then, too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.adapter import RawEvent
from channels.json_fields import Json, number, part, parts, unreadable, words
from channels.webchat.models import ChatFile, ChatLine, Visitor
from channels.webform.wire import text_of
from core.text import plain_line
from inbox.border import Author, Incoming, IncomingFile

KIND = "webchat"
LONGEST_NAME = 200
SAID = ("name", "email", "phone", "company")


def message_key(visitor_key: str, client_id: str) -> str:
    """What the inbox calls a visitor's message: names of browsers are unique for one visitor only."""
    return f"{visitor_key}/{client_id}"


def message_event(
    visitor: Visitor,
    line: ChatLine,
    files: Sequence[ChatFile],
    *,
    page: Mapping[str, Any] | None,
    answers: Sequence[Mapping[str, Any]] = (),
) -> RawEvent:
    """A visitor has written a line, having answered what the shop asked before."""
    payload = {
        "type": "message",
        "chat": visitor.key,
        "key": line.key,
        "at": line.said_at.isoformat(),
        "text": line.text,
        "files": [
            {"name": each.name, "mime": each.mime, "size": each.size, "sha256": each.sha256} for each in files
        ],
        "page": dict(page or visitor.page),
        "who": _who(visitor),
    }
    if answers:
        payload["answers"] = [dict(each) for each in answers]
    if line.seq == 1 and visitor.touches:
        payload["touches"] = visitor.touches
    return RawEvent(line.key, visitor.key, payload)


def read_event(visitor: Visitor, line: ChatLine, *, at: datetime) -> RawEvent:
    """A visitor has read ours up to a line."""
    payload = {
        "type": "read",
        "chat": visitor.key,
        "key": line.key,
        "at": at.isoformat(),
        "who": _who(visitor),
    }
    return RawEvent(f"{visitor.key}/read/{line.seq}", visitor.key, payload)


def known_event(visitor: Visitor, *, into: Visitor | None, name: str, at: datetime) -> RawEvent:
    """More is known of a visitor: what the shop signed, what was typed, or which user they are (`into`)."""
    payload = {
        "type": "known",
        "chat": visitor.key,
        "at": at.isoformat(),
        "who": _who(into or visitor),
        "into": into.key if into else "",
    }
    return RawEvent(f"{visitor.key}/known/{name}", visitor.key, payload)


def read_payload(payload: Json) -> list[Incoming]:
    """What a delivery says; BadContent for one that lacks what it must have."""
    kind = words(payload, "type")
    if kind == "message":
        return [_message(payload)]
    if kind == "read":
        upto = words(payload, "key") or None
        return [Incoming("read", _chat(payload), upto, _author(payload), _at(payload))]
    if kind == "known":
        return [_known(payload)]
    if not kind:
        raise unreadable("type is missing")
    what = plain_line(kind, longest=100)
    nobody = Author(KIND, "", role="system")
    return [Incoming("unsupported", None, None, nobody, _at(payload), text=what)]


def _message(payload: Json) -> Incoming:
    key = words(payload, "key")
    if not key:
        raise unreadable("the message has no name")
    page, answers = part(payload, "page"), parts(payload, "answers")
    form = {"answers": [dict(each) for each in answers]}
    return Incoming(
        "message",
        _chat(payload),
        key,
        _author(payload),
        _at(payload),
        text="\n\n".join(filter(None, (words(payload, "text"), text_of(answers)))),
        files=tuple(_file(each) for each in parts(payload, "files")),
        envelope={**({"page": dict(page)} if page else {}), **({"form": form} if answers else {})},
        extra=_extra(payload),
    )


def _known(payload: Json) -> Incoming:
    into = words(payload, "into")
    return Incoming(
        "known",
        _chat(payload),
        None,
        _author(payload),
        _at(payload),
        new_conversation_key=into or None,
        extra=_extra(payload),
    )


def _extra(payload: Json) -> dict[str, Any]:
    """What was typed, and where the visitor came from, as far as the card says nothing else."""
    told, touches = part(part(payload, "who"), "told"), part(payload, "touches")
    said = {name: words(told, name) for name in SAID if words(told, name)}
    return {name: value for name, value in {"told": said, "touches": dict(touches)}.items() if value}


def _file(told: Json) -> IncomingFile:
    size, sha256 = number(told, "size"), words(told, "sha256")
    if size is None or not sha256:
        raise unreadable("a file has no size or no bytes")
    return IncomingFile(words(told, "name"), words(told, "mime"), size, sha256)


def _who(visitor: Visitor) -> dict[str, Any]:
    return {
        "user_id": visitor.user_id,
        "proven": {name: value for name, value in visitor.proven.items() if value},
        "told": {name: value for name, value in visitor.told.items() if value},
    }


def _author(payload: Json) -> Author:
    """A visitor; only what the shop has signed counts as proven, what was typed is a name at most."""
    who = part(payload, "who")
    proven, told = part(who, "proven"), part(who, "told")
    name = plain_line(words(proven, "name") or words(told, "name"), longest=LONGEST_NAME)
    is_known = bool(words(who, "user_id"))
    return Author(
        KIND,
        _chat(payload),
        shown=name or _short(_chat(payload)),
        name=name,
        verified=is_known,
        phone=words(proven, "phone") if is_known else "",
        email=words(proven, "email") if is_known else "",
    )


def _chat(payload: Json) -> str:
    chat = words(payload, "chat")
    if not chat:
        raise unreadable("chat is missing")
    return chat


def _short(key: str) -> str:
    """What tells visitors without a name apart on a screen."""
    return f"#{key[:6]}"


def _at(payload: Json) -> datetime:
    try:
        at = datetime.fromisoformat(words(payload, "at"))
    except ValueError:
        raise unreadable("at is no time") from None
    if at.tzinfo is None:
        raise unreadable("at has no zone")
    return at
