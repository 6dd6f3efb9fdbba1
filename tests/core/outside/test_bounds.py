"""Nothing a stranger sends is endless, in time or in bytes."""

import socket
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from core.outside.connect import Door
from core.outside.faults import (
    BadAnswer,
    TooBig,
    TooSlow,
)
from core.outside.http import OutsideClient, safe_fetch
from tests.core.outside.strangers import (
    PUBLIC,
    Behaviour,
    Stranger,
    door,
    http,
    stranger,
)


def endless(piece: bytes, head: bytes) -> Callable[[Stranger], Behaviour]:
    def with_end(who: Stranger) -> Behaviour:
        def act(connection: socket.socket, request: bytes) -> None:
            connection.sendall(head)
            while not who.leaving.is_set():
                connection.sendall(piece)

        return act

    return with_end


def drip(head: bytes) -> Callable[[Stranger], Behaviour]:
    def with_pauses(who: Stranger) -> Behaviour:
        def act(connection: socket.socket, request: bytes) -> None:
            connection.sendall(head)
            while not who.leaving.wait(0.02):
                connection.sendall(b"x")

        return act

    return with_pauses


def test_announced_size_beyond_the_bound_is_not_read() -> None:
    with stranger(http(b"x", Content_Length="11000000")) as bomb, pytest.raises(TooBig):
        safe_fetch(bomb.url(), door=door())


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"],
    ids=["without length", "with length"],
)
def test_endless_answer_is_cut_at_the_bound(head: bytes) -> None:
    with stranger(endless(b"x" * 65536, head)) as bomb, pytest.raises(TooBig):
        safe_fetch(bomb.url(), door=door(), most_bytes=1_000_000)


def test_endless_headers_are_cut() -> None:
    with (
        stranger(endless(b"X-More: " + b"x" * 8000 + b"\r\n", b"HTTP/1.1 200 OK\r\n")) as bomb,
        pytest.raises(BadAnswer),
    ):
        safe_fetch(bomb.url(), door=door())


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"],
    ids=["status", "headers", "body", "continue"],
)
def test_byte_by_byte_does_not_stretch_the_time(head: bytes) -> None:
    with stranger(drip(head)) as loris:
        started = time.monotonic()
        with pytest.raises(TooSlow):
            safe_fetch(loris.url(), door=door(), seconds=0.4)
        assert time.monotonic() - started < 1.5


def test_silence_after_connecting_ends_in_time(tmp_path: Path) -> None:
    with socket.create_server((PUBLIC, 0)) as silent:
        port = silent.getsockname()[1]
        for scheme in ("http", "https"):
            started = time.monotonic()
            with pytest.raises(TooSlow):
                safe_fetch(f"{scheme}://{PUBLIC}:{port}/", door=door(), seconds=0.3)
            assert time.monotonic() - started < 1.5


def test_server_that_does_not_read_ends_in_time() -> None:
    with socket.create_server((PUBLIC, 0)) as deaf:
        started = time.monotonic()
        with pytest.raises(TooSlow):
            safe_fetch(
                f"http://{PUBLIC}:{deaf.getsockname()[1]}/",
                door=door(),
                method="POST",
                content=b"x" * 30_000_000,
                seconds=0.4,
            )
        assert time.monotonic() - started < 2


def test_name_server_that_does_not_answer_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: held.wait(10) and [])
    started = time.monotonic()
    try:
        with pytest.raises(TooSlow):
            safe_fetch("http://slow.example/", door=Door(), seconds=0.3)
        assert time.monotonic() - started < 1.5
    finally:
        held.set()


def test_gzip_bomb_is_cut_at_the_bound_and_never_unpacked_in_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    assert len(bomb) < 400_000
    with (
        stranger(http(bomb, Content_Encoding="gzip")) as stranger_with_bomb,
        OutsideClient(door=door()) as client,
    ):
        sizes: list[int] = []
        with pytest.raises(TooBig), client.open(stranger_with_bomb.url(), most_bytes=5_000_000) as answer:
            sizes.extend(len(chunk) for chunk in answer.chunks)
        with client.open(stranger_with_bomb.url(), most_bytes=5_000_000) as answer:
            sizes.extend(len(next(answer.chunks)) for _ in range(10))
    assert max(sizes) <= 65536


def test_big_file_comes_piece_by_piece() -> None:
    with (
        stranger(http(b"x" * 3_000_000)) as friend,
        OutsideClient(door=door()) as client,
        client.open(friend.url(), most_bytes=3_000_000) as answer,
    ):
        sizes = [len(chunk) for chunk in answer.chunks]
    assert sum(sizes) == 3_000_000
    assert max(sizes) <= 65536
