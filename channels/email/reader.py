"""Letters read by a process of their own: a hostile one costs that process, never a worker.

The process lives on from letter to letter, because starting one costs a hundred times
what reading costs; it is started anew when it died, and after a fork, since two
processes cannot share its pipes.
"""

import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson

from channels.email.handover import Untrusted, read_letter_json
from channels.email.letters import Letter
from channels.email.reader_child import LENGTH

CPU_SECONDS = 5.0
MEMORY_BYTES = 512 * 1024 * 1024
WALL_FACTOR = 12.0  # a busy machine gives a process a fraction of a processor
MAX_ANSWER = 256 * 1024 * 1024


class Unreadable(Exception):
    """The letter could not be read within its bounds; the reason is for whoever looks at it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader:
    """One reading process and the pipe to it; safe to share between threads."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def read(
        self,
        letter: bytes | Path,
        folder: Path,
        *,
        cpu_seconds: float = CPU_SECONDS,
        parent_text: str | None = None,
    ) -> Letter:
        """The letter; its files' contents lie in the folder, named by their sha256. Raises Unreadable."""
        if os.getpid() != self._owner:
            self._process, self._lock, self._owner = None, threading.Lock(), os.getpid()
        with self._lock:
            process = self._started()
            try:
                self._ask(process, letter, folder, cpu_seconds, parent_text)
                answer = self._answer(process, time.monotonic() + cpu_seconds * WALL_FACTOR)
            except (BrokenPipeError, EOFError):
                raise Unreadable(self._why_it_ended(process)) from None
            except TimeoutError:
                self._end()
                raise Unreadable("time") from None
        if answer[:1] != b"L":
            raise Unreadable(answer[1:200].decode("utf-8", "replace"))
        try:
            return read_letter_json(answer[1:])
        except Untrusted as fault:
            raise Unreadable(f"answer: {fault}") from fault

    def close(self) -> None:
        """End the process if this one started it."""
        if os.getpid() == self._owner:
            with self._lock:
                self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "channels.email.reader_child", str(self.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
        )
        return self._process

    def _ask(
        self,
        process: subprocess.Popen[bytes],
        letter: bytes | Path,
        folder: Path,
        cpu_seconds: float,
        parent_text: str | None,
    ) -> None:
        request = orjson.dumps(
            {
                "path": str(letter.resolve()) if isinstance(letter, Path) else "",
                "folder": str(folder.resolve()),
                "cpu_seconds": cpu_seconds,
                "parent_text": parent_text,
            }
        )
        assert process.stdin is not None
        process.stdin.write(LENGTH.pack(len(request)) + request)
        if isinstance(letter, bytes):
            process.stdin.write(LENGTH.pack(len(letter)))
            process.stdin.write(letter)
        process.stdin.flush()

    def _answer(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        length = LENGTH.unpack(self._received(process, LENGTH.size, deadline))[0]
        if length > MAX_ANSWER:
            self._end()
            raise EOFError
        return self._received(process, length, deadline)

    def _received(self, process: subprocess.Popen[bytes], count: int, deadline: float) -> bytes:
        assert process.stdout is not None
        pieces = bytearray()
        while len(pieces) < count:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), min(count - len(pieces), 1 << 20))
            if not piece:
                raise EOFError
            pieces += piece
        return bytes(pieces)

    def _why_it_ended(self, process: subprocess.Popen[bytes]) -> str:
        self._process = None
        try:
            code = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        _close_pipes(process)
        return {-24: "time", -9: "killed", -11: "crashed", -6: "crashed"}.get(code, f"ended with {code}")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _close_pipes(process)


def read_bounded(
    letter: bytes | Path,
    folder: Path,
    *,
    cpu_seconds: float = CPU_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
    parent_text: str | None = None,
) -> Letter:
    """Read a letter, bytes or a file of them, in the reading process of these bounds; raises Unreadable.

    The contents of its files are written to the folder, each named by its sha256, and
    `LetterFile.content` is empty: 35 MB of attachments never pass through this process.
    """
    reader = _READERS.get(memory_bytes)
    if reader is None:
        reader = _READERS.setdefault(memory_bytes, Reader(memory_bytes=memory_bytes))
    return reader.read(letter, folder, cpu_seconds=cpu_seconds, parent_text=parent_text)


_READERS: dict[int, Reader] = {}


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()


@atexit.register
def _close_readers() -> None:
    for reader in _READERS.values():
        reader.close()
