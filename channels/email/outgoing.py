"""An answer as a letter, made of what was frozen when the agent pressed send and of files in the store."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from channels.adapter import BadContent, Part
from channels.email.compose import CannotCompose, compose, wire_address
from channels.email.file_links import LETTER_OF_ITS_OWN, Links, chosen_for_links, link_to, paragraph
from channels.email.letters import Address, Envelope, OutgoingFile, Quoted
from channels.email.quoting import quoted_below
from channels.email.signing import CannotSign, Signer
from channels.email.smtp_answers import Answer
from channels.email.subject import reply_subject, subject_shape
from channels.email.tokens import Keyring, bounce_address, dialog_address, new_message_id, subject_token
from core.clock import now
from core.files import FileStore
from core.language import likely_language
from inbox.border import Outgoing

log = structlog.get_logger()

FROM_NAME = "{agent} ({brand})"
_AMAZON = re.compile(r"\b([0-9a-f]{16,}-[0-9a-f-]{20,})\b")
_AMAZON_HOST = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com\Z")


@dataclass(frozen=True, slots=True)
class Sender:
    """How a channel writes: its address and name, and which signed addresses its server lets through."""

    address: str
    keyring: Keyring
    from_name: str = FROM_NAME
    subaddressing: bool = False
    own_envelopes: bool = False
    subject_numbers: bool = False
    instance: str = ""
    signer: Signer | None = None
    links: Links | None = None

    @property
    def domain(self) -> str:
        """The domain our Message-IDs are named by."""
        return wire_address(self.address).rpartition("@")[2].lower()


def plan_letter(
    outgoing: Outgoing, sender: Sender, store: FileStore, *, files_as_links: bool = False
) -> Part | None:
    """The letter, made once, and the envelope it travels in.

    `recipients` is everybody; who has it already is left out by the caller before each try. With
    `files_as_links` no file of any size goes along; None if there is nothing to leave out.
    """
    linked = _linked(outgoing, sender, all_of_them=files_as_links)
    if files_as_links and not linked:
        return None
    message_id = new_message_id(sender.keyring, sender.domain, outgoing.dialog_id, outgoing.message_id)
    try:
        raw = _composed(_envelope(outgoing, sender, message_id, store, linked), sender.signer)
        recipients = [wire_address(each["address"]) for each in _everybody(outgoing.envelope)]
    except CannotCompose as fault:
        raise BadContent(str(fault), code="bad_address") from fault
    if not recipients:
        raise BadContent("nobody is named to send it to", code="no_recipient")
    plain = wire_address(sender.address)
    signed = bounce_address(sender.keyring, plain, outgoing.message_id) if sender.own_envelopes else plain
    payload = {
        "message_id": message_id,
        "also_named": [signed.lower()] if signed != plain else [],
        "sender": signed,
        "recipients": recipients,
        "size": len(raw),
    }
    return Part(message_id, payload, raw=raw)


def names_given(words: str, host: str) -> tuple[str, ...]:
    """The Message-ID a relay gives instead of ours; Amazon's tells it in its answer to the letter."""
    where = _AMAZON_HOST.search(host.lower())
    found = _AMAZON.search(Answer(250, words).text)
    if where is None or found is None:
        return ()
    region = where.group(1)
    return (f"{found.group(1)}@{'email' if region == 'us-east-1' else region}.amazonses.com",)


def _composed(envelope: Envelope, signer: Signer | None) -> bytes:
    """Signed where the channel signs; a letter that cannot be signed leaves all the same."""
    try:
        return compose(envelope, signer=signer)
    except CannotSign as fault:
        log.warning("letter.unsigned", reason=str(fault))
        return compose(envelope)


def _linked(outgoing: Outgoing, sender: Sender, *, all_of_them: bool) -> set[str]:
    """The files that stay here, by their hashes; pictures in the text always go along."""
    if sender.links is None:
        return set()
    quoted = outgoing.answered if outgoing.envelope.get("quote") else None
    words = len(outgoing.html or outgoing.text) + (len(quoted.html or quoted.text) if quoted else 0)
    shown = sum(each.size for each in outgoing.files if each.inline)
    budget = 0 if all_of_them else sender.links.above - LETTER_OF_ITS_OWN - 2 * words - 2 * shown
    files = [each for each in outgoing.files if not each.inline]
    return {files[place].sha256 for place in chosen_for_links([each.size for each in files], budget)}


