"""What all Jinja pages share: who is reading, how values are shown, where the sections are."""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_date, format_time, get_timezone_location
from flask import Flask, flash, make_response, redirect, render_template
from flask_babel import format_timedelta, to_user_timezone
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.identity import visitor
from app.languages import language
from core.clock import now
from core.media import human_size
from core.words import N_
from people.models import Role
from people.preferences import preferences_of

ROLE_NAMES = {
    Role.OWNER: N_("Owner"),
    Role.ADMIN: N_("Administrator"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.AGENT: N_("Agent"),
    Role.COLLABORATOR: N_("Collaborator"),
}
ROLE_WORDS = {
    Role.ADMIN: N_("Also manages channels, the team and the workspace."),
    Role.SUPERVISOR: N_("Also oversees the work of others."),
    Role.AGENT: N_("Answers customers."),
    Role.COLLABORATOR: N_("Reads and comments, but does not answer customers."),
}

_CONTINENTAL = re.compile(r"(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/")


def install(app: Flask) -> None:
    """Give templates what they all need."""
    app.context_processor(_reader)
    app.jinja_env.globals.update(role_names=ROLE_NAMES, role_words=ROLE_WORDS, zones=_zones)
    app.jinja_env.filters.update(
        moment=_moment, day=_day, clock=_clock, place=_place, duration=_duration, size=_size
    )


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page."""
    return make_response(render_template(template, **values), status)


def done(address: str, words: str | None = None) -> Response:
    """Go on to another page and say there what was done (a reload then repeats nothing)."""
    if words:
        flash(words)
    return redirect(address, 303)


def _reader() -> dict[str, Any]:
    who = visitor()
    theme = preferences_of(who.agent.settings).theme if who else "system"
    return {"me": who.agent if who else None, "workspace_name": who.workspace if who else "", "theme": theme}


@cache
def _zones() -> list[str]:
    """Time zones people live in; the database also holds ships' and historians'."""
    return sorted(name for name in available_timezones() if name == "UTC" or _CONTINENTAL.match(name))


def _moment(value: datetime | None) -> Markup:
    """A time as the reader's clock shows it."""
    if value is None:
        return Markup("")
    local = to_user_timezone(value)
    return Markup('<time datetime="{}">{}, {}</time>').format(value.isoformat(), _date(local), _hour(local))


def _day(value: datetime) -> Markup:
    """The same where the hour says nothing."""
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), _date(to_user_timezone(value)))


def _clock(zone: str) -> str:
    """What time it is in a zone."""
    return _hour(now().astimezone(ZoneInfo(zone)))


def _date(local: datetime) -> str:
    return str(format_date(local, "medium", locale=_calendar()))


def _hour(local: datetime) -> str:
    return str(format_time(local, "short", locale=_calendar()))


def _calendar() -> str:
    """Whose dates the reader is used to; our English is British, and so is the inbox's (format.ts)."""
    return "en_GB" if language() == "en" else language()


def _place(zone: str) -> str:
    """The town a zone is named after."""
    return str(get_timezone_location(ZoneInfo(zone), locale=language(), return_city=True))


def _duration(value: timedelta) -> str:
    """How long something takes, roughly."""
    return str(format_timedelta(value, granularity="second", threshold=1.5))


def _size(value: int) -> str:
    return human_size(value, language())
