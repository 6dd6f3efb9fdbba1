"""Working hours as people write them: one line for each day of the week. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.errors import Invalid
from core.words import N_

_TIME = r"(\d{1,2})[:.](\d{2})"
_INTERVAL = re.compile(rf"\s*{_TIME}\s*[-–—]\s*{_TIME}\s*")


@dataclass(frozen=True, order=True)
class Interval:
    """From a time of the day to another; to 24:00 is to the day's end."""

    begin: int
    end: int

    def __str__(self) -> str:
        return f"{self.begin // 60:02}:{self.begin % 60:02}–{self.end // 60:02}:{self.end % 60:02}"

    def as_json(self) -> list[int]:
        """The minutes of the day in which it begins and ends."""
        return [self.begin, self.end]


def read_day(line: str, *, field: str = "weekly") -> list[Interval]:
    """The intervals in "9:00–13:00, 14:00–18:00"; an empty line is a day off."""
    found = sorted(_read_interval(part, field) for part in re.split(r"[,;]", line) if part.strip())
    if any(first.end > second.begin for first, second in pairwise(found)):
        raise Invalid(N_("These hours overlap."), code="overlap", field=field)
    return found


def week_of(stored: Sequence[Sequence[Sequence[int]]]) -> list[list[Interval]]:
    """The seven days in a stored row, Monday first."""
    days = [[Interval(begin, end) for begin, end in day] for day in stored]
    return days + [[] for _ in range(7 - len(days))]


def _read_interval(text: str, field: str) -> Interval:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise Invalid(N_("Write hours like 9:00–18:00."), code="bad_hours", field=field)
    first, second, third, fourth = map(int, match.groups())
    begin, end = first * 60 + second, third * 60 + fourth
    if second > 59 or fourth > 59 or not begin < end <= 24 * 60:
        raise Invalid(N_("Write hours like 9:00–18:00."), code="bad_hours", field=field)
    return Interval(begin, end)
