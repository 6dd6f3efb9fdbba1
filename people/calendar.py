"""Working hours: when work is done, and how much of it lies between two moments. Pure.

A moment is worked when a clock on the wall of the calendar's zone shows a time within one of
the day's intervals. So an hour that summer time skips is never worked, and one that it repeats
is worked twice; a day may have several intervals, and one that ends at 24:00 goes on into the
next day's 00:00.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from people.hours import Interval, week_of

Day = tuple[Interval, ...]

DAY_MINUTES = 24 * 60
ALL_DAY: Day = (Interval(0, DAY_MINUTES),)

_DAY = timedelta(days=1)
_LAST_DAY = date(9990, 1, 1)


class BadCalendar(ValueError):
    """What is stored describes no working hours; the text says why."""


@dataclass(frozen=True)
class Calendar:
    """The weekly hours of a zone, Monday first, and the dates that are different."""

    zone: ZoneInfo
    week: tuple[Day, ...]
    exceptions: Mapping[date, Day] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise BadCalendar("a week has seven days")
        object.__setattr__(self, "week", tuple(map(_joined, self.week)))
        different = {day: _joined(intervals) for day, intervals in self.exceptions.items()}
        object.__setattr__(self, "exceptions", different)

    @classmethod
    def read(
        cls,
        zone: str,
        weekly: Sequence[Sequence[Sequence[int]]],
        exceptions: Iterable[Mapping[str, Any]] = (),
    ) -> Self:
        """A calendar from a row of working hours.

        An exception is {"date": "2027-01-01", "intervals": [[540, 780]]}, in minutes of the day
        like the week; without intervals it is a day off.
        """
        try:
            different = {
                date.fromisoformat(each["date"]): tuple(Interval(*times) for times in each["intervals"])
                for each in exceptions
            }
            return cls(ZoneInfo(zone), tuple(map(tuple, week_of(weekly))), different)
        except BadCalendar:
            raise
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise BadCalendar("a zone, a date or a time of these working hours is unknown") from error

    def is_working(self, at: datetime) -> bool:
        """Whether work is done at this moment."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(interval.begin <= minute < interval.end for interval in self.day(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first worked moment from here on, this one included; None if there never is one."""
        return next((start for start, _ in self.spans(at)), None)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much work lies between two moments; negative if they come in the other order."""
        if end < start:
            return -self.working_time_between(end, start)
        total = timedelta()
        for opens, closes in self.spans(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def add_working_time(self, at: datetime, duration: timedelta) -> datetime | None:
        """The first moment by which `duration` has been worked; None if it never is.

        Half an hour from 17:50 is 09:20 of the next day where work ends at 18:00; ten minutes
        are 18:00 sharp.
        """
        if duration < timedelta():
            raise ValueError("working time is added forwards")
        left = duration
        if not left:
            return at.astimezone(UTC)
        for opens, closes in self.spans(at):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        return None

    def day(self, day: date) -> Day:
        """The intervals of one date."""
        return self.exceptions.get(day, self.week[day.weekday()])

    def spans(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """All worked time from a moment on, in UTC and in order; longer spans come in pieces of a day."""
        since = since.astimezone(UTC)
        last = _LAST_DAY if any(self.week) else max(self.exceptions, default=date.min)
        for starts, ends, offset in _stretches(self.zone, since):
            day = (starts + offset).date()
            if day > last:
                return
            while day <= min((ends + offset).date(), last):
                midnight = datetime.combine(day, time(), UTC) - offset
                for interval in self.day(day):
                    opens = max(midnight + timedelta(minutes=interval.begin), starts)
                    closes = min(midnight + timedelta(minutes=interval.end), ends)
                    if opens < closes:
                        yield opens, closes
                day += _DAY


def always(zone: str = "UTC") -> Calendar:
    """Work round the clock: what holds where nobody has set working hours."""
    return Calendar(ZoneInfo(zone), (ALL_DAY,) * 7)


def _joined(intervals: Iterable[Interval]) -> Day:
    """The same times in order, without overlaps and seams."""
    joined: list[Interval] = []
    for interval in sorted(intervals):
        if not 0 <= interval.begin < interval.end <= DAY_MINUTES:
            raise BadCalendar("an interval ends after it begins and within its day")
        if joined and interval.begin <= joined[-1].end:
            joined[-1] = Interval(joined[-1].begin, max(joined[-1].end, interval.end))
        else:
            joined.append(interval)
    return tuple(joined)


def _stretches(zone: ZoneInfo, since: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Time from a moment on in stretches of a day at most, in each of which the zone keeps one offset."""
    starts, offset = since, _offset(zone, since)
    while True:
        ends = starts + _DAY
        following = _offset(zone, ends)
        if following != offset:
            ends = _change(zone, starts, ends)
            following = _offset(zone, ends)
        yield starts, ends, offset
        starts, offset = ends, following


def _change(zone: ZoneInfo, starts: datetime, ends: datetime) -> datetime:
    """The second in which the zone leaves the offset it has at the start."""
    before = _offset(zone, starts)
    starts, ends = starts.replace(microsecond=0), ends.replace(microsecond=0)
    while ends - starts > timedelta(seconds=1):
        middle = starts + timedelta(seconds=int((ends - starts).total_seconds()) // 2)
        starts, ends = (middle, ends) if _offset(zone, middle) == before else (starts, middle)
    return ends


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
