"""A letter that was read, in the inbox's words: who, where it belongs, what it tells. Pure."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.domains import PUBLIC_DOMAINS
from channels.email import identity
from channels.email.classify import is_machine, may_answer
from channels.email.forwards import original_sender, wants_to_keep
from channels.email.letters import Address, Klass, Letter, LetterFile
from channels.email.message_ids import substitute_id
from channels.email.news import names_of_bounced, news_of, reached
from channels.email.subject import subject_shape
from channels.email.tokens import (
    Keyring,
    dialog_of_address,
    dialog_of_subject,
    message_of_id,
)
from channels.email.warnings import answers_go_elsewhere, warnings_of
from core.clock import now
from inbox.border import Author, HandedOn, Incoming, IncomingFile

KIND = "email"
UNKNOWN = Author(KIND, "unknown", name="")
EARLIEST_AHEAD = timedelta(days=1)
MOST_PARTICIPANTS = 200
TOLD = ("imported", "size", "truncated", "raw_sha256")
CALENDAR = ("method", "uid", "summary", "start", "end", "organizer", "location", "sequence")
NOBODY = identity.TrustedServers(frozenset())


@dataclass(frozen=True, slots=True)
class Post:
    """What a channel knows of itself when it reads letters."""

    own: frozenset[str]
    keyring: Keyring
    trusted: identity.TrustedServers = NOBODY
    believes_reply_to: bool = False
    takes_forwards: bool = True


def incoming_of(
    letter: Letter,
    payload: Mapping[str, Any],
    post: Post,
    *,
    received_at: datetime,
    proof: Callable[[], identity.Verdict] = lambda: "none",
) -> Incoming:
    """What happened, told by one letter; the same letter always tells the same.

    `proof` is asked whether From is proven where no server we trust says anything about it.
    """
    people = identity.participants(letter, post.own)
    verdict = identity.verdict(letter, post.trusted)
    if verdict == "none":
        verdict = proof()
    author = _author(letter, post, people, verdict)
    is_ours = author.role == "agent"
    message_id = letter.message_id or substitute_id(identity.content_hash(letter))
    is_forward = letter.forwarded is not None or subject_shape(letter.subject) == "forward"
    hint = _hint(letter, post.keyring, is_forward=is_forward)
    warnings = warnings_of(letter, people, verdict, post.own, payload)
    key = content_key(letter)
    return Incoming(
        kind="delivery" if letter.bounce else "message",
        conversation_key=None,
        message_key=key,
        content_hash=key,
        author=author,
        sent_at=_sent_at(letter, received_at),
        text=letter.text,
        visible_text=letter.visible_text if letter.visible_text != letter.text else None,
        html=letter.html,
        has_remote=letter.has_remote,
        subject=letter.subject,
        files=_files(letter, is_cut=bool(payload.get("truncated"))),
        direction="out" if is_ours else "in",
        client_key=message_id if message_of_id(post.keyring, message_id) else None,
        own_reference=message_id if is_ours else None,
        klass=_klass(letter),
        references=_references(letter),
        dialog_hint=hint,
        dialog_named=dialog_of_subject(post.keyring, letter.subject),
        is_forward=is_forward,
        spam="marked_spam" in warnings and not is_ours and hint is None,
        envelope=_envelope(letter, message_id, payload),
        participants=_participants(letter, people, author),
        warnings=warnings,
        defects=letter.defects,
        news_about=names_of_bounced(letter, post.keyring),
        news=news_of(letter.bounce) if letter.bounce else (),
        answerable=verdict != "fail" and not payload.get("imported") and _is_answerable(letter, post),
        handed_on=_handed_on(letter, post) if verdict == "pass" and hint is None else None,
        extra={
            **{name: payload[name] for name in TOLD if name in payload},
            **({"by_machine": True} if letter.bounce and is_machine(letter) else {}),
        },
    )


def answered_elsewhere(payload: Mapping[str, Any]) -> Incoming:
    """That the mailbox marks one of its letters as answered."""
    return Incoming(
        kind="answered",
        conversation_key=None,
        message_key=None,
        author=UNKNOWN,
        sent_at=now(),
        extra={"arrival": str(payload["answered"])},
    )


def content_key(letter: Letter) -> str:
    """Equal for copies of one letter. A name alone is not enough: some senders use theirs twice (I28)."""
    told = f"{letter.message_id or ''}\0{identity.content_hash(letter)}"
    return hashlib.sha256(told.encode()).hexdigest()


def _author(letter: Letter, post: Post, people: identity.Participants, verdict: str) -> Author:
    """Who wrote; one of us if From is our own address and nothing shows it to be false (I25)."""
    found = identity.customer_address(
        letter, own_addresses=post.own, believes_reply_to=post.believes_reply_to
    )
    if found is None or letter.from_ is None:
        return UNKNOWN
    if found.address != letter.from_.address:
        return _person(found)
    is_ours = people.sender is None and verdict != "fail"
    verified = {"pass": True, "fail": False}.get(verdict)
    return _person(found, role="agent" if is_ours else "customer", verified=verified)


def _person(address: Address, *, role: Any = "customer", verified: bool | None = None) -> Author:
    return Author(
        KIND,
        address.address.lower(),
        shown=address.address,
        name=address.name,
        role=role,
        verified=verified,
    )


def _participants(letter: Letter, people: identity.Participants, author: Author) -> tuple[Author, ...]:
    """Everybody else; in a letter of our own the first is whom it is for."""
    others: Iterable[Address] = people.others
    if author.role == "agent":
        others = (*letter.reply_to, *people.others)
    found = {each.address.lower(): _person(each) for each in others if each.address.lower() != author.key}
    return tuple(found.values())[:MOST_PARTICIPANTS]


def _sent_at(letter: Letter, received_at: datetime) -> datetime:
    """When it was written, unless its clock runs ahead of ours."""
    if letter.date is None or letter.date > received_at + EARLIEST_AHEAD:
        return received_at
    return letter.date


def _files(letter: Letter, *, is_cut: bool) -> tuple[IncomingFile, ...]:
    """The files; of a letter of which only the beginning was fetched not the last, where it breaks off."""
    whole = letter.files[:-1] if is_cut and "boundary_not_closed" in letter.defects else letter.files
    return _as_incoming(whole)


def _as_incoming(files: Iterable[LetterFile]) -> tuple[IncomingFile, ...]:
    return tuple(
        IncomingFile(each.name, each.mime, each.size, each.sha256, each.inline, each.cid) for each in files
    )


def _references(letter: Letter) -> tuple[str, ...]:
    """Newest first: the letter answered, then its ancestors (I18)."""
    newest = [letter.in_reply_to] if letter.in_reply_to else []
    return tuple(dict.fromkeys([*newest, *reversed(letter.references)]))


def _hint(letter: Letter, keyring: Keyring, *, is_forward: bool) -> int | None:
    """The dialog our own signature names: in an address it was sent to, else in a letter it answers.

    A forward quotes our letters to somebody else, so it only counts when it was sent to the token.
    """
    for address in reached(letter):
        dialog_id = dialog_of_address(keyring, address)
        if dialog_id is not None:
            return dialog_id
    for name in () if is_forward else _references(letter):
        token = message_of_id(keyring, name)
        if token is not None:
            return token.dialog_id
    return None


def _envelope(letter: Letter, message_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "message_id": message_id,
        "in_reply_to": letter.in_reply_to,
        "references": list(letter.references),
        "from": letter.from_.to_json() if letter.from_ else None,
        "reply_to": [each.to_json() for each in letter.reply_to],
        "to": [each.to_json() for each in letter.to],
        "cc": [each.to_json() for each in letter.cc],
        "list_id": letter.list_id,
        "whole_size": payload.get("size") if payload.get("truncated") else None,
    }
    if letter.calendar:
        told["calendar"] = [{name: getattr(each, name) for name in CALENDAR} for each in letter.calendar]
    return {name: value for name, value in told.items() if value}


def _klass(letter: Letter) -> Klass:
    """An answer to an invitation is made by a click: it tells, but it asks for nothing (I8)."""
    is_click = letter.klass == "human" and any(each.method.upper() == "REPLY" for each in letter.calendar)
    return "auto_reply" if is_click else letter.klass


def _is_answerable(letter: Letter, post: Post) -> bool:
    """Whether a machine may answer (I24); where Reply-To leads to strangers, that would be an attack."""
    if answers_go_elsewhere(letter, post.own) and not post.believes_reply_to:
        return False
    own_domains = {each.rpartition("@")[2] for each in post.own} - PUBLIC_DOMAINS
    return may_answer(letter, own_addresses=post.own, own_domains=own_domains)


def _handed_on(letter: Letter, post: Post) -> HandedOn | None:
    """Somebody else's letter that the sender forwards to us (I27), unless a line #keep says otherwise.

    A forward in which nobody can be made out, or only we or the forwarder, has no author.
    """
    if not post.takes_forwards or letter.klass != "human" or wants_to_keep(letter.text):
        return None
    found = letter.forwarded
    if found is None:
        is_forward = subject_shape(letter.subject) == "forward"
        return HandedOn(None, letter.subject, letter.text, None) if is_forward else None
    sender = original_sender(found, tuple(post.own))
    if (
        sender is not None
        and letter.from_ is not None
        and sender.address.lower() == letter.from_.address.lower()
    ):
        sender = None
    return HandedOn(
        author=_person(sender) if sender is not None else None,
        subject=found.subject,
        text=found.text,
        sent_at=found.date,
        comment=found.comment,
        files=_as_incoming(found.files) if found.files is not None else None,
    )
