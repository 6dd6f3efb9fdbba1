"""Entries of a dialog's timeline as the API says them."""

from collections.abc import Mapping
from typing import Any

from app.api.files_json import files_json, files_of_message
from app.api.marked import marked_json
from app.api.said import answered_json, author_json, reactions_json
from app.sentences import delivery_sentence
from channels.pages import bare_address
from core.events import Event
from inbox.models import Comment, Message, Recipient
from inbox.timeline import Entry, TimelinePage

Names = Mapping[int, str]

# An invitation of which nothing is known; letters that came to an older release kept less of theirs.
NO_EVENT = {
    "method": "",
    "uid": "",
    "summary": "",
    "start": None,
    "end": None,
    "organizer": None,
    "location": "",
    "sequence": 0,
}


def timeline_json(page: TimelinePage, names: Names) -> list[dict[str, Any]]:
    """The entries of a page; `names` are those of the team."""
    return [
        message_json(each, is_formatted=each.id in page.formatted)
        if isinstance(each, Message)
        else entry_json(each, names)
        for each in page.entries
    ]


def addresses_named(page: TimelinePage) -> set[str]:
    """Every address that the letters of a page name, in lower case."""
    envelopes = [each.envelope for each in page.entries if isinstance(each, Message)]
    named: list[Any] = [each.get("from") for each in envelopes]
    for role in ("reply_to", "to", "cc"):
        named += [one for each in envelopes for one in each.get(role) or ()]
    return {each["address"].lower() for each in _addresses(named)}


def entry_json(entry: Entry, names: Names) -> dict[str, Any]:
    """A message, a comment or an event; `names` are those of the team."""
    if isinstance(entry, Message):
        return message_json(entry)
    if isinstance(entry, Comment):
        return comment_json(entry)
    return event_json(entry, names)


def message_json(message: Message, *, is_formatted: bool | None = None) -> dict[str, Any]:
    """A message with its recipients and files; a page that left formatted bodies behind says who has one."""
    trouble = message.error_code or message.error_detail
    return {
        "type": "message",
        "id": message.id,
        "at": message.created_at,
        "direction": message.direction,
        "author": author_json(message),
        "subject": message.subject,
        "text": message.text,
        "visible_text": message.visible_text if message.visible_text != message.text else None,
        "html": message.html is not None if is_formatted is None else is_formatted,
        "html_height": None,
        "marked": marked_json(message),
        "has_remote": message.has_remote,
        "klass": message.klass,
        "state": message.delivery,
        "send_after": message.leave_at if message.delivery in ("held", "queued") else None,
        "error": delivery_sentence(message.error_code, message.error_detail) if trouble else None,
        "error_code": message.error_code,
        "recipients": [_recipient(each) for each in message.recipients] or _named(message),
        "from": _address(message.envelope.get("from")),
        "reply_to": _addresses(message.envelope.get("reply_to")),
        "attachments": files_of_message(message),
        "invitations": [{**NO_EVENT, **each} for each in message.envelope.get("calendar") or ()],
        "page": _page(message.envelope.get("page")),
        "whole_size": message.envelope.get("whole_size"),
        "defects": message.defects,
        "warnings": message.warnings,
        "client_uuid": message.client_uuid,
        "quoted": bool(message.envelope.get("quote")),
        "signature": message.envelope.get("signature") or None,
        "edited_at": message.edited_at,
        "deleted_at": message.deleted_at,
        "answers": answered_json(message),
        "forwards": message.forwards,
        "cards": message.cards,
        "reactions": reactions_json(message.reactions),
    }


def comment_json(comment: Comment) -> dict[str, Any]:
    """A comment with its files."""
    return {
        "type": "comment",
        "id": comment.id,
        "at": comment.created_at,
        "author": {
            "kind": "agent" if comment.agent else "system",
            "id": comment.agent_id,
            "name": comment.agent.name if comment.agent else "",
        },
        "text": comment.text,
        "html_text": None,
        "mentions": comment.mentions,
        "attachments": files_json(comment.attachments),
        "client_uuid": comment.client_uuid,
    }


def event_json(event: Event, names: Names) -> dict[str, Any]:
    """Something that happened, with who did it."""
    kind, _, number = (event.actor or "").partition(":")
    actor = {"id": int(number), "name": names.get(int(number), "")} if kind == "agent" else None
    return {
        "type": "event",
        "id": f"e{event.id}",
        "at": event.created_at,
        "kind": event.kind,
        "actor": actor,
        "cause": event.cause,
        "details": event.details,
    }


def _recipient(recipient: Recipient) -> dict[str, Any]:
    trouble = recipient.error_code or recipient.error_detail
    return {
        "address": recipient.address,
        "name": recipient.name,
        "role": recipient.role,
        "state": recipient.delivery,
        "error": delivery_sentence(recipient.error_code, recipient.error_detail) if trouble else None,
    }


def _named(message: Message) -> list[dict[str, Any]]:
    """Whom a letter that came names in To and Cc; nobody ever learns whom it went to blind."""
    return [
        {**each, "role": role, "state": None, "error": None}
        for role in ("to", "cc")
        for each in _addresses(message.envelope.get(role))
    ]


def _page(value: Any) -> dict[str, str] | None:
    """The page of the shop's that it was written on, if that is one to go to."""
    url = bare_address(str(value.get("url") or "")) if isinstance(value, Mapping) else ""
    return {"url": url, "title": str(value.get("title") or "")} if url else None


def _addresses(values: Any) -> list[dict[str, str]]:
    return [found for each in values or () if (found := _address(each))]


def _address(value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping) or not value.get("address"):
        return None
    return {"address": str(value["address"]), "name": str(value.get("name") or "")}
