"""What Telegram's refusals and broken connections mean for us.

BadRequest and TimedOut are kinds of NetworkError, so the order in which they are looked for counts.
"""

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from channels import adapter
from channels.adapter import (
    Ambiguous,
    AuthBroken,
    BadContent,
    ChannelError,
    Moved,
    RecipientGone,
    Temporary,
)
from channels.telegram.keys import Place
from core.outside.faults import OutsideFault

LONGEST = 300
MARGIN = 0.5  # Telegram counts in whole seconds

FORBIDDEN = {
    "blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "can't initiate": "never_wrote",
    "kicked": "removed",
    "not a member": "removed",
    "group chat was deleted": "removed",
}
GONE = {
    "chat not found": "unknown_chat",
    "user not found": "unknown_chat",
    "peer_id_invalid": "unknown_chat",
    "input_user_deactivated": "deactivated",
    "message thread not found": "topic_closed",
    "topic_closed": "topic_closed",
    "topic_deleted": "topic_closed",
    "write access": "muted",
    "not enough rights": "muted",
    "chat_write_forbidden": "muted",
    "chat_restricted": "muted",
    "business_peer_usage_missing": "window_closed",
    "business_peer_invalid": "window_closed",
    "business connection": "business_off",
    "business_connection": "business_off",
}
CONTENT = {
    "can't parse entities": "bad_markup",
    "too long": "too_long",
    "message_too_long": "too_long",
    "text is empty": "empty",
    "text must be non-empty": "empty",
    "file must be non-empty": "empty_file",
    "file is too big": "too_big",
    "entity too large": "too_big",
    "voice_messages_forbidden": "voice_forbidden",
    "wrong file_id": "gone",
    "wrong file identifier": "bad_file",
    "wrong type of the web page": "bad_file",
    "photo_invalid": "bad_file",
    "image_process_failed": "bad_file",
    "media_empty": "bad_file",
    "message can't be": "too_old",
}
NOT_MODIFIED = "message is not modified"
DELETED = ("message to delete not found", "message to edit not found", "message_id_invalid")


def meaning(error: Exception, token: str, *, has_effect: bool = True) -> ChannelError:
    """An error in our own terms; `has_effect` says that the call would have changed something outside."""
    if isinstance(error, ChannelError):
        return error
    words = _words(error, token)
    match error:
        case RetryAfter():
            return adapter.RetryAfter(words, code="too_many_calls", retry_after=_seconds(error) + MARGIN)
        case ChatMigrated():
            return Moved(words, code="moved", new_key=Place(error.new_chat_id).conversation_key)
        case Forbidden():
            return RecipientGone(words, code=_code(words, FORBIDDEN) or "forbidden")
        case BadRequest():
            return _bad_request(words)
        case InvalidToken():
            unknown = "not found" in words.lower()
            return AuthBroken(words, code="no_such_bot" if unknown else "token_refused")
        case Conflict():
            other = "webhook_set" if "webhook" in words.lower() else "other_reader"
            return adapter.Conflict(words, code=other)
        case NetworkError():
            return _network(error, words, has_effect)
        case TimeoutError():
            return _unknown(words or "no answer in time", "unconfirmed", "outside_too_slow", has_effect)
    return _unknown(words, "unconfirmed", "bad_answer", has_effect)


def _bad_request(words: str) -> ChannelError:
    gone = _code(words, GONE)
    return (
        RecipientGone(words, code=gone)
        if gone
        else BadContent(words, code=_code(words, CONTENT) or "refused")
    )


def _network(error: NetworkError, words: str, has_effect: bool) -> ChannelError:
    """Whether the request left, by what broke below; a server that said no did nothing."""
    cause = error.__cause__
    if isinstance(cause, OutsideFault):
        return Temporary(words, code=cause.code)
    if isinstance(cause, ChannelError):
        return _unknown(cause.detail, "unconfirmed", cause.code, has_effect)
    if isinstance(cause, httpx.ProxyError):
        return Temporary(words, code="proxy_refused")
    if isinstance(cause, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Temporary(words, code="bad_address")
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        untrusted = "certificate" in str(cause).lower()
        return Temporary(words, code="certificate_not_trusted" if untrusted else "unreachable")
    if "(413)" in words:
        return BadContent(words, code="too_big")
    if cause is None or isinstance(cause, TelegramError):
        return Temporary(words, code="server_error")
    return _unknown(words, "unconfirmed", "connection_lost", has_effect)


def _unknown(words: str, code: str, harmless_code: str, has_effect: bool) -> ChannelError:
    """Nobody knows whether it was done; what would have changed nothing may simply be asked again."""
    return Ambiguous(words, code=code) if has_effect else Temporary(words, code=harmless_code)


def _code(words: str, table: dict[str, str]) -> str:
    said = words.lower()
    return next((code for part, code in table.items() if part in said), "")


def _seconds(error: RetryAfter) -> float:
    """Whole seconds today, a timedelta in versions to come."""
    waits = error.retry_after
    return waits.total_seconds() if isinstance(waits, timedelta) else float(waits)


def _words(error: Exception, token: str) -> str:
    """What was said, never with our token in it."""
    said = str(error) or type(error).__name__
    return said.replace(token, "…")[:LONGEST] if token else said[:LONGEST]
