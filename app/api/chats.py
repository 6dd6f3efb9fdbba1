"""What can be done in chats besides answering: change and take back, fetch a file anew, lead over."""

from typing import Any

from app.access import Whom, channel_for, customer_for, message_for
from app.api.commands import Body, ChangeBody, StartLinkBody
from app.api.dialog_shapes import DoneShape, StartLinkShape
from app.api.done import done
from app.api.endpoints import Work, writes
from app.api.entries import message_json
from channels.changes import ask_delete, ask_edit, start_link_for
from channels.remote_files import ask_again
from core.errors import NotFound
from core.words import N_
from inbox.models import FileState, Message, RemoteFile


@writes("POST", "/messages/<int:message_id>/edit", answer=DoneShape, body=ChangeBody, whom=Whom.WRITERS)
def edit(work: Work, told: ChangeBody, message_id: int) -> dict[str, Any]:
    """Have a message of ours say something else; it does so here once it does outside."""
    message = message_for(work.session, work.agent, message_id)
    ask_edit(work.session, message, agent=work.agent, text=told.text, html=told.html)
    return _answered(work, message)


@writes("POST", "/messages/<int:message_id>/delete", answer=DoneShape, whom=Whom.WRITERS)
def delete(work: Work, told: Body, message_id: int) -> dict[str, Any]:
    """Have a message of ours taken back outside; here it stays and is marked."""
    message = message_for(work.session, work.agent, message_id)
    ask_delete(work.session, message, agent=work.agent)
    return _answered(work, message)


@writes("POST", "/messages/<int:message_id>/fetch-files", answer=DoneShape, whom=Whom.WRITERS)
def fetch_files(work: Work, told: Body, message_id: int) -> dict[str, Any]:
    """Try once more to fetch the files of a message that could not be fetched."""
    message = message_for(work.session, work.agent, message_id)
    places = work.session.query(RemoteFile).filter_by(message_id=message.id).order_by(RemoteFile.place)
    missing = [each for each in places if each.state not in (FileState.FETCHED, FileState.WAITING)]
    if not missing:
        raise NotFound(N_("No file of this message is missing."))
    for each in missing:
        ask_again(work.session, each)
    return _answered(work, message)


@writes(
    "POST",
    "/customers/<int:customer_id>/start-links",
    answer=StartLinkShape,
    body=StartLinkBody,
    whom=Whom.WRITERS,
)
def start_link(work: Work, told: StartLinkBody, customer_id: int) -> dict[str, Any]:
    """A link by which this customer comes to a messenger as the one we know: once, within half an hour."""
    customer = customer_for(work.session, work.agent, customer_id)
    channel = channel_for(work.session, work.agent, told.channel_id)
    return {"link": start_link_for(work.session, channel, customer, agent=work.agent)}


def _answered(work: Work, message: Message) -> dict[str, Any]:
    work.session.flush()
    return done(work, message.dialog, entry=message_json(message))
