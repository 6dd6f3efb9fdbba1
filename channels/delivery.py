"""From a message that is due to the customer: claim, commit, call, write down, commit."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from math import inf
from random import uniform
from time import monotonic, sleep
from uuid import uuid4

import structlog
from sqlalchemy import Select, Update, bindparam, func, select, update
from sqlalchemy.orm import Session, joinedload

from channels import threads
from channels.access import open_access, shelf
from channels.adapter import (
    Adapter,
    Ambiguous,
    BadContent,
    ChannelAccess,
    ChannelError,
    FilesCopies,
    Moved,
    Part,
    Sent,
)
from channels.echoes import absorb_mirror
from channels.hearing import follow_move
from channels.lease import kept_lease, write_down
from channels.models import MessagePart
from channels.outcomes import PATIENCE, drops_repeats, note_about_chat, outcome_of, settle_parts
from channels.planning import as_planned, parts_of, plan, plan_plainer, plan_rest
from channels.queue import HAS_RECIPIENTS, asked_now, claimable, due, spare_looking
from channels.sent_copies import want_copy
from channels.turns import Resting, wait_for_turn
from core.clock import now
from core.db import take_in_order, transaction
from core.failpoints import failpoint
from inbox.actions import Outcome, finish_sending, withdraw_if_moot
from inbox.actions.health import note_failure, note_success
from inbox.models import Channel, Delivery, Dialog, Message

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
RECIPIENT_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send, with the part that is next; both are already `sending`."""

    message_id: int
    part_id: int
    token: str
    access: ChannelAccess
    part: Part


def deliver_due(*, seconds: float = inf) -> int:
    """Send what is due until nothing is or the time is up; how many calls to the outside were made.

    A claim is committed before the network is touched, so running twice finds nothing to do and
    no customer gets the same answer twice. What only waits for its turn is waited for.
    """
    calls, until, resting = 0, monotonic() + seconds, Resting()
    while monotonic() < until:
        claim = claim_next(resting)
        if claim is not None:
            deliver(claim)
            calls += 1
        elif nap := resting.nap():
            sleep(min(nap, max(0.0, until - monotonic())))
        else:
            break
    return calls


def due_messages(session: Session) -> bool:
    """Whether any message waits to leave."""
    return bool(session.scalar(due(), asked_now(Resting())))


def claim_next(resting: Resting | None = None) -> Claim | None:
    """Take the message that is due longest; None when none is, but those that wait for their turn.

    Messages of one dialog leave in order. One that cannot be planned fails at once and the next
    is tried.
    """
    resting = resting or Resting()
    while True:
        with transaction() as session, session.no_autoflush:  # a part that leaves at once is written once
            take_in_order(session)
            found = session.execute(claimable(), asked_now(resting)).first()
            if found is None:
                return None
            message, frozen, has_recipients, has_files = found
            spare_looking(message, recipients=has_recipients, files=has_files)
            if frozen:
                resting.channels[message.channel_id] = monotonic() + frozen
                continue
            claim = _claim(session, message, resting)
            failpoint("send.before_claim")
        if claim is not None:
            failpoint("send.claimed")
            return claim


def deliver(claim: Claim) -> None:
    """Make the one call of a claim and write down how it went."""
    adapter = shelf.adapter(claim.access)
    try:
        with kept_lease(partial(_renewal, claim), LEASE):
            sent = adapter.send(claim.part)
        failpoint("send.accepted")
    except ChannelError as error:
        write_down(partial(_failed, claim, adapter, error), seconds=LEASE.total_seconds())
        return
    except Exception as error:
        # A bug between the call and its answer: nobody knows whether it left.
        log.exception("delivery.broke", message_id=claim.message_id)
        bug = Ambiguous(f"{type(error).__name__}: {error}", code="bug")
        write_down(partial(_failed, claim, adapter, bug), seconds=LEASE.total_seconds())
        return
    write_down(partial(_succeeded, claim, sent), seconds=LEASE.total_seconds())


