"""When things happened: backwards from now, in hours in which a small team works."""

import re
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.demo.script import ANSWERS, DOES, NOTES, SAYS, ScriptFault, Story, Turn, span

OPENS, CLOSES = time(9), time(19)
SATURDAY = 5
_AGO = re.compile(r"^\d+[smh]$")
_DAY = re.compile(r"^(?P<days>\d+)d (?P<hour>\d{1,2}):(?P<minute>\d\d)$")
_DATE = re.compile(r"\{day (?P<days>[+-]\d+)\}")
_DATE_SHAPES = {"ru": "d MMMM", "en": "d MMMM", "es": "d 'de' MMMM"}
# How many minutes pass before each kind of turn when its story does not say.
_USUAL = {SAYS: (15, 240), ANSWERS: (6, 55), NOTES: (2, 12), DOES: (1, 3)}


def moments_of(story: Story, present: datetime, zone: ZoneInfo) -> list[datetime]:
    """A moment for each turn, the last one where the story says, none after `present`."""
    chance = Random(story.subject + story.customer.address)
    moments = [_last(story, present, zone, chance)]
    for turn in reversed(story.turns[1:]):
        gap = _gap(turn, chance, float(story.facts.get("pace", 1)))
        moments.append(worked_back(moments[-1], gap, zone))
    return moments[::-1]


def worked_back(moment: datetime, gap: timedelta, zone: ZoneInfo) -> datetime:
    """The moment that much working time earlier."""
    local = _into_hours(moment.astimezone(zone))
    while gap > (left := local - _at(local, OPENS)):
        gap -= left
        local = _into_hours(_at(local, OPENS) - timedelta(seconds=1))
    earlier = local - gap
    return min(earlier, moment - timedelta(seconds=1)).astimezone(moment.tzinfo)


def moment_ahead(written: str, present: datetime, zone: ZoneInfo) -> datetime:
    """A moment to come: `3h` from now, or `2d 10:00`, the day after tomorrow at ten."""
    if _AGO.match(written):
        return present + span(written)
    day = _DAY.match(written)
    if day is None:
        raise ScriptFault(f"not a moment: {written}")
    local = present.astimezone(zone) + timedelta(days=int(day["days"]))
    return _at(local, time(int(day["hour"]), int(day["minute"]))).astimezone(present.tzinfo)


def with_dates(text: str, moment: datetime, zone: ZoneInfo, language: str) -> str:
    """A text with its `{day +2}` said as people say dates."""

    def spoken(found: re.Match[str]) -> str:
        day = moment.astimezone(zone) + timedelta(days=int(found["days"]))
        return format_date(day, _DATE_SHAPES[language], locale=language)

    return _DATE.sub(spoken, text)


def _last(story: Story, present: datetime, zone: ZoneInfo, chance: Random) -> datetime:
    written = story.facts.get("last", "")
    if _AGO.match(written):
        ago = span(written) + timedelta(seconds=chance.randrange(1500 if written.endswith("h") else 50))
        # Customers write at any hour; what the team did last it did at work.
        return present - ago if story.turns[-1].sign == SAYS else worked_back(present, ago, zone)
    day = _DAY.match(written)
    if day is None:
        raise ScriptFault(f"{story.place}: when did it end?")
    local = present.astimezone(zone)
    for _ in range(int(day["days"])):
        local = _workday_before(local)
    return _at(local, time(int(day["hour"]), int(day["minute"]))).astimezone(present.tzinfo)


def _gap(turn: Turn, chance: Random, pace: float) -> timedelta:
    least, most = _USUAL[turn.sign]
    if turn.after is not None:
        return turn.after + timedelta(seconds=chance.randrange(50))
    minutes = least + (most - least) * chance.random() ** 2
    return timedelta(seconds=round(minutes * 60 * (pace if turn.sign in (SAYS, ANSWERS) else 1)))


def _into_hours(local: datetime) -> datetime:
    """The latest moment of work that is not after this one."""
    while local.weekday() >= SATURDAY or local <= _at(local, OPENS):
        local = _at(local - timedelta(days=1), CLOSES)
    return min(local, _at(local, CLOSES))


def _workday_before(local: datetime) -> datetime:
    local -= timedelta(days=1)
    while local.weekday() >= SATURDAY:
        local -= timedelta(days=1)
    return local


def _at(local: datetime, clock: time) -> datetime:
    return local.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
