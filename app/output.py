"""What all processes print, as one stream in which every line says whose it is."""

import os
import sys
from datetime import UTC, datetime
from typing import BinaryIO

import orjson

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)
_LONGEST_LINE = 64 * 1024


class Output:
    """Lines of many processes on stderr: prefixed for people, or as JSON objects for machines."""

    def __init__(self, *, is_json: bool, stream: BinaryIO | None = None) -> None:
        self._stream = stream or sys.stderr.buffer
        self._is_json = is_json
        self._is_coloured = not is_json and self._stream.isatty()
        self._width = 9
        self._colours: dict[str, int] = {}

    def write(self, name: str, line: bytes) -> None:
        """Pass one line on."""
        text = self._as_json(name, line) if self._is_json else self._with_prefix(name, line)
        try:
            self._stream.write(text + b"\n")
            self._stream.flush()
        except OSError:
            # Whoever read us is gone; the processes go on, and what they say from now on is lost.
            self._stream = open(os.devnull, "wb")  # noqa: SIM115, PTH123

    def say(self, text: str) -> None:
        """A line of our own."""
        self.write("emptyfeed", text.encode())

    def _with_prefix(self, name: str, line: bytes) -> bytes:
        self._width = max(self._width, len(name))
        prefix = f"{name:<{self._width}} | "
        if self._is_coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        return prefix.encode() + line

    def _as_json(self, name: str, line: bytes) -> bytes:
        if line.startswith(b"{") and line.endswith(b"}"):
            return line
        return orjson.dumps(
            {
                "event": line.decode("utf-8", "replace"),
                "level": "info",
                "process": name,
                "timestamp": datetime.now(UTC).isoformat(),
            }
        )


class Lines:
    """Bytes as they come from a pipe, cut into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now; one without end is cut rather than kept for ever."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            whole.append(self._rest)
            self._rest = b""
        return [line.rstrip(b"\r") for line in whole]

    def finish(self) -> list[bytes]:
        """What was left without a line's end."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []
