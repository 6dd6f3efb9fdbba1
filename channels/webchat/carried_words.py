"""What a letter to a visitor who is gone says: the lines as the chat shows them, and who wrote each."""

import html as html_entities
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from channels.webchat.models import ChatFile, ChatLine, Visitor
from channels.webchat.sites import is_of_sites
from core.language import likely_language
from inbox.models import Channel

# language → subject, what stands above the lines, what stands below them, and how the chat is come back to
TEXTS: Mapping[str, tuple[str, str, str, str]] = {
    "ru": (
        "Ответ из чата «{name}»",
        "Вам ответили в чате, пока вас не было:",
        "Чтобы продолжить разговор, просто ответьте на это письмо.",
        "Вернуться на сайт:",
    ),
    "en": (
        "An answer from the chat of {name}",
        "You were answered in the chat while you were away:",
        "To go on with the conversation, just reply to this letter.",
        "Back to the site:",
    ),
    "es": (
        "Respuesta del chat de {name}",
        "Le respondieron en el chat mientras no estaba:",
        "Para continuar la conversación, responda a este correo.",
        "Volver al sitio:",
    ),
}
# language → subject of a copy of the conversation, and what the visitor is called in it
COPIES: Mapping[str, tuple[str, str]] = {
    "ru": ("Копия разговора в чате «{name}»", "Вы"),
    "en": ("A copy of your conversation with {name}", "You"),
    "es": ("Copia de su conversación con {name}", "Usted"),
}
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The letter's subject, its text and HTML that say the same, and the files to go along."""

    subject: str
    text: str
    html: str
    files: Sequence[Mapping[str, Any]]


def letter_words(channel: Channel, visitor: Visitor, lines: Sequence[ChatLine]) -> Words:
    """The letter that carries these lines, in the language of the visitor's page."""
    subject, above, below, back = TEXTS[language_of(channel, visitor, lines)]
    page = _page(channel, visitor)
    parts = [f"<p>{_escaped(above)}</p>", *(_quoted(line) for line in lines), f"<p>{_escaped(below)}</p>"]
    if page:
        shown = _escaped(page)
        parts.append(f'<p>{_escaped(back)} <a href="{html_entities.escape(page)}">{shown}</a></p>')
    text = "\n\n".join([above, *(f"{line.author}:\n{line.text}" for line in lines), below])
    files = [_file(each) for line in lines for each in line.files]
    return Words(subject.format(name=channel.name), text, "".join(parts), files)


def copy_words(channel: Channel, visitor: Visitor, lines: Sequence[ChatLine], zone: ZoneInfo) -> Words:
    """The conversation as a letter: who said what and when; of files their names."""
    subject, said = _copied(channel, visitor, lines, zone)
    parts = [f"<h1>{_escaped(subject)}</h1>"]
    for head, words in said:
        shown = _escaped(words).replace("\n", "<br>")
        parts.append(f"<p><b>{_escaped(head)}</b></p><blockquote>{shown}</blockquote>")
    return Words(subject, _plain(subject, said), "".join(parts), ())


def copy_as_text(channel: Channel, visitor: Visitor, lines: Sequence[ChatLine], zone: ZoneInfo) -> str:
    """The same as plain text alone."""
    return _plain(*_copied(channel, visitor, lines, zone))


def language_of(channel: Channel, visitor: Visitor, lines: Sequence[ChatLine]) -> str:
    """The language of the visitor's page, else that of what is said, else the chat's own."""
    said = likely_language("\n".join(line.text for line in lines), tuple(TEXTS)) or ""
    usual = str(channel.settings.get("default_language") or "")
    asked = visitor.language.partition("-")[0].lower()
    return next((each for each in (asked, said, usual) if each in TEXTS), FALLBACK)


def _copied(
    channel: Channel, visitor: Visitor, lines: Sequence[ChatLine], zone: ZoneInfo
) -> tuple[str, list[tuple[str, str]]]:
    """The subject of a copy, and of each line who said it when, and what."""
    subject, you = COPIES[language_of(channel, visitor, lines)]
    said = []
    for line in lines:
        who = you if line.origin == "visitor" else line.author or channel.name
        words = "\n".join([*([line.text] if line.text else []), *(f"[{each.name}]" for each in line.files)])
        said.append((f"{who}, {line.said_at.astimezone(zone):%d.%m.%Y %H:%M}", words))
    return subject.format(name=channel.name), said


def _plain(subject: str, said: Sequence[tuple[str, str]]) -> str:
    return "\n\n".join([subject, *(f"{head}\n{words}" for head, words in said)])


def _quoted(line: ChatLine) -> str:
    said = line.html or _escaped(line.text).replace("\n", "<br>")
    names = ", ".join(each.name for each in line.files)
    if names:
        said = f"{said}<br>[{_escaped(names)}]" if said else f"[{_escaped(names)}]"
    return f"<p><b>{_escaped(line.author)}</b></p><blockquote>{said}</blockquote>"


def _page(channel: Channel, visitor: Visitor) -> str:
    """Where the visitor was last, if that is a page of one of the chat's own sites."""
    page = str(visitor.page.get("url") or "").partition("#")[0].partition("?")[0]
    return page if page and is_of_sites(page, str(channel.settings.get("sites") or "")) else ""


def _file(file: ChatFile) -> Mapping[str, Any]:
    return {"sha256": file.sha256, "name": file.name, "mime": file.mime, "size": file.size}


def _escaped(text: str) -> str:
    return html_entities.escape(text, quote=False)
