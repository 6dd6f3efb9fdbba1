"""Upload servers: bytes in, a sealed word out, which a method then turns into an attachment."""

import hashlib
import re
from collections.abc import Mapping
from secrets import token_hex
from typing import Any
from urllib.parse import quote, unquote

import orjson

from tests.peers.vk import shapes
from tests.peers.vk.faults import Refused

PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
FORBIDDEN = (".exe", ".mp3", ".apk")
MOST_PHOTO = 50 * 1024 * 1024
MOST_DOCUMENT = 200 * 1024 * 1024


class Uploads:
    """What was uploaded, what became of it, and the bytes behind every address."""

    def __init__(self, owner: int, base: str) -> None:
        self.owner = owner
        self.base = base
        self.secret = token_hex(8)
        self.files: dict[str, tuple[str, bytes]] = {}
        self.saved: dict[str, shapes.Attachment] = {}
        self._waiting: dict[str, tuple[str, str, bytes]] = {}
        self._numbers = 456_239_000

    def put(self, name: str, mime: str, body: bytes) -> str:
        """Keep bytes under an address; the address."""
        path = f"{hashlib.sha256(body).hexdigest()[:20]}/{name}"
        self.files[path] = (mime, body)
        return f"{self.base}/file/{quote(path)}"

    def bytes_at(self, url: str) -> bytes:
        """What lies under an address."""
        return self.files[unquote(url.partition("/file/")[2].partition("?")[0])][1]

    def number(self) -> int:
        """A number no attachment has yet."""
        self._numbers += 1
        return self._numbers

    def receive(self, kind: str, query: Mapping[str, str], field: str, name: str, body: bytes) -> Any:
        """Take what was posted to an upload server; errors come in the answer, with status 200."""
        if query.get("hash") != self.secret:
            return {"error": "wrong_hash"}
        if kind == "photo":
            return self._receive_photo(field, name, body)
        if field != "file" or not body:
            return {"error": "no_file", "error_descr": "No file was uploaded or the file is empty"}
        if name.lower().endswith(FORBIDDEN) and query.get("type") != "audio_message":
            return {"error": "unsafe_extension", "error_descr": "This kind of file cannot be uploaded"}
        if len(body) > MOST_DOCUMENT:
            return {"error": "too_big", "error_descr": "File is too big"}
        word = token_hex(12)
        self._waiting[word] = (query.get("type", "doc"), name, body)
        return {"file": f"{self.owner}|0|-1|{word}|{name.rpartition('.')[2]}"}

    def _receive_photo(self, field: str, name: str, body: bytes) -> Any:
        is_picture = field == "photo" and body.startswith(PICTURES) and len(body) <= MOST_PHOTO
        if not is_picture:
            return {"server": 854, "photo": "[]", "hash": token_hex(8)}
        word = token_hex(12)
        self._waiting[word] = ("photo", name, body)
        return {"server": 854, "photo": orjson.dumps([{"photo": word, "sizes": []}]).decode(), "hash": word}

    def save_photo(self, params: Mapping[str, str]) -> shapes.Attachment:
        """`photos.saveMessagesPhoto`."""
        for name in ("server", "photo", "hash"):
            if not params.get(name):
                raise Refused(100, f"{name} is undefined")
        if params["photo"] == "[]":
            raise Refused(100, "photos list is invalid")
        _, name, body = self._take(params["hash"], 121)
        url = self.put(name or "photo.jpg", "image/jpeg", body)
        return self._keep(shapes.photo(url, self.number(), owner=self.owner, at=0))

    def save_document(self, params: Mapping[str, str]) -> Any:
        """`docs.save`."""
        if not params.get("file"):
            raise Refused(100, "file is undefined")
        sort, name, body = self._take(params["file"].split("|")[3], 105)
        if sort == "audio_message":
            url = self.put("voice", "audio/ogg", body)
            self.files[f"{unquote(url.partition('/file/')[2])}.ogg"] = ("audio/ogg", body)
            made = shapes.voice(url, self.number(), owner=self.owner)
        else:
            title = params.get("title") or name
            url = self.put(name, "application/octet-stream", body)
            made = shapes.document(url, self.number(), owner=self.owner, at=0, title=title, size=len(body))
        return self._keep(made)

    def named(self, attachment: str) -> list[shapes.Attachment]:
        """The attachments of a message by their names: `photo-1_2_key,doc-1_3`."""
        found = []
        for each in attachment.split(",") if attachment else ():
            name = re.match(r"[a-z_]+-?\d+_\d+", each)
            if name is None or name[0] not in self.saved:
                raise Refused(100, f"attachment {each} is invalid")
            found.append(self.saved[name[0]])
        return found

    def _keep(self, made: shapes.Attachment) -> shapes.Attachment:
        body = made[made["type"]]
        for kind in {made["type"], "doc" if made["type"] == "audio_message" else made["type"]}:
            self.saved[f"{kind}{body['owner_id']}_{body['id']}"] = made
        return made

    def _take(self, word: str, code: int) -> tuple[str, str, bytes]:
        if word not in self._waiting:
            raise Refused(code)
        return self._waiting[word]
