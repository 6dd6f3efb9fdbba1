"""Trying out a bot step by step: whether MAX answers, knows the token, and brings its messages to us."""

from typing import Any

from channels.adapter import AuthBroken, ChannelError, Health
from channels.max.client import MaxClient
from channels.max.fields import number, parts, words
from channels.max.sentences import ANSWERS, CALLED, FAULTS, KNOWN, NOBODY_ELSE, NOT_CALLED

Step = tuple[str, bool, str]


def check_bot(client: MaxClient, *, mode: str, hook_url: str = "") -> Health:
    """Ask who the bot is and who gets its messages; nothing is changed.

    What a link to the bot needs is left in the facts.
    """
    try:
        me = client.get("/me")
        subscriptions = client.get("/subscriptions")
    except ChannelError as error:
        return _failed(error)
    username = words(me, "username")
    facts: dict[str, Any] = {"settings": {"username": username, "bot_id": number(me, "user_id")}}
    addresses = [words(each, "url") for each in parts(subscriptions, "subscriptions")]
    step, warnings = _receiving(addresses, mode, hook_url)
    return Health(
        state="ok" if step[1] else "degraded",
        code="" if step[1] else "receive.elsewhere",
        identity=f"@{username}" if username else words(me, "first_name"),
        warnings=warnings,
        steps=(("max.connection", True, ANSWERS), ("max.token", True, KNOWN), step),
        facts=facts,
    )


def _failed(error: ChannelError) -> Health:
    words_of_it = FAULTS.get(error.code, "")
    if isinstance(error, AuthBroken):
        steps: tuple[Step, ...] = (("max.connection", True, ANSWERS), ("max.token", False, words_of_it))
    else:
        steps = (("max.connection", False, words_of_it),)
    return Health("broken", error.code, error.detail, steps=steps)


def _receiving(addresses: list[str], mode: str, hook_url: str) -> tuple[Step, tuple[str, ...]]:
    others = [each for each in addresses if mode != "webhook" or each != hook_url]
    if others:
        return ("max.receiving", False, FAULTS["elsewhere"]), ()
    if mode != "webhook":
        return ("max.receiving", True, NOBODY_ELSE), ()
    if hook_url and hook_url in addresses:
        return ("max.receiving", True, CALLED), ()
    return ("max.receiving", True, NOT_CALLED), (NOT_CALLED,)
