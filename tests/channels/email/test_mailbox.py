"""Fetching from a real Dovecot: what comes, in which order, and what happens when servers misbehave."""

import contextlib
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.adapter import AuthBroken, RawEvent, Temporary
from channels.email import fetching, flags, mailbox
from channels.email.mailbox import Mailbox, Watch
from channels.email.sentences import FAULTS
from channels.email.servers import Server
from core.config import get_settings
from tests.channels.email.letters import make_letter
from tests.peers.dovecot import Dovecot
from tests.peers.dovecot import Mailbox as Letterbox
from tests.peers.imap_faults import Meddlers
from tests.peers.server import free_ports
from tests.peers.tcp_proxy import Wires

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback")]

Open = Callable[..., Mailbox]


@pytest.fixture
def letterbox(dovecot: Dovecot) -> Letterbox:
    return dovecot.mailbox()


@pytest.fixture
def open_mailbox(dovecot: Dovecot, letterbox: Letterbox) -> Iterator[Open]:
    opened: list[Mailbox] = []

    def open_one(*, port: int = 0, password: str = "secret", **watch: Any) -> Mailbox:
        server = Server("127.0.0.1", port or dovecot.imap_port, "none", letterbox.user, password)
        opened.append(Mailbox(server, Watch(**watch)))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def drain(box: Mailbox, cursor: Mapping[str, Any]) -> tuple[list[RawEvent], Mapping[str, Any]]:
    """All there is behind a cursor, each batch stored before the next is asked for."""
    events: list[RawEvent] = []
    while True:
        batch = box.poll(cursor, 0)
        events += batch.events
        if not batch.more and batch.cursor == cursor:
            return events, cursor
        cursor = batch.cursor


def texts(events: list[RawEvent]) -> list[str]:
    return [(event.raw or b"").partition(b"\r\n\r\n")[2].decode().strip() for event in events]


@pytest.mark.requirement("I30")
def test_letters_come_once_and_in_order(letterbox: Letterbox, open_mailbox: Open) -> None:
    letterbox.append(make_letter("one"), make_letter("two"))
    events, cursor = drain(open_mailbox(), {})
    assert texts(events) == ["one", "two"]
    letterbox.append(make_letter("three"))
    events, cursor = drain(open_mailbox(), cursor)
    assert texts(events) == ["three"]
    assert drain(open_mailbox(), cursor) == ([], cursor)


@pytest.mark.requirement("I30")
def test_an_event_is_named_by_folder_uidvalidity_and_uid(letterbox: Letterbox, open_mailbox: Open) -> None:
    letterbox.append(make_letter(message_id="<one@customer.test>"))
    (event,), cursor = drain(open_mailbox(), {})
    assert event.event_key == f"INBOX:{cursor['INBOX']['uidvalidity']}:1"
    assert event.order_key == "one@customer.test"
    assert event.payload["uid"] == 1


@pytest.mark.requirement("I30")
def test_nothing_in_the_mailbox_is_changed(letterbox: Letterbox, open_mailbox: Open) -> None:
    letterbox.append(make_letter())
    drain(open_mailbox(), {})
    assert letterbox.flags() == [set()]


@pytest.mark.requirement("I31")
def test_what_was_not_stored_is_given_again(letterbox: Letterbox, open_mailbox: Open) -> None:
    box = open_mailbox()
    _, before = drain(box, {})
    letterbox.append(make_letter("one"))
    given = [texts(list(box.poll(before, 5).events)) for _ in range(2)]
    assert given == [["one"], ["one"]]


@pytest.mark.requirement("I33")
def test_a_letter_is_told_of_while_idle(letterbox: Letterbox, open_mailbox: Open) -> None:
    box = open_mailbox()
    _, cursor = drain(box, {})
    threading.Timer(0.3, letterbox.append, [make_letter("now")]).start()
    began = time.monotonic()
    batch = box.poll(cursor, 20)
    assert texts(list(batch.events)) == ["now"]
    assert time.monotonic() - began < 5