def release_expired(session: Session) -> int:
    """Take back what a dead worker was sending; how many there were.

    If its call may have left, the agent decides, unless the outside drops repeats by key.
    """
    stuck = session.scalars(
        select(Message)
        .where(Message.delivery == Delivery.SENDING, Message.lease_until < func.clock_timestamp())
        .limit(100)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    for message in stuck:
        _release(session, message)
    return len(stuck)


def _claim(session: Session, message: Message, resting: Resting) -> Claim | None:
    if withdraw_if_moot(session, message):
        return None
    access = open_access(session.get_one(Channel, message.channel_id))
    adapter = shelf.adapter(access)
    try:
        parts = parts_of(session, message) or plan(session, message, adapter)
    except ChannelError as error:
        finish_sending(session, message, Outcome("failed", error.code, error.detail))
        return None
    if settle_parts(session, message, parts):
        return None
    part = next(each for each in parts if each.state != "sent")
    if wait_for_turn(session, resting, message, part, adapter):
        return None
    message.delivery = Delivery.SENDING
    message.attempts += 1
    message.lease_token = uuid4().hex
    message.lease_until = func.clock_timestamp() + LEASE
    part.state = "sending"
    part.changed_at = now()
    if adapter.capabilities.repeats_dropped_for is not None and "tried_at" not in part.payload:
        part.payload = {**part.payload, "tried_at": now().isoformat()}
    session.flush()
    return Claim(message.id, part.id, message.lease_token, access, as_planned(part, message))


def _renewal(claim: Claim) -> Update:
    return (
        update(Message)
        .where(Message.id == claim.message_id, Message.lease_token == claim.token)
        .values(lease_until=func.clock_timestamp() + LEASE)
    )


def _succeeded(claim: Claim, sent: Sent) -> None:
    with transaction() as session, session.no_autoflush:  # each row is written once, at the end
        message = _still_ours(session, claim)
        if message is None:
            return
        parts = parts_of(session, message)
        part = next(each for each in parts if each.id == claim.part_id)
        if message.dialog.thread_key is not None:
            absorb_mirror(session, message, list(sent.keys))
        waiting = [each for each in sent.recipients if each.state == "retry"]
        part.state = "queued" if waiting else "sent"
        part.keys = list(dict.fromkeys([*sent.keys, *part.keys]))
        part.changed_at = now()
        if own_name := part.payload.get("message_id"):  # letters are found by threads, chats by their keys
            new_names = [name for name in sent.keys if name != own_name]
            threads.remember_names(session, message.dialog, message, new_names)
        note_success(session, session.get_one(Channel, message.channel_id))
        if waiting:
            _try_later(session, message, sent, code=waiting[0].code, detail=waiting[0].detail)
        elif not settle_parts(session, message, parts, sent):
            message.delivery = Delivery.QUEUED
            message.lease_token = message.lease_until = None
        elif isinstance(adapter := shelf.adapter(claim.access), FilesCopies) and adapter.files_copies:
            want_copy(session, message)
        failpoint("send.before_commit")
    failpoint("send.committed")


def _try_later(session: Session, message: Message, sent: Sent, *, code: str, detail: str) -> None:
    """Recipients that were put off (greylisted, mailbox busy) get the letter again later."""
    pause = RECIPIENT_PAUSES[min(message.attempts, len(RECIPIENT_PAUSES)) - 1]
    retry_at = now() + pause * uniform(0.9, 1.1)
    if now() - message.created_at > PATIENCE:
        settled = tuple(each for each in sent.recipients if each.state != "retry")
        outcome = Outcome("failed", code, detail, recipients=settled)
    else:
        outcome = Outcome("retry", code, detail, retry_at=retry_at, recipients=sent.recipients)
    finish_sending(session, message, outcome)


def _failed(claim: Claim, adapter: Adapter, error: ChannelError) -> None:
    with transaction() as session:
        message = _still_ours(session, claim)
        if message is None:
            return
        channel = session.get_one(Channel, message.channel_id)
        part = session.get_one(MessagePart, claim.part_id)
        if part.state == "sent":
            _go_on_after_echo(session, message)
            return
        part.changed_at = now()
        if error.health != "none":
            note_failure(
                session, channel, code=error.code, detail=error.detail, broken=error.health == "broken"
            )
        replans = isinstance(error, BadContent) and not part.payload.get("fallback")
        if replans and plan_plainer(session, message, adapter):
            finish_sending(session, message, Outcome("retry", "plainer", "", now()))
            return
        if isinstance(error, Moved) and error.new_key is not None:
            follow_move(session, channel, message.dialog, error.new_key)
            plan_rest(session, message, adapter)
            finish_sending(session, message, Outcome("retry", error.code, error.detail, now()))
            return
        outcome = outcome_of(message, part, adapter, error)
        part.state = {"retry": "queued"}.get(outcome.state, outcome.state)
        finish_sending(session, message, outcome)
        note_about_chat(session, message, error)


def _go_on_after_echo(session: Session, message: Message) -> None:
    """The outside has shown us the message before it broke off: it is there."""
    if not settle_parts(session, message, parts_of(session, message)):
        finish_sending(session, message, Outcome("retry", "", "", now()))


def _release(session: Session, message: Message) -> None:
    channel = session.get_one(Channel, message.channel_id)
    adapter = shelf.adapter(open_access(channel))
    started = [each for each in parts_of(session, message) if each.state == "sending"]
    repeatable = all(drops_repeats(each, adapter) for each in started)
    outcome = Outcome("retry", "worker_died", "", now())
    if started and not repeatable:
        outcome = Outcome("uncertain", "worker_died", "")
    for each in started:
        each.state = "queued" if repeatable else "uncertain"
    finish_sending(session, message, outcome)


def _still_ours(session: Session, claim: Claim) -> Message | None:
    """The message, locked, if nobody took it from us meanwhile."""
    found = session.execute(_locked(), {"id": claim.message_id}).one_or_none()
    message, has_recipients = found if found is not None else (None, False)
    if message is None or message.lease_token != claim.token or message.delivery != Delivery.SENDING:
        log.warning("delivery.claim_lost", message_id=claim.message_id)
        return None
    spare_looking(message, recipients=has_recipients)
    return message


@cache
def _locked() -> Select[Message, bool]:
    return (
        select(Message, HAS_RECIPIENTS)
        .where(Message.id == bindparam("id"))
        .options(joinedload(Message.dialog).lazyload(Dialog.customer))
        .with_for_update(of=Message)
    )
