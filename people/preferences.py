"""How one person likes the screen."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

LANGUAGES = ("ru", "en", "es")
LONGEST_SIGNATURE = 4000


class Preferences(BaseModel):
    """Kept in `Agent.settings`; what is not set is as given here."""

    model_config = ConfigDict(extra="forbid")

    single_keys: bool = True
    keys: dict[
        Annotated[str, StringConstraints(max_length=60)], Annotated[str, StringConstraints(max_length=30)]
    ] = {}
    density: Literal["comfortable", "compact"] = "comfortable"
    theme: Literal["system", "light", "dark"] = "system"
    after_complete: Literal["next", "stay"] = "next"
    signature: Annotated[str, StringConstraints(max_length=LONGEST_SIGNATURE)] = ""


def preferences_of(stored: dict[str, object]) -> Preferences:
    """The preferences in a stored row; what an older release wrote and this one does not know is left out."""
    known = {name: value for name, value in stored.items() if name in Preferences.model_fields}
    return Preferences.model_validate(known)