@pytest.mark.requirement("I33")
def test_a_letter_nobody_was_told_of_is_found_by_the_regular_look(
    dovecot: Dovecot,
    letterbox: Letterbox,
    open_mailbox: Open,
    meddlers: Meddlers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox, "SHORTEST_POLL", 0.5)
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer("IDLE", "+ idling")
    meddler.answer("^DONE", "TAG nothing")
    box = open_mailbox(port=meddler.port, poll_seconds=0.5, patience=0.5)
    _, cursor = drain(box, {})
    letterbox.append(make_letter("quiet"))
    with pytest.raises(Temporary):
        box.poll(cursor, 5)
    assert texts(list(box.poll(cursor, 5).events)) == ["quiet"]


@pytest.mark.requirement("I36")
def test_from_now_on_leaves_what_was_there_before(letterbox: Letterbox, open_mailbox: Open) -> None:
    letterbox.append(make_letter("old"))
    later = datetime.now(UTC) + timedelta(seconds=60)
    box = open_mailbox(since=later, connected_at=later)
    events, cursor = drain(box, {})
    assert events == []
    letterbox.append(make_letter("new"))
    assert texts(list(box.poll(cursor, 5).events)) == ["new"]


@pytest.mark.requirement("I36")
def test_what_came_between_connecting_and_the_first_look_is_not_lost(
    letterbox: Letterbox, open_mailbox: Open
) -> None:
    moment = datetime.now(UTC).replace(microsecond=0)
    letterbox.append(make_letter("early"))
    events, _ = drain(open_mailbox(since=moment, connected_at=moment), {})
    assert texts(events) == ["early"]
    assert "imported" not in events[0].payload


@pytest.mark.requirement("I36")
def test_older_letters_come_after_new_ones_and_say_so(letterbox: Letterbox, open_mailbox: Open) -> None:
    letterbox.append(*(make_letter(f"old {number}") for number in range(4)))
    box = open_mailbox(connected_at=datetime.now(UTC) + timedelta(seconds=60), at_once=2)
    first = box.poll({}, 0)
    assert texts(list(first.events)) == ["old 2", "old 3"]
    assert all(event.payload["imported"] for event in first.events)
    letterbox.append(make_letter("new"))
    second = box.poll(first.cursor, 0)
    assert texts(list(second.events)) == ["new"]
    assert texts(drain(box, second.cursor)[0]) == ["old 0", "old 1"]


