"""Connections that end only where we may go; IMAP, SMTP and HTTP all start here."""

import socket
import time
from dataclasses import dataclass, field
from ipaddress import ip_address

from core.config import get_settings
from core.outside.addresses import Address, Network, is_allowed
from core.outside.dns import Resolver, SystemResolver
from core.outside.faults import NotAllowed, TooSlow, Unreachable
from core.words import N_

_MOST_ADDRESSES = 6
_SHORTEST_TRY = 2.0


@dataclass(frozen=True)
class Door:
    """What may be reached, and how names are looked up."""

    allow: tuple[Network, ...] = ()
    resolver: Resolver = field(default_factory=SystemResolver)


def house_door() -> Door:
    """The door this installation is set to: public addresses and OUTSIDE_ALLOW."""
    return Door(allow=get_settings().outside_allow)


def resolve_checked(host: str, seconds: float = 10.0, *, door: Door | None = None) -> list[Address]:
    """The addresses of a host that may be reached; NotAllowed if it has only others."""
    door = door or house_door()
    found = door.resolver.addresses(host, seconds)
    allowed = [address for address in found if is_allowed(address, door.allow)]
    if not allowed:
        raise _not_allowed(host)
    return allowed[:_MOST_ADDRESSES]


def create_connection(
    address: tuple[str, int], timeout: float = 10.0, *, door: Door | None = None
) -> socket.socket:
    """A TCP connection within `timeout` seconds in all, in place of `socket.create_connection`.

    The name is looked up once and the connection goes to the address that was checked, so a
    second, different answer of the name server changes nothing. The timeout stays on the socket.
    """
    host, port = address
    ends = time.monotonic() + timeout
    candidates = resolve_checked(host, timeout, door=door)
    for index, candidate in enumerate(candidates):
        left = ends - time.monotonic()
        share = min(left, max(_SHORTEST_TRY, left / (len(candidates) - index)))
        connection = _try_connect(candidate, port, share) if left > 0 else None
        if connection is not None:
            connection.settimeout(timeout)
            return _with_checked_peer(connection, candidate, host, port)
    if time.monotonic() >= ends:
        raise TooSlow(N_("%(host)s did not answer in time."), host=host)
    raise Unreachable(N_("%(host)s does not answer on port %(port)s."), host=host, port=port)


def _try_connect(address: Address, port: int, seconds: float) -> socket.socket | None:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        connection = socket.socket(family, socket.SOCK_STREAM)
    except OSError:  # no IPv6 on this machine
        return None
    try:
        connection.settimeout(seconds)
        connection.connect((str(address), port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        return None
    except BaseException:  # a greenlet that is told to stop
        connection.close()
        raise
    return connection


def _with_checked_peer(connection: socket.socket, expected: Address, host: str, port: int) -> socket.socket:
    try:
        peer = ip_address(str(connection.getpeername()[0]))
    except OSError:  # it hung up at once
        connection.close()
        raise Unreachable(N_("%(host)s does not answer on port %(port)s."), host=host, port=port) from None
    if peer != expected:
        connection.close()
        raise _not_allowed(host)
    return connection


def _not_allowed(host: str) -> NotAllowed:
    return NotAllowed(
        N_("%(host)s is an address inside your own network; OUTSIDE_ALLOW lists those that may be reached."),
        host=host,
    )
