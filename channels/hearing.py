"""What happens in a chat besides messages: read the outside's word for it, do what follows in the inbox."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import threads
from channels.adapter import Temporary
from channels.errands import want_errand
from channels.models import Arrival, ArrivalState
from channels.pictures import want_picture
from core.db import tell_after
from inbox import actions
from inbox.border import Card, Incoming
from inbox.models import Channel, Dialog, Message
from inbox.names import message_called
from people.actions.customers import tell_of_customer
from people.actions.fields import tell_fields
from people.actions.identities import name_identity
from people.meeting import meet, present_card
from people.models import CustomerIdentity
from people.queries import identity_of
from people.touches import note_touches


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of an arrival, and why."""

    state: ArrivalState
    reason: str = ""
    message_id: int | None = None
    content_hash: str | None = None


Hearing = Callable[[Session, Channel, Incoming], Ending]


def hear(session: Session, channel: Channel, incoming: Incoming) -> Ending | None:
    """Do what follows from something that is no message; None for what becomes one after all.

    A change that comes before its message is one: it says all that the message says.
    """
    wait_for_chat(session, channel, incoming.conversation_key)
    actions.hold_proven(session, channel, incoming)
    hearing = _HEARINGS.get(incoming.kind)
    if hearing is not None:
        return hearing(session, channel, incoming)
    if incoming.kind == "edit":
        return _edit(session, channel, incoming)
    if incoming.kind == "delivery" and incoming.conversation_key is not None:
        return _delivery(session, channel, incoming)
    return None


def wait_for_chat(session: Session, channel: Channel, conversation_key: str | None) -> None:
    """Until the transaction ends, nobody else takes in anything of this chat."""
    if conversation_key is not None:
        name = f"chat {channel.id} {conversation_key}"
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def follow_move(session: Session, channel: Channel, dialog: Dialog, to: str) -> None:
    """A chat goes on under another name, whoever told us; what came under it already joins the dialog."""
    wait_for_chat(session, channel, to)
    actions.move_dialog(session, dialog, to=to)


def as_message(incoming: Incoming) -> Incoming:
    """The press of a button as the message it stands for, which answers the one the button is below."""
    if incoming.kind != "button":
        return incoming
    card = Card("button", title=incoming.text, facts={"data": incoming.button})
    below = incoming.message_key
    return replace(incoming, message_key=None, reply_to=below, cards=(*incoming.cards, card))


def _edit(session: Session, channel: Channel, incoming: Incoming) -> Ending | None:
    message = message_called(session, channel.id, incoming.message_key)
    if message is None:
        return None
    changed = actions.revise(session, message, incoming)
    return Ending(ArrivalState.READ, "" if changed else "nothing changed", message.id)


