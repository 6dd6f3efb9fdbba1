"""The network as tests see it: this machine and nothing else."""

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest

_NEAR_NAMES = {"localhost", "ip6-localhost", "", None}


class NetworkClosed(RuntimeError):
    """A test tried to leave the machine."""


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Connections, datagrams and name look-ups go to loopback and unix sockets only."""
    patch = pytest.MonkeyPatch()
    for method in ("connect", "connect_ex"):
        patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method), address_at=0))
    patch.setattr(socket.socket, "sendto", _guarded(socket.socket.sendto, address_at=-1))
    look_up = socket.getaddrinfo

    def near_look_up(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in _NEAR_NAMES and not _is_literal(name):
            raise NetworkClosed(f"a test asked the network for the address of {name}")
        return look_up(host, *arguments, **named)

    patch.setattr(socket, "getaddrinfo", near_look_up)
    yield
    patch.undo()


def _guarded(original: Callable[..., Any], *, address_at: int) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = arguments[address_at][0]
            if host not in _NEAR_NAMES and not _is_near(host):
                raise NetworkClosed(f"a test tried to reach {host}")
        return original(self, *arguments)

    return guarded


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_near(host: str) -> bool:
    return _is_literal(host) and ip_address(host.partition("%")[0]).is_loopback
