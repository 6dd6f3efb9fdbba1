"""Plays the stories through the same verbs that people and mailboxes use, each at its own moment."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.demo.letters import Circumstances, Said, incoming
from app.demo.moments import moments_of, with_dates
from app.demo.post import send
from app.demo.script import ANSWERS, NOTES, SAYS, Person, ScriptFault, Story, Turn, person
from app.demo.stage import Stage
from core.clock import visiting
from inbox.actions import (
    NewComment,
    NewReply,
    assign,
    comment,
    complete,
    mark_spam,
    receive,
    reopen,
    reply,
    snooze,
    wake,
)
from inbox.actions.states import hold
from inbox.models import Dialog
from people.models import Agent
from tags.actions import tag, untag

DISPATCHER = "Вера"  # who labels and hands out what comes
ON_ITS_WAY = timedelta(seconds=14)
LONGEST_WAIT = timedelta(days=12)
_MENTION = re.compile(r"@(\w+)")


@dataclass(frozen=True, slots=True)
class Cue:
    """One turn of a story at its moment; `following` is when the next one comes."""

    moment: datetime
    number: int
    scene: "Scene"
    turn: Turn
    following: datetime


def play(stage: Stage, stories: Sequence[Story]) -> list[Dialog]:
    """Let everything happen in the order in which it would have; the dialogs in the order of the stories."""
    scenes = [Scene(stage, story) for story in stories]
    cues = [cue for scene in scenes for cue in scene.cues()]
    with _remembering(stage.session):
        for cue in sorted(cues, key=lambda each: (each.moment, each.scene.story.place, each.number)):
            cue.scene.perform(cue)
    return [scene.dialog for scene in scenes]


class Scene:
    """One dialog in the making."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.story = story
        self._stage = stage
        self._session = stage.session
        self._channel = stage.boxes[story.box]
        self._chance = Random(story.place + story.subject)
        self._opened: Dialog | None = None
        self._said: Said | None = None

    @property
    def dialog(self) -> Dialog:
        """The dialog, once the customer has written."""
        if self._opened is None:
            raise ScriptFault("a story begins with what the customer writes")
        return self._opened

    def cues(self) -> Iterator[Cue]:
        """Each turn with its moment."""
        moments = moments_of(self.story, self._stage.present, self._stage.zone)
        following = [*moments[1:], self._stage.present]
        for number, turn in enumerate(self.story.turns):
            yield Cue(moments[number], number, self, turn, following[number])

    def perform(self, cue: Cue) -> None:
        """Do what a turn says, at its moment."""
        deeds = {SAYS: self._receive, ANSWERS: self._answer, NOTES: self._note}
        try:
            with visiting(cue.moment):
                deeds.get(cue.turn.sign, self._act)(cue)
                self._session.flush()
        except ScriptFault as fault:
            raise ScriptFault(f"{self.story.place}: {fault}") from None

    def _receive(self, cue: Cue) -> None:
        around = Circumstances(
            text=self._text(cue),
            subject=self.story.subject,
            author=person(cue.turn.who) if cue.turn.who else self.story.customer,
            to=Person(self._channel.name, self._channel.address),
            copies=tuple(self.story.copies),
            moment=cue.moment,
            key=self._key("letters.example"),
            language=self.story.language,
            zone=self._stage.zone,
            answers=self._said,
        )
        letter = incoming(cue.turn, around, self._stage.store)
        is_first = self._opened is None
        self._opened = receive(self._session, self._channel, letter, dialog=self._opened).dialog
        if is_first:
            self._hand_out()

    def _hand_out(self) -> None:
        """What the team does with a dialog as it comes: labels, and somebody responsible."""
        dispatcher = self._stage.agent(DISPATCHER)
        for name in self.story.tags:
            tag(self._session, self.dialog, self._stage.label(name), agent=dispatcher)
        if who := self.story.facts.get("who"):
            assign(self._session, self.dialog, agent=dispatcher, assignee=self._stage.agent(who))

    def _answer(self, cue: Cue) -> None:
        agent, options = self._who(cue), cue.turn.options
        new = NewReply(
            client_uuid=self._uuid(),
            text=self._text(cue),
            attachments=self._stage.uploads(agent, options.get("file", "")),
            force=True,
            then=options.get("then", "stay"),
            send_after=self._stage.ahead(options["held"]) if "held" in options else None,
        )
        message = reply(self._session, self.dialog, agent=agent, new=new)
        key = self._key(self._channel.address.rpartition("@")[2])
        self._said = Said(message.text, cue.moment, agent.name, self._channel.address, key)
        if "held" not in options:
            with visiting(min(cue.moment + ON_ITS_WAY, self._stage.present)):
                send(self._session, message, options, key=key, present=self._stage.present)

    def _note(self, cue: Cue) -> None:
        agent = self._who(cue)
        mentioned: list[int] = []

        def named(found: re.Match[str]) -> str:
            colleague = self._stage.agent(found[1])
            mentioned.append(colleague.id)
            return f"@{colleague.name}"

        text = _MENTION.sub(named, self._text(cue))
        comment(
            self._session, self.dialog, agent=agent, new=NewComment(text, self._uuid(), mentions=mentioned)
        )

    def _act(self, cue: Cue) -> None:
        verb, *words = cue.turn.words
        if verb not in ACTS:
            raise ScriptFault(f"what is “{verb}”?")
        ACTS[verb](self, cue, " ".join(words))

    def complete(self, cue: Cue, words: str) -> None:
        """`complete`."""
        complete(self._session, self.dialog, agent=self._who(cue))

    def reopen(self, cue: Cue, words: str) -> None:
        """`reopen`."""
        reopen(self._session, self.dialog, agent=self._who(cue))

    def assign(self, cue: Cue, words: str) -> None:
        """`assign Олег`, or `assign` for nobody."""
        to = self._stage.agent(words) if words else None
        assign(self._session, self.dialog, agent=self._who(cue), assignee=to)

    def tag(self, cue: Cue, words: str) -> None:
        """`tag возврат`."""
        tag(self._session, self.dialog, self._stage.label(words), agent=self._who(cue))

    def untag(self, cue: Cue, words: str) -> None:
        """`untag срочно`."""
        untag(self._session, self.dialog, self._stage.label(words), agent=self._who(cue))

    def snooze(self, cue: Cue, words: str) -> None:
        """`snooze 2d 10:00` from today, `stay` before it to sleep through answers; `next`; `reply`."""
        mode, until = "either", words
        if words.startswith("stay "):
            mode, until = "stay", words.removeprefix("stay ")
        moments = {"next": cue.following, "reply": self._stage.present + LONGEST_WAIT}
        moment = moments[until] if until in moments else self._stage.ahead(until)
        snooze(
            self._session,
            self.dialog,
            agent=self._who(cue),
            until=moment,
            mode="until_reply" if until == "reply" else mode,
        )

    def wake(self, cue: Cue, words: str) -> None:
        """`wake`: its time has come."""
        wake(self._session, hold(self._session, self.dialog), cause="timer:snooze")

    def spam(self, cue: Cue, words: str) -> None:
        """`spam`."""
        mark_spam(self._session, self.dialog, agent=self._who(cue), spam=True)

    def _who(self, cue: Cue) -> Agent:
        return self._stage.agent(cue.turn.who)

    def _text(self, cue: Cue) -> str:
        return with_dates(cue.turn.text, cue.moment, self._stage.zone, self.story.language)

    def _uuid(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))

    def _key(self, domain: str) -> str:
        return f"{self._chance.getrandbits(64):016x}@{domain}"


ACTS: Mapping[str, Callable[[Scene, Cue, str], None]] = {
    "complete": Scene.complete,
    "reopen": Scene.reopen,
    "assign": Scene.assign,
    "tag": Scene.tag,
    "untag": Scene.untag,
    "snooze": Scene.snooze,
    "wake": Scene.wake,
    "spam": Scene.spam,
}


@contextmanager
def _remembering(session: Session) -> Iterator[None]:
    """Keep every row at hand until the end: a session forgets those nobody holds and asks for them again."""
    kept: list[object] = []

    def keep(_: Session, row: object) -> None:
        kept.append(row)

    event.listen(session, "pending_to_persistent", keep)
    try:
        yield
    finally:
        event.remove(session, "pending_to_persistent", keep)
