"""Taking a submission in: stored as it came before anybody is told that we have it, and once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.challenges import is_solved
from channels.intake import accept
from channels.models import Arrival
from channels.webform.answers import Answers
from channels.webform.definition import Definition
from channels.webform.models import WebForm, WebFormVersion
from channels.webform.passes import KeptFile, Opened, how_opened
from channels.webform.settings_form import STRICTNESS
from channels.webform.suspicion import (
    BAD_PROOF,
    FOREIGN,
    HONEYPOT,
    NO_PROOF,
    TOO_MANY,
    is_suspicious,
    signs_in,
)
from channels.webform.wire import Submission, submission_event
from core.clock import now
from core.throttle import house_throttle, household_of

SAME_WITHIN = timedelta(minutes=10)
SOME_FROM_ADDRESS, SOME_AT_FORM, SOME_FOR_EMAIL = "10/hour", "300/hour", "5/hour"
MOST_FROM_ADDRESS = "60/hour"
FILES_FROM_ADDRESS, FILES_AT_FORM = "40/hour", "400/hour"


@dataclass(frozen=True, slots=True)
class Sending:
    """What came along with the answers: the marks by which robots are told, and whence it came."""

    submission: str = ""
    opened: str = ""
    solution: str = ""
    trap: str = ""
    address: str = ""
    language: str = ""
    page: str = ""
    touches: Mapping[str, Any] = field(default_factory=dict)
    foreign: bool = False


def proof_purpose(form: WebForm) -> str:
    """What a proof of work for this form is good for."""
    return f"form {form.key}"


def may_send(form: WebForm, sending: Sending) -> bool:
    """Whether one address may send anything more at all this hour; those who may not are told so."""
    return house_throttle().hit("form most", f"{form.key} {household_of(sending.address)}", MOST_FROM_ADDRESS)


def may_bring_file(form: WebForm, address: str) -> bool:
    """Whether one more file is stored; asked for each, so that nobody fills the disk by posts that fail."""
    throttle = house_throttle()
    return throttle.hit("form file", household_of(address), FILES_FROM_ADDRESS) and throttle.hit(
        "form files", form.key, FILES_AT_FORM
    )


def submit(
    session: Session,
    form: WebForm,
    version: WebFormVersion,
    definition: Definition,
    answers: Answers,
    files: Sequence[KeptFile],
    sending: Sending,
) -> bool:
    """Store a submission; False if it is here already, as after a second click. Commit before saying so."""
    content = _digest(answers.values, files)
    key = f"{sending.submission}:{content}" if sending.submission else f"bare:{_bare(content, sending)}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{form.id} {key}", 0))))
    if _came_before(session, form, key):
        return False
    if not sending.submission:
        key = f"{key}:{int(now().timestamp() * 1000)}"
    signs = _signs(session, form, definition, answers, sending)
    sent = Submission(
        language=sending.language,
        version=version.number,
        values=answers.values,
        files=[each.as_json() for each in files],
        at=now(),
        suspected=signs if is_suspicious(signs, str(form.channel.settings.get(STRICTNESS) or "")) else (),
        touches=sending.touches,
        page=sending.page,
    )
    return accept(session, form.channel, [submission_event(key, definition, sent)]) > 0


def _signs(
    session: Session, form: WebForm, definition: Definition, answers: Answers, sending: Sending
) -> list[str]:
    signs = [HONEYPOT] if sending.trap.strip() else []
    opened = how_opened(form.key, sending.opened)
    signs += [opened] if opened != Opened.FINE else []
    signs += [FOREIGN] if sending.foreign else []
    if not sending.solution:
        signs.append(NO_PROOF)
    elif not is_solved(session, proof_purpose(form), sending.solution):
        signs.append(BAD_PROOF)
    said = {each.goes_to: answers.values.get(each.name) for each in definition.fields if each.goes_to}
    texts = [value for value in answers.values.values() if isinstance(value, str)]
    signs += signs_in("\n".join(texts), str(said.get("name") or ""))
    return [*signs, *_too_many(form, sending, str(said.get("email") or ""))]


def _too_many(form: WebForm, sending: Sending, email: str) -> list[str]:
    """Who sends more than people do; every one is counted for itself, whatever the others say."""
    throttle = house_throttle()
    from_address, at_form, for_email = TOO_MANY
    kept = {
        from_address: throttle.hit("form address", household_of(sending.address), SOME_FROM_ADDRESS),
        at_form: throttle.hit("form", form.key, SOME_AT_FORM),
        for_email: not email or throttle.hit("form email", email.lower(), SOME_FOR_EMAIL),
    }
    return [name for name, is_within in kept.items() if not is_within]


def _came_before(session: Session, form: WebForm, key: str) -> bool:
    """Whether this came already: under its own name, or without one a moment ago from the same place."""
    wanted = select(Arrival.id).where(Arrival.channel_id == form.channel_id)
    if key.startswith("bare:"):
        same = wanted.where(
            Arrival.event_key.startswith(f"{key}:", autoescape=True),
            Arrival.arrived_at > now() - SAME_WITHIN,
        )
        return session.scalar(same.limit(1)) is not None
    return session.scalar(wanted.where(Arrival.event_key == key)) is not None


def _digest(values: Mapping[str, Any], files: Sequence[KeptFile]) -> str:
    named = sorted((each.field, each.sha256) for each in files)
    told = orjson.dumps([values, named], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()[:32]


def _bare(content: str, sending: Sending) -> str:
    return hashlib.sha256(f"{content} {household_of(sending.address)}".encode()).hexdigest()[:32]
