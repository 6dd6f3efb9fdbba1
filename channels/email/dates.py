"""When a letter says it was written: in its Date field, or in prose above a quote."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import cache

# How the names of the twelve months begin, a paragraph each: en de nl sv da fr it es pt gl ro,
# ru uk be bg sr, pl cs sk hr sl, lt lv et fi hu, el tr az, he ar fa, th hi, kk hy ka eu sq
MONTHS = """
jan janv ene gen xan ian янв січ сту яну јан sty led sij sau jaan tammi ιαν oca yan ינו يناير
كانون_الثاني ژانویه ม.ค มกรา जन қаң հունվ იან urt

feb fév fev févr фев лют фев феб lut úno únor vel vas veebr helmi φεβ şub פבר فبراير شباط فوریه ก.พ
กุมภา फ़र ақп փետր თებ ots shk

mar mär mrt maa márc марта март мар бер сак ožu břez břez kov maalis μάρ μαρ מרץ مارس آذار มี.ค มีนา
मार्च нау մարտ მარ

apr abr avr апр квіт кра kwi dub tra bal huhti ápr απρ nis אפר أبريل ابريل نيسان آوریل เม.ย เมษา
अप्रैल сәу ապր აპრ api pri

may mai mei maj mag maí мая май мај трав kwě kvě svi geg touko máj μάι μαΐ мам מאי مايو أيار พ.ค
พฤษภา मई մայ მაი

jun jui juin giu xuñ iun iyn июн чер чэр юни јун cze červen čvn lip birž kesä jún ιουν ιούν haz יוני
يونيو حزيران ژوئن มิ.ย มิถุ जून мау հուն ივნ eka qer

jul juil lug xul iul iyl июл лип ліп юли јул lipca lipiec červenec čvc srpnja liep heinä júl ιουλ
ιούλ tem יולי يوليو تموز ژوئیه ก.ค กรก जुल шіл հուլ ივლ uzt korr

aug ago aoû août авг сер жні sie srp kol rugp elo αυγ αύγ ağu avg avq agu ogo אוג أغسطس اغسطس آب اوت
ส.ค สิงหา अग там օգոս აგვ abu gush ágú

sep set сен вер сеп wrz zář ruj rugs syys szept σεπ eyl ספט سبتمبر أيلول سپتامبر ก.ย กันยา सित қыр
սեպ სექ ira sht

oct out ott okt окт жовт кас paź říj spal loka οκτ eki אוק أكتوبر اكتوبر تشرين_الأول اکتبر ต.ค ตุลา
अक्टू қаз հոկ ოქტ urr tet

nov noi noy ноя ное лис ліс нов listop lis stu lapkr marras νοέ νοε kas נוב نوفمبر تشرين_الثاني
نوامبر พ.ย พฤศจิ नव қар նոյ ნოე aza nën nóv

