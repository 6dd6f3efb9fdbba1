"""Texts as the server takes them: HTML it parses strictly, entities it checks, lengths in UTF-16 units."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from tests.peers.telegram.refusals import bad

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
}
ENTITIES = frozenset(TAGS.values()) | {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "text_mention",
    "expandable_blockquote",
}
TAG = re.compile(r"<(/?)([a-zA-Z-]+)((?:\s+[a-z-]+(?:=\"[^\"]*\")?)*)\s*>")
COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]+(?:@\w+)?")
LINK = re.compile(r"https?://\S+")


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def worded(
    fields: Mapping[str, Any], name: str, entities_name: str, longest: int, *, needed: bool = False
) -> tuple[str, list[dict[str, Any]]]:
    """The text of a call and its entities, refused in the server's words where they cannot be."""
    text, mode = str(fields.get(name, "")), str(fields.get("parse_mode", "")).lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode:
        raise bad("unsupported parse_mode")
    else:
        entities = checked_entities(text, fields.get(entities_name))
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    if needed and not text:
        raise bad("message text is empty")
    if units(text) > longest:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    moved = [{**each, "offset": max(0, each["offset"] - lead)} for each in entities]
    return text, [each for each in moved if each["offset"] < units(text)]


def parse_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and entities of the server's HTML; anything it does not know is an error."""
    plain, entities, opened, place = "", [], [], 0
    for match in TAG.finditer(text):
        plain += _plain(text[place : match.start()], place)
        place = match.end()
        closing, tag, attributes = match[1], match[2].lower(), match[3]
        if tag not in TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {match.start()}')
        if not closing:
            opened.append((tag, units(plain), attributes))
            continue
        if not opened or opened[-1][0] != tag:
            raise bad(f"can't parse entities: Unmatched end tag at byte offset {match.start()}")
        _, begin, attributes = opened.pop()
        if units(plain) > begin:
            entities.append(_entity(tag, begin, units(plain) - begin, attributes))
    plain += _plain(text[place:], place)
    if opened:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return plain, sorted(entities, key=lambda each: (each["offset"], -each["length"]))


def checked_entities(text: str, given: Any) -> list[dict[str, Any]]:
    """Entities that came beside a text."""
    entities = json.loads(given) if isinstance(given, str) and given else given or []
    edges = _edges(text)
    for each in entities:
        begin, end = each["offset"], each["offset"] + each["length"]
        if each["type"] not in ENTITIES or each["length"] <= 0 or begin < 0 or end > units(text):
            raise bad(f"can't parse entities: entity {each['type']} does not fit the text")
        if begin not in edges or end not in edges:
            raise bad(
                f"can't parse entities: entity at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol"
            )
        if each["type"] == "text_link" and not re.match(r"(https?|tg|mailto|tel):", each.get("url", "")):
            raise bad("can't parse entities: wrong URL")
    return list(entities)


def found_entities(text: str) -> list[dict[str, Any]]:
    """What the server finds by itself in what people write: commands and addresses."""
    found = []
    for kind, pattern in (("bot_command", COMMAND), ("url", LINK)):
        for match in pattern.finditer(text):
            offset = units(text[: match.start()])
            found.append({"type": kind, "offset": offset, "length": units(match[0])})
    return sorted(found, key=lambda each: each["offset"])


def _plain(text: str, place: int) -> str:
    if "<" in text:
        raise bad(f"can't parse entities: Unexpected '<' at byte offset {place}")
    return html.unescape(text)


def _entity(tag: str, offset: int, length: int, attributes: str) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": TAGS[tag], "offset": offset, "length": length}
    href = re.search(r'href="([^"]*)"', attributes)
    if tag == "a":
        if href is None:
            raise bad("can't parse entities: empty link")
        entity["url"] = html.unescape(href[1])
    return entity


def _edges(text: str) -> set[int]:
    edges, place = {0}, 0
    for sign in text:
        place += 1 + (ord(sign) > 0xFFFF)
        edges.add(place)
    return edges
