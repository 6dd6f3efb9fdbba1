"""An envelope's facts as the bytes of a letter: made once, stored, and sent again unchanged.

Nothing a person typed can become a header of its own: line ends and NUL are taken out
of every value, addresses are made of parts and checked, and the standard library's
EmailMessage refuses what slips through. Lines of ids may be 900 long: at its usual 78
the library writes long ids as encoded words, which no mail program threads by.
"""

import hashlib
import html as html_entities
import re
from email import policy
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime

import filetype
import idna
from inscriptis import get_text
from selectolax.lexbor import LexborHTMLParser

from channels.email.addresses import is_address
from channels.email.filenames import clean_filename, default_filename
from channels.email.letters import Address, Envelope, OutgoingFile
from channels.email.sanitize import clean_outgoing
from channels.email.signing import Signer, sign

ID_FIELDS = frozenset(("message-id", "in-reply-to", "references", "list-unsubscribe"))
MAX_REFERENCES = 8 * 1024
KEPT_REFERENCES = 20
MAX_SUBJECT = 900
SIGNATURE_LINE = "-- "
UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\x85]+")
ID = re.compile(r"[^\s<>\x00-\x1f\x7f]+\Z")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}\Z")
MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}\Z")


class _FieldPolicy(policy.EmailPolicy):
    """Ids on lines as long as they need, everything else in encoded words no longer than RFC 2047 allows."""

    def fold_binary(self, name: str, value: object) -> bytes:
        usual = _USUAL_UTF8 if self.utf8 else _USUAL
        return (_LONG if name.lower() in ID_FIELDS else usual).fold_binary(name, value)  # type: ignore[arg-type]


_LONG = policy.SMTP.clone(max_line_length=900)
_USUAL = policy.SMTP.clone(max_line_length=76)
_USUAL_UTF8 = policy.SMTPUTF8.clone(max_line_length=76)
POLICY = _FieldPolicy(linesep="\r\n", max_line_length=900, cte_type="7bit")


class CannotCompose(ValueError):
    """The envelope holds what no letter can carry: an address or an id that is none."""


def compose(envelope: Envelope, *, signer: Signer | None = None) -> bytes:
    """The letter as it goes over the wire: text and HTML that say the same, files, CRLF line ends.

    The same envelope gives the same bytes. Raises CannotCompose for what is no address.
    """
    message = EmailMessage(policy=POLICY.clone(utf8=True) if needs_smtputf8(envelope) else POLICY)
    _write_fields(message, envelope)
    _write_body(message, envelope)
    _fix_boundaries(message, envelope.message_id)
    raw = message.as_bytes()
    return sign(raw, signer) if signer is not None else raw


def plain_text_of(html: str) -> str:
    """The text part for this HTML: what it says, with the addresses of its links."""
    tree = LexborHTMLParser(html)
    for link in tree.css("a[href]"):
        address = link.attrs.sget("href").removeprefix("mailto:")
        if address not in link.text(deep=True):
            link.insert_after(f" ({address})")
    text = get_text(tree.html or "") if html.strip() else ""
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def needs_smtputf8(envelope: Envelope) -> bool:
    """Whether a local part outside ASCII obliges every server on the way (RFC 6531)."""
    everybody = (
        envelope.from_,
        *envelope.to,
        *envelope.cc,
        *((envelope.reply_to,) if envelope.reply_to else ()),
    )
    return any(not one.address.rpartition("@")[0].isascii() for one in everybody)


def wire_address(address: str) -> str:
    """The address as SMTP takes it: an international domain in its ASCII form (RFC 5890)."""
    local, _, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as fault:
            raise CannotCompose(f"no such domain can exist: {domain!r}") from fault
    written = f"{local}@{domain}"
    if not is_address(written) or UNSAFE.search(written):
        raise CannotCompose(f"this is no mail address: {address!r}")
    return written


def trimmed_references(references: tuple[str, ...], in_reply_to: str | None) -> tuple[str, ...]:
    """References of an answer: all, or beyond 8 KB the first, which names the thread, and the last twenty."""
    ids = list(dict.fromkeys([*references, *([in_reply_to] if in_reply_to else [])]))
    if sum(len(one) + 3 for one in ids) > MAX_REFERENCES:
        ids = [ids[0], *ids[1:][-KEPT_REFERENCES:]]
    return tuple(ids)


def _write_fields(message: EmailMessage, envelope: Envelope) -> None:
    message["From"] = _header_address(envelope.from_)
    for name, people in (("To", envelope.to), ("Cc", envelope.cc)):
        if people:
            message[name] = [_header_address(one) for one in people]
    if envelope.reply_to is not None:
        message["Reply-To"] = _header_address(envelope.reply_to)
    message["Subject"] = one_line(envelope.subject)[:MAX_SUBJECT]
    message["Date"] = format_datetime(envelope.date)
    message["Message-ID"] = _bracketed(envelope.message_id)
    if envelope.in_reply_to:
        message["In-Reply-To"] = _bracketed(envelope.in_reply_to)
    references = trimmed_references(envelope.references, envelope.in_reply_to)
    if references:
        message["References"] = " ".join(_bracketed(one) for one in references)
    _write_automatic_fields(message, envelope)
    for name, value in envelope.extra.items():
        if not FIELD_NAME.match(name):
            raise CannotCompose(f"this is no field name: {name!r}")
        message[name] = one_line(value)


