"""The form of a channel, made from what its adapter says it needs."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.again import MASK, TYPE_ANEW, WITHHELD_FIELD, withheld
from app.guard import CSRF_FIELD
from app.languages import translated
from channels.access import open_access
from channels.adapter import SettingField
from channels.email.presets import Preset
from channels.registry import fields_of, maker_of
from core.errors import DeskError, Invalid
from core.words import N_
from inbox.models import Channel
from people.rules import LONGEST_UNDO

LONGEST_VALUE = 2000
LONGEST_LINES = 50_000
_ABOUT_INPUT = frozenset({409, 413, 422, 429})
_FIRST = (
    SettingField(
        "name", N_("What it is called"), help=N_("Colleagues see it, and customers beside the writer's name.")
    ),
)


class ChannelForm:
    """What was typed, field by field, and what is wrong with it; secrets are never given back.

    A secret that is stored (`kept`) shows as a mask; the mask sent back leaves it as it is.
    """

    def __init__(
        self,
        kind: str,
        values: Mapping[str, Any],
        *,
        is_new: bool,
        preset: Preset | None = None,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        self.kind = kind
        self.preset = preset
        self.fields = (*_FIRST, *fields_of(kind))
        self.values = dict(values)
        self.errors: dict[str, str] = {}
        self.is_new = is_new
        self.kept = kept
        self.status = 200

    @property
    def first(self) -> list[SettingField]:
        """What everybody is asked; a provider's servers are known already."""
        known = self.preset.settings() if self.preset else {}
        return [each for each in self.asked if (each.required or each.when) and each.name not in known]

    @property
    def more(self) -> list[SettingField]:
        """What may stay as it is."""
        first = self.first
        return [each for each in self.asked if each not in first]

    @property
    def asked(self) -> list[SettingField]:
        """The fields that matter with what is chosen in the others."""
        return [
            each for each in self.fields if each.when is None or self.chosen(each.when[0]) in each.when[1]
        ]

    def chosen(self, name: str) -> str:
        """What is chosen in a field, or stands there by itself."""
        defaults = {each.name: each.default for each in self.fields}
        return str(self.values.get(name) or defaults.get(name) or "")

    @property
    def error(self) -> str:
        """What is wrong with the form as a whole."""
        return self.errors.get("", "")

    @property
    def has_error_below(self) -> bool:
        """Whether something is wrong with a field that is not asked of everybody."""
        return bool(self.errors.keys() & {"undo_seconds", *(each.name for each in self.more)})

    def value(self, name: str) -> Any:
        """What stands in a field."""
        secret = any(field.name == name and field.type == "secret" for field in self.fields)
        if secret:
            return MASK if name in self.kept and self.values.get(name, MASK) == MASK else ""
        return self.values.get(name, "")

    def attempt(self, act: Callable[[dict[str, Any]], Response]) -> Response | None:
        """Do what the form asks for; None when it is to be shown again with its errors."""
        told = {field.name: self._read(field) for field in self.asked}
        told["undo_seconds"] = self._read_undo()
        lost = [name for name in told if name in withheld() and not self.values.get(name)]
        self.errors |= {name: str(gettext(TYPE_ANEW)) for name in lost}
        if self.errors:
            self.status = 422
            return None
        try:
            return act(told)
        except DeskError as error:
            if error.status not in _ABOUT_INPUT:
                raise
            known = {field.name for field in self.fields}
            self.errors[error.field if error.field in known else ""] = translated(error)
            self.status = error.status
            return None

    def parts(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """The values as a channel keeps them: its name, its address, plain settings, secrets.

        A secret that is not asked for any more is forgotten; of the settings, what was there stays.
        """
        secret = {field.name for field in self.fields if field.type == "secret"}
        plain = {field.name for field in self.asked} - secret - {"address", "name"}
        return {
            "name": told["name"],
            **({"address": told["address"]} if "address" in told else {}),
            "settings": {name: told[name] for name in plain},
            "secrets": {name: told.get(name) for name in secret if told.get(name) or name in self.kept},
        }

    def _read(self, field: SettingField) -> Any:
        given = str(self.values.get(field.name, "")).strip()
        if field.type == "secret" and not given.strip(MASK):
            if not given and not field.required and field.name in self.kept and field.name in self.values:
                return None  # the mask was taken out: forget it
            given = ""
        try:
            return _read(field, given, keeps_secret=field.name in self.kept)
        except Invalid as error:
            self.errors[field.name] = translated(error)
            return None

    def _read_undo(self) -> int | None:
        given = str(self.values.get("undo_seconds", "")).strip()
        if not given:
            return None
        if not given.isdecimal() or len(given) > 3 or int(given) > LONGEST_UNDO:
            self.errors["undo_seconds"] = gettext(
                "A number of seconds from 0 to %(most)s.", most=LONGEST_UNDO
            )
            return None
        return int(given)


def blank(kind: str, preset: Preset | None = None) -> ChannelForm:
    """The form of a channel that is not there yet, with what is known of its provider."""
    values = _defaults(kind)
    if preset is not None:
        values |= {name: _shown(value) for name, value in preset.settings().items()}
    return ChannelForm(kind, values, is_new=True, preset=preset)


def presets_of(kind: str) -> Sequence[Preset]:
    """The providers whose servers are known, for kinds that have providers."""
    found: Sequence[Preset] = getattr(maker_of(kind), "presets", ())
    return found


def stored(channel: Channel) -> ChannelForm:
    """The form of a channel as it is kept."""
    values = _defaults(channel.kind)
    values |= {name: _shown(value) for name, value in channel.settings.items()}
    values |= {"name": channel.name, "address": channel.address}
    values["undo_seconds"] = _shown(channel.undo_seconds)
    return ChannelForm(channel.kind, values, is_new=False, kept=_kept(channel))


def filled_channel(kind: str, *, preset: Preset | None = None, channel: Channel | None = None) -> ChannelForm:
    """The form that was sent, of a new channel or of one that is there; no field that nobody asked for."""
    given = {name: value.replace("\0", "") for name, value in request.form.items()}
    kept = _kept(channel) if channel is not None else frozenset[str]()
    form = ChannelForm(kind, given, is_new=channel is None, preset=preset, kept=kept)
    for name in (CSRF_FIELD, WITHHELD_FIELD):
        form.values.pop(name, None)
    for field in form.fields:
        if field.when is not None and field.default is not None:  # one that was not shown yet
            form.values.setdefault(field.name, _shown(field.default))
    known = {"undo_seconds", *(field.name for field in form.fields)}
    if set(form.values) - known:
        form.errors[""] = gettext("There is no such field.")
    return form


def _read(field: SettingField, given: str, *, keeps_secret: bool) -> Any:
    if field.type == "boolean":
        return given in ("yes", "on", "true")
    if not given:
        if field.required and not (field.type == "secret" and keeps_secret):
            raise Invalid(N_("Fill this in."))
        return "" if field.type in ("text", "lines", "secret", "url") else field.default
    if len(given) > (LONGEST_LINES if field.type == "lines" else LONGEST_VALUE):
        raise Invalid(N_("This is too long to be kept."))
    if field.type == "integer":
        if not given.isdecimal() or len(given) > 9:
            raise Invalid(N_("This must be a number."))
        return int(given)
    if field.type == "choice" and given not in field.options:
        raise Invalid(N_("Choose one of these."))
    if field.pattern and re.fullmatch(field.pattern, given) is None:
        raise Invalid(N_("This does not look right."))
    if field.type == "url" and not _is_address(given):
        raise Invalid(N_("This must be an address like https://example.com."))
    return given


def _is_address(given: str) -> bool:
    try:
        parts = urlsplit(given)
        return parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname)
    except ValueError:
        return False


def _kept(channel: Channel) -> frozenset[str]:
    """The secrets of a channel that are stored, by name."""
    return frozenset(name for name, secret in open_access(channel).secrets.items() if secret)


def _defaults(kind: str) -> dict[str, str]:
    """What stands in a field that nobody has filled in, also in one that is newer than the channel."""
    return {field.name: _shown(field.default) for field in fields_of(kind) if field.default is not None}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)
