"""Letters of the demonstration: written as mail programs do, read as the product reads any letter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime as spoken_datetime

from app.demo.papers import MIMES, file_bytes
from app.demo.script import Person, Turn
from channels.email.letters import Letter
from channels.email.wire import read_letter
from core.files import FileStore
from inbox.border import Author, Incoming, IncomingFile

LETTERS = Path(__file__).parent / "letters"
HEADERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "auto_reply": (("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes")),
    "auto_generated": (("Auto-Submitted", "auto-generated"),),
    "list": (("List-Id", "<news.demo.example>"), ("List-Unsubscribe", "<mailto:leave@news.demo.example>")),
}
_WROTE = {
    "ru": ("EEE, d MMM y 'г.' 'в' HH:mm", "{when}, {name} <{address}>:"),
    "en": ("EEE, d MMM y 'at' HH:mm", "On {when}, {name} <{address}> wrote:"),
    "es": ("EEE, d MMM y 'a las' HH:mm", "El {when}, {name} (<{address}>) escribió:"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What was last said to the customer, for those who quote it below their answer."""

    text: str
    moment: datetime
    name: str
    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All around a letter that is not in it."""

    text: str
    subject: str
    author: Person
    to: Person
    copies: tuple[Person, ...]
    moment: datetime
    key: str
    language: str
    zone: ZoneInfo
    answers: Said | None


def incoming(turn: Turn, around: Circumstances, store: FileStore) -> Incoming:
    """A customer's turn as the mailbox would report it; its files are stored."""
    letter = _letter(turn, around)
    files = tuple(
        IncomingFile(
            name=file.name,
            mime=file.mime,
            size=file.size,
            sha256=store.put_bytes(file.content).sha256,
            inline=file.inline,
            cid=file.cid,
        )
        for file in letter.files
    )
    author = around.author
    return Incoming(
        kind="message",
        conversation_key=None,
        message_key=around.key,
        author=Author("email", author.address.lower(), author.address, author.name, verified=True),
        sent_at=around.moment,
        text=letter.text,
        visible_text=letter.visible_text,
        html=letter.html,
        has_remote=letter.has_remote,
        subject=around.subject,
        files=files,
        klass=letter.klass,
        envelope=_envelope(letter, around),
        warnings=tuple(turn.options.get("warns", "").split()),
        defects=letter.defects,
    )


def _letter(turn: Turn, around: Circumstances) -> Letter:
    """The letter as it is read; one that is a few plain lines needs no reading."""
    if not turn.options.keys() & {"html", "file", "klass", "quotes"}:
        return Letter(subject=around.subject, text=around.text, visible_text=around.text)
    return read_letter(_raw(turn, around), parent_text=around.answers.text if around.answers else None)


def _raw(turn: Turn, around: Circumstances) -> bytes:
    letter = EmailMessage(policy=SMTPUTF8)
    letter["From"] = _field(around.author)
    letter["To"] = _field(around.to)
    if around.copies:
        letter["Cc"] = [_field(each) for each in around.copies]
    letter["Subject"] = around.subject if around.answers is None else f"Re: {around.subject}"
    letter["Date"] = format_datetime(around.moment)
    letter["Message-ID"] = f"<{around.key}>"
    if around.answers is not None:
        letter["In-Reply-To"] = letter["References"] = f"<{around.answers.key}>"
    for name, value in HEADERS.get(turn.options.get("klass", ""), ()):
        letter[name] = value
    _write(letter, turn, around)
    return letter.as_bytes()


def _write(letter: EmailMessage, turn: Turn, around: Circumstances) -> None:
    text, html = around.text, turn.options.get("html")
    if "quotes" in turn.options and around.answers is not None:
        text += "\n\n" + _quoted(around.answers, around)
    if html:
        letter.set_content((LETTERS / f"{html}.html").read_text(encoding="utf-8"), subtype="html", cte="8bit")
        for recipe, cid in named_files(turn.options.get("inline", "")):
            picture = file_bytes(recipe, ".png")
            letter.add_related(picture, "image", "png", cid=f"<{cid}>", filename=f"{cid}.png")
    else:
        letter.set_content(text, cte="8bit")
    for recipe, name in named_files(turn.options.get("file", "")):
        suffix = Path(name).suffix
        kind, _, subtype = MIMES[suffix].partition("/")
        letter.add_attachment(file_bytes(recipe, suffix), maintype=kind, subtype=subtype, filename=name)


def named_files(written: str) -> list[tuple[str, str]]:
    """Files as a story lists them, `recipe name, recipe name`; a name may have spaces."""
    pairs = (each.strip().partition(" ") for each in written.split(",") if each.strip())
    return [(recipe, name.strip()) for recipe, _, name in pairs]


def _quoted(said: Said, around: Circumstances) -> str:
    shape, sentence = _WROTE[around.language]
    when = spoken_datetime(said.moment.astimezone(around.zone), shape, locale=around.language)
    first = sentence.format(when=when, name=said.name, address=said.address)
    return "\n".join([first, *(f"> {line}" for line in said.text.splitlines())])


def _field(person: Person) -> Address:
    return Address(person.name, addr_spec=person.address)


def _envelope(letter: Letter, around: Circumstances) -> dict[str, object]:
    return {
        "from": _as_json(around.author),
        "to": [_as_json(around.to)],
        "cc": [_as_json(each) for each in around.copies],
        "subject": letter.subject,
        "message_id": around.key,
        "in_reply_to": around.answers.key if around.answers else None,
        "references": [around.answers.key] if around.answers else [],
    }


def _as_json(person: Person) -> dict[str, str]:
    return {"address": person.address, "name": person.name}
