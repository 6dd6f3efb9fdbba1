"""What a form asks: its fields, its words in every language, its consent. Pure."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from channels.webform.trap import RESERVED
from core.errors import Invalid
from core.words import N_

MOST_FIELDS = 40
MOST_OPTIONS = 100

Language = Literal["ru", "en", "es"]
LANGUAGES: tuple[Language, ...] = ("ru", "en", "es")
Kind = Literal["question", "callback", "order"]
FieldType = Literal["text", "long_text", "email", "phone", "number", "select", "checkbox", "date", "file"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Words = dict[Language, Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)]]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
# "" only shows the answer; "field:7" is a field that the team added to its cards.
_TARGETS = r"^(|name|phone|email|company|search_query|field:\d{1,18})$"
Target = Annotated[str, StringConstraints(pattern=_TARGETS)]

_SERVES: Mapping[str, frozenset[str]] = {
    "name": frozenset({"text"}),
    "company": frozenset({"text"}),
    "search_query": frozenset({"text"}),
    "phone": frozenset({"phone"}),
    "email": frozenset({"email"}),
}


class FormField(BaseModel):
    """One question of a form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    type: FieldType
    labels: Words
    hints: Words = {}
    required: bool = False
    options: tuple[Line, ...] = ()
    goes_to: Target = ""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.type == "select" and not 1 <= len({each for each in self.options if each}) <= MOST_OPTIONS:
            raise ValueError("options")
        if self.goes_to in _SERVES and self.type not in _SERVES[self.goes_to]:
            raise ValueError("goes_to")
        if self.type == "file" and self.goes_to:
            raise ValueError("goes_to")
        return self


class Definition(BaseModel):
    """A whole form; its fields are asked in their order.

    Words that lack a language are said in the first one that has them. `thank_you` is an address to go on
    to in place of the page with `thanks`. With a `consent` nobody can send the form without agreeing to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind = "question"
    languages: tuple[Language, ...] = LANGUAGES
    titles: Words
    introductions: Words = {}
    buttons: Words = {}
    thanks: Words = {}
    consent: Words = {}
    consent_url: Annotated[str, StringConstraints(max_length=2_000)] = ""
    thank_you: Annotated[str, StringConstraints(max_length=2_000)] = ""
    fields: tuple[FormField, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [each.name for each in self.fields]
        if not 1 <= len(names) <= MOST_FIELDS or len({*names, *RESERVED}) != len(names) + len(RESERVED):
            raise ValueError("fields")
        if not self.languages or len(set(self.languages)) != len(self.languages):
            raise ValueError("languages")
        targets = [each.goes_to for each in self.fields if each.goes_to]
        if len(set(targets)) != len(targets):
            raise ValueError("goes_to")
        if not any(self.titles.values()) or not all(any(each.labels.values()) for each in self.fields):
            raise ValueError("words")
        if any(address and not is_web_address(address) for address in (self.thank_you, self.consent_url)):
            raise ValueError("address")
        return self

    def said(self, words: Mapping[Any, str], language: str) -> str:
        """Words in a language, else in the first of the form's that has them; "" where none has."""
        spoken = (language, *self.languages, *LANGUAGES)
        return next((words[each] for each in spoken if words.get(each)), "")

    def language_for(self, wanted: str | None) -> str:
        """The language asked for if the form speaks it, else its first."""
        return wanted if wanted in self.languages else self.languages[0]

    @property
    def files(self) -> tuple[FormField, ...]:
        """The fields that take files."""
        return tuple(each for each in self.fields if each.type == "file")


def definition_of(told: Mapping[str, Any]) -> Definition:
    """Read a definition; Invalid for one that makes no sense, its place in `field` ("fields.2.options")."""
    try:
        return Definition.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(each) for each in first["loc"]]
        reason = str((first.get("ctx") or {}).get("error") or "")
        field = ".".join([*place, *([reason] if reason else [])])
        raise Invalid(_REASONS.get(reason, _REASONS[""]), code="bad_form", field=field) from error


def is_web_address(address: str) -> bool:
    """Whether somebody may be sent there: http or https, with a host, and nothing that hides another."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    plain = address.isprintable() and not set(address) & set(' \\"<>')
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and port != 0


def first_draft(kind: Kind, title: Mapping[Any, str]) -> dict[str, Any]:
    """What the builder begins with: the fields that such a form usually has."""
    contact = (_NAME, _PHONE) if kind == "callback" else (_NAME, _EMAIL, _PHONE)
    rest = {"question": (_MESSAGE,), "callback": (_WHEN,), "order": (_PRODUCT, _COUNT, _REMARK)}[kind]
    required = {"question": ("message",), "callback": ("phone",), "order": ("phone", "product")}[kind]
    fields = [{**each, "required": each["name"] in required} for each in (*contact, *rest)]
    return {"kind": kind, "titles": dict(title), "fields": fields}


_REASONS: Mapping[str, str] = {
    "": N_("There is a mistake in this form. Check the place that is named."),
    "fields": N_("A form needs one to forty fields, each with a name of its own."),
    "languages": N_("A form needs at least one language."),
    "options": N_("A choice needs something to choose from, a hundred answers at most."),
    "goes_to": N_("This answer cannot go there, or another one goes there already."),
    "words": N_("The form and each of its fields need a title."),
    "address": N_("This is not the address of a page."),
}
_NAME = {
    "name": "name",
    "type": "text",
    "labels": {"ru": "Имя", "en": "Name", "es": "Nombre"},
    "goes_to": "name",
}
_EMAIL = {
    "name": "email",
    "type": "email",
    "labels": {"ru": "Электронная почта", "en": "E-mail", "es": "Correo electrónico"},
    "goes_to": "email",
}
_PHONE = {
    "name": "phone",
    "type": "phone",
    "labels": {"ru": "Телефон", "en": "Phone", "es": "Teléfono"},
    "goes_to": "phone",
}
_MESSAGE = {
    "name": "message",
    "type": "long_text",
    "labels": {"ru": "Ваш вопрос", "en": "Your question", "es": "Su pregunta"},
}
_WHEN = {
    "name": "when",
    "type": "text",
    "labels": {"ru": "Когда позвонить", "en": "When to call", "es": "Cuándo llamar"},
}
_PRODUCT = {
    "name": "product",
    "type": "text",
    "labels": {"ru": "Товар", "en": "Product", "es": "Producto"},
}
_COUNT = {
    "name": "count",
    "type": "number",
    "labels": {"ru": "Количество", "en": "Quantity", "es": "Cantidad"},
}
_REMARK = {
    "name": "remark",
    "type": "long_text",
    "labels": {"ru": "Комментарий", "en": "Remark", "es": "Comentario"},
}
