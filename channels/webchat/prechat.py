"""What a visitor is asked before writing: fields an administrator chose, and a consent. Pure.

Whatever is typed here proves nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.json_fields import Json, parts, words
from channels.webchat.models import Visitor
from core.errors import Invalid
from core.text import plain_line
from core.words import N_

FIELDS, CONSENT = "prechat", "consent"
KINDS = frozenset({"text", "email", "phone", "select", "checkbox"})
ON_THE_CARD = frozenset({"name", "email", "phone", "company"})
CARRIED = "carried"
MOST_FIELDS = 12
LONGEST = 500


def fields_of(settings: Mapping[str, Any], language: str = "") -> list[dict[str, Any]]:
    """The fields in their order, the consent last; what is kept and is no field is left out."""
    found = [
        _field(each, language.partition("-")[0].lower()) for each in parts(settings, FIELDS)[:MOST_FIELDS]
    ]
    fields = [each for each in found if each["name"] and each["kind"] in KINDS]
    if text := str(settings.get("consent_text") or "").strip():
        url = str(settings.get("consent_url") or "") or None
        fields.append({"name": CONSENT, "label": text, "kind": CONSENT, "required": True, "url": url})
    return fields


def needs_of(settings: Mapping[str, Any], visitor: Visitor) -> list[str]:
    """The names of those that this visitor has not filled in and the shop has not told."""
    known = {**visitor.told, **{name: value for name, value in visitor.proven.items() if value}}
    return [
        each["name"]
        for each in fields_of(settings)
        if (visitor.consent_at is None if each["name"] == CONSENT else not known.get(each["name"]))
    ]


def lacking(settings: Mapping[str, Any], visitor: Visitor) -> list[str]:
    """The names of those without which nobody may write: what has to be there, and the consent."""
    required = {each["name"] for each in fields_of(settings) if each["required"]}
    return [name for name in needs_of(settings, visitor) if name in required]


def answers_to_carry(settings: Mapping[str, Any], visitor: Visitor) -> list[dict[str, Any]]:
    """What was answered to the shop's own questions and stands with no message yet, as forms have it."""
    done = {*ON_THE_CARD, CONSENT, *(visitor.told.get(CARRIED) or ())}
    return [
        {"name": each["name"], "type": each["kind"], "label": each["label"], "value": value}
        for each in fields_of(settings, visitor.language)
        if each["name"] not in done and (value := visitor.told.get(each["name"]))
    ]


def note_carried(visitor: Visitor, answers: Sequence[Mapping[str, Any]]) -> None:
    """These answers stand with a message now."""
    if answers:
        carried = [*(visitor.told.get(CARRIED) or ()), *(each["name"] for each in answers)]
        visitor.told = {**visitor.told, CARRIED: carried}


def read_values(settings: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, of the fields there are; Invalid for a choice nobody offered."""
    read = {}
    for each in fields_of(settings):
        if each["name"] == CONSENT or each["name"] not in given:
            continue
        value = given[each["name"]]
        line = plain_line(value, longest=LONGEST) if isinstance(value, str) else value
        if each["kind"] == "checkbox":
            line = bool(value)
        elif not isinstance(value, str) or not _is_offered(each, value):
            raise Invalid(N_("Choose one of these."), field=f"values.{each['name']}")
        read[each["name"]] = line
    return read


def _field(told: Json, language: str) -> dict[str, Any]:
    options, labels = told.get("options"), told.get("labels")
    label = labels.get(language) if isinstance(labels, Mapping) else None
    return {
        "name": words(told, "name")[:60],
        "label": str(label or words(told, "label"))[:200],
        "kind": words(told, "kind") or "text",
        "required": told.get("required") is True,
        "options": options if isinstance(options, list) else [],
    }


def _is_offered(field: Mapping[str, Any], value: str) -> bool:
    if field["kind"] != "select" or not value:
        return True
    offered = [each.get("value") if isinstance(each, Mapping) else each for each in field["options"]]
    return value in offered
