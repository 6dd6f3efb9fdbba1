"""Which language and zone a person reads in, and words for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, gettext

from app.identity import visitor
from core.errors import DeskError
from people.preferences import LANGUAGES

FOLDER = Path(__file__).parent.parent / "translations"
COOKIE = "language"
NAMES = {"ru": "Русский", "en": "English", "es": "Español"}
FALLBACK = "en"


def install(app: Flask) -> None:
    """Give the app its languages."""
    Babel(
        app,
        default_locale=FALLBACK,
        default_translation_directories=str(FOLDER),
        locale_selector=_language,
        timezone_selector=_zone,
    )
    app.jinja_env.globals.update(language=language, language_names=NAMES)


def language() -> str:
    """The language of this request."""
    return str(get_locale() or FALLBACK)


def translated(error: DeskError) -> str:
    """An error's sentence in the reader's language."""
    return sentence(error.message, error.params)


def sentence(message: str, params: dict[str, object]) -> str:
    """A marked sentence in the reader's language, with its places filled."""
    return str(gettext(message, **params)) if params else str(gettext(message))


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak another language for a while, as in a letter to somebody else."""
    with force_locale(name):
        yield


def _language() -> str:
    """The person's own language, else the one chosen on a public page, else the browser's."""
    if not has_request_context():
        return FALLBACK
    who = visitor()
    wanted = who.agent.language if who is not None else request.cookies.get(COOKIE, "")
    if wanted in LANGUAGES:
        return wanted
    spoken = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((each for each in spoken if each in LANGUAGES), FALLBACK)


def _zone() -> str:
    who = visitor() if has_request_context() else None
    return who.agent.zone if who is not None else "UTC"
