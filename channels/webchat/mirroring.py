"""What a customer answers by e-mail to a letter out of the chat is shown in the chat, too.

Only where the shop has signed the address: whoever typed somebody else's must not get to read what
that person answers, nor what is answered to it. Such a letter is marked, and its answer leaves by letter.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.webchat.bells import ring_after
from channels.webchat.models import ChatFile, ChatLine, Visitor
from channels.webchat.numbering import add_line
from channels.webchat.planning import MOST_TEXT
from channels.webchat.visitors import KIND, visitor_called
from core.media import kind_of_file
from inbox.answering import NOT_IN_CHAT
from inbox.models import Channel, Dialog, Message


def show_in_chat(session: Session, channel: Channel, dialog: Dialog, message: Message) -> None:
    """Put a letter that came into a chat's dialog into the visitor's chat, once; mark one that may not be."""
    if channel.kind == KIND or dialog.channel.kind != KIND:
        return
    visitor = visitor_called(session, dialog.channel_id, dialog.thread_key)
    if visitor is None or not _is_theirs(visitor, message):
        message.warnings = [*message.warnings, NOT_IN_CHAT]
        return
    if message.klass != "human":
        return
    key = f"letter-{message.id}"
    if session.scalar(select(ChatLine.id).where(ChatLine.key == key)) is not None:
        return
    text = (message.visible_text or message.text).strip()[:MOST_TEXT]
    line = add_line(session, visitor, key=key, origin="visitor", text=text)
    files = [each for each in message.attachments if not each.inline]
    session.add_all(
        ChatFile(
            visitor_id=visitor.id,
            line_id=line.id,
            place=place,
            sha256=each.sha256,
            name=each.name,
            mime=each.mime,
            size=each.size,
            is_image=kind_of_file(each.name, b"").may_inline,
        )
        for place, each in enumerate(files)
    )
    ring_after(session, visitor)


def _is_theirs(visitor: Visitor, message: Message) -> bool:
    proven = str(visitor.proven.get("email") or "").lower()
    identity = message.identity
    return bool(proven) and identity is not None and identity.kind == "email" and identity.key == proven
