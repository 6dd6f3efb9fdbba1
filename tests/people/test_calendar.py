"""Working hours: what is worked, when it opens, how much lies between."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.calendar import ALL_DAY, BadCalendar, Calendar, Day, always
from people.hours import Interval

NINE_TO_SIX: Day = (Interval(9 * 60, 18 * 60),)
WITH_LUNCH: Day = (Interval(9 * 60, 13 * 60), Interval(14 * 60, 18 * 60))
NIGHT: Day = (Interval(0, 6 * 60), Interval(22 * 60, 24 * 60))
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

# Moscow has no summer time; Lord Howe shifts by half an hour, Beirut at midnight, Apia skipped a day.
ZONES = ["Europe/Moscow", "Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
         "Asia/Beirut", "America/Santiago", "Pacific/Apia", "UTC", "Africa/Casablanca",
         "America/St_Johns"]  # fmt: skip


def office(zone: str = "Europe/Moscow", day: Day = NINE_TO_SIX, **exceptions: Day) -> Calendar:
    """Monday to Friday; exceptions are named d2027_01_01."""
    different = {date.fromisoformat(name[1:].replace("_", "-")): hours for name, hours in exceptions.items()}
    return Calendar(ZoneInfo(zone), (day,) * 5 + ((), ()), different)


def at(text: str, zone: str = "Europe/Moscow", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


days = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1]), max_size=3
).map(lambda pairs: tuple(Interval(*pair) for pair in pairs))
moments = st.datetimes(
    datetime.fromisoformat("2009-01-01"), datetime.fromisoformat("2028-12-31"), timezones=st.just(UTC)
)
near_changes = st.sampled_from(
    ["2027-03-28T01:00", "2027-10-31T01:00", "2027-03-14T07:00", "2027-11-07T06:00", "2011-12-30T10:00",
     "2027-04-03T15:00", "2027-10-02T15:30", "2027-03-27T22:00", "2010-11-07T02:31", "2026-04-05T03:00"]
).flatmap(
    lambda text: st.integers(-2880, 2880).map(
        lambda minutes: datetime.fromisoformat(text).replace(tzinfo=UTC) + minutes * MINUTE
    )
)  # fmt: skip
times = st.one_of(moments, near_changes)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.tuples(*[days] * 7))
    dates = st.dates(date(2026, 12, 20), date(2027, 12, 31))
    different = draw(st.dictionaries(dates, st.one_of(st.just(()), days), max_size=5))
    return Calendar(ZoneInfo(draw(st.sampled_from(ZONES))), week, different)


def test_half_an_hour_from_ten_to_six_is_twenty_past_nine_of_the_next_working_day() -> None:
    assert office().add_working_time(at("2027-03-10T17:50"), 30 * MINUTE) == at("2027-03-11T09:20")
    assert office().add_working_time(at("2027-03-12T17:50"), 30 * MINUTE) == at("2027-03-15T09:20")


def test_what_ends_with_the_day_ends_with_the_day() -> None:
    assert office().add_working_time(at("2027-03-10T17:50"), 10 * MINUTE) == at("2027-03-10T18:00")
    assert office().add_working_time(at("2027-03-10T12:00"), timedelta()) == at("2027-03-10T12:00")
    assert office().add_working_time(at("2027-03-13T12:00"), timedelta()) == at("2027-03-13T12:00")


@pytest.mark.parametrize(
    ("moment", "working"),
    [("2027-03-10T08:59:59.999999", False), ("2027-03-10T09:00", True), ("2027-03-10T12:59:59", True),
     ("2027-03-10T13:00", False), ("2027-03-10T13:59:59", False), ("2027-03-10T14:00", True),
     ("2027-03-10T18:00", False), ("2027-03-13T12:00", False)],
)  # fmt: skip
def test_edges_of_the_day_and_of_lunch(moment: str, working: bool) -> None:
    assert office(day=WITH_LUNCH).is_working(at(moment)) is working


def test_lunch_is_not_worked() -> None:
    calendar = office(day=WITH_LUNCH)
    assert calendar.working_time_between(at("2027-03-10T12:30"), at("2027-03-10T14:30")) == HOUR
    assert calendar.add_working_time(at("2027-03-10T12:45"), 30 * MINUTE) == at("2027-03-10T14:15")
    assert calendar.next_opening(at("2027-03-10T13:10")) == at("2027-03-10T14:00")


def test_next_opening_is_now_while_it_is_open_and_skips_the_weekend() -> None:
    assert office().next_opening(at("2027-03-10T12:00")) == at("2027-03-10T12:00")
    assert office().next_opening(at("2027-03-12T18:00")) == at("2027-03-15T09:00")


def test_day_off_and_shorter_day_are_kept() -> None:
    calendar = office(d2027_03_08=(), d2027_03_09=(Interval(600, 720),), d2027_03_13=NINE_TO_SIX)
    assert not calendar.is_working(at("2027-03-08T12:00"))
    assert calendar.next_opening(at("2027-03-05T18:00")) == at("2027-03-09T10:00")
    week = at("2027-03-08T00:00"), at("2027-03-15T00:00")
    assert calendar.working_time_between(*week) == (2 + 3 * 9 + 9) * HOUR


def test_night_goes_on_over_midnight() -> None:
    calendar = Calendar(ZoneInfo("Europe/Moscow"), (NIGHT,) * 7)
    assert calendar.working_time_between(at("2027-03-10T21:00"), at("2027-03-11T07:00")) == 8 * HOUR
    assert calendar.add_working_time(at("2027-03-10T23:30"), HOUR) == at("2027-03-11T00:30")
    assert calendar.is_working(at("2027-03-10T23:59:59.999999"))


def test_hour_that_summer_time_skips_is_not_worked() -> None:
    calendar = Calendar(ZoneInfo("Europe/Madrid"), (NIGHT,) * 7)
    night = at("2027-03-27T22:00", "Europe/Madrid"), at("2027-03-28T06:00", "Europe/Madrid")
    assert calendar.working_time_between(*night) == 7 * HOUR
    midnight = at("2027-03-28T00:00", "Europe/Madrid")
    starts_in_the_gap = Calendar(ZoneInfo("Europe/Madrid"), ((Interval(150, 300),),) * 7)
    assert starts_in_the_gap.next_opening(midnight) == at("2027-03-28T03:00", "Europe/Madrid")
    only_in_the_gap = Calendar(ZoneInfo("Europe/Madrid"), ((Interval(120, 180),),) * 7)
    assert only_in_the_gap.next_opening(midnight) == at("2027-03-29T02:00", "Europe/Madrid")


def test_hour_that_summer_time_repeats_is_worked_twice() -> None:
    calendar = Calendar(ZoneInfo("Europe/Madrid"), (NIGHT,) * 7)
    night = at("2027-10-30T22:00", "Europe/Madrid"), at("2027-10-31T06:00", "Europe/Madrid")
    assert calendar.working_time_between(*night) == 9 * HOUR
    until_half_past_two = Calendar(ZoneInfo("Europe/Madrid"), ((Interval(60, 150),),) * 7)
    first, second = (at("2027-10-31T02:15", "Europe/Madrid", fold) for fold in (0, 1))
    assert until_half_past_two.is_working(first)
    assert until_half_past_two.is_working(second)
    assert until_half_past_two.working_time_between(first, second) == 30 * MINUTE


def test_office_hours_are_as_long_as_ever_on_the_days_of_change() -> None:
    madrid, new_york = "Europe/Madrid", "America/New_York"
    for day, zone in (("2027-03-28", madrid), ("2027-10-31", madrid), ("2027-03-14", new_york)):
        calendar = Calendar(ZoneInfo(zone), (WITH_LUNCH,) * 7)
        assert calendar.working_time_between(at(f"{day}T00:00", zone), at(f"{day}T23:59", zone)) == 8 * HOUR
        assert calendar.next_opening(at(f"{day}T07:00", zone)) == at(f"{day}T09:00", zone)


def test_day_a_country_never_had_is_not_worked() -> None:
    calendar = always("Pacific/Apia")
    before, after = at("2011-12-29T12:00", "Pacific/Apia"), at("2011-12-31T12:00", "Pacific/Apia")
    assert calendar.working_time_between(before, after) == 24 * HOUR


def test_round_the_clock_is_plain_time() -> None:
    start, long = at("2027-03-10T12:34:56"), timedelta(days=400, seconds=1)
    assert always().is_working(start)
    assert always().next_opening(start) == start
    assert always().add_working_time(start, long) == start + long


def test_never_is_never() -> None:
    never = Calendar(ZoneInfo("Europe/Moscow"), ((),) * 7)
    assert never.next_opening(at("2027-03-10T12:00")) is None
    assert never.add_working_time(at("2027-03-10T12:00"), MINUTE) is None
    assert never.working_time_between(at("2027-03-10T12:00"), at("2037-03-10T12:00")) == timedelta()
    once = Calendar(ZoneInfo("Europe/Moscow"), ((),) * 7, {date(2027, 5, 1): NINE_TO_SIX})
    assert once.next_opening(at("2027-03-10T12:00")) == at("2027-05-01T09:00")
    assert once.add_working_time(at("2027-03-10T12:00"), 10 * HOUR) is None
    assert once.next_opening(at("2027-05-01T18:00")) is None


def test_working_time_is_not_taken_away() -> None:
    with pytest.raises(ValueError, match="forwards"):
        office().add_working_time(at("2027-03-10T12:00"), -MINUTE)


@given(calendars(), times, times, times)
def test_time_adds_up(calendar: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    one, two, three = (_near(one, each) for each in (one, two, three))
    between = calendar.working_time_between
    assert between(one, two) + between(two, three) == between(one, three)
    assert between(one, two) == -between(two, one)
    assert timedelta() <= between(min(one, two), max(one, two)) <= abs(two - one)


@given(calendars(), times, st.integers(0, 3000))
def test_adding_is_the_inverse_of_counting(calendar: Calendar, start: datetime, minutes: int) -> None:
    end = calendar.add_working_time(start, minutes * MINUTE)
    if end is None:
        assert not any(calendar.week)
        return
    assert end >= start
    assert calendar.working_time_between(start, end) == minutes * MINUTE
    if minutes:  # the first such moment: a second earlier it was not done
        assert calendar.working_time_between(start, end - timedelta(seconds=1)) < minutes * MINUTE


@given(calendars(), times)
def test_opening_is_the_first_worked_moment(calendar: Calendar, moment: datetime) -> None:
    opening = calendar.next_opening(moment)
    assert calendar.is_working(moment) == (opening == moment)
    if opening is not None:
        assert calendar.is_working(opening)
        assert calendar.working_time_between(moment, opening) == timedelta()
        assert opening == moment or not calendar.is_working(opening - timedelta(seconds=1))


@given(calendars(), times)
def test_spans_are_the_moments_at_which_the_wall_clock_says_work(calendar: Calendar, start: datetime) -> None:
    end = start + timedelta(days=3)
    spans = [span for span in islice(calendar.spans(start), 60) if span[0] < end]
    assert all(opens < closes for opens, closes in spans)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))
    for step in range(0, 3 * 24 * 60, 7):
        moment = start + step * MINUTE
        assert calendar.is_working(moment) == any(opens <= moment < closes for opens, closes in spans)


def test_a_change_of_the_clocks_is_found_to_the_second_from_any_fraction_of_one() -> None:
    berlin = always("Europe/Berlin")
    change = at("2027-03-28T01:00", "UTC")
    for second in range(-2, 3):
        for microsecond in (0, 1, 500_000, 999_999):
            start = change - timedelta(days=1) + timedelta(seconds=second, microseconds=microsecond)
            first, following = islice(berlin.spans(start), 2)
            assert first[0] == start
            assert first[1] <= following[0]


@given(days)
def test_order_overlaps_and_seams_of_intervals_do_not_matter(day: Day) -> None:
    calendar = Calendar(ZoneInfo("UTC"), (day, day[::-1], day + day, (), (), (), ()))
    minutes = {minute for interval in day for minute in range(interval.begin, interval.end)}
    monday = datetime(2027, 3, 8, tzinfo=UTC)
    for shift in range(3):
        start = monday + timedelta(days=shift)
        assert calendar.working_time_between(start, start + 24 * HOUR) == len(minutes) * MINUTE


def test_calendar_is_read_from_its_row() -> None:
    lunch = [[540, 780], [840, 1080]]
    calendar = Calendar.read(
        "Europe/Moscow",
        [lunch] * 5 + [[], []],
        [{"date": "2027-05-01", "intervals": []}, {"date": "2027-05-02", "intervals": [[0, 1440]]}],
    )
    assert calendar == Calendar(
        ZoneInfo("Europe/Moscow"),
        (WITH_LUNCH,) * 5 + ((), ()),
        {date(2027, 5, 1): (), date(2027, 5, 2): ALL_DAY},
    )


@pytest.mark.parametrize(
    ("zone", "weekly", "exceptions"),
    [("Mars/Olympus", [[]] * 7, []), ("../etc/passwd", [[]] * 7, []), ("", [[]] * 7, []),
     ("UTC", [[]] * 8, []),
     ("UTC", [[[600, 540]], [], [], [], [], [], []], []), ("UTC", [[[0, 1441]], [], [], [], [], [], []], []),
     ("UTC", [[[-1, 5]], [], [], [], [], [], []], []), ("UTC", [[[5, 5]], [], [], [], [], [], []], []),
     ("UTC", [[[5]], [], [], [], [], [], []], []),
     ("UTC", [[]] * 7, [{"date": "2027-02-30", "intervals": []}]),
     ("UTC", [[]] * 7, [{"date": "2027-02-03"}]), ("UTC", [[]] * 7, [{"intervals": []}])],
)  # fmt: skip
def test_row_that_makes_no_sense_is_said(
    zone: str, weekly: list[list[list[int]]], exceptions: list[dict[str, object]]
) -> None:
    with pytest.raises(BadCalendar):
        Calendar.read(zone, weekly, exceptions)


def _near(first: datetime, other: datetime) -> datetime:
    """Bring moments within three months of each other, so that no test counts through decades."""
    return first + (other - first) % timedelta(days=90)