def _delivery(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    """How messages of ours fare, in a chat where they are called by their names."""
    found = [message_called(session, channel.id, name) for name in incoming.news_about]
    about = [each for each in found if each is not None and each.direction == "out"]
    for message in about:
        actions.hear_news(session, message, incoming.news)
    if not about:
        return Ending(ArrivalState.IGNORED, "about a message nobody knows")
    return Ending(ArrivalState.READ, "news", about[0].id)


def _delete(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    message = message_called(session, channel.id, incoming.message_key)
    if message is None:
        return Ending(ArrivalState.IGNORED, "about a message nobody knows")
    actions.take_back_outside(session, message, at=incoming.sent_at)
    return Ending(ArrivalState.READ, "", message.id)


def _reaction(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    message = message_called(session, channel.id, incoming.message_key)
    if message is None:
        return Ending(ArrivalState.IGNORED, "about a message nobody knows")
    author = incoming.author
    known = _identity(session, incoming)
    name = author.name or (known.name or known.shown if known else author.shown)
    actions.react(session, message, key=author.key, name=name, reactions=incoming.reactions)
    return Ending(ArrivalState.READ, "", message.id)


def _read(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    dialog = _dialog(session, channel, incoming)
    if dialog is None:
        return Ending(ArrivalState.IGNORED, "about a chat nobody knows")
    upto = message_called(session, channel.id, incoming.message_key)
    count = actions.hear_read(session, dialog, upto=upto, at=incoming.sent_at)
    return Ending(ArrivalState.READ, f"{count} read")


def _typing(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    dialog = _dialog(session, channel, incoming)
    if dialog is not None:
        tell_after(session, f"typing:{dialog.id}:{dialog.audience}")
    return Ending(ArrivalState.IGNORED, "only writing")


def _answered(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    """Said once, and not where an answer of ours follows the message anyway.

    The message may still wait to be read: then this waits too.
    """
    about = session.scalar(
        select(Arrival).where(
            Arrival.channel_id == channel.id, Arrival.event_key == incoming.extra["arrival"]
        )
    )
    if about is not None and about.state == ArrivalState.FETCHED:
        raise Temporary("the letter itself is not read yet", code="too_early")
    message = session.get(Message, about.message_id) if about is not None and about.message_id else None
    if message is None or message.direction != "in":
        return Ending(ArrivalState.IGNORED, "answered elsewhere: a letter we do not have")
    if actions.is_answered(session, message):
        return Ending(ArrivalState.IGNORED, "answered elsewhere: as we know", message.id)
    actions.note_answered_elsewhere(session, message)
    return Ending(ArrivalState.IGNORED, "answered elsewhere", message.id)


def _contact_state(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    if incoming.start_ref:
        author = incoming.author
        met = meet(session, author.kind, author.key, shown=author.shown, name=author.name)
        actions.follow_start_link(session, channel, met, incoming.start_ref)
    dialog = _dialog(session, channel, incoming)
    identity = _identity(session, incoming)
    if dialog is None or incoming.reachable is None:
        return Ending(ArrivalState.IGNORED, "about a chat nobody knows")
    actions.hear_reachable(session, dialog, identity, reachable=incoming.reachable)
    return Ending(ArrivalState.READ, "reachable" if incoming.reachable else "unreachable")


def _moved(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    dialog = _dialog(session, channel, incoming)
    if dialog is None or incoming.new_conversation_key is None:
        return Ending(ArrivalState.IGNORED, "about a chat nobody knows")
    follow_move(session, channel, dialog, incoming.new_conversation_key)
    return Ending(ArrivalState.READ, "moved")


def _known(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    """Who wrote is known better, or turns out to be somebody who writes elsewhere in this channel."""
    identity = _identity(session, incoming)
    if identity is None:
        return Ending(ArrivalState.IGNORED, "about somebody who has not written")
    author, same_as = incoming.author, incoming.new_conversation_key
    learn_of_author(session, incoming, identity, cause=f"channel:{channel.id}")
    if same_as is not None:
        wait_for_chat(session, channel, same_as)
        other = meet(session, author.kind, same_as, shown=author.shown, name=author.name, verified=True)
        dialog = _dialog(session, channel, incoming)
        if dialog is not None and not threads.is_taken(session, channel, same_as):
            actions.move_dialog(session, dialog, to=same_as)
        actions.follow_same_person(session, identity, other, cause=f"signed_in:{channel.id}")
    return Ending(ArrivalState.READ, "known")


def _unsupported(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    return Ending(ArrivalState.IGNORED, incoming.text or "unsupported")


_HEARINGS: dict[str, Hearing] = {
    "delete": _delete,
    "reaction": _reaction,
    "read": _read,
    "typing": _typing,
    "answered": _answered,
    "contact_state": _contact_state,
    "moved": _moved,
    "known": _known,
    "unsupported": _unsupported,
}


def follow_up(session: Session, channel: Channel, incoming: Incoming, message: Message) -> None:
    """What a message from a chat asks of us besides being shown: an answer to a button, a name, a link."""
    if answer := incoming.extra.get("answer"):
        want_errand(session, channel.id, "button", str(message.id), {"answer": answer}, seconds=60)
    identity = message.identity
    if identity is None or incoming.conversation_key is None:
        return
    if incoming.start_ref:
        actions.follow_start_link(session, channel, identity, incoming.start_ref)
    want_picture(session, channel, identity)
    if not identity.name and incoming.author.verified is not False:  # or there is nobody to ask
        want_errand(
            session, channel.id, "profile", identity.key, {"kind": identity.kind, "key": identity.key}
        )
    learn_of_author(session, incoming, identity, cause=str(message.id))


def learn_of_author(session: Session, incoming: Incoming, identity: CustomerIdentity, *, cause: str) -> None:
    """What is proven of whoever writes joins their card; what they only say is noted where it is empty."""
    author = incoming.author
    if author.name:
        name_identity(session, identity, name=author.name)
    if author.verified and not identity.verified:
        identity.verified = True
    if author.phone:
        actions.follow_proven_phone(session, identity, author.phone, cause=f"proven_phone:{cause}")
    if author.email:
        actions.follow_proven_email(session, identity, author.email, cause=f"proven_email:{cause}")
    if told := incoming.extra.get("told"):
        tell_of_customer(session, present_card(session, identity.customer), **told)
    if fields := incoming.extra.get("fields"):
        tell_fields(session, present_card(session, identity.customer), fields)
    if touches := incoming.extra.get("touches"):
        note_touches(
            session, present_card(session, identity.customer), touches.get("first"), touches.get("last")
        )


def _dialog(session: Session, channel: Channel, incoming: Incoming) -> Dialog | None:
    return threads.find_dialog(session, channel, incoming).dialog


def _identity(session: Session, incoming: Incoming) -> CustomerIdentity | None:
    return session.scalar(identity_of(incoming.author.kind, incoming.author.key))
