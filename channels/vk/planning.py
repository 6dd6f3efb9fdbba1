"""A message of ours as calls of messages.send: planned once, then sent as planned."""

import json
from collections.abc import Sequence
from typing import Any

from channels.adapter import BadContent, Part
from channels.cutting import cut_text
from channels.vk.keys import client_key, numbers_of, random_id_of
from channels.vk.wire import number
from inbox.border import Outgoing, OutgoingFile

LONGEST_TEXT = 4096
PLAIN_TEXT = 2000  # for a text that VK found too long after all: it counts some signs more than once
MOST_FILES = 10
MOST_PHOTO = 50 * 1024 * 1024
MOST_DOCUMENT = 200 * 1024 * 1024
MOST_ROWS, MOST_IN_ROW, LONGEST_LABEL = 6, 5, 40
_PHOTOS = frozenset(("image/jpeg", "image/png", "image/webp"))
_VOICES = frozenset(("audio/ogg", "audio/opus"))
_CALLS = {"photo": 2, "doc": 2, "voice": 2}

_Content = tuple[str, list[dict[str, Any]]]


def plan_parts(outgoing: Outgoing, *, plain: bool = False) -> list[Part]:
    """Words first, files with the last of them, a voice by itself; `plain` is without frills.

    BadContent for what VK takes in no form.
    """
    peer_id = number(outgoing.conversation_key)
    if not peer_id:
        raise BadContent("the message is for nobody", code="no_recipient")
    texts = cut_text(outgoing.text, PLAIN_TEXT if plain else LONGEST_TEXT)
    bundles = _bundles([_file(each, plain=plain) for each in outgoing.files])
    contents: list[_Content] = [(text, []) for text in texts]
    if contents and bundles and not _is_voice(bundles[0]):
        contents[-1] = (texts[-1], bundles.pop(0))
    contents += [("", bundle) for bundle in bundles]
    if not contents:
        raise BadContent("there is nothing in the message", code="empty_message")
    last = len(contents) - 1
    return [
        _part(outgoing, peer_id, at, content, is_last=at == last, plain=plain)
        for at, content in enumerate(contents)
    ]


def _part(
    outgoing: Outgoing,
    peer_id: int,
    at: int,
    content: _Content,
    *,
    is_last: bool,
    plain: bool,
) -> Part:
    key = f"{outgoing.key}:{'plain:' if plain else ''}{at}"
    random_id = random_id_of(key)
    text, files = content
    payload: dict[str, Any] = {
        "peer": peer_id,
        "random_id": random_id,
        "client_key": client_key(peer_id, random_id),
        "text": text,
        "files": files,
        "cost": 1 + sum(_CALLS[each["as"]] for each in files),
    }
    if outgoing.reply_to_key and at == 0 and not plain:
        payload["answers"] = _answered(outgoing.reply_to_key, peer_id)
    if outgoing.buttons and is_last:
        payload["keyboard"] = keyboard(outgoing.buttons)
    return Part(key, payload)


def keyboard(buttons: Sequence[tuple[str, str]]) -> str:
    """Buttons below a message, one a row while there is room; what they carry comes back when pressed."""
    if len(buttons) > MOST_ROWS * MOST_IN_ROW:
        raise BadContent("there are too many buttons", code="bad_buttons")
    wide = -(-len(buttons) // MOST_ROWS)
    made = [_button(label, data) for label, data in buttons]
    rows = [made[at : at + wide] for at in range(0, len(made), wide)]
    return json.dumps({"inline": True, "buttons": rows}, ensure_ascii=False)


def _button(label: str, data: str) -> dict[str, Any]:
    shown = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
    payload = json.dumps({"button": data, "label": shown}, ensure_ascii=False)
    return {"action": {"type": "callback", "label": shown, "payload": payload}}


def _file(file: OutgoingFile, *, plain: bool) -> dict[str, Any]:
    if file.size <= 0:
        raise BadContent(f"{file.name} is empty", code="file_empty")
    if file.size > MOST_DOCUMENT:
        raise BadContent(f"{file.name} is too big", code="too_big")
    kind = "doc"
    if not plain and file.mime in _PHOTOS and file.size <= MOST_PHOTO:
        kind = "photo"
    elif not plain and file.mime in _VOICES:
        kind = "voice"
    return {"as": kind, "sha256": file.sha256, "name": file.name or "file", "mime": file.mime}


def _bundles(files: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Files in messages: ten at most in one, each voice alone."""
    bundles: list[list[dict[str, Any]]] = []
    for file in files:
        is_alone = file["as"] == "voice"
        fits = bundles and not is_alone and not _is_voice(bundles[-1]) and len(bundles[-1]) < MOST_FILES
        if fits:
            bundles[-1].append(file)
        else:
            bundles.append([file])
    return bundles


def _is_voice(bundle: list[dict[str, Any]]) -> bool:
    return bool(bundle[0]["as"] == "voice")


def _answered(key: str, peer_id: int) -> int | None:
    """The number of the message that is answered, if it is one of this conversation."""
    try:
        peer, at = numbers_of(key)
    except ValueError:
        return None
    return at if peer == peer_id else None
