"""Which parts of a letter are its text, and which are files that came with it."""

import hashlib
import re
from dataclasses import dataclass, field

import filetype

from channels.email.charsets import decode, valid_text
from channels.email.data_images import lift_images
from channels.email.filenames import clean_filename, default_filename
from channels.email.headers import read_fields, text_of
from channels.email.invitations import read_invitations
from channels.email.letters import Invitation, LetterFile
from channels.email.mime import Part
from channels.email.sanitize import content_id
from channels.email.text_forms import decode_text_base64, unenrich, unflow, unpack
from channels.email.tnef import is_tnef, unpack_tnef

MAX_TEXT = 2_000_000
MAX_FILES = 200
UNKNOWN = "application/octet-stream"
META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
NEWLINES = re.compile(r"\r+\n|\r|\u2028|\u2029|\x85|\x0b|\x0c")
LOOKS_LIKE_HTML = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
MENTIONED = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)
OTHER_VARIANTS = frozenset(("text/x-amp-html", "text/watch-html"))  # the same letter for other programs
BODY_TYPES = frozenset(("text/plain", "text/html", "text/enriched", "text/richtext"))


@dataclass(slots=True)
class Piece:
    """One stretch of a letter's body, in one or both forms."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Contents:
    """Everything a letter's parts hold, sorted."""

    hint: str = ""
    pieces: list[Piece] = field(default_factory=list)
    named_bodies: list[Part] = field(
        default_factory=list
    )  # text with a file's name, shown if there is no other
    spare: Piece | None = None  # a body inside a winmail.dat, for letters without another
    files: list[LetterFile] = field(default_factory=list)
    calendar: list[Invitation] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def read_contents(root: Part, hint: str) -> Contents:
    """The body, the files, the cards and the notices of a letter."""
    contents = Contents(hint=hint)
    contents.pieces = _pieces(root, contents)
    if not contents.pieces and contents.named_bodies:
        contents.pieces = [piece for part in contents.named_bodies for piece in _body_piece(part, contents)]
    if contents.spare is not None and not any(
        (piece.plain or piece.html or "").strip() for piece in contents.pieces
    ):
        contents.pieces = [contents.spare] if contents.spare.plain or contents.spare.html else []
    if not contents.pieces:
        contents.pieces = _saved_body(root, contents)
    _lift_data_images(contents)
    _settle_inline(contents)
    contents.notices = list(dict.fromkeys(contents.notices))
    return contents


def text_of_part(part: Part, hint: str = "") -> tuple[str, bool]:
    """The text of a part with plain line ends, and whether its encoding was broken."""
    data, is_broken = part.content()
    if is_broken and part.encoding == "base64":
        data = decode_text_base64(part.body)
    data = data[: MAX_TEXT * 2]
    if part.mime == "text/html":
        meta = META_CHARSET.search(data[:4_096])
        hint = meta[1].decode("ascii", "replace") if meta else hint
    return NEWLINES.sub("\n", decode(data, part.charset, hint)), is_broken


def make_file(
    contents: Contents,
    data: bytes,
    *,
    name: str,
    mime: str,
    title: str = "",
    cid: str | None = None,
    location: str | None = None,
    inline: bool = False,
) -> LetterFile | None:
    """Keep a file with the letter; None beyond the cap."""
    if len(contents.files) >= MAX_FILES:
        contents.defects.append("too_many_files")
        return None
    if mime in ("", "application/octet-stream") and not name:
        found = filetype.guess_mime(data[:8_192])
        mime = found or mime or "application/octet-stream"
    name = clean_filename(name) or default_filename(mime, len(contents.files) + 1, title)
    file = LetterFile(
        name=name,
        mime=valid_text(mime),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        inline=inline,
        cid=cid,
        content=data,
        location=location,
    )
    contents.files.append(file)
    return file


