"""Chats of the demonstration: a group that talks at once, and one customer who sends what is no words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.demo.moments import worked_back
from app.demo.stage import Stage
from core.clock import visiting
from inbox.actions import NewReply, Outcome, assign, finish_sending, receive, reply
from inbox.actions.chatting import react, revise, take_back_outside
from inbox.border import Author, Card, Forward, Incoming, IncomingFile
from inbox.models import Channel, Dialog, Message

KIND = "telegram"


@dataclass(frozen=True, slots=True)
class Line:
    """Something said `gap` minutes after what was said before; `named` is how later lines speak of it."""

    who: str
    text: str = ""
    gap: float = 3
    named: str = ""
    answers: str = ""
    pictures: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """What happened to a message after it was said."""

    to: str
    does: Callable[[Stage, Message, datetime], None]
    gap: float = 1


@dataclass(frozen=True, slots=True)
class Chat:
    """One conversation; its last line was said `last` minutes ago. `colleagues` are those who are ours."""

    key: str
    name: str
    who: str
    last: float
    lines: Sequence[Line | Later]
    is_group: bool = False
    colleagues: frozenset[str] = frozenset({"me", "Лейла"})


def play_chats(stage: Stage, channel: Channel) -> list[Dialog]:
    """Let the chats happen, each line at its moment."""
    return [_Talk(stage, channel, chat, number).perform() for number, chat in enumerate(CHATS)]


class _Talk:
    """One chat in the making."""

    def __init__(self, stage: Stage, channel: Channel, chat: Chat, number: int) -> None:
        self._stage, self._channel, self._chat, self._number = stage, channel, chat, number
        self._dialog: Dialog | None = None
        self._said: dict[str, Message] = {}
        self._count = 0

    def perform(self) -> Dialog:
        """Say all of it; the dialog it became."""
        for line, moment in zip(self._chat.lines, self._moments(), strict=True):
            with visiting(moment):
                if isinstance(line, Later):
                    line.does(self._stage, self._said[line.to], moment)
                elif line.who in self._chat.colleagues:
                    self._answer(line)
                else:
                    self._hear(line, moment)
                self._stage.session.flush()
        assert self._dialog is not None
        return self._dialog

    def _moments(self) -> list[datetime]:
        moments = [self._stage.present - timedelta(minutes=self._chat.last)]
        for line in reversed(self._chat.lines[1:]):
            moments.append(worked_back(moments[-1], timedelta(minutes=line.gap), self._stage.zone))
        return moments[::-1]

    def _hear(self, line: Line, moment: datetime) -> None:
        incoming = Incoming(
            kind="message",
            conversation_key=self._chat.key,
            message_key=self._next_key(),
            author=Author(KIND, f"{self._chat.key}/{line.who}", shown=line.who, name=line.who),
            sent_at=moment,
            text=line.text,
            files=tuple(self._picture(each) for each in line.pictures),
            is_group=self._chat.is_group,
            conversation_name=self._chat.name if self._chat.is_group else "",
            reply_to=self._said[line.answers].key if line.answers else None,
            **line.more,
        )
        received = receive(self._stage.session, self._channel, incoming, dialog=self._dialog)
        if self._dialog is None:
            leila, me = self._stage.agent("Лейла"), self._stage.agent(self._chat.who)
            assign(self._stage.session, received.dialog, agent=leila, assignee=me)
        self._dialog = received.dialog
        self._said[line.named or line.text] = received.message

    def _answer(self, line: Line) -> None:
        assert self._dialog is not None
        session = self._stage.session
        new = NewReply(
            client_uuid=str(UUID(int=(self._number << 16) + self._count + 1, version=4)),
            text=line.text,
            force=True,
            reply_to_message_id=self._said[line.answers].id if line.answers else None,
        )
        message = reply(session, self._dialog, agent=self._stage.agent(line.who), new=new)
        finish_sending(session, message, Outcome("sent", keys=[self._next_key()]))
        self._said[line.named or line.text] = message

    def _next_key(self) -> str:
        self._count += 1
        return f"{self._chat.key}/{self._count}"

    def _picture(self, recipe: str) -> IncomingFile:
        stored = self._stage.stored(recipe, ".png")
        return IncomingFile(f"{recipe}.png", "image/png", stored.size, stored.sha256)


def _reaction(name: str, *signs: str) -> Callable[[Stage, Message, datetime], None]:
    def act(stage: Stage, message: Message, moment: datetime) -> None:
        react(stage.session, message, key=name, name=name, reactions=signs)

    return act


def _change(text: str) -> Callable[[Stage, Message, datetime], None]:
    def act(stage: Stage, message: Message, moment: datetime) -> None:
        changed = Incoming("edit", None, message.key, Author(KIND, ""), moment, text=text)
        revise(stage.session, message, changed)

    return act


def _take_back(stage: Stage, message: Message, moment: datetime) -> None:
    take_back_outside(stage.session, message, at=moment)


CHATS = (
    Chat(
        "glina-po-chetvergam",
        "Глина по четвергам",
        who="me",
        last=34,
        is_group=True,
        lines=(
            Line(
                "Ольга Крылова",
                "Добрый день! Мы впятером хотим в четверг. Места есть?",
                named="?",
            ),
            Later("?", _reaction("Нина", "👍")),
            Line("Пётр Ильин", "И можно ли прийти с дочкой? Ей девять.", 2, named="дочка"),
            Line("me", "Здравствуйте! Места есть, с девяти лет можно.", 12, answers="дочка", named="да"),
            Later("да", _reaction("Пётр Ильин", "❤️")),
            Line(
                "Нина",
                "Мы в прошлый раз сделали такое",
                4,
                pictures=("mug-sea", "bowl-milk", "vase-moss"),
            ),
            Line("Ольга Крылова", "Собираемся в 18:30 у входа", 6, named="сбор"),
            Later("сбор", _change("Собираемся в 18:00 у входа"), 2),
            Line("Нина", more={"cards": (Card("venue", "Мастерская", facts={"address": "Лесная, 14"}),)}),
            Line("Пётр Ильин", "Мой номер карты 4111…", 3, named="карта"),
            Later("карта", _take_back),
            Line("Ольга Крылова", "Тогда записывайте нас всех!", 5, answers="да"),
        ),
    ),
    Chat(
        "anna-v-puti",
        "Анна",
        who="Лейла",
        last=9,
        lines=(
            Line("Анна Ветрова", "Кружка приехала с трещиной.", pictures=("mug-broken",), named="трещина"),
            Line("Лейла", "Анна, простите! Завтра отправим новую.", 7, answers="трещина"),
            Line(
                "Анна Ветрова",
                gap=5,
                more={
                    "forwards": (Forward("Служба доставки", "Посылка 4417 вручена без замечаний."),),
                    "cards": (Card("contact", facts={"name": "Курьер Иван", "phone": "+7 900 000-00-00"}),),
                },
            ),
            Line("Анна Ветрова", "А курьер говорит, что так и было", 1),
        ),
    ),
)
