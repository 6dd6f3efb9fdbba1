"""Whose message something really is: one of us by another way, or somebody a colleague speaks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from inbox.border import Author, Incoming, IncomingFile
from inbox.recipients import own_addresses
from people.models import Agent
from people.queries import agent_with_email

KEPT_WARNINGS = frozenset(("dangerous_file", "too_large"))


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A customer's message, and the colleague who passed it on with what the colleague says about it."""

    incoming: Incoming
    agent: Agent
    comment: str


def as_ours(session: Session, incoming: Incoming) -> Incoming:
    """A message from any address of ours is ours, whichever way it came, unless it was proven false (I25)."""
    own = own_addresses(session)
    others = tuple(each for each in incoming.participants if each.key not in own)
    if incoming.direction == "out":
        return replace(incoming, participants=others, answerable=False)
    author = incoming.author
    if author.role != "customer" or author.verified is False or author.key not in own:
        return incoming
    return replace(
        incoming,
        author=replace(author, role="agent"),
        direction="out",
        participants=others,
        answerable=False,
        spam=False,
    )


def without_thread(session: Session, incoming: Incoming) -> Incoming:
    """What one of our own addresses says where no dialog is known: a form speaks for whom it names.

    To somebody outside it stays our message; to nobody else it is a notice for us, and never answered.
    """
    own = own_addresses(session)
    behind = [each for each in incoming.envelope.get("reply_to") or () if each["address"].lower() not in own]
    if behind:
        person = behind[0]
        author = Author(
            incoming.author.kind,
            person["address"].lower(),
            shown=person["address"],
            name=person.get("name") or "",
        )
    elif incoming.participants:
        return incoming
    else:
        author = replace(incoming.author, role="customer")
    return replace(incoming, author=author, direction="in", answerable=False)


def for_its_author(session: Session, incoming: Incoming) -> Incoming | HandedOver:
    """A letter that a colleague hands on, as its own author's (I27); anybody else's forward stays as it is.

    Only who is proven to be a colleague may speak for others. Where nobody can be made out, the
    dialog is the colleague's, with a warning that somebody has to say whose it is.
    """
    handed = incoming.handed_on
    agent = _colleague(session, incoming) if handed is not None else None
    if handed is None or agent is None:
        return incoming
    if handed.author is None or handed.author.key in own_addresses(session):
        return replace(incoming, handed_on=None, warnings=(*incoming.warnings, "set_customer"))
    kept = [each for each in incoming.warnings if each in KEPT_WARNINGS]
    theirs = replace(
        incoming,
        author=handed.author,
        text=handed.text,
        visible_text=None,
        html=None,
        has_remote=False,
        files=_shown(incoming.files if handed.files is None else handed.files),
        subject=handed.subject,
        sent_at=handed.sent_at or incoming.sent_at,
        references=(),
        participants=(),
        envelope={"from": {"address": handed.author.shown, "name": handed.author.name}},
        answerable=False,
        spam=False,
        handed_on=None,
        warnings=(*kept, "handed_on"),
    )
    return HandedOver(theirs, agent, handed.comment)


def _shown(files: Sequence[IncomingFile]) -> tuple[IncomingFile, ...]:
    """Without the HTML no picture has a place in the text: all of them stand below it."""
    return tuple(replace(each, inline=False) for each in files)


def _colleague(session: Session, incoming: Incoming) -> Agent | None:
    if incoming.author.verified is not True:
        return None
    agent = session.scalar(agent_with_email(incoming.author.key))
    return agent if agent is not None and agent.may_reply else None
