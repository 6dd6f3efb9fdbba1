"""The methods of the API that a helpdesk calls, each a function of the community and its parameters."""

from typing import Any

from tests.peers.vk.callback import CallbackServers
from tests.peers.vk.community import Community
from tests.peers.vk.faults import Refused
from tests.peers.vk.groups import Groups
from tests.peers.vk.params import Method, Params, need
from tests.peers.vk.talks import Talks
from tests.peers.vk.uploads import Uploads

MOST_CALLS = 25


class Methods:
    """The API as one community's key sees it; `base` is where long poll and uploads are."""

    def __init__(self, community: Community, callback: CallbackServers, uploads: Uploads, base: str) -> None:
        self.community = community
        self.uploads = uploads
        self.base = base
        self.talks = Talks(community, uploads)
        named = {**Groups(community, callback, base).table(), **self.talks.table(), **self._own()}
        self._table = {name.lower(): method for name, method in named.items()}

    def call(self, name: str, params: Params, rights: frozenset[str]) -> Any:
        """What the method answers; Refused when it does not."""
        known = self._table.get(name.lower())
        if known is None:
            raise Refused(3)
        right, method = known
        if right and right not in rights:
            raise Refused(15 if right == "manage" else 7)
        with self.community.lock:
            return method(params)

    def _own(self) -> dict[str, tuple[str, Method]]:
        return {
            "photos.getMessagesUploadServer": ("photos", lambda told: self._upload_server("photo", told)),
            "photos.saveMessagesPhoto": ("photos", lambda told: [self.uploads.save_photo(told)["photo"]]),
            "docs.getMessagesUploadServer": ("docs", lambda told: self._upload_server("doc", told)),
            "docs.save": ("docs", self.uploads.save_document),
            "users.get": ("", self._users),
            "execute": ("", self._execute),
        }

    def _upload_server(self, kind: str, params: Params) -> Any:
        peer = need(params, "peer_id") if kind == "photo" else params.get("peer_id", "0")
        sort = params.get("type", "doc")
        url = f"{self.base}/upload/{kind}?peer={peer}&type={sort}&hash={self.uploads.secret}"
        return {"upload_url": url, "album_id": -64, "group_id": 0} if kind == "photo" else {"upload_url": url}

    def _users(self, params: Params) -> Any:
        numbers = [int(each) for each in params.get("user_ids", "").split(",") if each]
        return [self.community.people[each].shape() for each in numbers if each in self.community.people]

    def _execute(self, params: Params) -> Any:
        raise Refused(100, f"no code is run here, of {MOST_CALLS} calls or fewer")
