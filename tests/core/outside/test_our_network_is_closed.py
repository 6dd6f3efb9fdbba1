"""No address, no name and no redirect leads a request into our own network."""

import socket
from ipaddress import ip_address, ip_network

import pytest

from core.outside.addresses import Address, Network
from core.outside.connect import Door, create_connection
from core.outside.dns import NameServers
from core.outside.faults import (
    BadAnswer,
    NotAllowed,
    UnknownName,
)
from core.outside.http import safe_fetch
from tests.core.outside.strangers import (
    ALLOW,
    OURS,
    PUBLIC,
    Names,
    door,
    http,
    name_server,
    stranger,
)
from tests.ground.network import NetworkClosed

# Each names our own machine or network in another way; the port is filled in. Names that need a
# name server are answered by the test's resolver, the rest as the operating system reads them.
OURS_IN_DISGUISE = [
    "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://2130706433:{port}/",
    "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/", "http://017700000001:{port}/", "http://127.0.0.01:{port}/",
    "http://0:{port}/", "http://0.0.0.0:{port}/", "http://127.0.0.1.:{port}/", "http://127.127.127.127:{port}/",
    "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/", "http://１２７.０.０.１:{port}/", "http://127。0。0。1:{port}/",
    "http://[::1]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}/", "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/", "http://[fc00::1]:{port}/", "http://[fec0::1]:{port}/",
    "http://[ff02::1]:{port}/", "http://10.0.0.1:{port}/", "http://172.16.0.1:{port}/",
    "http://192.168.1.1:{port}/", "http://100.64.0.1:{port}/", "http://169.254.1.1:{port}/",
    "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/meta-data/",
    "http://2852039166/latest/meta-data/", "http://168.63.129.16/metadata", "http://100.100.100.200/",
    "http://192.0.0.192/", "http://224.0.0.1:{port}/", "http://255.255.255.255:{port}/",
    "http://240.0.0.1:{port}/", "http://198.18.0.1:{port}/", "http://192.0.2.1:{port}/",
    "http://127.0.0.1.nip.example:{port}/", "http://ours.example:{port}/", "http://mapped.example:{port}/",
    "http://nat64.example:{port}/", "http://private.example:{port}/", "http://metadata.example/",
    "http://both-ours.example:{port}/", "https://127.0.0.1:{port}/", "https://[::1]:{port}/",
]  # fmt: skip
NOT_A_PAGE = [
    "", " ", "http://", "http:///path", "http://:80/", "//127.0.0.1/", "127.0.0.1", "file:///etc/passwd",
    "ftp://example.com/", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/stat",
    "data:text/html,hello", "javascript:alert(1)", "unix:///run/valkey.sock", "http://[::1",
    "http://[127.0.0.1]/", "http://example.com:99999/", "http://example.com:port/", "http://exa mple.com/",
    "http://example.com\r\nHost: evil/", "http://user:password@example.com/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1\\@example.com/", "http://example.com/" + "a" * 9000,
    "http://" + "a" * 300 + ".example/",    "http://exa\0mple.com/",
]  # fmt: skip


class _AsTheSystemReads(Names):
    """Names of the test, and everything that is a number as the operating system reads it."""

    def addresses(self, host: str, seconds: float) -> list[Address]:
        try:
            return [ip_address(socket.inet_aton(host.removesuffix(".")))]  # as glibc reads numbers
        except OSError:
            return super().addresses(host, seconds)


def strict_door() -> Door:
    names = _AsTheSystemReads()
    names.answers = {
        "127.0.0.1.nip.example": OURS, "ours.example": OURS, "mapped.example": "::ffff:127.0.0.1",
        "nat64.example": "64:ff9b::7f00:1", "private.example": "10.1.2.3",
        "metadata.example": "169.254.169.254", "both-ours.example": "127.0.0.1 ::1",
        "localhost": "127.0.0.1 ::1", "localhost.": OURS, "LOCALHOST": OURS,
    }  # fmt: skip
    return Door(resolver=names)


def test_there_are_enough_disguises() -> None:
    assert len(set(OURS_IN_DISGUISE)) >= 60


