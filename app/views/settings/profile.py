"""The reader's own profile and preferences."""

from typing import Annotated, Literal

from flask import url_for
from flask_babel import gettext
from pydantic import StringConstraints
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.languages import speaking
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from core.db import transaction
from people import actions as people
from people.models import Agent
from people.preferences import LONGEST_SIGNATURE, Preferences, preferences_of


class ProfileForm(Form):
    """Name, language, zone, and how the screen is liked."""

    name: Line
    language: Line
    zone: Line
    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["comfortable", "compact"] = "comfortable"
    after_complete: Literal["next", "stay"] = "next"
    single_keys: bool = False
    signature: Annotated[str, StringConstraints(max_length=LONGEST_SIGNATURE)] = ""


@settings.get("/profile")
@open_to(Whom.TEAM)
def profile() -> Response:
    """Show the profile."""
    with transaction() as session:
        return page("settings/profile.html", form=Filled(ProfileForm, _values(me(session))))


@settings.post("/profile")
@open_to(Whom.TEAM)
def change_profile() -> Response:
    """Change the profile."""
    form = filled(ProfileForm)

    def act(told: ProfileForm) -> Response:
        with transaction() as session:
            agent = me(session)
            people.change_profile(session, agent, name=told.name, language=told.language, zone=told.zone)
            chosen = told.model_dump(include=set(Preferences.model_fields))
            people.change_preferences(session, agent, preferences=Preferences.model_validate(chosen))
            language = agent.language
        with speaking(language):
            return done(url_for("settings.profile"), gettext("Saved."))

    return form.attempt(act) or page("settings/profile.html", form.status, form=form)


def _values(agent: Agent) -> dict[str, object]:
    chosen = preferences_of(agent.settings).model_dump(exclude={"keys"})
    return {"name": agent.name, "language": agent.language, "zone": agent.zone, **chosen}