@pytest.mark.requirement("I30")
def test_a_batch_holds_few_letters_and_few_bytes(
    letterbox: Letterbox, open_mailbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = open_mailbox()
    _, cursor = drain(box, {})
    letterbox.append(*(make_letter(f"{number}") for number in range(60)))
    assert len(box.poll(cursor, 5).events) == 50
    monkeypatch.setattr(fetching, "BATCH_BYTES", 2000)
    assert 1 < len(box.poll(cursor, 0).events) < 20
    assert texts(drain(box, cursor)[0]) == [str(number) for number in range(60)]


@pytest.mark.requirement("I10")
def test_of_a_huge_letter_only_the_beginning_is_fetched(letterbox: Letterbox, open_mailbox: Open) -> None:
    letterbox.append(make_letter("x" * 70 + "\n" + "long line\n" * 60_000), make_letter("small"))
    events, _ = drain(open_mailbox(size_limit=300_000), {})
    huge, small = events
    assert huge.payload["truncated"]
    assert huge.payload["size"] > 600_000
    assert len(huge.raw or b"") == 256 * 1024
    assert (huge.raw or b"").startswith(b"From:")
    assert texts([small]) == ["small"]


@pytest.mark.requirement("I30")
def test_a_renumbered_mailbox_is_read_again_from_a_while_back(
    letterbox: Letterbox, open_mailbox: Open
) -> None:
    letterbox.append(make_letter("one"), make_letter("two"))
    first, cursor = drain(open_mailbox(), {})
    letterbox.renumber()
    letterbox.append(make_letter("three"))
    second, renumbered = drain(open_mailbox(), cursor)
    assert renumbered["INBOX"]["uidvalidity"] != cursor["INBOX"]["uidvalidity"]
    assert sorted(texts(second)) == ["one", "three", "two"]
    assert not {event.event_key for event in first} & {event.event_key for event in second}


@pytest.mark.requirement("I30")
def test_a_renumbered_mailbox_brings_back_nothing_that_was_never_wanted(
    letterbox: Letterbox, open_mailbox: Open
) -> None:
    letterbox.append(make_letter("old"))
    later = datetime.now(UTC) + timedelta(seconds=60)
    _, cursor = drain(open_mailbox(since=later), {})
    letterbox.renumber()
    events, _ = drain(open_mailbox(since=later), cursor)
    assert events == []


def test_every_folder_asked_for_is_watched(letterbox: Letterbox, open_mailbox: Open) -> None:
    box = open_mailbox(folders=("INBOX", "Junk"))
    _, cursor = drain(box, {})
    letterbox.append(make_letter("spam"), folder="Junk")
    batch = box.poll(cursor, 10)
    assert [event.payload["folder"] for event in batch.events] == ["Junk"]
    letterbox.append(make_letter("ham"))
    assert texts(list(box.poll(batch.cursor, 10).events)) == ["ham"]


def test_a_folder_that_is_not_there_is_named(open_mailbox: Open) -> None:
    with pytest.raises(Temporary) as missing:
        open_mailbox(folders=("Nowhere",)).poll({}, 0)
    assert missing.value.code == "folder_missing"
    assert "Nowhere" in missing.value.detail


@pytest.mark.requirement("I32")
def test_a_letter_the_server_refuses_is_named_and_its_neighbours_come(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, meddlers: Meddlers
) -> None:
    letterbox.append(*(make_letter(f"{number}") for number in range(1, 6)))
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer(r"UID FETCH [\d,]*\b3\b[\d,]* \(BODY", "TAG NO [SERVERBUG] cannot read that")
    events, _ = drain(open_mailbox(port=meddler.port), {})
    assert texts([event for event in events if event.raw]) == ["1", "2", "4", "5"]
    (broken,) = [event for event in events if event.raw is None]
    assert "cannot read that" in broken.payload["unfetchable"]
    assert broken.payload["uid"] == 3


@pytest.mark.requirement("I32")
def test_a_letter_that_makes_the_server_hang_up_stops_only_itself(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, meddlers: Meddlers
) -> None:
    letterbox.append(*(make_letter(f"{number}") for number in range(1, 6)))
    meddler = meddlers.before(dovecot.imap_port)
    meddler.hang_up_on(r"UID FETCH [\d,]*\b3\b[\d,]* \(BODY")
    box = open_mailbox(port=meddler.port)
    cursor: Mapping[str, Any] = {}
    events: list[RawEvent] = []
    for _ in range(30):
        with contextlib.suppress(Temporary):
            batch = box.poll(cursor, 0)
            events += batch.events
            cursor = dict(batch.cursor)
    assert sorted(texts([event for event in events if event.raw])) == ["1", "2", "4", "5"]
    assert [event.payload["uid"] for event in events if event.raw is None] == [3]


@pytest.mark.requirement("I32")
def test_a_body_the_server_leaves_out_is_named(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, meddlers: Meddlers
) -> None:
    letterbox.append(make_letter())
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer(r"UID FETCH .*BODY", "* 1 FETCH (UID 1 BODY[] NIL)\r\nTAG OK done")
    (event,), _ = drain(open_mailbox(port=meddler.port), {})
    assert event.payload["unfetchable"]


def test_a_letter_moved_away_meanwhile_is_no_event(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, meddlers: Meddlers
) -> None:
    letterbox.append(make_letter("one"), make_letter("two"))
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer(r"UID SEARCH UID 1:", "* SEARCH 1 2 7\r\nTAG OK done")
    meddler.answer(r"UID SEARCH UID 7:7", "* SEARCH\r\nTAG OK done")
    box = open_mailbox(port=meddler.port)
    batch = box.poll({}, 0)
    assert texts(list(batch.events)) == ["one", "two"]


def test_a_server_without_uidnext_is_read_too(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, meddlers: Meddlers
) -> None:
    letterbox.append(make_letter("one"))
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer(r"EXAMINE", "* 1 EXISTS\r\n* OK [UIDVALIDITY 77] numbers\r\nTAG OK [READ-ONLY] looked at")
    meddler.answer(r"SEARCH UID \*", "* SEARCH 1\r\nTAG OK done")
    meddler.answer(r"SEARCH UID 1:1", "* SEARCH 1\r\nTAG OK done")
    meddler.answer(r"FETCH 1 \(RFC", "* 1 FETCH (UID 1 RFC822.SIZE 4)\r\nTAG OK done")
    meddler.answer(r"FETCH 1 \(BODY", "* 1 FETCH (UID 1 BODY[] {4}\r\nA: b)\r\nTAG OK done")
    batch = open_mailbox(port=meddler.port).poll({}, 0)
    assert [event.raw for event in batch.events] == [b"A: b"]


@pytest.mark.requirement("I33")
def test_a_server_that_cannot_idle_is_looked_at_regularly(
    dovecot: Dovecot,
    letterbox: Letterbox,
    open_mailbox: Open,
    meddlers: Meddlers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox, "POLL_WITHOUT_IDLE", 0.2)
    meddler = meddlers.before(dovecot.imap_port)
    meddler.without("IDLE")
    box = open_mailbox(port=meddler.port)
    _, cursor = drain(box, {})
    letterbox.append(make_letter("found"))
    assert texts(list(box.poll(cursor, 5).events)) == ["found"]
    assert meddler.asked("IDLE") == 0


@pytest.mark.requirement("I38")
def test_a_wrong_password_stops_the_channel_and_says_what_to_do(open_mailbox: Open) -> None:
    with pytest.raises(AuthBroken) as refused:
        open_mailbox(password="wrong-and-secret").poll({}, 0)
    assert refused.value.code == "login_refused"
    assert "wrong-and-secret" not in str(refused.value)
    assert "app password" in FAULTS[refused.value.code]


def test_a_password_cannot_smuggle_in_a_command(open_mailbox: Open) -> None:
    with pytest.raises(AuthBroken):
        open_mailbox(password="x\r\nA1 DELETE INBOX").poll({}, 0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("TAG NO [UNAVAILABLE] the database is away", "login_unavailable"),
        ("TAG NO [ALERT] Too many simultaneous connections", "login_unavailable"),
        ("* BYE shutting down", "connection_lost"),
    ],
)
def test_a_login_that_fails_for_now_is_not_a_wrong_password(
    dovecot: Dovecot, open_mailbox: Open, meddlers: Meddlers, answer: str, code: str
) -> None:
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer("LOGIN", answer)
    box = open_mailbox(port=meddler.port, patience=0.5)
    with pytest.raises(Temporary) as fault:
        box.poll({}, 0)
    assert fault.value.code in (code, "server_silent" if "BYE" in answer else code)