dec déc dic dez des det дек груд сне дец gru pro gruod joulu δεκ ara dek דצמ ديسمبر كانون_الأول
دسامبر ธ.ค ธันวา दिस жел դեկ დეკ abe dhj dis
"""
CLOCK = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-4])(?:[:.]|\s?[h時时시]\s?)([0-5]\d)(?:(?:[:.]|\s?분\s?)([0-5]\d))?(?!\d)"
)
AFTERNOON = re.compile(
    r"(?<![^\W\d])(p\.?\s?m\.?|下午|午後|오후|μ\.?μ\.?|m\.?m\.?|م|مساء|晚上)(?![^\W\d])", re.IGNORECASE
)
MORNING = re.compile(
    r"(?<![^\W\d])(a\.?\s?m\.?|上午|午前|오전|π\.?μ\.?|ص|صباح\w*|凌晨|早上)(?![^\W\d])", re.IGNORECASE
)
ISO = re.compile(r"(?<!\d)(\d{4})\s?[-./]\s?(\d{1,2})\s?[-./]\s?(\d{1,2})(?!\d)")
EAST = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([-./])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.|-|,)*[\s\-/]+(?:de\s+|d['’]|of\s+)?([^\W\d][^\W\d.]*\.?[^\W\d]?)"
)
MONTH_FIRST = re.compile(r"([^\W\d][^\W\d]{2,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?!\d|:)")
NUMBERED_MONTH = re.compile(r"(\d{1,2})\s+(?:tháng|thg)\s+(\d{1,2})")
YEAR = re.compile(r"(?<![\d:])((?:19|20|25)\d\d)(?!\d|:\d)")
ZONE = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d{1,2}):?([0-5]\d)?(?!\d)")
SHORT_MONTHS = {"مه": 5, "مهٔ": 5}
ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९", "0123456789" * 3)
MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def read_date(text: str) -> datetime | None:
    """A Date field as an aware time; None for what no calendar knows. No zone means UTC."""
    text = text.strip()[:200]
    if not text:
        return None
    try:
        found = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        found = None
    if found is not None and found[0] > 1900:
        offset = found[9] or 0
        zone = UTC if abs(offset) >= 86_400 else timezone(timedelta(seconds=offset))
        try:
            return _dated(datetime(*found[:5], min(found[5], 59), tzinfo=zone))
        except (ValueError, OverflowError):
            pass
    written = read_written_date(text)
    if written is None:
        return None
    return _dated(written if written.tzinfo else written.replace(tzinfo=UTC))


def read_written_date(text: str, *, month_first: bool = False) -> datetime | None:
    """A date people or their mailers write in prose, in many languages; without zone unless it names one.

    `month_first` decides 5/6/2025 where nothing else does; a.m. and p.m. decide for it too.
    """
    text = MARKS.sub("", text[:300]).translate(ARABIC_DIGITS).replace("\u202f", " ").replace("\xa0", " ")
    late, early = AFTERNOON.search(text), MORNING.search(text)
    day = _day(text, month_first or bool(late or early))
    if day is None:
        return None
    year, month, number = day
    rest = NUMERIC.sub(" ", ISO.sub(" ", EAST.sub(" ", text)))
    clock = CLOCK.search(rest)
    hour, minute, second = (int(clock[1]) % 24, int(clock[2]), int(clock[3] or 0)) if clock else (0, 0, 0)
    if late and hour < 12:
        hour += 12
    if early and hour == 12:
        hour = 0
    try:
        found = datetime(year, month, number, hour, minute, second)  # noqa: DTZ001 - the zone is not written
    except ValueError:
        return None
    zone = ZONE.search(rest, clock.end()) if clock else None
    if zone and int(zone[2]) <= 14:
        minutes = int(zone[2]) * 60 + int(zone[3] or 0)
        return found.replace(tzinfo=timezone(timedelta(minutes=-minutes if zone[1] == "-" else minutes)))
    return found


def _dated(moment: datetime) -> datetime | None:
    """The moment, unless converting it to UTC leaves the calendar."""
    try:
        moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment


def _day(text: str, month_first: bool) -> tuple[int, int, int] | None:
    for pattern in (EAST, ISO):
        if match := pattern.search(text):
            return int(match[1]), int(match[2]), int(match[3])
    if match := NUMERIC.search(text):
        first, second = int(match[1]), int(match[3])
        year = int(match[4]) + (2000 if len(match[4]) == 2 else 0)
        swap = second > 12 or (month_first and match[2] != "." and first <= 12)
        return (year, first, second) if swap else (year, second, first)
    year_match = YEAR.search(text)
    if year_match is None:
        return None
    year = int(year_match[1]) - (543 if year_match[1] > "2499" else 0)  # the Buddhist era of Thai mailers
    if match := NUMBERED_MONTH.search(text.lower()):
        return year, int(match[2]), int(match[1])
    for pattern, day, month in ((DAY_FIRST, 1, 2), (MONTH_FIRST, 2, 1)):
        for match in pattern.finditer(text):
            number = _month(match[month])
            if number:
                return year, number, int(match[day])
    return None


def _month(word: str) -> int:
    word = word.lower().removeprefix("ב")
    starts = _month_starts()
    if word in SHORT_MONTHS:
        return SHORT_MONTHS[word]
    for length in range(min(len(word), 9), 2, -1):
        if word[:length] in starts:
            return starts[word[:length]]
    return 0


@cache
def _month_starts() -> dict[str, int]:
    starts: dict[str, int] = {}
    for number, line in enumerate(MONTHS.strip().split("\n\n"), 1):
        for name in line.split():
            starts.setdefault(name.replace("_", " "), number)
    return starts
