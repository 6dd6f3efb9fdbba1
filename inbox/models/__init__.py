"""Tables of the inbox, and the rules about one row of them."""

from inbox.models.chats import FileState, MessageName, MessageRevision, RemoteFile, StartLink
from inbox.models.desk import Command, Draft, ReadMark
from inbox.models.dialogs import Channel, Dialog, DialogMerge, Episode, SnoozeMode, State
from inbox.models.messages import (
    CARRIED,
    COPIED,
    SEARCHED_CHARACTERS,
    Attachment,
    Comment,
    Delivery,
    Message,
    Recipient,
)

__all__ = [
    "CARRIED",
    "COPIED",
    "SEARCHED_CHARACTERS",
    "Attachment",
    "Channel",
    "Command",
    "Comment",
    "Delivery",
    "Dialog",
    "DialogMerge",
    "Draft",
    "Episode",
    "FileState",
    "Message",
    "MessageName",
    "MessageRevision",
    "ReadMark",
    "Recipient",
    "RemoteFile",
    "SnoozeMode",
    "StartLink",
    "State",
]
