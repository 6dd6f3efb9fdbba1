"""The safe HTTP client against strangers of every kind."""

import gzip
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import get_settings
from core.outside.connect import Door, resolve_checked
from core.outside.dns import NameServers
from core.outside.faults import (
    BadAnswer,
    NotAllowed,
    NotTrusted,
    OutsideFault,
    TooBig,
    TooManyRedirects,
    TooSlow,
    UnknownName,
    Unreachable,
)
from core.outside.http import OutsideClient, safe_fetch
from tests.core.outside.strangers import (
    ALLOW,
    OURS,
    PUBLIC,
    Authority,
    Behaviour,
    Names,
    Stranger,
    door,
    hang_up_rudely,
    http,
    name_server,
    stranger,
)


def test_answer_arrives_with_type_and_body() -> None:
    with stranger(http(b"hello", Content_Type="Text/HTML; charset=utf-8")) as friend:
        answer = safe_fetch(friend.url("/x?y=1", host="friend.example"), door=door(friend_example=PUBLIC))
    assert (answer.status, answer.body, answer.content_type) == (200, b"hello", "text/html")
    assert friend.requests[0].startswith(b"GET /x?y=1 HTTP/1.1\r\n")
    assert f"host: friend.example:{friend.port}".encode() in friend.requests[0].lower()


def test_error_status_is_an_answer_too() -> None:
    with stranger(http(b"no", status="503 Busy")) as friend:
        assert safe_fetch(friend.url(), door=door()).status == 503


def test_name_stays_in_tls_and_in_host_while_the_checked_address_is_used(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        stranger(http(b"sealed"), trust=authority.server_context("desk.example")) as friend,
        OutsideClient(door=door(desk_example=PUBLIC), ca_file=authority.file) as client,
    ):
        answer = client.fetch(friend.url(host="desk.example", scheme="https"))
    assert answer.body == b"sealed"
    assert friend.server_names == ["desk.example"]
    assert f"host: desk.example:{friend.port}".encode() in friend.requests[0].lower()


def test_certificate_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        stranger(http(b"sealed"), trust=authority.server_context("other.example")) as impostor,
        OutsideClient(door=door(desk_example=PUBLIC), ca_file=authority.file) as client,
        pytest.raises(NotTrusted, match=r"desk\.example"),
    ):
        client.fetch(impostor.url(host="desk.example", scheme="https"))
    assert impostor.requests == []


def test_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    with (
        stranger(http(), trust=Authority(tmp_path).server_context("desk.example")) as impostor,
        pytest.raises(NotTrusted),
    ):
        safe_fetch(impostor.url(host="desk.example", scheme="https"), door=door(desk_example=PUBLIC))


def test_environment_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger(http(b"stolen")) as trap, stranger(http(b"fine")) as friend:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, trap.url())
        assert safe_fetch(friend.url(), door=door()).body == b"fine"
        assert trap.requests == []


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    def steps(last: int) -> Callable[[Stranger], Behaviour]:
        def count_down(who: Stranger) -> Behaviour:
            def act(connection: socket.socket, request: bytes) -> None:
                step = int(request.split()[1].strip(b"/") or b"0")
                go_on = http(status="302 Go", Location=f"/{step + 1}")
                connection.sendall(http(b"there") if step == last else go_on)

            return act

        return count_down

    with stranger(steps(3)) as friend:
        answer = safe_fetch(friend.url(), door=door())
        assert (answer.body, answer.url) == (b"there", friend.url("/3"))
    with stranger(steps(4)) as friend:
        with pytest.raises(TooManyRedirects):
            safe_fetch(friend.url(), door=door())
        assert len(friend.requests) == 4


def test_secrets_in_headers_stay_with_the_server_they_were_meant_for() -> None:
    with stranger(http(b"fine")) as other:
        with stranger(http(status="302 Go", Location=other.url(host="other.example"))) as friend:
            safe_fetch(
                friend.url(host="friend.example"),
                door=door(friend_example=PUBLIC, other_example=PUBLIC),
                headers={"Authorization": "Bearer secret", "X-Bot-Secret": "secret", "Cookie": "a=secret"},
            )
        assert friend.requests[0].count(b"secret") == 3
    assert b"secret" not in other.requests[0]
    assert f"host: other.example:{other.port}".encode() in other.requests[0].lower()


def test_redirect_away_from_encryption_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with stranger(http(b"plain")) as plain:
        answer = http(status="302 Go", Location=plain.url(host="desk.example"))
        with (
            stranger(answer, trust=authority.server_context("desk.example")) as friend,
            OutsideClient(door=door(desk_example=PUBLIC), ca_file=authority.file) as client,
            pytest.raises(NotAllowed),
        ):
            client.fetch(friend.url(host="desk.example", scheme="https"))
        assert plain.requests == []


