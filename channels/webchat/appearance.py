"""How a chat looks, what it says and asks, and by which mailbox those who left are answered.

`told` is flat, as the page of settings has it: `title_ru`, `ask_email`, `own_1` …
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from channels.standing import refuse_outdated
from channels.webchat.colours import SEA, read_colour
from channels.webchat.letters import LETTERS_BY
from channels.webchat.prechat import FIELDS
from core.errors import Invalid
from core.words import N_
from inbox.actions.channels import change_channel, hold_channel
from inbox.models import Channel
from people.models import Agent
from people.preferences import LANGUAGES

TEXTS = ("title", "greeting", "button", "offline")
LONGEST_TEXT = 500
ASKED = ("name", "email", "phone")
OWN = 3
NO, MAY, MUST = "no", "may", "must"
SIDES, THEMES = ("right", "left"), ("auto", "light", "dark")
KINDS = ("text", "select", "checkbox")
# What the usual questions are called, in the chat's own language.
LABELS: Mapping[str, Mapping[str, str]] = {
    "ru": {"name": "Как вас зовут?", "email": "Ваша почта", "phone": "Ваш телефон"},
    "en": {"name": "What is your name?", "email": "Your e-mail", "phone": "Your phone"},
    "es": {"name": "¿Cómo se llama?", "email": "Su correo", "phone": "Su teléfono"},
}


def told_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the page's fields for a chat as it is set."""
    written = settings.get("texts") or {}
    told: dict[str, Any] = {
        f"{name}_{code}": str((written.get(code) or {}).get(name, "")) for code in LANGUAGES for name in TEXTS
    }
    told |= {
        "colour": settings.get("colour") or SEA,
        "side": settings.get("side") or SIDES[0],
        "theme": settings.get("theme") or THEMES[0],
        "default_language": settings.get("default_language") or "",
        "letters_by": str(settings.get(LETTERS_BY) or ""),
    }
    told |= {name: str(settings.get(name) or "") for name in ("reply_time", "consent_text", "consent_url")}
    asked = [each for each in settings.get(FIELDS) or () if isinstance(each, Mapping)]
    for name in ASKED:
        found = next((each for each in asked if each.get("name") == name), None)
        told[f"ask_{name}"] = NO if found is None else MUST if found.get("required") else MAY
    own = [each for each in asked if each.get("name") not in ASKED][:OWN]
    for number in range(1, OWN + 1):
        each = own[number - 1] if number <= len(own) else {}
        told[f"own_{number}"] = str(each.get("label") or "")
        told[f"own_{number}_kind"] = each.get("kind") or KINDS[0]
        told[f"own_{number}_options"] = "\n".join(str(option) for option in each.get("options") or ())
        told[f"own_{number}_must"] = bool(each.get("required"))
    return told


def settings_from(told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the fields stand for; Invalid for what no chat can look like or ask."""
    if read_colour(str(told["colour"])) is None:
        raise Invalid(N_("A colour such as #1f6f9f."), code="bad_colour", field="colour")
    for name, among in (("side", SIDES), ("theme", THEMES), ("default_language", ("", *LANGUAGES))):
        if told[name] not in among:
            raise Invalid(N_("Choose one of these."), code="bad_choice", field=name)
    url = str(told["consent_url"]).strip()
    if url and (urlsplit(url).scheme not in ("http", "https") or re.search(r"[\s\"<>]", url)):
        raise Invalid(N_("An address that begins with https://"), code="bad_address", field="consent_url")
    return {
        "colour": str(told["colour"]).strip().lower(),
        **{name: told[name] for name in ("side", "theme", "default_language")},
        **{name: str(told[name]).strip()[:LONGEST_TEXT] for name in ("reply_time", "consent_text")},
        "consent_url": url,
        "texts": {code: {name: _text(told, f"{name}_{code}") for name in TEXTS} for code in LANGUAGES},
        FIELDS: [*_usual(told), *_own(told)],
    }


def set_appearance(
    session: Session,
    channel: Channel,
    *,
    agent: Agent | None,
    told: Mapping[str, Any],
    mailbox: Channel | None,
    replaces: str | None = None,
) -> None:
    """Keep how a chat looks and by which mailbox its letters leave; None for no letters.

    `replaces` is the mark of what stood in the page's fields; Conflict where they say something else by now.
    """
    if mailbox is not None and mailbox.kind != "email":
        raise Invalid(N_("E-mails are sent through a mailbox."), code="not_mailbox", field="letters_by")
    settings = {**settings_from(told), LETTERS_BY: mailbox.id if mailbox is not None else None}
    standing = hold_channel(session, channel).settings
    refuse_outdated(told_of(standing), told_of({**standing, **settings}), replaces=replaces)
    change_channel(session, channel, agent=agent, settings=settings)


def _text(told: Mapping[str, Any], name: str) -> str:
    text = str(told[name]).strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(N_("This text is too long for a chat."), code="too_long", field=name)
    return text


def _usual(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = LABELS[told["default_language"] or LANGUAGES[0]]
    kinds = {"name": "text", "email": "email", "phone": "phone"}
    asked = [name for name in ASKED if told[f"ask_{name}"] in (MAY, MUST)]
    return [
        {
            "name": name,
            "label": labels[name],
            "labels": {code: LABELS[code][name] for code in LANGUAGES},
            "kind": kinds[name],
            "required": told[f"ask_{name}"] == MUST,
        }
        for name in asked
    ]


def _own(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for number in range(1, OWN + 1):
        label, kind = str(told[f"own_{number}"]).strip()[:200], told[f"own_{number}_kind"]
        options = [
            line.strip()[:200] for line in str(told[f"own_{number}_options"]).splitlines() if line.strip()
        ]
        if not label:
            continue
        if kind not in KINDS:
            raise Invalid(N_("Choose one of these."), code="bad_choice", field=f"own_{number}_kind")
        if kind == "select" and not options:
            raise Invalid(
                N_("Enter the choices, one per line."),
                code="no_options",
                field=f"own_{number}_options",
            )
        found.append(
            {
                "name": f"own_{number}",
                "label": label,
                "kind": kind,
                "required": bool(told[f"own_{number}_must"]),
                "options": options[:50] if kind == "select" else [],
            }
        )
    return found
