"""Trying out a bot step by step: whether MAX answers, knows the token, and brings its messages to us."""

from typing import Any

from channels.adapter import AuthBroken, ChannelError, Health
from channels.json_fields import number, parts, words
from channels.max.client import MaxClient
from channels.max.sentences import (
    ALSO_ELSEWHERE,
    ANSWERS,
    CALLED,
    FAULTS,
    KNOWN,
    NOBODY_ELSE,
    NOT_CALLED,
)
from channels.verifying import failed


def check_bot(client: MaxClient, *, hook_url: str | None = None, is_called: bool = False) -> Health:
    """Ask who the bot is and who gets its messages; nothing is changed.

    `hook_url` is our address where MAX is to call us, empty as long as there is none; `is_called` says
    that it was asked to. What a link to the bot needs is left in the facts.
    """
    try:
        me = client.get("/me")
        subscriptions = client.get("/subscriptions")
    except ChannelError as fault:
        if isinstance(fault, AuthBroken):
            return failed(fault, "max.token", FAULTS, before=[("max.connection", True, ANSWERS)])
        return failed(fault, "max.connection", FAULTS)
    username = words(me, "username")
    facts: dict[str, Any] = {"settings": {"username": username, "bot_id": number(me, "user_id")}}
    addresses = [words(each, "url") for each in parts(subscriptions, "subscriptions")]
    wrong, sentence, warnings = _receiving(addresses, hook_url, is_called=is_called)
    if wrong == "not_called":
        facts["is_called"] = False
    return Health(
        state="degraded" if wrong else "ok",
        code=f"receive.{wrong}" if wrong else "",
        identity=f"@{username}" if username else words(me, "first_name"),
        warnings=warnings,
        steps=(
            ("max.connection", True, ANSWERS),
            ("max.token", True, KNOWN),
            ("max.receiving", not wrong, sentence),
        ),
        facts=facts,
    )


def _receiving(
    addresses: list[str], hook_url: str | None, *, is_called: bool
) -> tuple[str, str, tuple[str, ...]]:
    """What is wrong with how messages come, if anything; how it is; and what else is worth knowing."""
    if hook_url is None:
        return ("elsewhere", FAULTS["elsewhere"], ()) if addresses else ("", NOBODY_ELSE, ())
    also = (ALSO_ELSEWHERE,) if any(each != hook_url for each in addresses) else ()
    if hook_url and hook_url in addresses:
        return "", CALLED, also
    if is_called:
        return "not_called", FAULTS["not_called"], also
    return "", NOT_CALLED, also