def test_redirect_of_a_post_is_left_to_the_caller() -> None:
    with stranger(http(status="307 Go", Location="http://169.254.169.254/")) as friend:
        answer = safe_fetch(friend.url(), door=door(), method="POST", json={"a": 1})
    assert answer.status == 307
    assert len(friend.requests) == 1


def test_cookie_is_never_sent_back() -> None:
    answer = http(b"fine", Set_Cookie="who=you; Path=/")
    with stranger(answer) as friend, OutsideClient(door=door()) as client:
        client.fetch(friend.url())
        client.fetch(friend.url())
    assert not any(b"who=you" in request for request in friend.requests)


def test_packed_answer_is_unpacked() -> None:
    body = b"text " * 50_000
    with stranger(http(gzip.compress(body), Content_Encoding="gzip")) as friend:
        assert safe_fetch(friend.url(), door=door()).body == body
    assert b"accept-encoding: gzip\r\n" in friend.requests[0].lower()


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "compress", "gzip\x0b"])
def test_packing_we_did_not_ask_for_is_refused(encoding: str) -> None:
    with stranger(http(b"x", Content_Encoding=encoding)) as odd, pytest.raises(BadAnswer):
        safe_fetch(odd.url(), door=door())


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"hello" * 999, mtime=0)[:-9], b"\x1f\x8b"])
def test_damaged_packing_is_a_bad_answer(body: bytes) -> None:
    with stranger(http(body, Content_Encoding="gzip")) as odd, pytest.raises(BadAnswer):
        safe_fetch(odd.url(), door=door())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"+OK Dovecot ready.\r\n",
        b"HTTP/9.9 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    ],
)
def test_answer_that_is_not_http_is_a_bad_answer(answer: bytes) -> None:
    with stranger(answer) as odd, pytest.raises(BadAnswer):
        safe_fetch(odd.url(), door=door())


def test_broken_connection_and_closed_port_are_unreachable() -> None:
    def reset(connection: socket.socket, request: bytes) -> None:
        hang_up_rudely(connection)

    with stranger(lambda who: reset) as rude, pytest.raises(Unreachable):
        safe_fetch(rude.url(), door=door())
    with pytest.raises(Unreachable, match=str(rude.port)):
        safe_fetch(rude.url(), door=door())


def test_unknown_name_is_said() -> None:
    with pytest.raises(UnknownName, match=r"nowhere\.example"):
        safe_fetch("http://nowhere.example/", door=door())


def test_kept_connection_is_used_again_and_replaced_when_it_was_closed() -> None:
    closed = threading.Event()

    def answer_twice(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.close()
        closed.set()

    names = Names(keep_example=PUBLIC)
    with (
        stranger(lambda who: answer_twice) as friend,
        OutsideClient(door=Door(allow=ALLOW, resolver=names)) as client,
    ):
        for _ in range(2):
            closed.clear()
            bodies = [client.fetch(friend.url(host="keep.example")).body for _ in range(2)]
            assert bodies == [b"ok", b"ok"]
            assert closed.wait(2)
    assert names.asked == ["keep.example"] * 2


@pytest.mark.parametrize(
    "fault", [BadAnswer, NotAllowed, NotTrusted, TooBig, TooManyRedirects, TooSlow, UnknownName, Unreachable]
)
def test_every_fault_is_one_a_person_is_told(fault: type[OutsideFault]) -> None:
    assert issubclass(fault, OutsideFault)
    assert fault.status in (422, 502, 504)
    assert fault.default_code not in ("bad_request", "outside_failed")


def test_settings_open_the_door_for_named_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger(http(b"fine"), address=OURS) as ours:
        with pytest.raises(NotAllowed, match="OUTSIDE_ALLOW"):
            safe_fetch(ours.url())
        _allow(monkeypatch, "127.0.0.1/32")
        assert safe_fetch(ours.url()).body == b"fine"


def test_checked_names_for_other_protocols() -> None:
    assert [str(each) for each in resolve_checked("a.example", door=door(a_example=f"{OURS} {PUBLIC}"))] == [
        PUBLIC
    ]
    with pytest.raises(NotAllowed):
        resolve_checked("a.example", door=door(a_example="10.0.0.1 ::1"))


def test_name_server_tells_texts_joined() -> None:
    with name_server([PUBLIC], texts=['"v=DKIM1; p=" "abc"', '"second"']) as server:
        assert set(NameServers([OURS], server.port).texts("x.example")) == {"v=DKIM1; p=abc", "second"}
    with name_server([PUBLIC]) as server:
        assert NameServers([OURS], server.port).texts("x.example") == []
        assert [str(each) for each in NameServers([OURS], server.port).addresses("x.example", 2)] == [PUBLIC]


def _allow(monkeypatch: pytest.MonkeyPatch, networks: str) -> None:
    monkeypatch.setenv("OUTSIDE_ALLOW", networks)
    get_settings.cache_clear()
