"""The inbox screen: a page with all it begins with inside."""

from flask import Blueprint, request
from pydantic import ValidationError
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.answers import in_page
from app.api.commands import ViewQuery
from app.api.endpoints import Work
from app.api.lists import start_json
from app.identity import looking
from app.pages import page
from core.db import reading
from people.preferences import preferences_of

inbox = Blueprint("inbox", __name__)


@inbox.get("/inbox")
@open_to(Whom.TEAM)
def feed() -> Response:
    """The feed; a list nobody knows shows the open one."""
    try:
        asked = ViewQuery.model_validate(request.args.to_dict())
    except ValidationError:
        asked = ViewQuery()
    return _screen(asked)


@inbox.get("/inbox/<int:dialog_id>")
@open_to(Whom.TEAM)
def dialog(dialog_id: int) -> Response:
    """The same screen; it opens the dialog itself and says so if there is none to be seen."""
    return _screen(ViewQuery())


def _screen(asked: ViewQuery) -> Response:
    with reading() as session:
        agent = looking(session)
        start = in_page(start_json(Work(session, agent), asked))
    return page("inbox.html", start=start, preferences=preferences_of(agent.settings))
