"""What a person writes: answers, comments, first letters."""

from typing import Any

from app.access import Whom, agent_for, channel_for, check_all_see, dialog_for
from app.api.commands import CommentBody, NewDialogBody, ReplyBody
from app.api.dialog_shapes import DoneShape
from app.api.done import addresses, done, what_came
from app.api.endpoints import LETTER, Work, writes
from app.api.entries import comment_json, message_json
from app.api.people_json import quotes_below, signs
from channels.registry import capabilities_of
from core.errors import Conflict
from core.words import N_
from inbox import actions as inbox
from inbox.answering import way_back
from inbox.models import Channel
from inbox.recipients import answered_message


@writes(
    "POST",
    "/dialogs/<int:dialog_id>/replies",
    answer=DoneShape,
    whom=Whom.WRITERS,
    body=ReplyBody,
    most_bytes=LETTER,
)
def reply(work: Work, told: ReplyBody, dialog_id: int) -> dict[str, Any]:
    """Answer the customer; the answer is held for the channel's undo time."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    answered = answered_message(work.session, dialog, told.reply_to_message_id)
    by = way_back(work.session, dialog, answered)
    _check_answers(by)
    new = _new_reply(
        told,
        reply_to_message_id=told.reply_to_message_id,
        seen_upto=told.seen_upto,
        seen_messages=told.seen_message_ids,
        force=told.force,
        then=told.then,
        send_after=told.send_after,
        quote=_quotes(by) if told.quote is None else told.quote,
        signed=told.signature and signs(by.kind),
    )
    try:
        message = inbox.reply(work.session, dialog, agent=work.agent, new=new)
    except Conflict as moved:
        moved.details = what_came(work, dialog, moved.details)
        raise
    if message.dialog_id != dialog.id:
        dialog = dialog_for(work.session, work.agent, message.dialog_id)
    return done(
        work, dialog, entry=message_json(message), undo=("POST", f"/api/messages/{message.id}/undo", {})
    )


def _quotes(by: Channel) -> bool:
    """Whether an answer carries what it answers, where the writer does not say."""
    return quotes_below(by.kind, by.settings.get("quotes"))


def _new_reply(told: ReplyBody | NewDialogBody, **more: Any) -> inbox.NewReply:
    return inbox.NewReply(
        client_uuid=str(told.client_uuid),
        text=told.text,
        html=told.html,
        attachments=told.attachments,
        to=addresses(told.to),
        cc=addresses(told.cc),
        bcc=addresses(told.bcc) or (),
        subject=told.subject,
        **more,
    )


def _check_answers(by: Channel) -> None:
    able = capabilities_of(by.kind)
    if able is not None and not able.answers:
        raise Conflict(
            N_(
                "This cannot be answered from here: no mailbox is chosen for its form. Call, or create a "
                "task."
            ),
            code="no_way_back",
        )


@writes("POST", "/dialogs/<int:dialog_id>/comments", answer=DoneShape, body=CommentBody, most_bytes=LETTER)
def comment(work: Work, told: CommentBody, dialog_id: int) -> dict[str, Any]:
    """Leave a note for the team; the customer never learns of it."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    check_all_see(work.session, dialog, told.mentions)
    new = inbox.NewComment(
        text=told.text,
        client_uuid=str(told.client_uuid),
        mentions=told.mentions,
        attachments=told.attachments,
    )
    note = inbox.comment(work.session, dialog, agent=work.agent, new=new)
    work.session.flush()
    return done(work, dialog, entry=comment_json(note))


@writes("POST", "/dialogs", answer=DoneShape, whom=Whom.WRITERS, body=NewDialogBody, most_bytes=LETTER)
def start_dialog(work: Work, told: NewDialogBody) -> dict[str, Any]:
    """Write to somebody who did not write first."""
    session, agent = work.session, work.agent
    channel = channel_for(session, agent, told.channel_id)
    new = _new_reply(told, signed=told.signature and signs(channel.kind))
    first = told.to[0]
    message = inbox.start_dialog(
        session, channel, agent=agent, new=new, kind=channel.kind, key=first.address.lower(), name=first.name
    )
    dialog = dialog_for(session, agent, message.dialog_id)
    if told.assignee_id is not None and told.assignee_id != dialog.assignee_id:
        check_all_see(session, dialog, [told.assignee_id])
        inbox.assign(session, dialog, agent=agent, assignee=agent_for(session, agent, told.assignee_id))
    return done(
        work, dialog, entry=message_json(message), undo=("POST", f"/api/messages/{message.id}/undo", {})
    )
