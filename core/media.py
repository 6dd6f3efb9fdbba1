"""What a file is, how it may be shown, and what it may be called when it is saved. Pure.

The sender's word for the type is never asked. The type comes from the bytes, out of a list of
harmless ones; only four kinds of picture may be shown in place, everything else is downloaded.
"""

import re
from typing import NamedTuple
from urllib.parse import quote

import filetype
from babel import Locale
from babel.units import format_unit

from core.text import plain_line

BINARY = "application/octet-stream"
PLAIN_TEXT = "text/plain; charset=utf-8"
LONGEST_NAME = 200

_INLINE = frozenset({"image/png", "image/apng", "image/jpeg", "image/gif", "image/webp"})
_HARMLESS = _INLINE | {
    "image/avif", "image/bmp", "image/heic", "image/tiff", "image/x-icon",
    "audio/aac", "audio/amr", "audio/midi", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/x-aiff",
    "audio/x-flac", "audio/x-wav",
    "video/3gpp", "video/mp4", "video/mpeg", "video/quicktime", "video/webm", "video/x-m4v",
    "video/x-matroska", "video/x-ms-wmv", "video/x-msvideo",
    "application/pdf", "application/rtf", "application/epub+zip", "application/zip", "application/gzip",
    "application/x-tar", "application/x-bzip2", "application/x-xz", "application/zstd",
    "application/x-7z-compressed", "application/x-rar-compressed",
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
}  # fmt: skip
_TEXT_NAMES = frozenset(
    {"txt", "text", "log", "csv", "tsv", "md", "ics", "vcf", "eml", "json", "yaml", "yml"}
)
_MARKUP_NAMES = re.compile(
    r"\.(?:svgz?|[xsd]?html?|html?x|xht|mht(?:ml)?|xml|xslt?|xsd|rss|atom|rdf|mathml|mml|hta|swf|js|mjs)\W*$",
    re.I,
)
_MARKUP = re.compile(rb"<(?:!doctype|\?xml|html|head|body|script|svg|math|iframe|[a-z]+:svg)\b", re.I)
_HEAD = 8192
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)


class FileKind(NamedTuple):
    """The type to serve a file with, and whether it may be shown in place."""

    mime: str
    may_inline: bool


def kind_of_file(name: str, data: bytes) -> FileKind:
    """The kind of a file from its bytes (the first 8 kB do); its name can only take rights away.

    SVG, HTML and XML are bytes without a type, whatever they are called and however they are
    spelled. Serve with `nosniff` and `Content-Security-Policy: sandbox; default-src 'none'`.
    """
    head = data[:_HEAD]
    mime = _sniffed(head)
    if _MARKUP_NAMES.search(plain_line(name, longest=1000)) or (mime is None and _is_markup(head)):
        return FileKind(BINARY, may_inline=False)
    if mime is None and _is_text(name, head):
        return FileKind(PLAIN_TEXT, may_inline=False)
    if mime not in _HARMLESS:
        return FileKind(BINARY, may_inline=False)
    return FileKind(mime, may_inline=mime in _INLINE)


def safe_download_name(name: str) -> str:
    """A name to save a file under: no folders, nothing invisible, at most 200 bytes, never empty."""
    line = plain_line(name, longest=1000).replace("\\", "/").rpartition("/")[2]
    line = re.sub(r"[\"*:<>?|%;]", "_", line).strip(" .")
    line = _RESERVED.sub(r"_\g<0>", line)
    stem, dot, extension = line.rpartition(".")
    if not stem or len(extension) > 16:
        stem, dot, extension = line, "", ""
    room = LONGEST_NAME - len((dot + extension).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return stem + dot + extension if stem else "file" + dot + extension


def content_disposition(name: str, *, inline: bool = False) -> str:
    """The header that names a download (RFC 6266), with a plain fallback and the true name (RFC 8187)."""
    safe = safe_download_name(name)
    kind = "inline" if inline else "attachment"
    fallback = re.sub(r"[^\w .()+-]", "_", safe, flags=re.ASCII)
    if fallback == safe:
        return f'{kind}; filename="{fallback}"'
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{quote(safe, safe='')}"


def human_size(size: int, locale: str = "en") -> str:
    """A size as people say it, in their language: 1.5 kB, 1,5 кБ."""
    amount, unit = float(size), "byte"
    for unit in ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte"):
        if amount < 1000 or unit == "terabyte":
            break
        amount /= 1000
    shown = int(amount) if unit == "byte" or amount >= 100 else round(amount, 1)
    return format_unit(shown, f"digital-{unit}", length="short", locale=Locale.parse(locale))


def _sniffed(head: bytes) -> str | None:
    found = filetype.guess(head)
    return str(found.mime) if found is not None else None


def _is_markup(head: bytes) -> bool:
    return bool(_MARKUP.search(head.replace(b"\0", b"")))  # UTF-16 and UTF-32 without their zeros


def _is_text(name: str, head: bytes) -> bool:
    if name.rpartition(".")[2].strip().lower() not in _TEXT_NAMES or b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == _HEAD and error.start > len(head) - 4  # cut inside a letter
    return True
