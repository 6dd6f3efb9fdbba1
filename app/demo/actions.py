"""Putting the demonstration in and taking it out; each is one transaction and one event for open screens."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, join, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.demo.cast import BOXES, COLLEAGUES, DOMAIN, LABELS
from app.demo.chats import KIND, play_chats
from app.demo.marked import LABELS_MADE, Marked, marked, take_out
from app.demo.play import play
from app.demo.script import Story, stories
from app.demo.stage import Stage
from channels.models import Arrival
from core.clock import now
from core.errors import Conflict
from core.events import EVERYONE, Event, record
from core.files import file_store
from core.words import N_
from inbox.actions.channels import connect_channel
from inbox.models import Channel, Dialog, ReadMark
from people.models import Agent, Notification, Role
from people.queries import workspace_of
from tags.actions import change_tag, make_tag
from tags.models import Tag

_LOCK = 0x64656D6F  # "demo"


def is_filled(session: Session) -> bool:
    """Whether the demonstration is in."""
    return bool(session.scalar(select(exists().where(Channel.demo))))


def fill(session: Session, *, agent: Agent | None = None) -> bool:
    """Put the demonstration in; False if it is there already.

    Everything in it is marked and nothing of it can leave: its mailboxes are switched off. Some
    dialogs are given to `agent`, or to the owner, so that there is work to try. What happened in
    the past weeks is history and announced to nobody; one event makes open screens look.
    """
    _wait_for_others(session)
    if is_filled(session):
        return False
    me = agent or session.scalar(select(Agent).where(Agent.role == Role.OWNER))
    people = _colleagues(session)
    labels, made = _labels(session, people["Вера"])
    stage = Stage(
        session=session,
        present=now(),
        zone=ZoneInfo(workspace_of(session).zone),
        agents=people | {"me": me or people["Олег"]},
        boxes=_boxes(session, made),
        labels=labels,
        store=file_store(),
    )
    played = play(stage, stories())
    play_chats(stage, _bot(session))
    for colleague in people.values():
        colleague.active = False
        colleague.availability = "away"
    session.flush()
    _read(session, zip(stories(), played, strict=True))
    _keep_silent(session, marked(session))
    record(session, "demo.filled", "workspace", audience=EVERYONE, actor=agent.ref if agent else None)
    return True


def remove(session: Session, *, agent: Agent | None = None) -> bool:
    """Take the demonstration out with all that hangs on it; False if there is none.

    What something real has come to lean on (a label in use, a customer who wrote to a real mailbox)
    stays and loses its mark. A demonstration mailbox that was put to work is not removed: Conflict.
    """
    _wait_for_others(session)
    if not is_filled(session):
        return False
    found = marked(session)
    _refuse_when_at_work(session)
    _refuse_when_joined(session, found)
    take_out(session, found)
    record(session, "demo.removed", "workspace", audience=EVERYONE, actor=agent.ref if agent else None)
    return True


def _wait_for_others(session: Session) -> None:
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _refuse_when_at_work(session: Session) -> None:
    at_work = session.scalar(
        select(Channel).where(
            Channel.demo, Channel.enabled | exists().where(Arrival.channel_id == Channel.id)
        )
    )
    if at_work is not None:
        raise Conflict(
            N_("“%(name)s” is in use now and no longer part of the example. Switch it off first."),
            code="demo_at_work",
            name=at_work.name,
        )


def _refuse_when_joined(session: Session, found: Marked) -> None:
    """Real messages must not go with a demonstration they were joined with."""
    joined = session.scalar(
        select(Dialog.id).where(
            Dialog.merged_into.is_not(None),
            Dialog.id.in_(found.dialogs) != Dialog.merged_into.in_(found.dialogs),
        )
    )
    if joined is not None:
        raise Conflict(
            N_("A dialog of the example was merged with a real one. Separate them first."),
            code="demo_joined",
            details={"dialog_id": joined},
        )


def _colleagues(session: Session) -> dict[str, Agent]:
    """The team of the demonstration, at work only while it is played: nobody can sign in as one of them."""
    known = {each.email: each for each in session.scalars(select(Agent).where(Agent.email.endswith(DOMAIN)))}
    people = {}
    for each in COLLEAGUES:
        person = known.get(each.address) or Agent(email=each.address)
        person.name, person.role, person.language, person.active = each.name, each.role, each.language, True
        session.add(person)
        people[each.called] = person
    session.flush()
    return people


def _labels(session: Session, agent: Agent) -> tuple[dict[str, Tag], list[int]]:
    """The labels of the demonstration, and which of them are new; known ones keep their weight."""
    before = set(session.scalars(select(Tag.id)))
    labels, made = {}, []
    for each in LABELS:
        label = labels[each.name] = make_tag(session, each.name, agent=agent)
        if label.id not in before:
            change_tag(session, label, agent=agent, name=each.name, weight=each.weight, colour=each.colour)
            made.append(label.id)
    return labels, made


def _boxes(session: Session, made: list[int]) -> dict[str, Channel]:
    """The mailboxes: marked, and switched off, so that nothing is fetched and nothing leaves."""
    boxes = {}
    for each in BOXES:
        box = connect_channel(
            session,
            agent=None,
            kind="email",
            name=each.name,
            address=each.address,
            settings={LABELS_MADE: made},
            secrets={},
        )
        box.demo, box.enabled = True, False
        boxes[each.key] = box
    session.flush()
    return boxes


def _bot(session: Session) -> Channel:
    """The chats' door: a bot that is nobody's, switched off like the mailboxes."""
    bot = connect_channel(session, agent=None, kind=KIND, name="Бот мастерской", settings={}, secrets={})
    bot.demo, bot.enabled = True, False
    session.flush()
    return bot


def _read(session: Session, played: Iterable[tuple[Story, Dialog]]) -> None:
    """The team has read what is not new in its story."""
    seen = [dialog.id for story, dialog in played if "unread" not in story.facts]
    everybody = select(Dialog.id, Agent.id, Dialog.last_received_id).select_from(
        join(Dialog, Agent, Agent.active)
    )
    marks = everybody.where(Dialog.id.in_(seen))
    session.execute(insert(ReadMark).from_select(["dialog_id", "agent_id", "message_id"], marks))
    session.execute(
        update(Notification)
        .where(Notification.topic.in_([f"dialog:{number}" for number in seen]))
        .values(read_at=now())
        .execution_options(synchronize_session=False)
    )


def _keep_silent(session: Session, found: Marked) -> None:
    session.execute(
        update(Event)
        .where(Event.seq.is_(None), Event.topic.in_(found.topics()))
        .values(audience=None)
        .execution_options(synchronize_session=False)
    )
