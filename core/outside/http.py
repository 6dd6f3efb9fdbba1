"""The safe HTTP client: no address of ours, no redirect unchecked, nothing endless.

Every request that leaves this product over HTTP goes through here: avatars and remote images,
files that messengers point to, their interfaces, webhooks.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Self

import httpx

from core.outside.connect import Door, house_door
from core.outside.faults import BadAnswer, NotAllowed, TooBig, TooManyRedirects
from core.outside.transport import DoorTransport, time_limit
from core.outside.trust import trust
from core.words import N_

MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 10.0
MOST_REDIRECTS = 3

_REDIRECTS = (301, 302, 303, 307, 308)
_LONGEST_URL = 8192
_UNPACK_AT_ONCE = 65536
_OWN_HEADERS = {"User-Agent": "Emptyfeed", "Accept": "*/*", "Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Answer:
    """An answer whose body is still on its way; `chunks` may be walked through once."""

    status: int
    headers: httpx.Headers
    url: str
    chunks: Iterator[bytes]

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case and without its parameters; "" if there is none."""
        return _media_type(self.headers)


@dataclass(frozen=True)
class Fetched:
    """A whole answer, unpacked and within its bound."""

    status: int
    headers: httpx.Headers
    url: str
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case and without its parameters; "" if there is none."""
        return _media_type(self.headers)


class OutsideClient:
    """Speaks HTTP with strangers and keeps connections; close it, or use it in a `with`.

    `ca_file` and `authority` (PEM) add to those everybody trusts, `proxy` is the one way out
    where there is one. Proxies and credentials of
    the environment are never used, and no cookie is ever sent back. Redirects are followed for
    GET and HEAD only, each checked like a first request; elsewhere the caller sees the 3xx.
    """

    def __init__(
        self,
        *,
        door: Door | None = None,
        ca_file: Path | None = None,
        authority: str = "",
        proxy: str = "",
    ) -> None:
        transport = DoorTransport(door or house_door(), trust(ca_file, authority), proxy)
        self._client = httpx.Client(
            transport=transport, trust_env=False, follow_redirects=False, headers=_OWN_HEADERS
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that were kept."""
        self._client.close()

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        seconds: float = MOST_SECONDS,
        most_bytes: int = MOST_BYTES,
        redirects: int = MOST_REDIRECTS,
        **parts: Any,
    ) -> Fetched:
        """Ask and read the whole answer within `seconds` and `most_bytes`, whatever its status.

        `parts` are those of a request of httpx: headers, params, content, json, data, files.
        The caller looks at status and `content_type` before believing the body.
        """
        asking = self.open(
            url, method=method, seconds=seconds, most_bytes=most_bytes, redirects=redirects, **parts
        )
        with asking as answer:
            body = b"".join(answer.chunks)
            return Fetched(answer.status, answer.headers, answer.url, body)

    @contextmanager
    def open(
        self,
        url: str,
        *,
        method: str = "GET",
        seconds: float = MOST_SECONDS,
        most_bytes: int = MOST_BYTES,
        redirects: int = MOST_REDIRECTS,
        **parts: Any,
    ) -> Iterator[Answer]:
        """Ask and let the caller read piece by piece, so that a big file is never whole in memory."""
        with time_limit(seconds):
            response = self._ask(method.upper(), url, redirects, parts)
            try:
                chunks = _bounded(response, most_bytes)
                yield Answer(response.status_code, response.headers, str(response.url), chunks)
            finally:
                response.close()

    def _ask(self, method: str, url: str, redirects: int, parts: Mapping[str, Any]) -> httpx.Response:
        request = self._client.build_request(method, _checked(url), **parts)
        for _ in range(redirects + 1):
            response = self._send(request)
            location = response.headers.get("location")
            if response.status_code not in _REDIRECTS or not location or method not in ("GET", "HEAD"):
                return response
            response.close()
            request = self._redirected(request, location)
        raise TooManyRedirects(N_("%(host)s redirects too often."), host=request.url.host)

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL):  # httpx reads Location even if it does not follow
            raise BadAnswer(
                N_("%(host)s redirects to something that is no address."), host=request.url.host
            ) from None

    def _redirected(self, request: httpx.Request, location: str) -> httpx.Request:
        """The next request; what the caller told the first server in headers stays with that server."""
        target = _checked(_joined(request.url, location))
        if request.url.scheme == "https" and target.scheme != "https":
            raise NotAllowed(
                N_("%(host)s redirects to an address without encryption."), host=request.url.host
            )
        headers = {} if _origin(target) != _origin(request.url) else _without_host(request.headers)
        return self._client.build_request(request.method, target, headers=headers)


def safe_fetch(url: str, *, door: Door | None = None, **options: Any) -> Fetched:
    """Fetch one address a stranger may have chosen; takes the options of `OutsideClient.fetch`."""
    with OutsideClient(door=door) as client:
        return client.fetch(url, **options)


def _checked(url: str | httpx.URL) -> httpx.URL:
    try:
        checked = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise _bad_url() from None
    if len(str(checked)) > _LONGEST_URL or not checked.host:
        raise _bad_url()
    if checked.scheme not in ("http", "https"):
        raise NotAllowed(N_("Only http and https addresses can be fetched."))
    if checked.userinfo:
        raise NotAllowed(N_("An address with a name and password inside it is not fetched."))
    return checked.copy_with(fragment=None)


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return url.join(location)
    except (httpx.InvalidURL, ValueError):
        raise _bad_url() from None


def _bad_url() -> NotAllowed:
    return NotAllowed(N_("This is not the address of a web page."), code="address_malformed")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _without_host(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "host"}


def _bounded(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    host = response.url.host
    announced = response.headers.get("content-length", "")
    total = int(announced) if announced.isdecimal() else 0
    if total > most_bytes:
        raise TooBig(N_("%(host)s sent more than %(bytes)s bytes."), host=host, bytes=most_bytes)
    total = 0
    for chunk in _unpacked(response):
        total += len(chunk)
        if total > most_bytes:
            raise TooBig(N_("%(host)s sent more than %(bytes)s bytes."), host=host, bytes=most_bytes)
        yield chunk


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The body without its compression, never unpacked further than the next piece.

    httpx would unpack a whole chunk at once: 64 kB of gzip can be 64 MB of zeros.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return response.iter_raw()
    if encoding in ("gzip", "x-gzip"):
        return _gunzipped(response.iter_raw(), response.url.host)
    raise BadAnswer(N_("%(host)s packs its answer in a way we did not ask for."), host=response.url.host)


def _gunzipped(chunks: Iterable[bytes], host: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    is_empty = True
    try:
        for chunk in chunks:
            packed = chunk
            is_empty = is_empty and not packed
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, _UNPACK_AT_ONCE)
                packed = unpacker.unconsumed_tail
    except zlib.error:
        raise _broken_gzip(host) from None
    if not unpacker.eof and not is_empty:
        raise _broken_gzip(host)


def _broken_gzip(host: str) -> BadAnswer:
    return BadAnswer(N_("The answer of %(host)s is damaged."), host=host)


def _media_type(headers: httpx.Headers) -> str:
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()
