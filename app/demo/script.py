"""The stories of the demonstration, read from text files that anybody can write.

    == Subject of the dialog
    Name of the customer <address@post.example>
    box: shop                       which mailbox it came to
    last: 25m                       when the last thing in it happened: 25m, 3h (ago), or 4d 15:10 (that many
                                    working days ago at that time)
    who: Вера                       who is responsible; also tags, cc, unread, pace

    < after 2h                      the customer writes
    Text, as many lines as it takes.

    > Вера | after 20m | fails mailbox_full
    Text of an answer; what became of it stands behind the bars.

    # Вера
    A comment; @Олег is mentioned.

    * Вера snooze 2d 10:00          anything else somebody does

A line of text that begins with one of these signs has a backslash before it; `{day -3}` in a text is
the date three days before. The file's name begins with the language of its stories.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

DIALOGS = Path(__file__).parent / "dialogs"
SAYS, ANSWERS, NOTES, DOES = "<", ">", "#", "*"
WORKDAY = timedelta(hours=10)

_TITLE = re.compile(r"^== (?P<subject>.*)$")
_MARK = re.compile(r"^(?P<sign>[<>#*])(?: +(?P<rest>.*))?$")
_FACT = re.compile(r"^(?P<name>box|last|who|tags|cc|unread|pace): *(?P<value>.*)$")
_PERSON = re.compile(r"^(?P<name>.*?) *<(?P<address>[^<>\s]+@[^<>\s]+)>$")
_SPAN = re.compile(r"^(?P<number>\d+)(?P<unit>[smhd])$")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": WORKDAY}


class ScriptFault(ValueError):
    """A story cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside, as letters name them."""

    name: str
    address: str


@dataclass(slots=True)
class Turn:
    """One thing that happens in a dialog; `words` say what it is when it is no text."""

    sign: str
    who: str = ""
    words: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What is written, without the empty lines around it."""
        return "\n".join(self.lines).strip()

    @property
    def after(self) -> timedelta | None:
        """How much working time after the turn before it; None leaves that to chance."""
        return span(self.options["after"]) if "after" in self.options else None


@dataclass(slots=True)
class Story:
    """A dialog from its first letter to where it is now."""

    place: str
    subject: str
    customer: Person
    facts: dict[str, str] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.place.partition("-")[0]

    @property
    def box(self) -> str:
        """The mailbox it came to."""
        return self.facts.get("box", "shop" if self.language == "ru" else "abroad")

    @property
    def tags(self) -> list[str]:
        """The labels it carries from its beginning."""
        return [name.strip() for name in self.facts.get("tags", "").split(",") if name.strip()]

    @property
    def copies(self) -> list[Person]:
        """Who gets everything too."""
        return [person(each) for each in self.facts.get("cc", "").split(";") if each.strip()]


@cache
def stories() -> tuple[Story, ...]:
    """Every story, in the order of the files."""
    return tuple(story for file in sorted(DIALOGS.glob("*.txt")) for story in read_stories(file))


def read_stories(file: Path) -> Iterator[Story]:
    """The stories of one file; a ScriptFault names the line that makes no sense."""
    story: Story | None = None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{file.name}:{number}"
        title = _TITLE.match(line)
        if title:
            if story is not None:
                yield story
            story = Story(place, title["subject"], Person("", ""))
        elif story is not None:
            _take(story, line, place)
        elif line.strip():
            raise ScriptFault(f"{place}: a story begins with its subject")
    if story is not None:
        yield story


def person(written: str) -> Person:
    """Somebody written as in a letter's field."""
    found = _PERSON.match(written.strip())
    if found is None:
        raise ScriptFault(f"not a name with an address: {written}")
    return Person(found["name"], found["address"])


def span(written: str) -> timedelta:
    """A stretch of working time: 20m, 3h, 2d."""
    found = _SPAN.match(written)
    if found is None:
        raise ScriptFault(f"not a stretch of time: {written}")
    return int(found["number"]) * _UNITS[found["unit"]]


def _take(story: Story, line: str, place: str) -> None:
    mark = _MARK.match(line)
    if mark is not None:
        story.turns.append(_turn(mark["sign"], mark["rest"] or "", place))
    elif story.turns:
        story.turns[-1].lines.append(line.removeprefix("\\"))
    elif fact := _FACT.match(line):
        story.facts[fact["name"]] = fact["value"].strip()
    elif line.strip():
        story.customer = person(line)


def _turn(sign: str, rest: str, place: str) -> Turn:
    head, *options = [part.strip() for part in rest.split("|")]
    if sign == SAYS:
        options, head = [*options, *([head] if head and "@" not in head else [])], head if "@" in head else ""
        return Turn(sign, head, (), _options(options))
    if not head:
        raise ScriptFault(f"{place}: who does this?")
    who, *words = [head] if sign != DOES else head.split()
    return Turn(sign, who, tuple(words), _options(options))


def _options(written: list[str]) -> dict[str, str]:
    pairs = (option.partition(" ") for option in written if option)
    return {name: value.strip() for name, _, value in pairs}