def _write_automatic_fields(message: EmailMessage, envelope: Envelope) -> None:
    """What tells other machines not to answer; never on what a person wrote (RFC 3834 section 5)."""
    if envelope.instance:
        message["X-HD-Instance"] = one_line(envelope.instance)
        message["X-Loop"] = one_line(envelope.instance)
    if envelope.automatic:
        message["Auto-Submitted"] = envelope.automatic
        message["X-Auto-Response-Suppress"] = "All"
    if envelope.bulk:
        message["Precedence"] = "bulk"
    if envelope.unsubscribe_url:
        url = one_line(envelope.unsubscribe_url)
        if not url.startswith("https://") or re.search(r"[\s<>]", url):
            raise CannotCompose("one-click unsubscribing needs an https address (RFC 8058)")
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _write_body(message: EmailMessage, envelope: Envelope) -> None:
    shown = {_plain_cid(file.cid) for file in envelope.files if file.cid}
    html = clean_outgoing(envelope.html)
    used = {_plain_cid(match[1]) for match in re.finditer(r'src="cid:([^"]+)"', html)}
    text, below = plain_text_of(html), ""
    if envelope.signature.strip():
        text, below = f"{text}\n{_signed_text(envelope.signature)}", _signed_html(envelope.signature)
    if envelope.quoted is not None:
        text, below = f"{text}\n{envelope.quoted.text}\n", below + envelope.quoted.html
    message.set_content(text, subtype="plain", charset="utf-8")
    page = f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>{html}{below}</body></html>\n'
    message.add_alternative(page, subtype="html", charset="utf-8")
    rich = message.get_payload(1)
    assert isinstance(rich, MIMEPart)
    for file in envelope.files:
        if file.cid and _plain_cid(file.cid) in used & shown:
            _add(rich, file, inline=True)
    for number, file in enumerate(envelope.files, 1):
        if not (file.cid and _plain_cid(file.cid) in used):
            _add(message, file, inline=False, number=number)


def _signed_text(signature: str) -> str:
    """A signature below the line that programs know it by, dashes and a space (RFC 3676 section 4.3)."""
    return f"{SIGNATURE_LINE}\n" + "".join(f"{line.rstrip()}\n" for line in _lines(signature))


def _signed_html(signature: str) -> str:
    lines = (html_entities.escape(line, quote=False) for line in _lines(signature))
    return f'<div class="signature">{SIGNATURE_LINE}<br>{"<br>".join(lines)}</div>'


def _lines(text: str) -> list[str]:
    return [UNSAFE.sub(" ", line) for line in text.strip().splitlines()]


def _add(part: MIMEPart, file: OutgoingFile, *, inline: bool, number: int = 1) -> None:
    mime = _mime_of(file)
    main, _, sub = mime.partition("/")
    name = clean_filename(file.name) or default_filename(mime, number)
    if inline:
        cid = f"<{_plain_cid(file.cid or '')}>"
        part.add_related(file.content, main, sub, filename=name, disposition="inline", cid=cid)
    else:
        part.add_attachment(file.content, main, sub, filename=name)


def _mime_of(file: OutgoingFile) -> str:
    """The type the content shows, else the one declared; never one that holds parts of its own."""
    found = filetype.guess_mime(file.content[:8_192])
    mime = found or file.mime.strip().lower()
    if not MIME.match(mime) or mime.startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return mime


def _header_address(one: Address) -> HeaderAddress:
    address = wire_address(one.address)
    local, _, domain = address.rpartition("@")
    try:
        return HeaderAddress(display_name=one_line(one.name), username=_unquoted(local), domain=domain)
    except (ValueError, IndexError) as fault:
        raise CannotCompose(f"this is no mail address: {one.address!r}") from fault


def _unquoted(local: str) -> str:
    return re.sub(r"\\(.)", r"\1", local[1:-1]) if local.startswith('"') and local.endswith('"') else local


def one_line(text: str) -> str:
    """The text without line ends, NUL and other control characters: it cannot begin another header."""
    text = UNSAFE.sub(" ", text).encode("utf-8", "replace").decode()
    return " ".join(text.split())


def _bracketed(message_id: str) -> str:
    text = message_id.strip().strip("<>")
    if not ID.match(text):
        raise CannotCompose(f"this is no message id: {message_id!r}")
    return f"<{text}>"


def _plain_cid(cid: str) -> str:
    return html_entities.unescape(cid).strip().strip("<>")


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Boundaries made of the id, so that composing again gives the same bytes."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{number}_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}")