def _pieces(part: Part, contents: Contents, *, is_variant: bool = False) -> list[Piece]:
    if part.is_multipart:
        return _multipart(part, contents)
    if part.mime in BODY_TYPES and part.disposition != "attachment":
        if is_variant or not part.filename or part.depth == 0:
            return _body_piece(part, contents)
        contents.named_bodies.append(part)
    if not (is_variant and part.mime in OTHER_VARIANTS):
        _keep(part, contents)
    return []


def _multipart(part: Part, contents: Contents) -> list[Piece]:
    _notice_of(part, contents)
    if not part.children:
        contents.defects.append("empty_multipart")
        return []
    if part.mime == "multipart/alternative":
        return _alternative(part, contents)
    has_root = part.mime in ("multipart/related", "multipart/signed")
    pieces = [
        piece
        for number, child in enumerate(part.children)
        for piece in _pieces(child, contents, is_variant=has_root and number == 0)
    ]
    if part.mime in ("multipart/mixed", "multipart/related", "multipart/signed") and len(pieces) == 2:
        return _merged_if_same(pieces)
    return pieces


def _alternative(part: Part, contents: Contents) -> list[Piece]:
    """The richest of the HTML variants and the fullest plain one, kept together (RFC 2046 section 5.1.4)."""
    plain: list[str] = []
    html: list[Piece] = []
    for child in part.children:
        pieces = _pieces(child, contents, is_variant=True)
        if any(piece.html is not None for piece in pieces):
            html = pieces
            plain += [piece.plain for piece in pieces if piece.plain is not None and piece.html is not None]
        else:
            plain += (
                ["\n\n".join(piece.plain for piece in pieces if piece.plain is not None)] if pieces else []
            )
    text = max(plain, key=lambda one: bool(one.strip())) if plain else None
    if not html:
        return [Piece(plain=text)] if text is not None else []
    if len(html) == 1:
        return [Piece(plain=text if text is not None else html[0].plain, html=html[0].html)]
    joined = "\n".join(
        piece.html if piece.html is not None else _as_html(piece.plain or "") for piece in html
    )
    return [Piece(plain=text, html=joined)]


def _merged_if_same(pieces: list[Piece]) -> list[Piece]:
    """Two parts that say the same, sent side by side by those who forgot "alternative"."""
    first, second = pieces
    if first.plain is None or first.html is not None or second.html is None or second.plain is not None:
        return pieces
    plain = re.sub(r"[\W_]+", "", first.plain)
    html = re.sub(
        r"[\W_]+",
        "",
        re.sub(r"<style.*?</style>|<[^<>]*>|&\w+;", "", second.html, flags=re.DOTALL | re.IGNORECASE),
    )
    is_same = bool(plain) and (plain[:400] in html or (html[:400] in plain and len(html) > 0.5 * len(plain)))
    return [Piece(plain=first.plain, html=second.html)] if is_same else pieces


def _body_piece(part: Part, contents: Contents) -> list[Piece]:
    text, is_broken = text_of_part(part, contents.hint)
    if is_broken:
        contents.defects.append("broken_encoding")
    if len(text) > MAX_TEXT:
        contents.defects.append("text_cut")
        make_file(contents, part.content()[0], name=part.filename, mime=part.mime)
        text = text[:MAX_TEXT]
    if part.mime == "text/html" or (part.mime == "text/plain" and LOOKS_LIKE_HTML.match(text)):
        return [Piece(html=text)] if text.strip() else []
    if part.mime in ("text/enriched", "text/richtext"):
        return [Piece(plain=unenrich(text))]
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, deletes_space=part.parameters.get("delsp", "").lower() == "yes")
    unpacked = unpack(text)
    contents.notices += unpacked.notices
    for name, content in unpacked.files:
        make_file(contents, content, name=name, mime=filetype.guess_mime(content[:8_192]) or UNKNOWN)
    return [Piece(plain=unpacked.text)] if unpacked.text.strip() or part.depth == 0 else []


