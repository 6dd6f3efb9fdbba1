"""winmail.dat: the files and the text Outlook hides in one (MS-OXTNEF)."""

import logging
import re
import struct
from dataclasses import dataclass

from tnefparse import TNEF

from channels.email.charsets import decode
from channels.email.rtf import rtf_text

MAX_BYTES = 40_000_000
NAMES = frozenset(("winmail.dat", "win.dat", "att00001.dat"))
TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef", "application/x-ms-tnef"))
SIGNATURE = struct.pack("<I", TNEF.TNEF_SIGNATURE)

logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a winmail.dat held."""

    files: tuple[tuple[str, bytes], ...]
    text: str
    html: str


def is_tnef(mime: str, name: str) -> bool:
    """Whether a part says it is a winmail.dat."""
    return mime in TYPES or name.lower() in NAMES


def unpack_tnef(data: bytes) -> Unpacked | None:
    """The files and bodies inside; None for what is broken or no TNEF at all."""
    if not data.startswith(SIGNATURE) or len(data) > MAX_BYTES:
        return None
    try:
        parsed = TNEF(data, do_checksum=False)
        files = tuple(_files(parsed))
        return Unpacked(files, _text(parsed.body) or _rtf(parsed), _text(parsed.htmlbody))
    except Exception:
        return None


def _files(parsed: TNEF) -> "list[tuple[str, bytes]]":
    found = []
    for attachment in parsed.attachments:
        name = _text(attachment.long_filename()).strip("\0 ")
        data = attachment.data if isinstance(attachment.data, bytes) else b""
        embedded = getattr(attachment, "embed", None)
        if embedded is not None:
            found.extend(_files(embedded))
        elif data:
            found.append((name, data))
    return found


def _rtf(parsed: TNEF) -> str:
    try:
        packed = parsed.rtfbody
    except Exception:
        return ""
    return rtf_text(packed) if packed else ""


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        return decode(value)
    return re.sub("\x00+", "", value) if isinstance(value, str) else ""
