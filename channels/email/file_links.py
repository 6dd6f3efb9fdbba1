"""Files too big for a letter: they stay here, and the letter says where to fetch them and until when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from babel.dates import format_date

from core.config import get_settings
from core.media import human_size
from core.secrets import open_signed, sign

PURPOSE = "file for a customer"
PATH = "/fetch/"
MEGABYTE = 1_000_000
LARGEST_LETTER = 25  # megabytes; more is refused by most of those who get letters
LIFE_DAYS = 30
LETTER_OF_ITS_OWN = 100_000  # fields, boundaries, and the words twice
NEVER_LINKED = 100_000  # a file so small that it makes no letter too big
MARGIN = 0.9  # of what a server says it takes
WORDS: Mapping[str, str] = {
    "ru": "Файлы слишком велики для письма. Их можно скачать до {date}:",
    "en": "These files are too big for a letter. They can be downloaded until {date}:",
    "es": "Estos archivos son demasiado grandes para un correo. Pueden descargarse hasta el {date}:",
}

Address = Callable[[int, str, str, str, datetime], str]


@dataclass(frozen=True, slots=True)
class Links:
    """From which size of a letter on files become links, and how long those are good."""

    above: int
    life: timedelta = timedelta(days=LIFE_DAYS)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which file a link names, in which language its reader is spoken to, and whether it is over."""

    message_id: int
    sha256: str
    language: str
    until: datetime
    is_over: bool


def links_from(settings: Mapping[str, Any]) -> Links | None:
    """How a channel does it; None where customers could not open an address of ours."""
    if not _reachable():
        return None
    wanted = int(settings.get("largest_letter") or LARGEST_LETTER) * MEGABYTE
    takes = int(settings.get("server_takes") or 0)
    above = min(wanted, int(takes * MARGIN)) if takes else wanted
    return Links(above, timedelta(days=int(settings.get("link_days") or LIFE_DAYS)))


def chosen_for_links(sizes: Sequence[int], budget: int) -> set[int]:
    """Which files (by their place) do not go along: the biggest ones, until the rest fits."""
    left = sum(encoded_size(each) for each in sizes)
    chosen: set[int] = set()
    for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
        if left <= budget or sizes[place] <= NEVER_LINKED:
            break
        chosen.add(place)
        left -= encoded_size(sizes[place])
    return chosen


def encoded_size(size: int) -> int:
    """Bytes a file takes in a letter: base64 in lines of 76 (RFC 2045 section 6.8)."""
    encoded = (size + 2) // 3 * 4
    return encoded + encoded // 76 * 2


def link_to(message_id: int, sha256: str, name: str, language: str, until: datetime) -> str:
    """The address a file is fetched at; nobody else can make one, and it ends by itself."""
    signed = sign(PURPOSE, f"{message_id} {sha256} {language}", expires=until)
    return f"{get_settings().base_url}{PATH}{signed}/{quote(name, safe='')}"


def asked_for(signed: str) -> Asked | None:
    """What a link names; None if we never made it."""
    opened = open_signed(PURPOSE, signed)
    if opened is None:
        return None
    message_id, sha256, language = opened.value.split(" ")
    return Asked(int(message_id), sha256, language, opened.expires, opened.is_over)


def paragraph(files: Sequence[tuple[str, int, str]], language: str, until: datetime) -> str:
    """What the letter says of its files (name, size, address), in HTML."""
    spoken = language if language in WORDS else "en"
    words = WORDS[spoken].format(date=format_date(until, "long", locale=spoken))
    items = "".join(
        f'<li><a href="{escape(address)}">{escape(name)}</a> ({human_size(size, spoken)})</li>'
        for name, size, address in files
    )
    return f"<p>{escape(words)}</p><ul>{items}</ul>"


def _reachable() -> bool:
    """Whether the address people open leads here from elsewhere; an installation on a laptop has none."""
    host = urlsplit(get_settings().base_url).hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return bool(host) and host != "localhost" and not host.endswith(".localhost")
