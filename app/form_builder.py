"""A form as its builder posts it: read as it stands, changed by a button, and what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from channels.webform.definition import LANGUAGES, MOST_FIELDS, definition_of
from core.errors import Invalid
from core.words import N_

WORDS = ("titles", "introductions", "buttons", "thanks", "consent")
ADDRESSES = ("consent_url", "thank_you")
TYPES = {
    "text": N_("Text"),
    "long_text": N_("Long text"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "number": N_("Number"),
    "select": N_("One of several"),
    "checkbox": N_("Yes or no"),
    "date": N_("Date"),
    "file": N_("File"),
}
TARGETS = {
    "": N_("Only in the dialog"),
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "company": N_("Company"),
    "search_query": N_("Search query"),
}
KINDS = {"question": N_("Question"), "callback": N_("Call back"), "order": N_("Order")}

Draft = dict[str, Any]


def read_draft(given: MultiDict[str, str]) -> Draft:
    """What was posted, whatever it is worth; every field keeps its place and its words in all languages."""
    draft: Draft = {name: _words(given, name) for name in WORDS}
    draft |= {name: _text(given, name) for name in ADDRESSES}
    draft["kind"] = _text(given, "kind")
    draft["languages"] = [each for each in LANGUAGES if each in given.getlist("languages")]
    draft["fields"] = [_field(given, number) for number in given.getlist("field")[: MOST_FIELDS + 1]]
    return draft


def change_draft(draft: Draft, step: str) -> str:
    """Do what a button says: "add:phone", "up:2", "down:2", "remove:2"; the id of what to look at next."""
    verb, _, what = step.partition(":")
    fields = draft["fields"]
    if verb == "add" and what in TYPES and len(fields) < MOST_FIELDS:
        fields.append(_new(fields, what))
        return f"label-{len(fields) - 1}-{_first_language(draft)}"
    if not what.isdecimal() or len(what) > 3 or int(what) >= len(fields):
        return ""
    place = int(what)
    if verb == "remove":
        del fields[place]
        return f"remove-{min(place, len(fields) - 1)}" if fields else "add-text"
    wanted = place + {"up": -1, "down": 1}.get(verb, 0)
    if wanted == place or not 0 <= wanted < len(fields):
        return ""
    fields.insert(wanted, fields.pop(place))
    can_go_on = wanted > 0 if verb == "up" else wanted < len(fields) - 1
    return f"{verb if can_go_on else ('down' if verb == 'up' else 'up')}-{wanted}"


def faults_of(draft: Draft) -> dict[str, str]:
    """What is wrong, by the place on the page, "" for no place; nothing for a form that holds together."""
    spoken = _first_language(draft)
    faults = {}
    if not any(draft["titles"].values()):
        faults[f"titles-{spoken}"] = gettext("The form needs a title.")
    for place, each in enumerate(draft["fields"]):
        if not any(each["labels"].values()):
            faults[f"label-{place}-{spoken}"] = gettext("This field needs a name.")
        if each["type"] == "select" and not each["options"]:
            faults[f"options-{place}"] = gettext("Enter the choices, one per line.")
    if faults:
        return faults
    try:
        definition_of(draft)
    except Invalid as error:
        return {_place(draft, error.field or ""): gettext(error.message)}
    return {}


def _place(draft: Draft, where: str) -> str:
    """Where on the page a fault of the definition belongs."""
    parts = where.split(".")
    if parts[0] == "fields" and len(parts) > 1 and parts[1].isdecimal():
        name = {"goes_to": "goes_to", "options": "options"}.get(parts[-1], "goes_to")
        return f"{name}-{parts[1]}"
    if where == "goes_to":
        taken: set[str] = set()
        for place, each in enumerate(draft["fields"]):
            if each["goes_to"] and each["goes_to"] in taken:
                return f"goes_to-{place}"
            taken.add(each["goes_to"])
    if where in ("languages", "address"):
        return "languages" if where == "languages" else "thank_you"
    return parts[0] if parts[0] in ADDRESSES else ""


def _field(given: MultiDict[str, str], number: str) -> Draft:
    return {
        "name": _text(given, f"name-{number}"),
        "type": _text(given, f"type-{number}"),
        "labels": _words(given, f"label-{number}"),
        "hints": _words(given, f"hint-{number}"),
        "required": f"required-{number}" in given,
        "options": [line.strip() for line in _text(given, f"options-{number}").splitlines() if line.strip()],
        "goes_to": _text(given, f"goes_to-{number}"),
    }


def _new(fields: list[Draft], kind: str) -> Draft:
    names = {each["name"] for each in fields}
    free = (f"{kind}_{number}" for number in range(2, MOST_FIELDS + 3))
    name = kind if kind not in names else next(each for each in free if each not in names)
    goes_to = kind if kind in ("email", "phone") and kind not in {each["goes_to"] for each in fields} else ""
    return {
        "name": name,
        "type": kind,
        "labels": {},
        "hints": {},
        "required": False,
        "options": [],
        "goes_to": goes_to,
    }


def _first_language(draft: Mapping[str, Any]) -> str:
    return str((draft.get("languages") or LANGUAGES)[0])


def _words(given: MultiDict[str, str], name: str) -> dict[str, str]:
    said = {each: _text(given, f"{name}-{each}") for each in LANGUAGES}
    return {language: words for language, words in said.items() if words}


def _text(given: MultiDict[str, str], name: str) -> str:
    return given.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()
