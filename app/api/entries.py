"""Entries of a dialog's timeline as the API says them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from app.sentences import delivery_sentence
from core.events import Event
from core.media import safe_download_name
from inbox.models import Attachment, Comment, Message, Recipient
from inbox.timeline import Entry

Names = Mapping[int, str]

LETTERS = frozenset({"message/rfc822", "message/global"})
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
# Pictures a browser may show in place; every other file is downloaded.
SHOWN_IN_PLACE = frozenset({"image/png", "image/apng", "image/jpeg", "image/gif", "image/webp"})


def entry_json(entry: Entry, names: Names) -> dict[str, Any]:
    """A message, a comment or an event; `names` are those of the team."""
    if isinstance(entry, Message):
        return message_json(entry)
    if isinstance(entry, Comment):
        return comment_json(entry)
    return event_json(entry, names)


def message_json(message: Message) -> dict[str, Any]:
    """A message with its recipients and files."""
    trouble = message.error_code or message.error_detail
    return {
        "type": "message",
        "id": message.id,
        "at": message.created_at,
        "direction": message.direction,
        "author": _author(message),
        "subject": message.subject,
        "text": message.text,
        "visible_text": message.visible_text if message.visible_text != message.text else None,
        "html": message.html is not None,
        "html_height": None,
        "has_remote": message.has_remote,
        "klass": message.klass,
        "state": message.delivery,
        "send_after": message.leave_at if message.delivery in ("held", "queued") else None,
        "error": delivery_sentence(message.error_code, message.error_detail) if trouble else None,
        "error_code": message.error_code,
        "recipients": [_recipient(each) for each in message.recipients],
        "from": _address(message.envelope.get("from")),
        "attachments": files_json(message.attachments),
        "invitations": [{**NO_EVENT, **each} for each in message.envelope.get("calendar") or ()],
        "whole_size": message.envelope.get("whole_size"),
        "defects": message.defects,
        "warnings": message.warnings,
        "client_uuid": message.client_uuid,
        "quoted": bool(message.envelope.get("quote")),
        "signature": message.envelope.get("signature") or None,
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


def files_json(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Files, each with the address it is fetched from."""
    return [file_json(each) for each in attachments]


def file_json(file: Attachment) -> dict[str, Any]:
    """A file; its type is what its bytes were found to be, not what the sender said."""
    url = f"/files/{file.id}/{quote(safe_download_name(file.name), safe='')}"
    kind = _kind(file.mime)
    return {
        "id": file.id,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "kind": kind,
        "inline": file.inline,
        "url": url,
        "preview": f"{url}?inline=1" if kind == "image" else None,
        "letter": f"/letters/nested/{file.id}" if file.mime in LETTERS else None,
        "width": None,
        "height": None,
    }


def _kind(mime: str) -> str:
    kind = mime.partition("/")[0]
    if mime in SHOWN_IN_PLACE:
        return "image"
    return kind if kind in ("video", "audio") else "file"


def _author(message: Message) -> dict[str, Any]:
    if message.direction == "in":
        identity = message.identity
        name = (identity.name or identity.shown) if identity else ""
        return {"kind": "customer", "id": identity.customer_id if identity else None, "name": name}
    if message.agent is not None:
        return {"kind": "agent", "id": message.agent.id, "name": message.agent.name}
    return {"kind": "system", "id": None, "name": ""}


def _recipient(recipient: Recipient) -> dict[str, Any]:
    trouble = recipient.error_code or recipient.error_detail
    return {
        "address": recipient.address,
        "name": recipient.name,
        "role": recipient.role,
        "state": recipient.delivery,
        "error": delivery_sentence(recipient.error_code, recipient.error_detail) if trouble else None,
    }


def _address(value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping) or not value.get("address"):
        return None
    return {"address": str(value["address"]), "name": str(value.get("name") or "")}
