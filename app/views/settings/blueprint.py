"""The section of the settings."""

from typing import Annotated

from flask import Blueprint, redirect, url_for
from pydantic import StringConstraints
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from people.passwords import LONGEST

Line = Annotated[str, StringConstraints(max_length=1000)]
Password = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=False)]

settings = Blueprint("settings", __name__, url_prefix="/settings")


@settings.get("/")
@open_to(Whom.TEAM)
def start() -> Response:
    """Begin with the reader's own."""
    return redirect(url_for("settings.profile"))