@pytest.mark.parametrize("url", OURS_IN_DISGUISE)
def test_our_own_network_is_never_reached(url: str) -> None:
    with stranger(http(b"secret"), address=OURS) as ours:
        with pytest.raises((NotAllowed, UnknownName)):
            safe_fetch(url.format(port=ours.port), door=strict_door(), seconds=2)
        assert ours.requests == []


@pytest.mark.parametrize("url", NOT_A_PAGE)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises((NotAllowed, UnknownName)):
        safe_fetch(url, door=strict_door(), seconds=2)


def test_name_is_asked_once_so_a_second_answer_changes_nothing() -> None:
    with name_server(["93.184.216.34", OURS]) as server, stranger(http(b"secret"), address=OURS) as ours:
        rebound = Door(resolver=NameServers([OURS], server.port))
        with pytest.raises(NetworkClosed, match=r"93\.184\.216\.34"):
            safe_fetch(ours.url(host="rebind.example"), door=rebound)
        assert server.asked == ["rebind.example"]
        assert ours.requests == []


def test_name_that_turns_to_our_network_is_refused_the_next_time() -> None:
    with name_server([PUBLIC, OURS]) as server, stranger(http(b"fine")) as friend:
        rebound = Door(allow=ALLOW, resolver=NameServers([OURS], server.port))
        with stranger(http(b"secret"), address=OURS, port=friend.port) as ours:
            assert safe_fetch(friend.url(host="rebind.example"), door=rebound).body == b"fine"
            with pytest.raises(NotAllowed):
                safe_fetch(friend.url(host="rebind.example"), door=rebound)
            assert ours.requests == []


def test_redirect_to_a_name_that_was_rebound_meanwhile_is_refused() -> None:
    with name_server([PUBLIC, OURS]) as server, stranger(http(status="302 Go", Location="/next")) as friend:
        rebound = Door(allow=ALLOW, resolver=NameServers([OURS], server.port))
        with stranger(http(b"secret"), address=OURS, port=friend.port) as ours:
            with pytest.raises(NotAllowed):
                safe_fetch(friend.url(host="rebind.example"), door=rebound)
            assert ours.requests == []
        assert len(friend.requests) == 1


def test_of_mixed_answers_only_the_public_ones_are_used() -> None:
    mixed = door(mixed_example=f"{OURS} ::1 10.0.0.1 {PUBLIC}")
    with (
        stranger(http(b"fine")) as friend,
        stranger(http(b"secret"), address=OURS, port=friend.port) as ours,
    ):
        assert safe_fetch(friend.url(host="mixed.example"), door=mixed).body == b"fine"
        assert ours.requests == []


def test_second_address_is_tried_when_the_first_is_dead() -> None:
    with stranger(http(b"fine")) as friend:
        names = Names(two_example=f"127.0.0.3 {PUBLIC}")
        both = Door(allow=(*ALLOW, *door().allow, _network("127.0.0.3/32")), resolver=names)
        assert safe_fetch(friend.url(host="two.example"), door=both).body == b"fine"


def test_connection_that_ends_elsewhere_than_it_was_sent_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger(http(b"fine")) as friend:
        monkeypatch.setattr(socket.socket, "getpeername", lambda self: (OURS, friend.port))
        with pytest.raises(NotAllowed):
            create_connection((PUBLIC, friend.port), 2, door=door())
    assert friend.requests in ([], [b""])


@pytest.mark.parametrize("status", ["301 A", "302 A", "303 A", "307 A", "308 A"])
@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:{port}/", "//127.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/", "http://2130706433:{port}/", "http://ours.example:{port}/",
        "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "http://user:password@127.0.0.2:{port}/",
        "http://[broken/",
    ],
)  # fmt: skip
def test_redirect_into_our_network_is_refused(status: str, target: str) -> None:
    with stranger(http(b"secret"), address=OURS) as ours:
        names = _AsTheSystemReads(ours_example=OURS)
        with stranger(http(status=status, Location=target.format(port=ours.port))) as friend:
            with pytest.raises((NotAllowed, BadAnswer, UnknownName)):
                safe_fetch(friend.url(), door=Door(allow=ALLOW, resolver=names))
            assert len(friend.requests) == 1
        assert ours.requests == []


def _network(text: str) -> Network:
    return ip_network(text)
