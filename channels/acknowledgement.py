"""The short "we got it" that a channel may answer a new dialog with; off until somebody switches it on.

It says nothing the sender wrote: whoever sends letters in other people's names must not be able to
let us pass them on.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.errors import Invalid
from core.language import likely_language
from core.words import N_
from inbox.actions import Received, answer_automatically, change_channel
from inbox.models import Channel, Message
from people.models import Agent
from people.queries import workspace_of

SETTING = "acknowledgement"
FALLBACK = "en"
LONGEST_SUBJECT = 200
LONGEST_TEXT = 5_000
TEXTS: Mapping[str, tuple[str, str]] = {
    "ru": (
        "Мы получили ваше письмо",
        "Здравствуйте!\n\nСпасибо, что написали нам. Мы получили ваше письмо и скоро ответим.\n\n"
        "Это сообщение отправлено автоматически. Если хотите что-то добавить, просто ответьте на него.",
    ),
    "en": (
        "We have received your message",
        "Hello,\n\nThank you for writing to us. We have received your message and will answer soon.\n\n"
        "This message was sent automatically. If you want to add something, just reply to it.",
    ),
    "es": (
        "Hemos recibido su mensaje",
        "Hola:\n\nGracias por escribirnos. Hemos recibido su mensaje y le responderemos pronto.\n\n"
        "Este mensaje se ha enviado automáticamente. Si desea añadir algo, responda a este correo.",
    ),
}


def acknowledge(session: Session, channel: Channel, received: Received) -> Message | None:
    """Tell the customer that the first message of a dialog arrived, if the channel does and a machine may."""
    told = channel.settings.get(SETTING) or {}
    if not told.get("on"):
        return None
    message = received.message
    spoken = workspace_of(session).languages
    said = f"{message.subject}\n{message.visible_text or message.text}"
    filled_in = str((message.envelope.get("form") or {}).get("language"))
    subject, text = words_in(told, filled_in) if filled_in in TEXTS else words_for(told, said, spoken)
    return answer_automatically(
        session, received.dialog, message, subject=subject, text=text, cause=f"channel:{channel.id}"
    )


def words_for(told: Mapping[str, Any], said: str, spoken: list[str]) -> tuple[str, str]:
    """Subject and text in the language of what was said, English for one we do not speak."""
    among = [each for each in spoken if each in TEXTS] or list(TEXTS)
    language = likely_language(said, among) or (FALLBACK if FALLBACK in among else among[0])
    return words_in(told, language)


def words_in(told: Mapping[str, Any], language: str) -> tuple[str, str]:
    """What the channel says in a language; what nobody wrote is said in our words."""
    given = told.get(language) or {}
    subject, text = TEXTS[language]
    return given.get("subject") or subject, given.get("text") or text


def set_acknowledgement(
    session: Session,
    channel: Channel,
    *,
    agent: Agent | None,
    on: bool,
    words: Mapping[str, Mapping[str, str]],
) -> None:
    """Switch it on or off and say what it says: `words` are subject and text by language."""
    told: dict[str, Any] = {"on": on}
    for language in TEXTS:
        given = words.get(language) or {}
        subject = " ".join(given.get("subject", "").split())
        text = given.get("text", "").replace("\r\n", "\n").strip()
        if len(subject) > LONGEST_SUBJECT:
            raise Invalid(N_("This subject is too long."), code="too_long", field=f"subject_{language}")
        if len(text) > LONGEST_TEXT:
            raise Invalid(N_("This text is too long to be sent."), code="too_long", field=f"text_{language}")
        told[language] = {"subject": subject, "text": text}
    change_channel(session, channel, agent=agent, settings={SETTING: told})
