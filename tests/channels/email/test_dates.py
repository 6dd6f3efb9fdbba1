"""Dates in fields and in prose."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.dates import read_date, read_written_date

MSK = timezone(timedelta(hours=3))


@pytest.mark.requirement("I3")
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Mon, 5 May 2025 14:03:00 +0300", datetime(2025, 5, 5, 14, 3, tzinfo=MSK)),
        ("5 May 25 14:03 GMT", datetime(2025, 5, 5, 14, 3, tzinfo=UTC)),
        ("Mon, 5 May 2025 14:03:00 -0000", datetime(2025, 5, 5, 14, 3, tzinfo=UTC)),
        ("Mon, 5 May 2025 14:03:00", datetime(2025, 5, 5, 14, 3, tzinfo=UTC)),
        ("Mon, 05 May 2025 14.03.00 +0300", datetime(2025, 5, 5, 14, 3, tzinfo=MSK)),
        ("Mon, 5 May 2025 14:03:00 +0300 (MSK)", datetime(2025, 5, 5, 14, 3, tzinfo=MSK)),
        ("Mon, 5 May 2025 14:03:60 +9900", datetime(2025, 5, 5, 14, 3, 59, tzinfo=UTC)),
        ("2025-05-05 10:00:00", datetime(2025, 5, 5, 10, 0, tzinfo=UTC)),
        ("2025-05-05T14:03:00+03:00", datetime(2025, 5, 5, 14, 3, tzinfo=MSK)),
        ("Пн, 5 мая 2025 14:03:00 +0300", datetime(2025, 5, 5, 14, 3, tzinfo=MSK)),
        ("Mon, 99 May 2025 14:03:00 +0300", None),
        ("Wed, 31 Dec 9999 23:59:59 -1200", None),
        ("garbage", None),
        ("", None),
    ],
)
def test_date_field_is_a_moment_or_nothing(field: str, expected: datetime | None) -> None:
    assert read_date(field) == expected


@pytest.mark.requirement("I27")
@pytest.mark.parametrize(
    "text",
    [
        "Mon, 5 May 2025 at 14:03",
        "Monday, May 5, 2025 2:03 PM",
        "пн, 5 мая 2025 г. в 14:03",
        "05.05.2025 14:03",
        "2025年5月5日 14:03",
        "2025年5月5日(星期一) 下午2:03",
        "2025년 5월 5일 (월) 오후 2:03",
        "2025. 5. 5. 오후 2:03",
        "5/5/2025 2:03 PM",
        "Le lun. 5 mai 2025 à 14:03",
        "lundi 5 mai 2025 14 h 03",
        "El lun, 5 may 2025 a las 14:03",
        "Am Mo., 5. Mai 2025 um 14:03 Uhr",
        "Il giorno lun 5 mag 2025 alle ore 14:03",
        "5 Mayıs 2025 Pzt, 14:03",
        "ma 5. toukokuuta 2025 klo 14.03",
        "2025. máj. 5., H, 14:03",
        "Τη Δευ 5 Μαΐ 2025 στις 2:03 μ.μ.",
        "Vào Th 2, 5 thg 5, 2025 vào lúc 14:03",
        "จ. 5 พ.ค. 2568 เวลา 14:03",
        "segunda-feira, 5 de maio de 2025 14:03",
        "pon., 5 maj 2025 o 14:03",
        "po 5. 5. 2025 v 14:03",
        "пн, 5 трав. 2025 р. о 14:03",
        "יום ב׳, 5 במאי 2025 ב-14:03",
        "الاثنين، ٥ مايو ٢٠٢٥ في ٢:٠٣ م",
        "دوشنبه ۵ مهٔ ۲۰۲۵، ۱۴:۰۳",
        "2025/05/05 14:03",
        "May 5th, 2025 14:03",
    ],
)
def test_written_date_is_read_in_its_language(text: str) -> None:
    assert read_written_date(text) == datetime(2025, 5, 5, 14, 3)  # noqa: DTZ001 - prose names no zone


def test_zone_in_prose_is_kept() -> None:
    assert read_written_date("5 мая 2025, 14:03 +03:00") == datetime(2025, 5, 5, 14, 3, tzinfo=MSK)
    assert read_written_date("2025-05-05 14:03 GMT+03:00") == datetime(2025, 5, 5, 14, 3, tzinfo=MSK)


def test_month_and_day_are_told_apart_where_something_tells() -> None:
    assert read_written_date("5/6/2025 2:03 PM") == datetime(2025, 5, 6, 14, 3)  # noqa: DTZ001
    assert read_written_date("5.6.2025 14:03") == datetime(2025, 6, 5, 14, 3)  # noqa: DTZ001
    assert read_written_date("5/25/2025 14:03") == datetime(2025, 5, 25, 14, 3)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "no date", "14:03", "5 May", "order 12345", "99.99.2025", "2025"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_written_date(text) is None


@given(st.text(max_size=120))
def test_any_text_is_a_moment_or_nothing(text: str) -> None:
    moment = read_date(text)
    assert moment is None or moment.astimezone(UTC)
    read_written_date(text)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_date_comes_back_as_it_went(moment: datetime) -> None:
    from email.utils import format_datetime

    aware = moment.replace(microsecond=0, tzinfo=MSK)
    assert read_date(format_datetime(aware)) == aware
