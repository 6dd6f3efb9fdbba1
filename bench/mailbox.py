"""A large mailbox and single letters: what fetching and reading take of memory and processor."""

import multiprocessing
import resource
import statistics
import time
from collections.abc import Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.letters import letters
from bench.report import Report, Row, measured, rate
from bench.stack import scratch
from channels.email.mailbox import Mailbox, Watch
from channels.email.reader import Reader
from channels.email.servers import Server
from channels.email.wire import read_letter
from tests.peers import dovecot as peer
from tests.product import resident_bytes

LETTERS = 50_000
READ = 500
HUGE = 35 * 1024 * 1024


def measure(_: int, *, count: int = LETTERS) -> Report:
    """Fetch a mailbox as receivers do, in a process of its own; read letters as workers do."""
    rows = [*_fetching(count), _reading(), _reading_huge()]
    return Report("mailbox", {"letters": count, "read": READ}, rows)


def _fetching(count: int) -> list[Row]:
    with peer.open_dovecot() as server:
        box = server.mailbox()
        box.fill(letters(count, box.address))
        found, seconds, memory = _in_own_process(server.imap_port, box.user)
    if found != count:
        raise RuntimeError(f"{found} of {count} letters were fetched")
    grown = measured("memory that fetching adds", memory, "MiB", n=count, at_most=50, goal="≤ 50 MiB")
    return [rate("letters fetched", count, seconds), grown]


def _in_own_process(port: int, user: str) -> tuple[int, float, float]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    fetcher = multiprocessing.get_context("spawn").Process(target=_fetch, args=(theirs, port, user))
    fetcher.start()
    told: tuple[int, float, float] = ours.recv()
    fetcher.join()
    return told


def _fetch(line: Connection, port: int, user: str) -> None:
    """Take all there is, newest first, and forget it: what stays is what fetching itself needs."""
    server = Server("127.0.0.1", port, "none", user, peer.PASSWORD)
    with closing(Mailbox(server, Watch())) as box:
        batch = box.poll({}, 0)
        taken, before, began = len(batch.events), _peak(), time.monotonic()
        cursor: Mapping[str, Any] = batch.cursor
        while batch.more or batch.cursor != cursor:
            cursor = batch.cursor
            batch = box.poll(cursor, 0)
            taken += len(batch.events)
        line.send((taken, time.monotonic() - began, (_peak() - before) / 1024))


def _reading() -> Row:
    """Processor time in the process that reads, once it is warm."""
    written = list(letters(READ, "support@helpdesk.test"))
    for raw in written[:50]:
        read_letter(raw)
    seconds = []
    for raw in written:
        began = time.process_time()
        read_letter(raw)
        seconds.append(time.process_time() - began)
    spent = statistics.fmean(seconds) * 1000
    return measured("CPU to read a letter", spent, "ms", n=READ, at_most=5, goal="≤ 5 ms CPU")


def _reading_huge() -> Row:
    head = b"From: max@customer.test\r\nTo: support@helpdesk.test\r\nContent-Type: application/zip\r\n"
    head += b"Content-Transfer-Encoding: base64\r\n\r\n"
    with scratch() as folder, closing(Reader()) as reader:
        path = folder / "huge.eml"
        path.write_bytes(head + (b"QUFB" * 19 + b"\r\n") * (HUGE // 78))
        reader.read(path, folder)
        assert reader._process is not None
        peak = _peak_of(reader._process.pid)
    return measured("memory to read 35 MB", peak, "MiB", at_most=150, goal="≤ 150 MB")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _peak_of(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resident_bytes(pid) / 2**20
