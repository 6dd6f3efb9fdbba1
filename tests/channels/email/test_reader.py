"""The process that reads letters is bounded, lives on, and is not believed."""

import base64
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.email.handover import Untrusted, content_path, read_letter_json, write_letter
from channels.email.letters import Letter
from channels.email.reader import Reader, Unreadable, read_bounded
from channels.email.wire import read_letter
from tests.channels.email.written import LETTERS, letter, part, parts

pytestmark = pytest.mark.requirement("I10")
ALL = sorted(LETTERS.glob("*/*.eml"))


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


def without_contents(letter: Letter) -> Letter:
    """The letter as it comes from the reading process, which leaves the files in a folder."""
    inner = letter.forwarded
    if inner is not None and inner.files is not None:
        inner = replace(inner, files=tuple(replace(file, content=b"") for file in inner.files))
    files = tuple(replace(file, content=b"") for file in letter.files)
    return replace(letter, files=files, forwarded=inner)


def pid(reader: Reader) -> int:
    assert reader._process is not None
    return reader._process.pid


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_letter_read_there_is_the_letter_read_here(path: Path, tmp_path: Path) -> None:
    there, here = read_bounded(path, tmp_path), read_letter(path.read_bytes())
    assert there == without_contents(here)


def test_files_lie_in_the_folder_by_their_hash(reader: Reader, tmp_path: Path) -> None:
    raw = letter(**parts("mixed", part("text/plain", "x"), part("application/pdf; name=../a.pdf", "content")))
    read = reader.read(raw, tmp_path)
    assert [(file.name, file.content) for file in read.files] == [("a.pdf", b"")]
    assert content_path(tmp_path, read.files[0].sha256).read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == [read.files[0].sha256]


def test_process_lives_on_from_letter_to_letter(reader: Reader, tmp_path: Path) -> None:
    reader.read(letter(body="one"), tmp_path)
    first = pid(reader)
    assert reader.read(letter(body="two"), tmp_path).text == "two"
    assert pid(reader) == first


def test_process_that_died_is_started_anew(reader: Reader, tmp_path: Path) -> None:
    reader.read(letter(body="one"), tmp_path)
    first = pid(reader)
    os.kill(first, 9)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert reader.read(letter(body="two"), tmp_path).text == "two"
    assert pid(reader) != first


def test_letter_that_needs_too_much_time_costs_its_process_alone(reader: Reader, tmp_path: Path) -> None:
    slow = letter(Content_Type="text/html", body="<p>x <b>y</b></p>" * 120_000)
    with pytest.raises(Unreadable) as fault:
        reader.read(slow, tmp_path, cpu_seconds=-1.0)
    assert fault.value.reason == "time"
    assert reader.read(letter(body="next"), tmp_path).text == "next"


def test_letter_that_needs_too_much_memory_costs_its_process_alone(tmp_path: Path) -> None:
    reader = Reader(memory_bytes=24 * 1024 * 1024)
    try:
        with pytest.raises(Unreadable) as fault:
            reader.read(letter(body="x" * 30_000_000), tmp_path)
        assert fault.value.reason in ("memory", "MemoryError") or fault.value.reason.startswith("ended")
        assert reader.read(letter(body="next"), tmp_path).text == "next"
    finally:
        reader.close()


def test_letter_of_35_megabytes_is_read_within_150_of_memory(reader: Reader, tmp_path: Path) -> None:
    content = base64.encodebytes(os.urandom(1_000_000) * 26).decode()
    file = part("application/zip; name=a.zip", content, Content_Transfer_Encoding="base64")
    path = tmp_path / "letter.eml"
    path.write_bytes(letter(**parts("mixed", part("text/plain", "big"), file)))
    assert path.stat().st_size > 35_000_000
    started = time.monotonic()
    read = reader.read(path, tmp_path)
    assert (read.text, read.files[0].size) == ("big", 26_000_000)
    assert time.monotonic() - started < 10
    status = Path(f"/proc/{pid(reader)}/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        assert int(peak.split()[1]) < 150 * 1024


def test_ordinary_letters_cost_less_than_five_milliseconds() -> None:
    raws = [path.read_bytes() for path in ALL]
    for raw in raws:
        read_letter(raw)
    started = time.process_time()
    for raw in raws:
        read_letter(raw)
    assert (time.process_time() - started) / len(raws) < 0.005


def test_folder_that_is_gone_is_told(reader: Reader, tmp_path: Path) -> None:
    raw = letter(**parts("mixed", part("application/pdf; name=a.pdf", "x")))
    with pytest.raises(Unreadable, match="folder"):
        reader.read(raw, tmp_path / "gone")


def test_process_of_another_is_not_used_after_a_fork(reader: Reader, tmp_path: Path) -> None:
    reader.read(letter(body="one"), tmp_path)
    first, reader._owner = pid(reader), os.getpid() + 1
    process = reader._process
    assert reader.read(letter(body="two"), tmp_path).text == "two"
    assert pid(reader) != first
    assert process is not None
    assert process.poll() is None
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


@pytest.mark.parametrize(
    "change",
    [
        {"klass": "boss"},
        {"subject": 1},
        {"subject": None},
        {"text": ["x"]},
        {"received_hops": "1"},
        {"received_hops": True},
        {"from_": {"name": "x"}},
        {"from_": "x"},
        {"to": {}},
        {"date": "yesterday"},
        {
            "files": [
                {
                    "name": "x",
                    "mime": "x",
                    "size": 1,
                    "sha256": "../../etc/passwd",
                    "inline": False,
                    "cid": None,
                    "location": None,
                }
            ]
        },
        {
            "bounce": {
                "recipients": [],
                "status": None,
                "kind": "x",
                "diagnostic": "",
                "original_message_id": None,
                "original_envelope_id": None,
            }
        },
        {"headers": [["x"]]},
        {"references": [1]},
    ],
)
def test_what_is_no_letter_is_not_believed(change: dict[str, object], tmp_path: Path) -> None:
    told = json.loads(write_letter(Letter(), tmp_path)) | change
    with pytest.raises(Untrusted):
        read_letter_json(json.dumps(told).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"nonsense", b"null"])
def test_nonsense_is_not_believed(data: bytes) -> None:
    with pytest.raises(Untrusted):
        read_letter_json(data)


def test_name_that_is_no_hash_has_no_place(tmp_path: Path) -> None:
    with pytest.raises(Untrusted):
        content_path(tmp_path, "../x")