@pytest.mark.requirement("I33")
def test_a_server_that_hangs_is_given_up_and_tried_again(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, wires: Wires
) -> None:
    wire = wires.to(dovecot.imap_port)
    box = open_mailbox(port=wire.port, patience=2)
    _, cursor = drain(box, {})
    letterbox.append(make_letter("after the hang"))
    wire.freeze()
    with pytest.raises(Temporary) as silent:
        box.poll({}, 0)
    assert silent.value.code == "server_silent"
    assert FAULTS["server_silent"]
    wire.thaw()
    wire.hang_up()
    assert texts(drain(box, cursor)[0]) == ["after the hang"]


@pytest.mark.requirement("I33")
def test_a_connection_that_drops_in_a_letter_loses_nothing(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open, wires: Wires
) -> None:
    letterbox.append(*(make_letter(f"{number} " + "x" * 900) for number in range(9)))
    wire = wires.to(dovecot.imap_port)
    box = open_mailbox(port=wire.port, patience=2)
    wire.cut_after(6000)
    with pytest.raises(Temporary) as dropped:
        box.poll({}, 0)
    assert dropped.value.code == "connection_lost"
    events, _ = drain(box, {})
    assert [text.split()[0] for text in sorted(texts(events))] == [str(number) for number in range(9)]


def test_a_server_that_is_away_has_its_sentence(open_mailbox: Open) -> None:
    with pytest.raises(Temporary) as away:
        open_mailbox(port=free_ports(1)[0]).poll({}, 0)
    assert away.value.code == "unreachable"
    assert away.value.code in FAULTS


