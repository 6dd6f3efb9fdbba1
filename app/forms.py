"""Forms of the Jinja pages: checked like the API, given back as they were typed when something is wrong."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_origin

from flask import request
from flask_babel import gettext
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.again import TYPE_ANEW, WITHHELD_FIELD, withheld
from app.faults import fault_sentence
from app.guard import CSRF_FIELD
from app.languages import translated
from core.errors import DeskError

# Errors that are about what was typed; all others are about the page itself.
_ABOUT_INPUT = frozenset({409, 413, 422, 429})
_NEVER_SHOWN_AGAIN = ("password", "secret")


class Form(BaseModel):
    """Fields of a form; one that is not named here is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


F = TypeVar("F", bound=Form)


class Filled(Generic[F]):
    """A form as somebody filled it in: what was typed, what is wrong with it, and what is to be answered."""

    def __init__(self, model: type[F], values: dict[str, Any] | None = None) -> None:
        self.model = model
        self.values: dict[str, Any] = values or {}
        self.errors: dict[str, str] = {}
        self.status = 200

    @property
    def error(self) -> str:
        """What is wrong with the form as a whole."""
        return self.errors.get("", "")

    def value(self, name: str) -> Any:
        """What stands in a field; a password is typed anew."""
        return "" if any(word in name for word in _NEVER_SHOWN_AGAIN) else self.values.get(name, "")

    def attempt(self, act: Callable[[F], Response]) -> Response | None:
        """Do what the form asks for; None when it is to be shown again with its errors."""
        told = self._checked()
        self.errors |= {name: str(gettext(TYPE_ANEW)) for name in self._lost()}
        if told is None or self.errors:
            self.status = 422
            return None
        try:
            return act(told)
        except DeskError as error:
            if error.status not in _ABOUT_INPUT:
                raise
            self.blame(error)
            return None

    def blame(self, error: DeskError) -> None:
        """Put an error beside its field, or above the form when it has none."""
        name = error.field if error.field in self.model.model_fields else ""
        self.errors[name or ""] = translated(error)
        self.status = error.status

    def _lost(self) -> list[str]:
        """What was typed once and did not survive an error page."""
        return [name for name in self.model.model_fields if name in withheld() and not self.values.get(name)]

    def _checked(self) -> F | None:
        try:
            return self.model.model_validate(self.values)
        except ValidationError as error:
            self.status = 422
            for fault in error.errors():
                name = str(fault["loc"][0]) if fault["loc"] else ""
                place = name if name in self.model.model_fields else ""
                self.errors.setdefault(place, fault_sentence(fault))
            if not any(self.errors):
                self.errors.setdefault("", str(gettext("This value cannot be used.")))
            return None


def filled(model: type[F]) -> Filled[F]:
    """The form that was sent."""
    given = MultiDict((name, value.replace("\0", "")) for name, value in request.form.items(multi=True))
    values: dict[str, Any] = {}
    for name in given:
        if name in (CSRF_FIELD, WITHHELD_FIELD):
            continue
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is list:
            values[name] = given.getlist(name)
        elif given[name] or field is None or _takes_text(field):
            values[name] = given[name]
    return Filled(model, values)


def _takes_text(field: FieldInfo) -> bool:
    """Whether an empty field is an empty text; for numbers and choices it is no answer at all."""
    return field.annotation is str or str in getattr(field.annotation, "__args__", ())
