"""The Procfile: which processes there are, and how each is started."""

import importlib
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RELEASE = "release"
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Line:
    """One process of the Procfile."""

    name: str
    command: str

    @property
    def arguments(self) -> list[str] | None:
        """Arguments of our own command line, when the line calls it; None for any other program."""
        words = shlex.split(self.command)
        return words[1:] if words[:1] == ["emptyfeed"] else None

    def as_program(self) -> list[str]:
        """What to execute, with no shell between; our own commands by this very Python."""
        if self.arguments is not None:
            return [sys.executable, "-P", "-m", "app.cli", *self.arguments]
        return shlex.split(self.command)


def read_procfile(path: Path | None = None) -> dict[str, Line]:
    """The lines of a Procfile by name, in its order; by default of the one that Emptyfeed brings along."""
    text = (path or _own_procfile()).read_text(encoding="utf-8")
    lines: dict[str, Line] = {}
    for row in text.splitlines():
        name, separator, command = row.partition(":")
        if separator and not row.lstrip().startswith("#"):
            lines[name.strip()] = Line(name.strip(), command.strip())
    return lines


def scaled(lines: Mapping[str, Line], wished: str) -> dict[str, Line]:
    """Some of the processes, some more than once: "web worker=2" gives web, worker and worker.2.

    ValueError names a process that the Procfile does not have.
    """
    if not wished.strip():
        return {name: line for name, line in lines.items() if name != RELEASE}
    chosen: dict[str, Line] = {}
    for wish in wished.replace(",", " ").split():
        name, _, number = wish.partition("=")
        if name not in lines or not (number or "1").isdigit():
            raise ValueError(f"“{wish}” is none of: {', '.join(lines)}")
        for turn in range(int(number or 1)):
            chosen[f"{name}.{turn + 1}" if turn else name] = lines[name]
    return chosen


def warm_up(modules: list[str]) -> dict[str, str]:
    """Import what forked processes will share; returns what could not be imported, and why.

    A module that is broken breaks its own process, not the one that starts all of them.
    """
    faults: dict[str, str] = {}
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as fault:
            faults[module] = f"{type(fault).__name__}: {fault}"
    return faults


def _own_procfile() -> Path:
    """In a wheel it lies in this package, in a checkout above it."""
    installed = _HERE / "Procfile"
    return installed if installed.exists() else _HERE.parent / "Procfile"
