"""What kind of letter this is, and whether a machine may answer it.

The order decides: Exim's bounces say auto-replied, so a bounce is looked for before an
auto-reply; Amazon's look like bulk mail, so before lists too.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from channels.email.bounce_prose import tells_of_failure
from channels.email.bounces import has_status_part, is_success_report
from channels.email.headers import Fields, text_of
from channels.email.letters import Address, Klass, Letter
from channels.email.machine_words import (
    ABSENT_SUBJECT,
    AUTO_REPLY_FIELDS,
    AUTO_REPLY_SUBJECT,
    AUTO_REPLY_VALUES,
    DAEMON,
    DAEMON_NAME,
    FAILURE_SUBJECT,
    GENERATED_FIELDS,
    LIST_FIELDS,
    NEVER_ANSWERED,
    NO_REPLY,
    RECEIPT_SUBJECT,
    REPORT_SUBJECT,
    SERVER,
    SERVER_WORDS,
)
from channels.email.mime import Part
from channels.email.subject import subject_shape

MAX_HOPS = 25
MAX_PROSE = 8_000
ANSWERS_IN_24_HOURS = 3
BEYOND_LATIN = re.compile(r"[^\u0000-\u024f]")
AFTER_AUTO_REPLY = re.compile(
    r"\W*\Z|\s*[::\-–—(\[/|,.!]|\s+(?:auto\w*|re|fwd?|aw|notif\w*|notice|message|reply|response|assistant|until|till"
    r"|from|to|for|on|bis|vom?|ab|am|auf|zu|für|le|du|de|del|des|di|do|da|a|à|al|od|do|på|til|från|van|tot|\d)\b",
    re.IGNORECASE,
)
ASKS = re.compile(r"[?？؟](?=\s|\Z|[\"»”)])")


def classify(root: Part, text: str, subject: str, sender: Address | None, return_path: str | None) -> Klass:
    """The class of a letter by its fields, its parts and, for bounces, its text."""
    fields = root.fields
    if _is_report(root, subject):
        return "report"
    if has_status_part(root):
        return "report" if is_success_report(root) else "bounce"
    if _is_bounce(root, text, subject, sender, return_path):
        return "bounce"
    if _is_auto_reply(fields, subject):
        return "auto_reply"
    submitted = text_of(fields.first("auto-submitted")).lower()
    if return_path == "":
        is_answer = "in-reply-to" in fields or subject_shape(subject) == "reply"
        return "auto_reply" if is_answer and not submitted.startswith("auto-g") else "auto_generated"
    if submitted.startswith(("auto-", "auto_")) or any(name in fields for name in GENERATED_FIELDS):
        return "auto_generated"
    if is_from_list(fields):
        return "list"
    return "auto_generated" if sender is not None and NO_REPLY.match(sender.local_part) else "human"


def is_machine(letter: Letter) -> bool:
    """Whether the envelope or the sender's name says that no person sent it."""
    sender = letter.from_
    return letter.return_path == "" or sender is None or DAEMON.match(sender.address) is not None


def is_from_list(fields: Fields) -> bool:
    """Whether a list or a mass mailer sent it."""
    precedence = text_of(fields.first("precedence")).lower()
    return precedence in ("bulk", "list", "junk") or any(name in fields for name in LIST_FIELDS)


def may_answer(
    letter: Letter,
    *,
    own_addresses: Collection[str] = (),
    own_domains: Collection[str] = (),
    answered_in_dialog: bool = False,
    answers_before: Collection[datetime] = (),
    now: datetime | None = None,
) -> bool:
    """Whether a machine may answer this letter (I24, RFC 3834): one doubt is enough to keep silent.

    `own_domains` are those of our Message-IDs; `answers_before` are the times of automatic
    answers to this sender anywhere in the workspace.
    """
    target = (letter.reply_to or ((letter.from_,) if letter.from_ else ()))[:1]
    if letter.klass != "human" or letter.from_ is None or not target:
        return False
    own = {address.lower() for address in own_addresses}
    if {letter.from_.address.lower(), target[0].address.lower()} & own:
        return False
    if any(NEVER_ANSWERED.search(one.local_part) for one in (letter.from_, target[0])):
        return False
    if {"all", "autoreply", "oof"} & set(letter.response_suppress) or letter.auto_submitted not in ("", "no"):
        return False
    if letter.return_path == "" or letter.received_hops > MAX_HOPS or letter.loop_marks or letter.spam_marks:
        return False
    domain = (letter.message_id or "").rpartition("@")[2].lower()
    if domain and domain in {one.lower() for one in own_domains}:
        return False
    if answered_in_dialog:
        return False
    recent = [moment for moment in answers_before if now is None or moment > now - timedelta(hours=24)]
    return len(recent) < ANSWERS_IN_24_HOURS


