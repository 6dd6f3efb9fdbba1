"""Fetching the files of customers: where they lie, and where they lie now."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from channels.adapter import BadContent, RecipientGone
from channels.json_fields import part, parts, words
from channels.max.client import MaxClient

VIDEO_SIZES = ("mp4_1080", "mp4_720", "mp4_480", "mp4_360", "mp4_240", "mp4_144")


def fetch(client: MaxClient, ref: Mapping[str, Any], out: BinaryIO, max_bytes: int) -> str:
    """Write the bytes of a file, its type; an address that has grown old is asked for again."""
    try:
        url = _of_video(client, ref) or str(ref.get("url") or "") or _now(client, ref)
        try:
            return client.download(url, out, max_bytes)
        except BadContent as fault:
            newer = _now(client, ref) if fault.code == "gone" else ""
            if not newer or newer == url:
                raise
            return client.download(newer, out, max_bytes)
    except RecipientGone as fault:
        raise BadContent(fault.detail, code="gone") from fault


def _of_video(client: MaxClient, ref: Mapping[str, Any]) -> str:
    """Films have an address for each of their sizes, which is asked for; the biggest."""
    if not ref.get("video"):
        return ""
    try:
        found = part(client.get(f"/videos/{ref['video']}"), "urls")
    except RecipientGone:
        return ""
    return next((url for size in VIDEO_SIZES if (url := words(found, size))), "")


def _now(client: MaxClient, ref: Mapping[str, Any]) -> str:
    """Where a file of a message lies now."""
    attachments = parts(part(client.get(f"/messages/{ref.get('mid', '')}"), "body"), "attachments")
    place = ref.get("place")
    if not isinstance(place, int) or not 0 <= place < len(attachments):
        raise BadContent("the message has no such file any more", code="gone")
    return words(part(attachments[place], "payload"), "url")