def _keep(part: Part, contents: Contents) -> None:
    """A part that is a file, whatever else it tells."""
    data, is_broken = part.content()
    if is_broken:
        contents.defects.append("broken_encoding")
    _notice_of(part, contents)
    if is_tnef(part.mime, part.filename) and (unpacked := unpack_tnef(data)) is not None:
        for name, content in unpacked.files:
            make_file(
                contents,
                content,
                name=name,
                mime=filetype.guess_mime(content[:8_192]) or UNKNOWN,
            )
        contents.notices.append("tnef")
        contents.spare = Piece(plain=unpacked.text or None, html=unpacked.html or None)
        if unpacked.files or unpacked.html or unpacked.text:
            return
    if part.mime == "text/calendar" or part.filename.lower().endswith(".ics"):
        contents.calendar += read_invitations(
            decode(data, part.charset or "utf-8"), part.parameters.get("method", "")
        )
    cid = part.fields.first("content-id")
    location = part.fields.first("content-location")
    make_file(
        contents,
        data,
        name=part.filename,
        mime=part.mime if part.is_typed or part.mime != "text/plain" else "",
        title=_title(part, data),
        cid=content_id(text_of(cid)) or None if cid else None,
        location=text_of(location) or None if location else None,
    )


def _title(part: Part, data: bytes) -> str:
    """The subject of a nested letter, which names its file."""
    if part.mime not in ("message/rfc822", "message/global"):
        return ""
    return text_of(read_fields(data).first("subject"))


def _notice_of(part: Part, contents: Contents) -> None:
    kind = part.parameters.get("protocol", "") + part.parameters.get("smime-type", "")
    if part.mime == "multipart/signed":
        contents.notices.append("pgp_signed" if "pgp" in kind else "smime_signed")
    elif part.mime == "multipart/encrypted":
        contents.notices.append("pgp_encrypted")
    elif part.mime in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        is_signed = "signed" in kind or part.filename.lower().endswith(".p7s")
        contents.notices.append("smime_signed" if is_signed else "smime_encrypted")
    elif part.mime == "message/partial":
        contents.notices.append("partial")


def _saved_body(root: Part, contents: Contents) -> list[Piece]:
    """What the body's bytes say, when no part of it could be found: better raw than nothing."""
    if contents.files or contents.notices:
        return []
    raw = root.body[:MAX_TEXT]
    if not raw.strip():
        return []
    contents.defects.append("body_shown_raw")
    text = NEWLINES.sub("\n", decode(raw, root.charset, contents.hint))
    return [Piece(html=text)] if LOOKS_LIKE_HTML.match(text) else [Piece(plain=text)]


def _lift_data_images(contents: Contents) -> None:
    """Pictures written into the HTML become files it refers to, like any other picture."""
    for piece in contents.pieces:
        if piece.html is None or "data:image/" not in piece.html.lower():
            continue
        piece.html, images = lift_images(piece.html)
        for cid, mime, data in images:
            if not any(file.cid == cid for file in contents.files):
                make_file(contents, data, name="", mime=mime, cid=cid, inline=True)


def _settle_inline(contents: Contents) -> None:
    """A file is inline if the HTML shows it; what nothing mentions is listed as a file."""
    html = "\n".join(piece.html for piece in contents.pieces if piece.html is not None)
    mentioned = {content_id(match) for match in MENTIONED.findall(html)}
    for at, file in enumerate(contents.files):
        by_location = bool(file.location and file.location in html)
        inline = (file.cid is not None and file.cid in mentioned) or by_location
        if inline != file.inline:
            contents.files[at] = _with_inline(file, inline)


def _with_inline(file: LetterFile, inline: bool) -> LetterFile:
    return LetterFile(
        file.name, file.mime, file.size, file.sha256, inline, file.cid, file.content, file.location
    )


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<div style="white-space:pre-wrap">{escaped}</div>'


def joined_html(pieces: list[Piece]) -> str | None:
    """The letter's HTML with plain stretches in their places; None if it has none."""
    if all(piece.html is None for piece in pieces):
        return None
    return "\n".join(
        piece.html if piece.html is not None else _as_html(piece.plain or "") for piece in pieces
    )
