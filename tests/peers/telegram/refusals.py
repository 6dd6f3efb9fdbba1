"""How the Bot API says no."""

from typing import Any


class ApiError(Exception):
    """An answer with ok: false."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        said: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        return said | ({"parameters": self.parameters} if self.parameters else {})


def bad(words: str, **parameters: Any) -> ApiError:
    """400, in the usual words."""
    return ApiError(400, f"Bad Request: {words}", **parameters)


def forbidden(words: str) -> ApiError:
    """403, in the usual words."""
    return ApiError(403, f"Forbidden: {words}")


def too_many(seconds: int) -> ApiError:
    """429, with how long to wait."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
