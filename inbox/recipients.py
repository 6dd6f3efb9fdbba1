"""Whom an answer goes to when the agent does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inbox.answering import ANSWERS_BY, leaves_by_letter
from inbox.models import Channel, Delivery, Dialog, Message
from inbox.summary import WAKING

BLIND = "blind_copy"

_ADDRESSES = select(Channel.address, Channel.settings["aliases"])


@dataclass(frozen=True, slots=True)
class Address:
    """One address with the name that goes with it."""

    address: str
    name: str = ""

    def as_json(self) -> dict[str, str]:
        """The address as it stands in a frozen envelope."""
        return {"address": self.address, "name": self.name}


def answered_message(session: Session, dialog: Dialog, message_id: int | None) -> Message | None:
    """The message an answer answers: the one named, else the newest the customer sent."""
    wanted = select(Message).where(Message.dialog_id == dialog.id)
    if message_id is not None:
        return session.scalar(wanted.where(Message.id == message_id))
    came = session.scalar(
        wanted.where(Message.direction == "in", Message.klass.in_(WAKING))
        .order_by(Message.id.desc())
        .limit(1)
    )
    if came is not None:
        return came
    return session.scalar(
        wanted.where(Message.direction == "out", Message.delivery != Delivery.UNDONE)
        .order_by(Message.id.desc())
        .limit(1)
    )


def answered_among(entries: Iterable[Any]) -> Message | None:
    """The newest message the customer sent among entries from old to new, if there is one."""
    came = (each for each in entries if isinstance(each, Message) and each.direction == "in")
    return next((each for each in reversed(list(came)) if each.klass in WAKING), None)


def own_addresses(session: Session) -> frozenset[str]:
    """Every address that is ours, in lower case; an answer never goes to one of them by itself."""
    return addresses_among(session.execute(_ADDRESSES))


def addresses_among(channels: Iterable[tuple[str, Any]]) -> frozenset[str]:
    """The addresses and other addresses of channels, in lower case."""
    groups = [(address, *_aliases(aliases)) for address, aliases in channels]
    return frozenset(each.strip().lower() for group in groups for each in group if each.strip())


def default_recipients(
    dialog: Dialog, answered: Message | None, *, own: frozenset[str]
) -> tuple[list[Address], list[Address]]:
    """To and cc of a reply to all: whoever wrote (or asked for answers elsewhere), and all they named (I14).

    A letter that we got blind is answered to its sender alone: the others do not know that we read it.
    Channels whose messages carry no addresses get none, also for a letter that came into a chat's dialog,
    unless the chat does not show it: then its sender alone.
    """
    if answered is None or not answered.envelope:
        return [], []
    if leaves_by_letter(dialog, answered):
        return _clean([answered.envelope.get("from")], own), []
    if _is_chat(dialog):
        return [], []
    envelope = answered.envelope
    if answered.direction == "out":
        return _clean(envelope.get("to"), own), _clean(envelope.get("cc"), own)
    to = _clean(envelope.get("reply_to"), own) or _clean([envelope.get("from")], own)
    if BLIND in answered.warnings:
        return to, []
    taken = own | {each.address.lower() for each in to}
    others = _clean([*(envelope.get("to") or ()), *(envelope.get("cc") or ())], taken)
    return to, others


def answers_of(answered: Message | None) -> dict[str, Any] | None:
    """What an answer keeps of the message it answers, so that the outside can tell they belong together."""
    if answered is None:
        return None
    kept = {name: answered.envelope.get(name) for name in ("message_id", "references", "in_reply_to")}
    return {"id": answered.id, "key": answered.key, **kept}


def _is_chat(dialog: Dialog) -> bool:
    """Whether its own channel knows by the dialog's name whom to answer."""
    return dialog.thread_key is not None and dialog.channel.settings.get(ANSWERS_BY) is None


def _aliases(kept: Any) -> list[str]:
    """Other addresses of a channel, as a list or as they were typed, with commas."""
    return kept.split(",") if isinstance(kept, str) else list(kept or ())


def _clean(addresses: Any, without: frozenset[str]) -> list[Address]:
    found: dict[str, Address] = {}
    for each in addresses or ():
        if not each or not each.get("address"):
            continue
        key = each["address"].lower()
        if key not in without and key not in found:
            found[key] = Address(each["address"], each.get("name") or "")
    return list(found.values())