def _with_links(outgoing: Outgoing, sender: Sender, linked: set[str], html: str) -> str:
    if sender.links is None or not linked:
        return html
    language = likely_language(outgoing.text, ("ru", "en", "es"))
    language = language or (outgoing.answered.language if outgoing.answered else "en")
    until = (outgoing.said_at or now()) + sender.links.life
    files = [
        (each.name, each.size, link_to(outgoing.message_id, each.sha256, each.name, language, until))
        for each in outgoing.files
        if each.sha256 in linked and not each.inline
    ]
    return html + paragraph(files, language, until)


def _envelope(
    outgoing: Outgoing, sender: Sender, message_id: str, store: FileStore, linked: set[str]
) -> Envelope:
    frozen = outgoing.envelope
    answers = frozen.get("answers") or {}
    parent = answers.get("message_id") or _name(answers.get("key"))
    subject = str(frozen.get("subject") or "")
    automatic: Any = frozen.get("automatic") or ""
    is_forward = _is_forward(outgoing)
    token = subject_token(sender.keyring, outgoing.dialog_id) if sender.subject_numbers else ""
    return Envelope(
        message_id=message_id,
        date=outgoing.said_at or now(),
        from_=Address(_from_name(frozen.get("from") or {}, sender), sender.address),
        to=_people(frozen.get("to")),
        cc=_people(frozen.get("cc")),
        subject=reply_subject(subject, token) if parent and not automatic and not is_forward else subject,
        html=_with_links(outgoing, sender, linked, outgoing.html or _as_html(outgoing.text)),
        signature=str(frozen.get("signature") or ""),
        quoted=_quoted(outgoing, is_forward=is_forward),
        reply_to=_reply_to(outgoing.dialog_id, sender),
        in_reply_to=parent,
        references=_ancestors(answers),
        files=tuple(
            _file(each, store) for each in outgoing.files if each.inline or each.sha256 not in linked
        ),
        automatic=automatic,
        instance=sender.instance,
    )


def _is_forward(outgoing: Outgoing) -> bool:
    """Whether a letter is passed on: it says so, and goes to none of those who wrote it."""
    if outgoing.answered is None or subject_shape(str(outgoing.envelope.get("subject") or "")) != "forward":
        return False
    addressed = {each["address"].lower() for each in _everybody(outgoing.envelope)}
    return outgoing.answered.address.lower() not in addressed


def _quoted(outgoing: Outgoing, *, is_forward: bool) -> Quoted | None:
    if outgoing.answered is None or not outgoing.envelope.get("quote"):
        return None
    return quoted_below(outgoing.answered, is_forward=is_forward)


def _from_name(frozen: Mapping[str, Any], sender: Sender) -> str:
    agent, brand = str(frozen.get("name") or ""), str(frozen.get("brand") or "")
    if not agent or not brand:
        return agent or brand
    return sender.from_name.replace("{agent}", agent).replace("{brand}", brand)


def _reply_to(dialog_id: int, sender: Sender) -> Address | None:
    if not sender.subaddressing:
        return None
    address = dialog_address(sender.keyring, sender.address, dialog_id)
    return Address("", address) if address != sender.address else None


def _ancestors(answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The parent's References, or what it answered where it kept none (RFC 5322 section 3.6.4)."""
    references = tuple(answers.get("references") or ())
    if not references and answers.get("in_reply_to"):
        references = (answers["in_reply_to"],)
    return references


def _name(key: Any) -> str | None:
    return key if isinstance(key, str) and "@" in key else None


def _everybody(frozen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [each for role in ("to", "cc", "bcc") for each in frozen.get(role) or ()]
    return list({each["address"].lower(): each for each in found}.values())


def _people(given: Any) -> tuple[Address, ...]:
    return tuple(Address(str(each.get("name") or ""), each["address"]) for each in given or ())


def _file(file: Any, store: FileStore) -> OutgoingFile:
    with store.open_file(file.sha256) as opened:
        return OutgoingFile(file.name, file.mime, opened.read(), file.cid if file.inline else None)


def _as_html(text: str) -> str:
    """Plain words as HTML: paragraphs and line breaks stay where they are."""
    paragraphs = re.split(r"\n{2,}", html.escape(text.strip("\n"), quote=False).replace("\r\n", "\n"))
    return "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
