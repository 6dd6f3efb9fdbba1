"""What is said when something goes wrong: a calm page, or JSON where a program asked."""

from typing import Any

import structlog
from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.again import again
from app.answers import json_response
from app.guard import OF_STRANGERS
from app.languages import translated
from core.errors import NOTHING, DeskError, Invalid, NotFound, TooLarge, Unauthorized, Unavailable
from core.words import N_

RETRY_AFTER = {429: 60, 503: 2}

_log = structlog.get_logger("web")
_BY_STATUS = {
    404: NotFound(NOTHING),
    405: DeskError(N_("This cannot be done here."), code="method_not_allowed"),
    413: TooLarge(N_("This is more than can be taken at once.")),
    415: DeskError(N_("Send JSON."), code="not_json"),
}
_SENTENCES = {
    "missing": N_("Fill this in."),
    "extra_forbidden": N_("There is no such field."),
    "string_too_long": N_("This is too long: %(max_length)s characters at most."),
    "string_too_short": N_("Fill this in."),
    "too_long": N_("Too many: %(max_length)s at most."),
    "literal_error": N_("Choose one of: %(expected)s."),
    "json_invalid": N_("This is not JSON."),
}
_OTHER_SENTENCE = N_("This value cannot be used.")


def install(app: Flask) -> None:
    """Answer every kind of failure."""
    app.register_error_handler(DeskError, answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(ValidationError, lambda error: answer(invalid(error)))
    app.register_error_handler(DBAPIError, _answer_database)
    app.register_error_handler(PoolExhausted, _answer_database)
    app.register_error_handler(Exception, _answer_bug)


def wants_json() -> bool:
    """Whether a program is asking, or our own screen."""
    path = request.path
    if path.startswith(OF_STRANGERS):
        return request.accept_mimetypes.best == "application/json"
    return path.startswith(("/api/", "/health/", "/hooks/")) or (path.startswith("/w/") and "/api/" in path)


def answer(error: DeskError) -> AnyResponse:
    """Say what was wrong in the reader's language; strangers are led to the door."""
    if wants_json():
        response: AnyResponse = json_response({"error": error_json(error)}, error.status)
    elif isinstance(error, Unauthorized) and request.method == "GET":
        return redirect(url_for("entrance.login", next=request.full_path.rstrip("?")))
    else:
        response = make_response(_page(error))
        response.status_code = error.status
    if error.status in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[error.status])
    return response


def error_json(error: DeskError) -> dict[str, Any]:
    """An error as the API says it."""
    return {
        "code": error.code,
        "message": translated(error),
        "field": error.field,
        "details": error.details,
    }


def invalid(error: ValidationError) -> Invalid:
    """What pydantic found, as one error of ours: the first field with its sentence, the others in details."""
    found = [(place_of(each), fault_sentence(each)) for each in error.errors()]
    field, first = found[0]
    return Invalid(
        first,
        field=field or None,
        details={"fields": {place: words for place, words in found if place}},
    )


def place_of(fault: Any) -> str:
    """The field a fault is about, with dots between its parts."""
    return ".".join(str(part) for part in fault["loc"])


def fault_sentence(fault: Any) -> str:
    """A fault of a field in the reader's language."""
    message = _SENTENCES.get(fault["type"], _OTHER_SENTENCE)
    context = {name: str(value) for name, value in fault.get("ctx", {}).items()}
    return str(gettext(message, **context)) if "%(" in message else str(gettext(message))


def _page(error: DeskError) -> str:
    template = "webform/fault.html" if request.path.startswith(OF_STRANGERS) else "error.html"
    typed = None if error.code == "link_gone" else again()  # nothing can be sent by that link
    return render_template(template, error=error, sentence=translated(error), again=typed)


def _answer_http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status >= 500:
        return _answer_bug(error)
    known = _BY_STATUS.get(status) or DeskError(N_("This request cannot be understood."))
    response = answer(known)
    response.status_code = status
    return response


def _answer_database(error: Exception) -> AnyResponse:
    """The database is away or overloaded: 503, and trying again is right. Anything else of its is a bug."""
    is_away = isinstance(error, OperationalError | PoolExhausted) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if not is_away:
        return _answer_bug(error)
    _log.warning("database_away", fault=type(error).__name__)
    return answer(Unavailable(N_("Our database cannot be reached right now. Try again in a moment.")))


def _answer_bug(error: Exception) -> AnyResponse:
    _log.exception("bug", exc_info=error)
    number = str(g.get("request_id", ""))
    fault = DeskError(
        N_("Something went wrong on our side. If you report it, mention %(number)s."),
        code="bug",
        number=number,
    )
    if wants_json():
        return json_response({"error": error_json(fault)}, 500)
    try:
        page = _page(fault)
    except Exception:
        _log.exception("error_page_broken")
        return Response(fault.args[0], 500, mimetype="text/plain")
    return Response(page, 500, mimetype="text/html")
