"""What refusals of MAX and broken connections mean for us (https://dev.max.ru/docs-api, "Ошибки")."""

from typing import Any

import httpx

from channels import adapter
from channels.adapter import Ambiguous, AuthBroken, BadContent, ChannelError, RecipientGone, Temporary
from core.outside.faults import (
    BadAnswer,
    NotAllowed,
    NotTrusted,
    OutsideFault,
    TooManyRedirects,
    UnknownName,
    Unreachable,
)
from core.text import plain_line

LONGEST = 300
WAIT = 1.0
GONE = {
    "dialog.suspended": "bot_suspended",
    "dialog.notfound": "chat_unknown",
    "dialog.not.found": "chat_unknown",
    "chat.not.found": "chat_unknown",
    "user.not.found": "chat_unknown",
    "chat.denied": "not_allowed",
    "access.denied": "not_allowed",
}


def refused(status: int, said: Any, headers: httpx.Headers, *, has_effect: bool) -> ChannelError:
    """What an answer other than 2xx means; `has_effect` says that the call would have changed something."""
    code, words = _spoken(said)
    detail = plain_line(f"{status} {code} {words}".strip(), longest=LONGEST)
    if status == 401 or code in ("verify.token", "deprecated.token"):
        return AuthBroken(detail, code="token_refused")
    if status == 429 or code == "too.many.requests":
        waits = headers.get("retry-after", "")
        seconds = float(waits) if waits.isdecimal() else WAIT
        return adapter.RetryAfter(detail, code="too_many_calls", retry_after=seconds)
    if code == "attachment.not.ready":
        return adapter.RetryAfter(detail, code="file_not_ready", retry_after=WAIT)
    if status == 413:
        return BadContent(detail, code="media_too_big")
    if status in (403, 404):
        return RecipientGone(detail, code=_gone(f"{words} {code}"))
    if 400 <= status < 500:
        return BadContent(detail, code="text_too_long" if "length" in words.lower() else "message_refused")
    if status == 504 and has_effect:  # whoever stands between does not know what became of it
        return Ambiguous(detail, code="send_unconfirmed")
    return Temporary(detail, code="interface_trouble")


def broken(fault: OutsideFault, *, has_effect: bool) -> ChannelError:
    """A connection that failed: before the request left, or nobody knows when."""
    if isinstance(fault, NotAllowed | UnknownName | NotTrusted | TooManyRedirects):
        return Temporary(str(fault), code=fault.code)
    if isinstance(fault, Unreachable) and fault.code != "connection_lost":
        return Temporary(str(fault), code=fault.code)
    return unknown(
        str(fault), "not_the_interface" if isinstance(fault, BadAnswer) else fault.code, has_effect
    )


def unknown(detail: str, code: str, has_effect: bool) -> ChannelError:
    """Nobody knows whether it was done; what would have changed nothing may simply be asked again."""
    return Ambiguous(detail, code="send_unconfirmed") if has_effect else Temporary(detail, code=code)


def _spoken(said: Any) -> tuple[str, str]:
    if not isinstance(said, dict):
        return "", ""
    code, words = said.get("code"), said.get("message")
    return (code if isinstance(code, str) else ""), (words if isinstance(words, str) else "")


def _gone(said: str) -> str:
    return next((code for part, code in GONE.items() if part in said), "not_allowed")
