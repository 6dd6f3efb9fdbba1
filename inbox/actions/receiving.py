"""What the outside says: messages, answers given elsewhere, news about what we sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import draw_ids
from inbox.actions.parts import add_remote_files, cards_json, forwards_json, sketch_of
from inbox.actions.reachability import note_alive
from inbox.actions.states import begin_episode, bring_back, hold, reopen_by_message, wake
from inbox.border import DeliveryNews, Incoming, IncomingFile
from inbox.delivery_states import worst_of
from inbox.models import Attachment, Channel, Delivery, Dialog, Episode, Message, SnoozeMode, State
from inbox.names import message_called
from inbox.recording import record_on
from inbox.summary import PROBLEMS, WAKING, count_problems, preview_of_message, show_answer, show_received
from people.meeting import meet, present_card
from people.models import CustomerIdentity
from people.notices import notify

LONGEST_QUOTE = 2000


@dataclass(frozen=True, slots=True)
class Received:
    """What became of something that came; `new` is False when it had come before."""

    message: Message
    dialog: Dialog
    new: bool


class SenderBlocked(Exception):
    """Nobody listens to this address; what it says belongs apart."""

    def __init__(self, identity: CustomerIdentity) -> None:
        super().__init__(f"identity {identity.id}")
        self.identity = identity


def receive(
    session: Session,
    channel: Channel,
    incoming: Incoming,
    *,
    dialog: Dialog | None,
    related: Dialog | None = None,
    let_in: bool = False,
) -> Received:
    """Take in one message: identity, customer, dialog, message and files in one go.

    `dialog` is where it belongs, None starts a new one; `related` is a dialog it may have to do
    with and is only noted. A completed dialog reopens, a snoozed one wakes unless the agent chose
    to let it sleep through answers; automatic answers do neither and stop no clock. For a blocked
    sender SenderBlocked is raised before anything is written, unless the message is `let_in`.
    """
    is_chat = incoming.conversation_key is not None
    known = message_called(session, channel.id, incoming.message_key, parts=is_chat)
    if known is not None:
        return Received(known, known.dialog, new=False)
    identity = _identity(session, channel, incoming)
    if identity is not None and identity.blocked_at is not None and incoming.direction == "in" and not let_in:
        raise SenderBlocked(identity)
    *ids, message_id = draw_ids(session, Dialog, Episode, Message)
    if dialog is None:
        dialog = _open_dialog(session, channel, incoming, identity, related=related, ids=ids)
    else:
        hold(session, dialog)
    message = _add_message(session, channel, dialog, incoming, identity, message_id=message_id)
    if incoming.reply_until is not None:
        dialog.reply_until = incoming.reply_until
    if incoming.direction == "out":
        _mirror(session, dialog, message, incoming)
    else:
        _arrive(session, dialog, message, identity)
    session.flush()
    _add_files(session, message, incoming)
    return Received(message, dialog, new=True)


def hear_news(session: Session, message: Message, news: Sequence[DeliveryNews]) -> None:
    """Write down what the outside reports about a message we sent (a bounce, a receipt).

    A failure brings its dialog back to the feed; a late "delivered" never hides a failure.
    """
    dialog = hold(session, message.dialog)
    state = None
    for item in news:
        if item.state == "delayed":
            record_on(
                session,
                dialog,
                "message.delayed",
                message_id=message.id,
                address=item.address,
                detail=item.detail[:500],
            )
        elif message.recipients:
            _hear_of_recipient(message, item)
        elif message.delivery != Delivery.FAILED:
            state = item.state
            message.error_code, message.error_detail = item.code or None, item.detail[:2000] or None
    settle_delivery(session, dialog, message, state=state)


def settle_delivery(
    session: Session, dialog: Dialog, message: Message, *, state: str | None = None, actor: str | None = None
) -> None:
    """Let a message show the worst of its recipients' states (without recipients: `state`).

    Trouble brings the dialog back to the feed and tells whoever is responsible, unless nobody of us
    wrote the message: that an acknowledgement did not arrive is seen on it.
    """
    was = message.delivery
    if message.recipients:
        message.delivery = worst_of([each.delivery for each in message.recipients])
    elif state is not None:
        message.delivery = state
    if message.delivery == was:
        return
    trouble = message.delivery in PROBLEMS
    failing = [each for each in message.recipients if each.delivery == message.delivery]
    if trouble and failing:
        message.error_code, message.error_detail = failing[0].error_code, failing[0].error_detail
    record_on(
        session,
        dialog,
        f"message.{message.delivery}",
        actor=actor,
        message_id=message.id,
        code=message.error_code,
    )
    if trouble or was in PROBLEMS:
        count_problems(session, dialog)
    told = dialog.assignee_id or message.agent_id
    if trouble and not message.is_automatic:
        bring_back(session, dialog, cause=f"delivery:{message.id}")
        if told is not None:
            notify(session, told, f"message.{message.delivery}", dialog.topic)


def _hear_of_recipient(message: Message, item: DeliveryNews) -> None:
    matching = [each for each in message.recipients if each.address.lower() == item.address.lower()]
    if not matching and len(message.recipients) == 1:
        matching = message.recipients
    for recipient in matching:
        if item.state in ("delivered", "read") and recipient.delivery == Delivery.FAILED:
            continue
        recipient.delivery = item.state
        recipient.error_code = (item.code or None) if item.state == "failed" else None
        recipient.error_detail = (item.detail[:2000] or None) if item.state == "failed" else None
        recipient.changed_at = now()


def _identity(session: Session, channel: Channel, incoming: Incoming) -> CustomerIdentity | None:
    author = incoming.author
    if author.role != "customer":
        return None
    return meet(
        session,
        author.kind,
        author.key,
        shown=author.shown,
        name=author.name,
        verified=author.verified is True,
        channel=channel.kind if incoming.direction == "in" else "",
        demo=channel.demo,
    )


def _open_dialog(
    session: Session,
    channel: Channel,
    incoming: Incoming,
    identity: CustomerIdentity | None,
    *,
    related: Dialog | None,
    ids: Sequence[int],
) -> Dialog:
    """A new dialog and its first episode; they are written with their first message, each row once."""
    owner = identity or _first_participant(session, incoming, demo=channel.demo)
    dialog_id, episode_id = ids
    dialog = Dialog(
        id=dialog_id,
        episode_id=episode_id,
        channel_id=channel.id,
        customer_id=present_card(session, owner.customer).id,
        thread_key=incoming.conversation_key,
        audience=channel.audience,
        team_id=channel.team_id,
        is_group=incoming.is_group,
        subject=(incoming.subject or incoming.conversation_name)[:500],
        state=State.OPEN,
        spam=incoming.spam,
        reopen_count=0,
        tag_ids=[],
        tag_weight=0,
        demo=channel.demo,
    )
    session.add(dialog)
    begin_episode(session, dialog, received=incoming.direction == "in" and incoming.klass in WAKING)
    record_on(
        session,
        dialog,
        "dialog.opened",
        actor=f"customer:{dialog.customer_id}",
        channel_id=channel.id,
        related_id=related.id if related else None,
    )
    return dialog


def _first_participant(session: Session, incoming: Incoming, *, demo: bool) -> CustomerIdentity:
    author = incoming.participants[0] if incoming.participants else incoming.author
    return meet(session, author.kind, author.key, shown=author.shown, name=author.name, demo=demo)


def _add_message(
    session: Session,
    channel: Channel,
    dialog: Dialog,
    incoming: Incoming,
    identity: CustomerIdentity | None,
    *,
    message_id: int,
) -> Message:
    message = Message(
        id=message_id,
        dialog=dialog,
        dialog_id=dialog.id,
        origin_dialog_id=dialog.id,
        episode_id=dialog.episode_id,
        channel_id=channel.id,
        direction=incoming.direction,
        delivery=Delivery.SENT if incoming.direction == "out" else None,
        klass=incoming.klass,
        answerable=incoming.answerable,
        identity_id=identity.id if identity else None,
        key=incoming.message_key,
        subject=incoming.subject,
        text=incoming.text,
        visible_text=incoming.visible_text,
        html=incoming.html,
        has_remote=incoming.has_remote,
        envelope=_envelope(incoming),
        warnings=list(incoming.warnings),
        defects=list(incoming.defects),
        raw_sha256=incoming.extra.get("raw_sha256"),
        said_at=incoming.sent_at,
        edited_at=incoming.sent_at if incoming.kind == "edit" else None,
        group_key=incoming.group_key,
        quote=incoming.quote[:LONGEST_QUOTE],
        cards=cards_json(incoming.cards),
        forwards=forwards_json(incoming.forwards),
        reactions=[],
        via=_via(incoming),
        created_at=now(),
        demo=channel.demo,
    )
    answered = message_called(session, channel.id, incoming.reply_to)
    message.reply_to_id = answered.id if answered is not None else None
    session.add(message)
    return message


def _add_files(session: Session, message: Message, incoming: Incoming) -> None:
    session.add_all(_attachment(message, file) for file in incoming.files)
    if incoming.remote_files:
        add_remote_files(session, message, incoming.remote_files)


def _envelope(incoming: Incoming) -> dict[str, Any]:
    envelope = dict(incoming.envelope)
    if not incoming.text and (sketch := sketch_of(incoming)):
        envelope["sketch"] = sketch
    return envelope


def _via(incoming: Incoming) -> str | None:
    """Who of us wrote it elsewhere, "" if the outside does not say."""
    if incoming.direction == "in" or incoming.conversation_key is None:
        return None
    return incoming.author.name or incoming.author.shown


def _attachment(message: Message, file: IncomingFile) -> Attachment:
    return Attachment(
        message_id=message.id,
        sha256=file.sha256,
        name=file.name,
        mime=file.mime,
        size=file.size,
        inline=file.inline,
        cid=file.cid,
    )


def _arrive(session: Session, dialog: Dialog, message: Message, identity: CustomerIdentity | None) -> None:
    was = dialog.state
    begins = dialog.last_message_id is None
    wakes = message.klass in WAKING
    if identity is not None and message.klass == "human":
        note_alive(session, dialog, identity)
    if dialog.unreachable_since is not None:
        dialog.unreachable_since = None
        record_on(session, dialog, "dialog.reachable")
    if wakes and dialog.state == State.COMPLETED:
        reopen_by_message(session, dialog, message_id=message.id)
        message.episode_id = dialog.episode_id
    elif wakes and dialog.state == State.SNOOZED and dialog.snooze_mode != SnoozeMode.STAY:
        wake(session, dialog, cause=f"message:{message.id}")
    author = identity.customer.name if identity else message.subject
    if wakes:
        show_received(dialog, message, author=author)
        dialog.waiting_since = dialog.waiting_since or message.created_at
        if not begins:
            _note_first_received(session, dialog)
    elif dialog.last_message_id is None:
        show_received(dialog, message, author=author)
    record_on(
        session,
        dialog,
        "message.received",
        actor=f"customer:{dialog.customer_id}",
        message_id=message.id,
        klass=message.klass,
        was=was,
    )
    if wakes and dialog.assignee_id is not None:
        notify(
            session,
            dialog.assignee_id,
            "message.received",
            dialog.topic,
            preview=preview_of_message(message)[:80],
        )


def _mirror(session: Session, dialog: Dialog, message: Message, incoming: Incoming) -> None:
    show_answer(dialog, message, author=incoming.author.name or incoming.author.shown)
    record_on(session, dialog, "message.mirrored", message_id=message.id, author=incoming.author.shown)


def _note_first_received(session: Session, dialog: Dialog) -> None:
    session.execute(
        update(Episode)
        .where(Episode.id == dialog.episode_id, Episode.first_received_at.is_(None))
        .values(first_received_at=now())
    )
