"""Forms plain text comes in: flowed, enriched, signed in line, with files written into it."""

import re
from dataclasses import dataclass

from channels.email.headers import decode_base64
from channels.email.mime import decode_uu

PGP_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\s*\n(?:[\w-]+: .*\n)*\n", re.MULTILINE)
PGP_SIGNATURE = re.compile(
    r"^-----BEGIN PGP SIGNATURE-----.*?^-----END PGP SIGNATURE-----[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
PGP_MESSAGE = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)
BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]*\Z")
MIN_BASE64 = 16  # one word of a text may look like base64
UU_BEGIN = re.compile(r"^begin(-base64)? [0-7]{3,4} ([^\n]{1,300})\n", re.MULTILINE)
UU_END = re.compile(r"^(?:end|====)[ \t]*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Text without what was packed into it."""

    text: str
    files: tuple[tuple[str, bytes], ...] = ()
    notices: tuple[str, ...] = ()


def decode_text_base64(body: bytes) -> bytes:
    """Text under base64 that is not base64 all through: a list's footer below it, or no base64 at all."""
    lines = body.split(b"\n")
    end = next((at for at, line in enumerate(lines) if not BASE64_LINE.match(line.strip())), len(lines))
    packed = b"".join(lines[:end])
    if end < len(lines) and len(packed.strip()) < MIN_BASE64:
        return body
    return decode_base64(packed)[0] + (b"\n" + b"\n".join(lines[end:]) if end < len(lines) else b"")


def unflow(text: str, *, deletes_space: bool) -> str:
    """Paragraphs joined again, quotes by depth (RFC 3676 section 4.2)."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        stripped = line.lstrip(">")
        depth = len(line) - len(stripped)
        stripped = stripped.removeprefix(" ")
        is_soft = stripped.endswith(" ") and stripped != "-- "
        content = stripped[:-1] if is_soft and deletes_space else stripped
        if open_depth == depth and stripped != "-- ":
            out[-1] += content
        else:
            out.append(f"{'>' * depth}{' ' if depth and content else ''}{content}")
        open_depth = depth if is_soft else -1
    return "\n".join(out)


def unenrich(text: str) -> str:
    """Text of RFC 1896: commands away, doubled angles halved, single line ends joined."""
    text = re.sub(r"<param>.*?</param>", "", text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"<(?!<)/?[a-zA-Z-]{1,60}>", "", text.replace("<<", "\x01"))
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    return re.sub(r"\n(\n+)", r"\1", text).replace("\x01", "<")


def unpack(text: str) -> Unpacked:
    """The text without the armour of a signature and without uuencoded files."""
    text, notices = _without_pgp(text)
    text, files = _without_uuencoded(text)
    return Unpacked(text, files, notices)


def _without_pgp(text: str) -> tuple[str, tuple[str, ...]]:
    """Text signed in line, without the armour around it; encrypted text stays as it is."""
    if "-----BEGIN PGP" not in text:
        return text, ()
    notices = ("pgp_encrypted",) if PGP_MESSAGE.search(text) else ()
    if not PGP_SIGNED.search(text):
        return text, notices
    text = PGP_SIGNATURE.sub("", PGP_SIGNED.sub("", text))
    return re.sub(r"^- (?=-)", "", text, flags=re.MULTILINE), (*notices, "pgp_signed")


def _without_uuencoded(text: str) -> tuple[str, tuple[tuple[str, bytes], ...]]:
    """Files written into the text itself, as mail programs did before MIME."""
    kept, files, at = list[str](), list[tuple[str, bytes]](), 0
    for begin in UU_BEGIN.finditer(text):
        if begin.start() < at:
            continue
        end = UU_END.search(text, begin.end())
        if end is None:
            break
        packed = text[begin.end() : end.start()].encode("utf-8", "replace")
        content = decode_base64(packed)[0] if begin[1] else decode_uu(packed)
        if content:
            files.append((begin[2], content))
            kept.append(text[at : begin.start()])
            at = end.end()
    return "".join([*kept, text[at:]]), tuple(files)
