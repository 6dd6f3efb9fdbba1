"""`emptyfeed mail`: letters looked at from the command line, without storing anything."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click
import orjson

from channels.email.letters import Letter
from channels.email.reader import CPU_SECONDS, Unreadable, read_bounded
from channels.email.wire import saved_letter


@click.group()
def mail() -> None:
    """Show how a letter is read."""


@mail.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE.eml...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def show(files: tuple[str, ...], as_json: bool) -> None:
    """Print how each letter would be read; "-" is standard input.

    It never fails: of a hopeless file it prints what could be saved and says why.
    """
    with tempfile.TemporaryDirectory(prefix="emptyfeed-mail-") as folder:
        for name in files:
            letter = read_file(name, Path(folder))
            line = orjson.dumps(letter.to_json()) if as_json else _page(name, letter).encode()
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()


def read_file(name: str, folder: Path, *, cpu_seconds: float = CPU_SECONDS) -> Letter:
    """The letter in a file, read within its bounds; what can be saved of it if that fails."""
    raw = b""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        letter = read_bounded(raw, folder, cpu_seconds=cpu_seconds)
    except Unreadable as fault:
        letter = saved_letter(raw, f"unreadable_{fault.reason}")
    except OSError as fault:
        letter = replace(Letter(), defects=(f"no_file: {fault.strerror or type(fault).__name__}",))
    for file in letter.files:  # nothing is kept: the next letter needs the room
        (folder / file.sha256).unlink(missing_ok=True)
    return letter


def _page(name: str, letter: Letter) -> str:
    told = letter.to_json()
    lines = [f"── {name}"]
    for key in (
        "class",
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message_id",
        "in_reply_to",
        "bounce",
        "defects",
    ):
        if told[key]:
            lines.append(f"{key:>12}  {_short(told[key])}")
    lines += [
        f"{'attachment':>12}  {one['name']} ({one['mime']}, {one['size']} B)" for one in told["attachments"]
    ]
    return "\n".join([*lines, "", letter.visible_text, ""])


def _short(value: object) -> str:
    if isinstance(value, dict) and set(value) == {"name", "address"}:
        return f"{value['name']} <{value['address']}>".strip()
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value)
    return str(value)
