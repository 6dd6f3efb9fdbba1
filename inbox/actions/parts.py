"""What a message holds besides words: cards, what was passed on, files that are still to be fetched."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import tell_after
from inbox.border import Card, FileReference, Forward, Incoming
from inbox.models import Message, RemoteFile

SIGNS = {
    "image": "🖼",
    "video": "🎬",
    "video_note": "🎬",
    "animation": "🎬",
    "audio": "🎵",
    "voice": "🎤",
    "location": "📍",
    "venue": "📍",
    "contact": "👤",
    "poll": "📊",
    "product": "🛒",
    "call": "📞",
    "gift": "🎁",
    "dice": "🎲",
    "button": "👆",
}
MOST_SIGNS = 5


def add_remote_files(session: Session, message: Message, files: Sequence[FileReference]) -> int:
    """Make places for files that are to be fetched; those that are there already are left out.

    Where the outside gives the same file other references each time, `unique_id` is what stays.
    """
    session.flush()
    known = session.scalars(select(RemoteFile).where(RemoteFile.message_id == message.id)).all()
    refs = [each.ref for each in known]
    same = {ref["unique_id"] for ref in refs if ref.get("unique_id")}
    new = [each for each in files if dict(each.ref) not in refs and each.ref.get("unique_id") not in same]
    if new:
        tell_after(session, "wake:files")
    for place, file in enumerate(new, start=len(refs)):
        session.add(
            RemoteFile(
                message_id=message.id,
                channel_id=message.channel_id,
                ref=dict(file.ref),
                kind=file.kind,
                name=file.name[:255],
                mime=file.mime,
                size=file.size,
                facts=dict(file.facts),
                place=place,
            )
        )
    return len(new)


def learn_of_files(session: Session, message: Message, files: Sequence[FileReference]) -> bool:
    """Keep what the outside tells of a message's files by and by, as the words of a voice; whether it did."""
    told = {each.ref["unique_id"]: dict(each.facts) for each in files if each.ref.get("unique_id")}
    if not told:
        return False
    learnt = False
    for place in session.scalars(select(RemoteFile).where(RemoteFile.message_id == message.id)):
        facts = {**place.facts, **told.get(place.ref.get("unique_id"), {})}
        if facts == place.facts:
            continue
        learnt, place.facts = True, facts
        for attachment in message.attachments:
            if attachment.place == place.place:
                attachment.facts = facts
    return learnt


def cards_json(cards: Sequence[Card]) -> list[dict[str, Any]]:
    """Cards as a message keeps them."""
    return [asdict(each) for each in cards]


def forwards_json(forwards: Sequence[Forward]) -> list[dict[str, Any]]:
    """What was passed on, as a message keeps it."""
    return [
        {**asdict(each), "sent_at": each.sent_at.isoformat() if each.sent_at else None} for each in forwards
    ]


def sketch_of(incoming: Incoming) -> str:
    """What a list shows of a message without words: signs everybody knows, and a name if there is one."""
    named = [
        *((each.kind, each.name) for each in incoming.remote_files),
        *(("file", each.name) for each in incoming.files if not each.inline),
        *((each.kind, each.title) for each in incoming.cards),
    ]
    signs = " ".join(SIGNS.get(kind, "📎") for kind, _ in named[:MOST_SIGNS])
    words = named[0][1] if len(named) == 1 else ""
    said = incoming.forwards[0].text if incoming.forwards and not named else ""
    return f"{signs} {words or said}".strip()[:160]
