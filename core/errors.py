"""Errors a person can cause, each with a status, a code and a sentence.

DeskError
├── Invalid       422  what was sent cannot be done as it stands
├── Unauthorized  401  nobody is signed in
├── Forbidden     403  the role does not allow it
├── NotFound      404  there is no such thing, or none this person may see
├── Conflict      409  the world moved on meanwhile
├── TooLarge      413  more than is taken at once
├── TooMany       429  more often than is allowed
└── Unavailable   503  come back in a moment
"""

from typing import Any

from core.words import N_

NOTHING = N_("There is nothing here, or you have no access to it.")


class DeskError(Exception):
    """An expected error; everything else that is raised is a bug.

    `message` is an English sentence with %(name)s places for `params`; the edge translates it.
    `code` is for programs, `field` names the input at fault, `details` are plain JSON values.
    """

    status = 400
    default_code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        details: dict[str, Any] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params
        self.code = code or self.default_code
        self.field = field
        self.details = details or {}


class Invalid(DeskError):
    """What was sent cannot be done as it stands."""

    status = 422
    default_code = "invalid"


class Unauthorized(DeskError):
    """Nobody is signed in, or the sign-in is over."""

    status = 401
    default_code = "signed_out"


class Forbidden(DeskError):
    """The person's role does not allow it."""

    status = 403
    default_code = "forbidden"


class NotFound(DeskError):
    """There is no such thing, or none that this person may see; the two look alike."""

    status = 404
    default_code = "not_found"


class Conflict(DeskError):
    """Somebody or something was faster."""

    status = 409
    default_code = "conflict"


class TooLarge(DeskError):
    """More than is taken at once."""

    status = 413
    default_code = "too_large"


class TooMany(DeskError):
    """More often than is allowed."""

    status = 429
    default_code = "too_many"


class Unavailable(DeskError):
    """A part of the product is away for a moment; trying again is right."""

    status = 503
    default_code = "unavailable"
