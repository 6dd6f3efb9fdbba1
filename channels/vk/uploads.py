"""Files of ours on their way into VK: an upload server takes the bytes, a method makes them an attachment."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from channels.adapter import BadContent, ChannelError
from channels.vk.api import VkApi, surely_not_sent
from channels.vk.wire import Json, inner, items, number, web_address, words
from core.files import file_store

KEPT = 100
_TYPES = {"doc": "doc", "voice": "audio_message"}


class Uploads:
    """Uploads of one channel; what was uploaded for a message is not uploaded again for its next try."""

    def __init__(self, api: VkApi) -> None:
        self._api = api
        self._known: OrderedDict[tuple[int, str, str], str] = OrderedDict()

    def attach(self, peer_id: int, file: Mapping[str, Any]) -> str:
        """The name of an attachment with these bytes; nothing reaches anybody by making one.

        BadContent for a file that VK does not take, or not with the rights of our key.
        """
        key = (peer_id, str(file["sha256"]), str(file["as"]))
        if key not in self._known:
            self._known[key] = self._attached(peer_id, file)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    def _attached(self, peer_id: int, file: Mapping[str, Any]) -> str:
        """As what it is or, where VK does not take it for that, as a plain file."""
        try:
            return self._photo(peer_id, file) if file["as"] == "photo" else self._document(peer_id, file)
        except ChannelError as error:
            fault = _not_permitted(error) if error.code == "rights_missing" else surely_not_sent(error)
            if file["as"] == "doc" or not isinstance(fault, BadContent):
                raise fault from None
        return self._attached(peer_id, {**file, "as": "doc"})

    def _photo(self, peer_id: int, file: Mapping[str, Any]) -> str:
        server = self._api.ask("photos.getMessagesUploadServer", peer_id=peer_id)
        taken = self._give(server, "photo", file)
        if words(taken.get("photo")) in ("", "[]"):
            raise BadContent(f"VK takes {file['name']} for no photo", code="file_refused")
        told = {name: taken.get(name) for name in ("server", "photo", "hash")}
        saved = items(self._api.ask("photos.saveMessagesPhoto", **told))
        return _name("photo", saved[0] if saved else {})

    def _document(self, peer_id: int, file: Mapping[str, Any]) -> str:
        kind = _TYPES[file["as"]]
        server = self._api.ask("docs.getMessagesUploadServer", type=kind, peer_id=peer_id)
        taken = self._give(server, "file", file)
        saved = self._api.ask("docs.save", file=taken.get("file"), title=file["name"])
        made = words(inner(saved).get("type"))
        return _name(made, inner(saved, made))

    def _give(self, server: Any, field: str, file: Mapping[str, Any]) -> Json:
        url = web_address(inner(server).get("upload_url"))
        if not url:
            raise BadContent("VK names no server to upload to", code="file_refused")
        taken = self._api.upload(url, field, str(file["name"]), Path(file_store().path_of(file["sha256"])))
        if taken.get("error"):
            why = words(taken.get("error_descr"), longest=200) or words(taken.get("error"), longest=200)
            raise BadContent(f"VK does not take {file['name']}: {why}", code="file_refused")
        return taken


def _not_permitted(error: ChannelError) -> BadContent:
    """A key without the right for files still sends words."""
    return BadContent(error.detail, code="upload_not_permitted")


def _name(kind: str, made: Json) -> str:
    """What an attachment is called in messages.send."""
    owner, at = number(made.get("owner_id")), number(made.get("id"))
    if kind not in ("photo", "doc", "audio_message") or not owner or not at:
        raise BadContent("VK says nothing of the file it was given", code="file_refused")
    key = words(made.get("access_key"), longest=100)
    return f"{kind}{owner}_{at}_{key}" if key.isalnum() else f"{kind}{owner}_{at}"