def _is_report(root: Part, subject: str) -> bool:
    """Complaints (RFC 5965), read receipts (RFC 8098), aggregate reports; a delivery report is none."""
    types = {part.mime for part in root.walk()}
    kind = root.parameters.get("report-type", "").lower()
    if types & {"message/feedback-report", "message/disposition-notification"} or kind in (
        "feedback-report",
        "disposition-notification",
        "tlsrpt",
    ):
        return "message/delivery-status" not in types or kind != "delivery-status"
    content_class = text_of(root.fields.first("content-class")).lower()
    if content_class.endswith(":mdn") or REPORT_SUBJECT.match(subject):
        return True
    return RECEIPT_SUBJECT.match(subject) is not None and (
        "disposition" in text_of(root.fields.first("content-type")).lower()
        or "x-ms-exchange-generated-message-source" in root.fields
    )


def _is_bounce(root: Part, text: str, subject: str, sender: Address | None, return_path: str | None) -> bool:
    """The gate: who sent it, how it came and what it is called must agree before prose is believed."""
    fields = root.fields
    if _is_declared_bounce(root):
        return True
    if AUTO_REPLY_SUBJECT.match(subject):
        return False
    shown = text_of(fields.first("from"))
    is_failure = subject_shape(subject) != "reply" and FAILURE_SUBJECT.search(subject) is not None
    if DAEMON_NAME.search(shown) or (sender is not None and DAEMON.match(sender.address)):
        return is_failure or ("in-reply-to" not in fields and tells_of_failure(text))
    is_silent = return_path == "" or not shown
    may_be_server = sender is None or SERVER.match(sender.local_part) is not None
    if return_path is None and not may_be_server:
        may_be_server = ASKS.search(text[:MAX_PROSE]) is None  # who wonders about a failure is a person
    if is_from_list(fields) or not (is_silent or (may_be_server and is_failure)):
        return False
    return tells_of_failure(text) and SERVER_WORDS.search(text[:MAX_PROSE]) is not None


def _is_declared_bounce(root: Part) -> bool:
    """Whether the letter says by its form or a field that it is one."""
    fields = root.fields
    kind = root.parameters.get("report-type", "delivery-status").lower()
    is_form = root.mime == "multipart/report" and kind == "delivery-status"
    is_marked = text_of(fields.first("content-class")).lower().endswith(":dsn")
    return is_form or is_marked or "x-failed-recipients" in fields


def _is_auto_reply(fields: Fields, subject: str) -> bool:
    if any(pattern.match(text_of(fields.first(name))) for name, pattern in AUTO_REPLY_VALUES):
        return True
    if any(text_of(fields.first(name)).lower() not in ("", "no", "false") for name in AUTO_REPLY_FIELDS):
        return True
    is_machine = (
        text_of(fields.first("auto-submitted")).lower().startswith("auto")
        or "x-auto-response-suppress" in fields
        or _is_null_path(fields)
        or is_from_list(fields)
    )
    said = AUTO_REPLY_SUBJECT.match(subject)
    if said is not None and (is_machine or _is_all_of_it(subject, said)):
        return True
    return is_machine and ABSENT_SUBJECT.match(subject) is not None


def _is_all_of_it(subject: str, said: re.Match[str]) -> bool:
    """Whether the words end there, as programs put them, and no person goes on: "Out of office hours"."""
    if BEYOND_LATIN.search(said[0]):
        return True
    return AFTER_AUTO_REPLY.match(subject[said.end() :]) is not None


def _is_null_path(fields: Fields) -> bool:
    return "return-path" in fields and fields.first("return-path").strip() in (b"<>", b"")
