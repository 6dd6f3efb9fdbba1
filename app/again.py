"""What somebody typed into a form of ours that could not be taken just then, to be sent again.

Every error page carries it, so no form has to think of it. What must not stand in a page (passwords,
tokens, files) is left out and asked for anew. The link somebody came by cannot be typed: where their page
carried it unseen, it goes along unseen. Only what a page of ours sent is given back: with its new token,
a form that another site began would otherwise become one of ours.
"""

from dataclasses import dataclass

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from app.guard import CSRF_FIELD, OF_STRANGERS, local_path
from core.words import N_

WITHHELD_FIELD = "withheld"
TYPE_ANEW = N_("Type this again: it was not kept.")
# What stands in a form for a secret that is stored.
MASK = "•" * 10
MOST = 1024 * 1024

# Where a page carries the token of its link.
_BY_LINK = frozenset({"joining.register_owner", "joining.accept_invitation"})
_LINK_FIELD = "token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SECRET_WORDS = frozenset({"password", "passphrase", "secret", "token", "key", "code", "proxy"})


@dataclass(frozen=True)
class Again:
    """A form as it was sent, without what is secret."""

    action: str
    values: list[tuple[str, str]]
    withheld: list[str]


def again() -> Again | None:
    """What this request's form held; None where there is nothing to give back."""
    if not _is_ours():
        return None
    request.max_content_length = request.max_form_memory_size = MOST
    try:
        sent = [(name, value) for name, value in request.form.items(multi=True) if name != CSRF_FIELD]
        files = [name for name, file in request.files.items(multi=True) if file.filename]
    except (HTTPException, OSError):
        return None
    told = [pair for pair in sent if pair[0] != WITHHELD_FIELD]
    kept = [(name, value) for name, value in told if value in ("", MASK) or _may_stand(name)]
    secret = [name for name, value in told if (name, value) not in kept]
    is_too_much = sum(len(name) + len(value) for name, value in told) > MOST
    is_unanswerable = _LINK_FIELD in secret and request.blueprint != "settings"  # it cannot be typed anew
    if is_unanswerable or is_too_much or not any(value for name, value in kept if name != _LINK_FIELD):
        return None
    before = [name for names in request.form.getlist(WITHHELD_FIELD) for name in names.split()]
    return Again(local_path(request.full_path.rstrip("?"), "/"), kept, sorted({*before, *secret, *files}))


def withheld() -> frozenset[str]:
    """The fields that this form lost on an error page; they are to be asked for, not taken as empty."""
    return frozenset(request.form.get(WITHHELD_FIELD, "").split())


def is_secret(name: str) -> bool:
    """Whether what stands in a field never goes back into a page."""
    return not _SECRET_WORDS.isdisjoint(name.lower().split("_"))


def _may_stand(name: str) -> bool:
    """Whether a field goes back into the page; a link does where its page carried it."""
    return not is_secret(name) or (name == _LINK_FIELD and request.endpoint in _BY_LINK)


def _is_ours() -> bool:
    """Whether a page of ours sent this form, as far as the browser says so; its silence is not enough."""
    if request.method != "POST" or request.mimetype not in _FORMS:
        return False
    if request.path.startswith(OF_STRANGERS):
        return True  # wherever it was begun: its page carries no token
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin"):
        return False
    return origin in current_app.config["OUR_ORIGINS"] or (origin is None and site == "same-origin")
