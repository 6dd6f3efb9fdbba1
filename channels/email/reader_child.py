"""The process that reads letters: it may spend so much time and memory, and dies alone if it needs more.

Requests and answers are length-prefixed JSON on its standard streams; it ends when its
parent does, because its input ends.
"""

import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from channels.email.handover import write_letter
from channels.email.wire import read_letter

LENGTH = struct.Struct(">Q")


def serve() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between two answers
    requests = sys.stdin.buffer
    while (request := _received(requests)) is not None:
        told = orjson.loads(request)
        raw = Path(told["path"]).read_bytes() if told["path"] else _received(requests) or b""
        _allow(told["cpu_seconds"])
        answer, is_spent = _answer(raw, told)
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()
        if is_spent:
            return


def bound_memory(more: int) -> None:
    """Let the address space grow by no more than this; where the system cannot, time alone is bounded."""
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + more, used + more))
    except (OSError, ValueError):
        return


def _answer(raw: bytes, told: dict[str, Any]) -> tuple[bytes, bool]:
    """The letter as JSON or why there is none, and whether this process should end now."""
    try:
        letter = read_letter(raw, parent_text=told["parent_text"])
        return b"L" + write_letter(letter, Path(told["folder"])), False
    except MemoryError:
        return b"Ememory", True
    except OSError as fault:
        return f"Efolder: {fault.strerror}".encode(), False
    except Exception as fault:  # the parent decides what becomes of the letter
        return f"E{type(fault).__name__}".encode(), False


def _allow(cpu_seconds: float) -> None:
    """So much more processor time from now; the system ends the process that takes more."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(usage.ru_utime + usage.ru_stime + cpu_seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(
        resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


def _received(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(head)[0])


if __name__ == "__main__":
    bound_memory(int(sys.argv[1]))
    serve()
