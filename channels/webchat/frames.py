"""What a visitor's browser may say through its socket. Pure."""

import orjson

MOST = 1024
LONGEST_TOKEN = 200


def token_of_greeting(said: object) -> str | None:
    """The token of the first frame, {"token": "…"}; None for anything else."""
    told = _opened(said)
    token = told.get("token") if told is not None and set(told) == {"token"} else None
    return token if isinstance(token, str) and 0 < len(token) <= LONGEST_TOKEN else None


def says_typing(said: object) -> bool:
    """Whether the visitor writes, {"typing": 1}; whoever says anything else is not listened to any more."""
    told = _opened(said)
    return told is not None and set(told) == {"typing"} and told["typing"] == 1


def _opened(said: object) -> dict[str, object] | None:
    if not isinstance(said, str) or len(said) > MOST:
        return None
    try:
        told = orjson.loads(said)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