def test_something_that_is_no_mail_server_has_its_sentence(open_mailbox: Open, wires: Wires) -> None:
    wire = wires.to(1)
    with pytest.raises(Temporary) as fault:
        open_mailbox(port=wire.port).poll({}, 0)
    assert fault.value.code in FAULTS


def test_an_address_inside_the_own_network_is_refused(
    open_mailbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OUTSIDE_ALLOW")
    get_settings.cache_clear()
    with pytest.raises(Temporary) as refused:
        open_mailbox().poll({}, 0)
    assert refused.value.code == "address_not_allowed"


def test_another_account_on_the_same_server_is_not_taken_for_the_old_one(
    dovecot: Dovecot, letterbox: Letterbox, open_mailbox: Open
) -> None:
    letterbox.append(make_letter("one"), make_letter("two"))
    first, cursor = drain(open_mailbox(), {})
    letterbox.append(make_letter("three"))
    moved = {"INBOX": cursor["INBOX"] | {"account": "support@old.test"}}
    events, _ = drain(open_mailbox(), moved)
    assert texts(events) == ["one", "two", "three"]
    assert not {event.event_key for event in first} & {event.event_key for event in events}


@pytest.mark.requirement("I36")
def test_a_large_mailbox_takes_no_more_memory_than_a_small_one(
    letterbox: Letterbox, open_mailbox: Open
) -> None:
    letterbox.fill(
        make_letter(f"{number} " + "x" * 70 + "\n" + "long line\n" * 3_000) for number in range(600)
    )
    box, taken = open_mailbox(), 0
    cursor: Mapping[str, Any] = {}
    tracemalloc.start()
    try:
        while True:
            batch = box.poll(cursor, 0)
            taken += len(batch.events)
            if not batch.more and batch.cursor == cursor:
                break
            cursor = batch.cursor
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken == 600
    assert peak < 6_000_000, f"{peak / 1e6:.1f} MB for a mailbox of 18 MB"


def answered_in(events: list[RawEvent]) -> list[str]:
    return [event.payload["answered"] for event in events if "answered" in event.payload]


def mark_answered(letterbox: Letterbox, *uids: int) -> None:
    with letterbox.client() as client:
        client.select_folder("INBOX")
        client.add_flags(list(uids), [b"\\Answered"])


@pytest.mark.requirement("I34")
@pytest.mark.parametrize("counts_changes", [True, False])
def test_what_was_answered_in_another_program_is_told_once(
    letterbox: Letterbox,
    open_mailbox: Open,
    meddlers: Meddlers,
    dovecot: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
    counts_changes: bool,
) -> None:
    monkeypatch.setattr(flags, "SECONDS", 0.0)
    between = meddlers.before(dovecot.imap_port)
    if not counts_changes:
        between.without("CONDSTORE")
    letterbox.append(make_letter(), make_letter(), make_letter())
    mark_answered(letterbox, 1)
    box = open_mailbox(port=between.port)
    events, cursor = drain(box, {})
    assert [key.rpartition(":")[2] for key in answered_in(events)] == ["1"]
    mark_answered(letterbox, 3)
    with letterbox.client() as client:
        client.select_folder("INBOX")
        client.add_flags([2], [b"\\Seen"])
    box._look_at = 0.0
    events, cursor = drain(box, cursor)
    assert [event.event_key.rpartition(":")[0].rpartition(":")[2] for event in events] == ["3"]
    box._look_at = 0.0
    assert drain(box, cursor)[0] == []
    assert between.asked("MODSEQ") == (1 if counts_changes else 0)


@pytest.mark.requirement("I34")
def test_flags_are_looked_at_only_now_and_then(
    letterbox: Letterbox, open_mailbox: Open, meddlers: Meddlers, dovecot: Dovecot
) -> None:
    between = meddlers.before(dovecot.imap_port)
    letterbox.append(make_letter())
    box = open_mailbox(port=between.port)
    cursor = drain(box, {})[1]
    mark_answered(letterbox, 1)
    box._look_at = 0.0
    assert drain(box, cursor)[0] == []
    assert between.asked("ANSWERED") == 1
