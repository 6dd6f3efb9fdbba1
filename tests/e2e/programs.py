"""Ann at the interface for programs of a running product: what she asks, does and waits for."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson

from tests.app.waiting import until
from tests.product import Product

PATIENCE = 40.0


@dataclass(frozen=True)
class Programs:
    """Ann's key to a product in which a channel is connected."""

    product: Product
    key: str
    channel_id: int

    def ask(self, path: str) -> Any:
        """What a GET answers."""
        status, answer = self.product.request("GET", f"/api{path}", key=self.key)
        assert status == 200, answer
        return answer

    def do(self, path: str, **body: Any) -> Any:
        """What a POST answers."""
        status, answer = self.product.request("POST", f"/api{path}", body, key=self.key)
        assert status in (200, 201, 202), answer
        return answer

    def upload(self, name: str, data: bytes, mime: str) -> int:
        """A file Ann drops on her answer."""
        edge = uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = f"{head}Content-Type: {mime}\r\n\r\n".encode() + data + f"\r\n--{edge}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Authorization": f"Bearer {self.key}",
        }
        line = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=10)
        try:
            line.request("POST", "/api/uploads", body, headers)
            answer = line.getresponse()
            found = orjson.loads(answer.read())
            assert answer.status in (200, 201), found
            return int(found["id"])
        finally:
            line.close()

    def dialog(self, words: str) -> dict[str, Any]:
        """The dialog of the feed whose last words these are, waited for."""

        def look() -> Any:
            rows = self.ask("/feed?limit=50")["rows"]
            return next((row for row in rows if words in str(row)), None)

        found: dict[str, Any] = until(look, PATIENCE)
        return found

    def messages(self, dialog_id: int) -> list[dict[str, Any]]:
        """What was said in a dialog."""
        timeline = self.ask(f"/dialogs/{dialog_id}")["timeline"]
        return [entry for entry in timeline if entry["type"] == "message"]

    def message(self, dialog_id: int, is_it: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The message of a dialog that fits, waited for."""
        found: dict[str, Any] = until(
            lambda: next((each for each in self.messages(dialog_id) if is_it(each)), None), PATIENCE
        )
        return found

    def answer(self, dialog_id: int, text: str, **more: Any) -> int:
        """Ann answers."""
        told = {"client_uuid": str(uuid4()), "text": text, "force": True, **more}
        return int(self.do(f"/dialogs/{dialog_id}/replies", **told)["entry"]["id"])

    def state(self, dialog_id: int, number: int, state: str) -> dict[str, Any]:
        """The message with this number once it has come so far."""
        return self.message(dialog_id, lambda each: each["id"] == number and each["state"] == state)
