"""Having VK call us, and having it stop: the servers of the Callback API of a community."""

from typing import Any
from urllib.parse import urlsplit

from channels.vk.api import VERSION, VkApi
from channels.vk.arrivals import EVENTS
from channels.vk.wire import Json, inner, items, number, words

TITLE = "Emptyfeed"  # VK takes 14 letters


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
