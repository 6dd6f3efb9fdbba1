"""A visitor's browser, as far as the server sees it: it asks over HTTP and keeps what it has not sent."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from altcha import Challenge, Payload, solve_challenge

PATIENCE = 10.0


class Refused(Exception):
    """The server said no."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.status_code} {answer.text[:300]}")
        self.status = answer.status_code
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        self.code = told.get("error", {}).get("code", "")
        self.details = told.get("error", {}).get("details", {})


@dataclass
class VisitorBrowser:
    """One browser with one widget open."""

    address: str
    key: str
    token: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=f"{self.address}/w/{self.key}", timeout=PATIENCE)

    def open(self, **told: Any) -> dict[str, Any]:
        """Open the chat."""
        body = {"token": self.token or None, "language": "ru", **self.told, **told}
        self.session = self.ask("POST", "/api/session", json=body)
        self.token = self.session["token"]
        return self.session

    def say(self, text: str = "", *, client_id: str = "", files: tuple[int, ...] = ()) -> dict[str, Any]:
        """Write a line, computing first if that is asked for."""
        if not self.token:
            self.open()
        body: dict[str, Any] = {"client_id": client_id or str(uuid4()), "text": text, "files": list(files)}
        if self.session.get("challenge"):
            body["solution"] = solved(self.session["challenge"])
        try:
            line: dict[str, Any] = self.ask("POST", "/api/messages", json=body)["line"]
        except Refused as refused:
            if refused.code != "proof_needed":
                raise
            body["solution"] = solved(refused.details["challenge"])
            line = self.ask("POST", "/api/messages", json=body)["line"]
        self.session["challenge"] = None
        return line

    def attach(self, name: str, data: bytes, *, client_id: str = "") -> dict[str, Any]:
        """Send a file, computing first if that is asked for."""
        given: dict[str, Any] = {
            "data": {"client_id": client_id or str(uuid4())},
            "files": {"file": (name, data)},
        }
        try:
            file: dict[str, Any] = self.ask("POST", "/api/files", **given)
        except Refused as refused:
            if refused.code != "proof_needed":
                raise
            proof = {"X-Proof": solved(refused.details["challenge"])}
            file = self.ask("POST", "/api/files", headers=proof, **given)
        return file

    def sync(self, after_seq: int = 0, after_rev: int = 0) -> dict[str, Any]:
        """All that is new, page by page."""
        found = self.ask("GET", f"/api/sync?after_seq={after_seq}&after_rev={after_rev}")
        lines = found["lines"]
        while found["more"] and found["lines"]:
            found = self.ask("GET", f"/api/sync?after_seq={lines[-1]['seq']}&after_rev={after_rev}")
            lines += found["lines"]
        return {**found, "lines": lines}

    def ask(self, method: str, path: str, **given: Any) -> Any:
        """One call; Refused for whatever is no success."""
        answer = self.call(method, path, **given)
        if answer.status_code >= 400:
            raise Refused(answer)
        return answer.json() if answer.content else None

    def call(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One call, whatever comes of it."""
        headers = {"Origin": self.address, "Sec-Fetch-Site": "same-origin", **given.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Visitor {self.token}")
        return self.http.request(method, path, headers=headers, **given)


def solved(challenge: dict[str, Any]) -> str:
    """What a browser computes."""
    asked = Challenge.from_dict(challenge)
    solution = solve_challenge(asked)
    assert solution is not None
    return Payload(asked, solution).to_base64()
