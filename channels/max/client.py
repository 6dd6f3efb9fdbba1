"""Calls of the Bot API of MAX through the door, each with an end.

The token goes in the header Authorization and nowhere else, so no address and no log holds it.
"""

import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any, BinaryIO

import orjson

from channels.adapter import AuthBroken, BadContent, Temporary
from channels.max.errors import broken, refused, unknown
from core.outside.faults import OutsideFault, TooBig
from core.outside.http import Fetched, OutsideClient

ANSWER_SECONDS = 30.0
MOST_ANSWER = 32 * 1024 * 1024
SLOWEST = 50_000  # bytes a second

Json = dict[str, Any]


class MaxClient:
    """One bot's way to MAX, or to a mirror of the administrator's own; raises ChannelError only."""

    def __init__(self, token: str, base: str, *, authority: str = "", proxy: str = "") -> None:
        self._token = token
        self._base = base.rstrip("/")
        self._authority = authority
        self._proxy = proxy

    def get(self, path: str, *, seconds: float = ANSWER_SECONDS, **params: Any) -> Json:
        """Ask something that changes nothing."""
        return self._call("GET", path, params, None, seconds, has_effect=False)

    def change(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        once: bool = False,
        **params: Any,
    ) -> Json:
        """Have something done; one that must not be done twice (`once`) is Ambiguous when it was cut."""
        return self._call(method, path, params, body, ANSWER_SECONDS, has_effect=once)

    def upload(self, url: str, name: str, mime: str, file: BinaryIO, size: int) -> Json:
        """Give a file to the address that MAX named for it, which is not told our token."""
        try:
            answer = self._http.fetch(
                url,
                method="POST",
                seconds=ANSWER_SECONDS + size / SLOWEST,
                most_bytes=MOST_ANSWER,
                files={"data": (name, file, mime)},
            )
        except OutsideFault as fault:
            raise broken(fault, has_effect=False) from fault
        found = _json(answer)
        if not 200 <= answer.status < 300:
            raise refused(answer.status, found, answer.headers, has_effect=False)
        return found if isinstance(found, dict) else {}

    def download(self, url: str, out: BinaryIO, max_bytes: int) -> str:
        """Write a file piece by piece; its type as the server says it."""
        seconds = ANSWER_SECONDS + max_bytes / SLOWEST
        try:
            with self._http.open(url, seconds=seconds, most_bytes=max_bytes) as answer:
                if answer.status in (401, 403, 404, 410):
                    raise BadContent(f"status {answer.status}", code="gone")
                if answer.status != 200:
                    raise Temporary(f"status {answer.status}", code="interface_trouble")
                for chunk in answer.chunks:
                    out.write(chunk)
                return answer.content_type
        except TooBig as fault:
            raise BadContent(str(fault), code="too_big") from fault
        except OutsideFault as fault:
            raise broken(fault, has_effect=False) from fault

    def close(self) -> None:
        """Hang up."""
        if "_http" in self.__dict__:
            self._http.close()
            del self.__dict__["_http"]

    @cached_property
    def _http(self) -> OutsideClient:
        try:
            return OutsideClient(authority=self._authority, proxy=self._proxy)
        except (ssl.SSLError, ValueError) as error:
            raise Temporary(str(error), code="authority_bad") from error

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        seconds: float,
        *,
        has_effect: bool,
    ) -> Json:
        if not self._token:
            raise AuthBroken("there is no token", code="token_refused")
        try:
            answer = self._http.fetch(
                f"{self._base}{path}",
                method=method,
                seconds=seconds,
                most_bytes=MOST_ANSWER,
                redirects=0,
                params={name: str(value) for name, value in params.items() if value is not None},
                headers={"Authorization": self._token},
                **({"json": dict(body)} if body is not None else {}),
            )
        except OutsideFault as fault:
            raise broken(fault, has_effect=has_effect) from fault
        found = _json(answer)
        if not 200 <= answer.status < 300:
            raise refused(answer.status, found, answer.headers, has_effect=has_effect)
        if not isinstance(found, dict):
            raise unknown("the answer is no JSON object", "not_the_interface", has_effect)
        return found


def _json(answer: Fetched) -> Any:
    try:
        return orjson.loads(answer.body)
    except ValueError:
        return None
