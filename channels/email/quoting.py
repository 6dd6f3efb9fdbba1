"""The letter that is answered, below the answer: in HTML and as lines with ">", bounded in size. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from selectolax.lexbor import LexborHTMLParser

from channels.email.letters import Quoted
from channels.email.sanitize import clean_outgoing
from inbox.border import Answered

LONGEST_TEXT = 30_000
LONGEST_HTML = 100_000
CUT = "[…]"
BLOCK = '<blockquote type="cite" style="margin:0 0 0 0.8ex;border-left:1px solid #cccccc;padding-left:1ex">'


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands above a quote; `{who}`, `{date}` and `{time}` are filled in."""

    attribution: str
    forwarded: str
    labels: tuple[str, str, str, str]


WORDS: Mapping[str, _Words] = {
    "ru": _Words("{date}, {time}, {who} пишет:", "Пересылаемое сообщение", ("От", "Дата", "Тема", "Кому")),
    "en": _Words("On {date} at {time}, {who} wrote:", "Forwarded message", ("From", "Date", "Subject", "To")),
    "es": _Words(
        "El {date} a las {time}, {who} escribió:", "Mensaje reenviado", ("De", "Fecha", "Asunto", "Para")
    ),
}


def quoted_below(answered: Answered, *, is_forward: bool = False) -> Quoted | None:
    """The answered letter in the words of its own language; None if it says nothing.

    An answer quotes it, a forward shows it as it was under who wrote it to whom. Its pictures are
    left out: whoever gets the answer has them, and remote ones would tell of every reading.
    """
    text, is_whole = _bounded(answered.text.strip())
    if not text:
        return None
    language = answered.language if answered.language in WORDS else "en"
    head = _forwarded(answered, language) if is_forward else [_attribution(answered, language)]
    html = _shown(answered.html) if is_whole else None
    body = html or "<br>".join(escape(line, quote=False) for line in text.split("\n"))
    top = "<br>".join(escape(line, quote=False) for line in head)
    if is_forward:
        return Quoted("\n".join([*head, "", text]), f"<div><br><p>{top}</p>{body}</div>")
    lines = [f">{line}" if line.startswith(">") or not line else f"> {line}" for line in text.split("\n")]
    return Quoted("\n".join([*head, *lines]), f"<div><br><p>{top}</p>{BLOCK}{body}</blockquote></div>")


def _attribution(answered: Answered, language: str) -> str:
    date, time = _moment(answered, language)
    return WORDS[language].attribution.format(date=date, time=time, who=_who(answered))


def _forwarded(answered: Answered, language: str) -> list[str]:
    """The lines by which mail programs know a forward, ours included."""
    words = WORDS[language]
    when = ", ".join(_moment(answered, language))
    values = (_who(answered), when, answered.subject, ", ".join(answered.to))
    fields = [f"{label}: {value}" for label, value in zip(words.labels, values, strict=True) if value]
    return [f"---------- {words.forwarded} ----------", *fields]


def _who(answered: Answered) -> str:
    name = " ".join(answered.name.split())
    has_both = name and answered.address and name != answered.address
    return f"{name} <{answered.address}>" if has_both else name or answered.address


def _moment(answered: Answered, language: str) -> tuple[str, str]:
    at = answered.said_at.astimezone(ZoneInfo(answered.zone))
    date, time = format_date(at, "long", locale=language), format_time(at, "short", locale=language)
    return re.sub(r"\s", " ", date), re.sub(r"\s", " ", time)  # no narrow spaces: old programs show boxes


def _bounded(text: str) -> tuple[str, bool]:
    """The text up to the last line end within bounds, and whether that is all of it."""
    text = text.replace("\r\n", "\n")
    if len(text) <= LONGEST_TEXT:
        return text, True
    kept = text[:LONGEST_TEXT]
    return f"{kept.rpartition(chr(10))[0] or kept}\n{CUT}", False


def _shown(html: str | None) -> str | None:
    """The letter's own HTML, without its pictures; None if there is none or it is too long to be carried."""
    if not html or len(html) > LONGEST_HTML:
        return None
    tree = LexborHTMLParser(html)
    for image in tree.css("img"):
        name = image.attrs.sget("alt").strip()
        image.replace_with(f"[{name}]") if name else image.decompose()
    return clean_outgoing(tree.html or "")
