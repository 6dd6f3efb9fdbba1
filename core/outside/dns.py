"""From names to addresses and records; whoever asks may bring a resolver of his own."""

import queue
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from threading import Thread
from typing import Protocol

import dns.exception
import dns.resolver

from core.outside.addresses import Address
from core.outside.faults import TooSlow, UnknownName, Unreachable
from core.words import N_


class Resolver(Protocol):
    """Finds the addresses of a name, in the order in which they should be tried."""

    def addresses(self, host: str, seconds: float) -> list[Address]:
        """All addresses of a host; UnknownName if it has none, TooSlow after `seconds`."""
        ...


class SystemResolver:
    """The machine's own way: its hosts file, search domains and name servers.

    `getaddrinfo` knows no time limit, so it runs beside us and is left behind when it hangs.
    """

    def addresses(self, host: str, seconds: float) -> list[Address]:
        """Addresses as `getaddrinfo` orders them (RFC 6724)."""
        answers: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()
        Thread(target=lambda: answers.put(_ask_system(host)), daemon=True, name="resolver").start()
        try:
            answer = answers.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            raise TooSlow(N_("Looking up %(host)s took too long."), host=host) from None
        if isinstance(answer, Exception):
            raise answer
        return answer


class NameServers:
    """Asks name servers directly, also for records that are no addresses.

    Without `nameservers` it asks those of the machine.
    """

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53) -> None:
        self._resolver = dns.resolver.Resolver(configure=not nameservers)
        if nameservers:
            self._resolver.nameservers = list(nameservers)
            self._resolver.port = port

    def addresses(self, host: str, seconds: float) -> list[Address]:
        """IPv6 addresses first, then IPv4; a literal address is its own answer."""
        try:
            return [ip_address(host)]
        except ValueError:
            pass
        found = [*self._ask(host, "AAAA", seconds), *self._ask(host, "A", seconds)]
        if not found:
            raise UnknownName(N_("There is no server called %(host)s."), host=host)
        return [ip_address(each) for each in found]

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        """The TXT records of a name, each with its strings joined (RFC 7208 3.3); empty if there are none."""
        return self._ask(name, "TXT", seconds)

    def _ask(self, name: str, kind: str, seconds: float) -> list[str]:
        try:
            answer = self._resolver.resolve(name, kind, lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout:
            raise TooSlow(N_("Looking up %(host)s took too long."), host=name) from None
        except dns.exception.DNSException as error:
            raise Unreachable(N_("Looking up %(host)s failed."), host=name) from error
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [str(record.address) for record in answer]


def _ask_system(host: str) -> list[Address] | Exception:
    """The addresses, or the error to raise in the thread that waits."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: a label that is empty or longer than 63
        return UnknownName(N_("There is no server called %(host)s."), host=host)
    except Exception as error:
        return error
    return list(dict.fromkeys(ip_address(str(address[0])) for *_, address in found))
