"""Callback API: VK calls us (https://dev.vk.com/ru/api/callback/getting-started)."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

from channels.adapter import HookReply
from channels.vk.api import VERSION, VkApi
from channels.vk.longpoll import EVENTS, raw_event
from channels.vk.wire import Json, decoded, inner, items, number, words

TITLE = "Emptyfeed"  # VK takes 14 letters
REFUSED = HookReply((), 403, b"the secret is wrong")


def read_call(body: bytes, secret: str, confirmation: str) -> HookReply:
    """The event in a call, and what VK wants to hear: the string of the community, or exactly `ok`."""
    try:
        event = decoded(body)
    except ValueError:
        return HookReply((), 400, b"this is no JSON")
    if not isinstance(event, Mapping):
        return HookReply((), 400, b"this is no event")
    told = event.get("secret")
    is_known = bool(secret) and isinstance(told, str) and compare_digest(told.encode(), secret.encode())
    if event.get("type") == "confirmation":
        # VK sends the secret along only if it was set before; the string itself is none.
        may_hear = bool(confirmation) and (told is None or is_known)
        return HookReply((), 200, confirmation.encode()) if may_hear else REFUSED
    return HookReply((raw_event(event),)) if is_known else REFUSED


def confirmation_of(api: VkApi, group_id: int) -> str:
    """The string VK will ask for before it calls."""
    return words(inner(api.ask("groups.getCallbackConfirmationCode", group_id=group_id)).get("code"))


def have_us_called(api: VkApi, group_id: int, url: str, secret: str) -> int:
    """Enter our address in place of any other of ours; the number VK gives it. VK calls it at once."""
    known = _ours(api, group_id, url)
    told = {"group_id": group_id, "url": url, "title": TITLE, "secret_key": secret}
    if known:
        server_id = number(known[0].get("id"))
        api.ask("groups.editCallbackServer", server_id=server_id, **told)
        for each in known[1:]:
            api.ask("groups.deleteCallbackServer", group_id=group_id, server_id=number(each.get("id")))
    else:
        server_id = number(inner(api.ask("groups.addCallbackServer", **told)).get("server_id"))
    wanted = dict.fromkeys(EVENTS, 1)
    settings = {"group_id": group_id, "server_id": server_id, "api_version": VERSION, **wanted}
    api.ask("groups.setCallbackSettings", **settings)
    return server_id


def call_us_no_more(api: VkApi, group_id: int, server_id: int) -> None:
    """Take our address out; that it is out already is as good."""
    known = {number(each.get("id")) for each in servers(api, group_id)}
    if server_id in known:
        api.ask("groups.deleteCallbackServer", group_id=group_id, server_id=server_id)


def servers(api: VkApi, group_id: int) -> list[Json]:
    """The addresses that VK calls for this community."""
    return list(items(inner(api.ask("groups.getCallbackServers", group_id=group_id)).get("items")))


def _ours(api: VkApi, group_id: int, url: str) -> list[Json]:
    """Those with our title on our host: another installation may have one too."""
    host = urlsplit(url).netloc
    found: list[Json] = []
    for each in servers(api, group_id):
        its_url: Any = each.get("url")
        is_here = isinstance(its_url, str) and urlsplit(its_url).netloc == host
        if is_here and (words(each.get("title")) == TITLE or its_url == url):
            found.append(each)
    return found
