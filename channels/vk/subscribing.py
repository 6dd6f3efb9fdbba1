"""Having VK call us, and having it stop: the servers of the Callback API of a community."""

from typing import Any
from urllib.parse import urlsplit

from channels.adapter import BadContent, Temporary
from channels.vk.api import VERSION, VkApi
from channels.vk.arrivals import EVENTS
from channels.vk.errors import Refusal, error_of
from channels.vk.wire import Json, inner, items, number, words

TITLE = "Emptyfeed"  # VK takes 14 letters
_ADDRESS_REFUSED = frozenset((100, 2000))  # it is none VK would call, or there are ten already


def confirmation_of(api: VkApi, group_id: int) -> str:
    """The string VK will ask for before it calls."""
    return words(inner(api.ask("groups.getCallbackConfirmationCode", group_id=group_id)).get("code"))


def have_us_called(api: VkApi, group_id: int, url: str, secret: str) -> int:
    """Enter our address in place of any other of ours; the number VK gives it.

    VK calls it at once. Where that fails nothing is changed for us: Temporary, and we go on asking.
    """
    server_id = _enter(api, group_id, url, secret)
    wanted = dict.fromkeys(EVENTS, 1)
    settings = {"group_id": group_id, "server_id": server_id, "api_version": VERSION, **wanted}
    api.ask("groups.setCallbackSettings", **settings)
    status = next((words(e.get("status")) for e in servers(api, group_id) if _id(e) == server_id), "")
    if status == "failed":
        raise Temporary(
            f"VK called {urlsplit(url).netloc} and did not hear the string", code="hook_unreachable"
        )
    return server_id


def _enter(api: VkApi, group_id: int, url: str, secret: str) -> int:
    known = _ours(api, group_id, url)
    told: dict[str, Any] = {"group_id": group_id, "url": url, "title": TITLE, "secret_key": secret}
    try:
        if not known:
            return number(inner(api.call("groups.addCallbackServer", **told)).get("server_id"))
        api.call("groups.editCallbackServer", server_id=_id(known[0]), **told)
    except Refusal as refusal:
        if refusal.number in _ADDRESS_REFUSED:
            raise BadContent(f"VK {refusal.number}: {refusal.words}", code="hook_refused") from None
        raise error_of(refusal) from None
    for each in known[1:]:
        api.ask("groups.deleteCallbackServer", group_id=group_id, server_id=_id(each))
    return _id(known[0])


def call_us_no_more(api: VkApi, group_id: int, server_id: int) -> None:
    """Take our address out; that it is out already is as good."""
    known = {_id(each) for each in servers(api, group_id)}
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


def _id(server: Json) -> int:
    return number(server.get("id"))
