"""The test of a bot: is Telegram there, is the token right, who gets its messages, what may it see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels.adapter import ChannelError, Health
from channels.json_fields import Json, number, part, words
from channels.telegram.connection import Connection
from channels.telegram.sentences import (
    CALLS_US,
    FAULTS,
    GOOD,
    HOOK_FAILS,
    NO_BUSINESS,
    NO_GROUPS,
    PRIVACY,
    WILL_CALL_US,
)
from channels.verifying import Step, failed
from core.text import plain_line

# A refused token was refused by somebody, so the connection is good.
OF_THE_TOKEN = frozenset({"token_refused", "no_such_bot"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the channel is set to."""

    mode: str
    groups: bool
    business: bool
    takes_over: bool = False
    hook_url: str = ""
    is_called: bool = False


def check_bot(connection: Connection, wishes: Wishes) -> Health:
    """Look, and change nothing, unless the bot is to be taken over from another program."""
    try:
        me = connection.ask("getMe")
    except ChannelError as fault:
        if fault.code in OF_THE_TOKEN:
            return failed(fault, "telegram.token", FAULTS, before=[_good("telegram.connection")])
        return failed(fault, "telegram.connection", FAULTS)
    me = me if isinstance(me, Mapping) else {}
    if number(me, "id") is None or me.get("is_bot") is not True:
        return _broken("bad_answer", "getMe names no bot", at="telegram.connection")
    steps: list[Step] = [_good("telegram.connection"), _good("telegram.token")]
    try:
        hook = connection.ask("getWebhookInfo")
    except ChannelError as fault:
        return failed(fault, "telegram.receiving", FAULTS, before=steps)
    hook = hook if isinstance(hook, Mapping) else {}
    is_lost = wishes.is_called and words(hook, "url") != wishes.hook_url
    if is_foreign(words(hook, "url"), wishes):
        if not wishes.takes_over:
            return _broken("webhook_set", words(hook, "url"), at="telegram.receiving", before=steps, me=me)
        try:
            connection.ask("deleteWebhook", drop_pending_updates=False)
        except ChannelError as fault:
            return failed(fault, "telegram.receiving", FAULTS, before=steps)
    if is_lost:
        return _not_called(me, steps)
    steps.append(("telegram.receiving", True, _receiving(hook, wishes)))
    warnings = _obstacles(me, hook, wishes)
    steps += _permissions(me, wishes)
    detail = _hook_error(hook) if HOOK_FAILS in warnings else ""
    return Health("ok", "", detail, _called(me), tuple(warnings), tuple(steps), _facts(me, hook))


def is_foreign(url: str, wishes: Wishes) -> bool:
    """Whether another program is called with the bot's messages."""
    return bool(url) and url != wishes.hook_url


def _not_called(me: Json, before: list[Step]) -> Health:
    health = _broken("not_called", "", at="telegram.receiving", before=before, me=me)
    return replace(health, facts={**_facts(me, {}), "is_called": False})


def _receiving(hook: Json, wishes: Wishes) -> str:
    if wishes.mode != "webhook":
        return GOOD["telegram.receiving"]
    return CALLS_US if words(hook, "url") == wishes.hook_url else WILL_CALL_US


def _permissions(me: Json, wishes: Wishes) -> list[Step]:
    """What works besides private chats; what does not is a warning, for it may be meant."""
    steps = []
    if wishes.groups and me.get("can_read_all_group_messages") is True:
        steps.append(_good("telegram.groups"))
    if wishes.business and me.get("can_connect_to_business") is True:
        steps.append(_good("telegram.business"))
    return steps


def _obstacles(me: Json, hook: Json, wishes: Wishes) -> list[str]:
    found = []
    if wishes.groups and me.get("can_join_groups") is False:
        found.append(NO_GROUPS)
    elif wishes.groups and me.get("can_read_all_group_messages") is not True:
        found.append(PRIVACY)
    if wishes.business and me.get("can_connect_to_business") is False:
        found.append(NO_BUSINESS)
    if wishes.mode == "webhook" and words(hook, "last_error_message"):
        found.append(HOOK_FAILS)
    return found


def _broken(
    code: str, detail: str, *, at: str, before: list[Step] | None = None, me: Json | None = None
) -> Health:
    steps = (*(before or ()), (at, False, FAULTS[code]))
    return Health(
        "degraded", f"receive.{code}", plain_line(detail, longest=300), _called(me or {}), steps=steps
    )


def _good(step: str) -> Step:
    return step, True, GOOD[step]


def _called(me: Json) -> str:
    username = plain_line(words(me, "username"), longest=64)
    return f"@{username}" if username else plain_line(words(me, "first_name"), longest=64)


def _hook_error(hook: Json) -> str:
    return plain_line(words(hook, "last_error_message"), longest=300)


def _facts(me: Json, hook: Json) -> dict[str, Any]:
    """Plain values worth showing, and what the channel keeps: who the bot is and how it is linked to."""
    facts: dict[str, Any] = {
        "bot": _called(me),
        "settings": {"bot_id": number(me, "id"), "bot_username": words(me, "username")},
    }
    waiting = number(hook, "pending_update_count")
    if waiting is not None:
        facts["pending"] = waiting
    if part(hook, "last_error_message") or words(hook, "last_error_message"):
        facts["hook_error"] = _hook_error(hook)
    return facts
