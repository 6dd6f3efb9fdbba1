"""Every fault that HTTP peers know, seen by a client that knows nothing of them."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request


class Echo(HttpPeer):
    """Says what it was told and counts what it did."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def answer(self, request: Request) -> Reply:
        self.done.append(str(request.fields.get("text", "")))
        files = {name: (each.name, len(each.data)) for name, each in request.uploads.items()}
        return Reply.of({"ok": True, "fields": dict(request.fields), "files": files})

    def refusal(self, fault: Fault) -> Reply:
        waits = {"Retry_After": str(fault.retry_after)} if fault.retry_after else {}
        return Reply.of({"ok": False, "error": fault.text}, fault.status, **waits)

    def called(self, request: Request) -> tuple[str, str | None]:
        return request.path.strip("/"), request.fields.get("chat")


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as peer:
        yield peer


@pytest.fixture
def client(echo: Echo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=echo.url, timeout=2, trust_env=False) as client:
        yield client


def test_fields_come_from_query_form_json_and_multipart_with_files(client: httpx.Client) -> None:
    assert client.get("/say", params={"text": "а б"}).json()["fields"] == {"text": "а б"}
    assert client.post("/say", data={"text": "&="}).json()["fields"] == {"text": "&="}
    assert client.post("/say", json={"text": ["1"]}).json()["fields"] == {"text": ["1"]}
    files = {"photo": ("отчёт.pdf", b"\r\n--\x00", "application/pdf")}
    answer = client.post("/say", data={"text": "with"}, files=files).json()
    assert answer["fields"] == {"text": "with"}
    assert answer["files"] == {"photo": ["отчёт.pdf", 5]}


def test_a_fault_is_aimed_skips_and_ends(echo: Echo, client: httpx.Client) -> None:
    echo.faults.add("status", status=429, retry_after=3, chat="7", skip=1, times=2)
    codes = [client.get("/say", params={"chat": chat}).status_code for chat in "7878787"]
    assert codes == [200, 200, 429, 200, 429, 200, 200]


def test_what_was_cut_before_is_not_done_and_what_was_cut_after_is(echo: Echo, client: httpx.Client) -> None:
    echo.faults.add("reset_before")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/say", params={"text": "before"})
    assert echo.done == []
    echo.faults.add("reset_after")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/say", params={"text": "after"})
    echo.faults.add("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/say", params={"text": "half"})
    assert echo.done == ["after", "half"]


def test_what_takes_too_long_was_done_or_not(echo: Echo, client: httpx.Client) -> None:
    echo.faults.add("delay_after", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/say", params={"text": "done"}, timeout=0.2)
    echo.faults.add("silent")
    with pytest.raises(httpx.ReadTimeout):
        client.get("/say", params={"text": "never"}, timeout=0.2)
    assert echo.done == ["done"]


def test_a_slow_answer_arrives_in_the_end(echo: Echo, client: httpx.Client) -> None:
    echo.faults.add("drip", seconds=0.3)
    began = time.monotonic()
    assert client.get("/say").json()["ok"]
    assert time.monotonic() - began > 0.25


def test_nonsense_is_nonsense(echo: Echo, client: httpx.Client) -> None:
    for deed in ("garbage", "empty", "html"):
        echo.faults.add(deed)
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            client.get("/say").json()


def test_events_come_twice_or_in_another_order(echo: Echo) -> None:
    echo.faults.add("duplicate")
    assert echo.faults.deal("poll", [1, 2]) == [1, 1, 2, 2]
    echo.faults.add("shuffle")
    dealt = echo.faults.deal("poll", list(range(20)))
    assert dealt != list(range(20))
    assert sorted(dealt) == list(range(20))
    assert echo.faults.deal("poll", [1, 2]) == [1, 2]


def test_a_port_where_nobody_listens_refuses_and_listens_again(echo: Echo, client: httpx.Client) -> None:
    assert client.get("/say").is_success
    with echo.refusing(), pytest.raises(httpx.ConnectError):
        httpx.get(f"{echo.url}/say", trust_env=False)
    assert client.get("/say").is_success


def test_a_person_may_drive_it_from_outside(echo: Echo, client: httpx.Client) -> None:
    client.post("/_ctl/fault", json={"do": "status", "status": 503, "times": 1})
    assert client.get("/say").status_code == 503
    assert [each["method"] for each in client.get("/_ctl/log").json()["result"]] == ["say"]
    assert client.post("/_ctl/reset").json() == {"result": None}
    assert client.get("/_ctl/log").json()["result"] == []
