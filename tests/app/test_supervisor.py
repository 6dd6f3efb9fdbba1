"""The supervisor: what ends is started again, and nothing outlives it."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from app.output import Lines, Output
from app.procfile import read_procfile, scaled
from app.supervisor import LONGEST_PAUSE
from tests.app.waiting import is_alive, until

ROOT = Path(__file__).parents[2]
# Says its own name and that of a child in a session of its own, as rq's work horses are, then waits.
FAMILY = """if True:
    import os, pathlib, signal, sys, time
    sys.path.insert(0, sys.argv[1])
    from app.processes import bind_descendants
    bind_descendants()
    child = os.fork()
    if child == 0:
        os.setsid()
    else:
        pathlib.Path(sys.argv[2]).write_text(f"{os.getpid()} {child}")
    while True:
        time.sleep(60)
"""


class Run:
    """One `emptyfeed run` with processes of the test's own."""

    def __init__(self, folder: Path, procfile: str, environment: dict[str, str]) -> None:
        self.folder = folder
        (folder / "Procfile").write_text(procfile)
        self.output = (folder / "output").open("wb")
        given = {"PATH": os.environ["PATH"], "EMPTYFEED_DATA": str(folder / "data"), **environment}
        command = [sys.executable, "-m", "app.cli", "run", "--fresh", "--procfile", str(folder / "Procfile")]
        self.process = subprocess.Popen(command, cwd=ROOT, env=given, stderr=self.output, stdout=self.output)

    def program(self, name: str) -> dict[str, Any]:
        """What the supervisor says about one process."""
        with suppress(FileNotFoundError):
            told = json.loads((self.folder / "data/processes.json").read_text())
            return dict(told["programs"].get(name, {}))
        return {}

    def pid(self, name: str) -> int | None:
        return self.program(name).get("pid")

    def lines(self) -> list[str]:
        return (self.folder / "output").read_text().splitlines()

    def file(self, name: str) -> str:
        with suppress(FileNotFoundError):
            return (self.folder / name).read_text()
        return ""

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.output.close()


Start = Callable[..., Run]
NO_SERVERS = {
    "DATABASE_URL": "postgresql://unused/unused",
    "REDIS_URL": "unix:///unused",
    "LOG_FORMAT": "console",
}


@pytest.fixture
def start() -> Iterator[Start]:
    place = Path(tempfile.mkdtemp(prefix="emptyfeed-run-"))
    place.chmod(0o711)
    runs: list[Run] = []

    def start(procfile: str, environment: dict[str, str] | None = None) -> Run:
        (place / "family.py").write_text(FAMILY)
        text = (
            procfile.replace("FOLDER", str(place))
            .replace("PYTHON", sys.executable)
            .replace("ROOT", str(ROOT))
        )
        runs.append(Run(place, text, NO_SERVERS if environment is None else environment))
        return runs[-1]

    yield start
    for run in runs:
        run.end()
    shutil.rmtree(place)


FAMILY_LINE = "family: PYTHON FOLDER/family.py ROOT FOLDER/pids\n"
DEAF_LINE = """deaf: sh -c "trap '' TERM; echo up > FOLDER/up; while true; do sleep 1; done"\n"""


def family_of(run: Run) -> tuple[int, int]:
    parent, child = until(lambda: run.file("pids")).split()
    return int(parent), int(child)


def test_what_ends_is_started_again_within_two_seconds(start: Start) -> None:
    run = start("short: sh -c 'echo begun >> FOLDER/begun; exit 3'\n")
    until(lambda: run.file("begun").count("begun") >= 4)
    pauses = [float(line.split(" in ")[1].split()[0]) for line in run.lines() if "starts again in" in line]
    assert pauses[:3] == [0.25, 0.5, 1.0]
    assert all("ended with code 3" in line for line in run.lines() if "starts again" in line)


def test_the_pause_before_a_restart_is_never_longer_than_two_seconds() -> None:
    assert LONGEST_PAUSE <= 2


def test_one_that_ends_does_not_end_the_others(start: Start) -> None:
    run = start(FAMILY_LINE + "short: sh -c 'exit 1'\n")
    parent, child = family_of(run)
    until(lambda: run.program("short").get("starts", 0) >= 3)
    assert is_alive(parent)
    assert is_alive(child)


def test_nothing_is_left_of_a_process_that_was_killed_before_it_starts_again(start: Start) -> None:
    run = start(FAMILY_LINE)
    parent, child = family_of(run)
    (run.folder / "pids").unlink()
    os.kill(parent, signal.SIGKILL)
    again, _ = family_of(run)
    assert again != parent
    assert not is_alive(child)


def test_a_killed_supervisor_takes_the_whole_tree_along(start: Start) -> None:
    run = start(FAMILY_LINE)
    parent, child = family_of(run)
    run.process.kill()
    run.process.wait()
    until(lambda: not is_alive(parent) and not is_alive(child), patience=5)


def test_told_to_end_it_ends_all_and_says_it_went_well(start: Start) -> None:
    run = start(FAMILY_LINE)
    parent, child = family_of(run)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(10) == 0
    assert not is_alive(parent)
    assert not is_alive(child)


def test_one_that_will_not_end_is_ended_within_ten_seconds(start: Start) -> None:
    run = start(DEAF_LINE)
    until(lambda: run.file("up"))
    pid = until(lambda: run.pid("deaf"))
    began = time.monotonic()
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(15) == 0
    assert time.monotonic() - began < 10
    assert not is_alive(pid)


def test_a_second_request_to_end_is_not_made_to_wait(start: Start) -> None:
    run = start(DEAF_LINE)
    until(lambda: run.file("up"))
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    until(lambda: any("stopping" in line for line in run.lines()))
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(15) == 0
    assert time.monotonic() - began < 4


def test_every_line_says_whose_it_is(start: Start) -> None:
    run = start(
        "one: sh -c 'echo hello; printf unfinished; sleep 60'\ntwo: sh -c 'echo world >&2; sleep 60'\n"
    )
    until(
        lambda: any("hello" in line for line in run.lines()) and any("world" in line for line in run.lines())
    )
    assert "one       | hello" in run.lines()
    assert "two       | world" in run.lines()


def test_machines_get_every_line_as_an_object() -> None:
    stream = io.BytesIO()
    output = Output(is_json=True, stream=stream)
    output.write("one", b"plain")
    output.write("two", b'{"event": "mine", "process": "two"}')
    told = [json.loads(row) for row in stream.getvalue().splitlines()]
    assert [(row["process"], row["event"]) for row in told] == [("one", "plain"), ("two", "mine")]


def test_a_line_without_end_is_cut_rather_than_kept_for_ever() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntw") == [b"one"]
    assert lines.feed(b"o\r\n") == [b"two"]
    assert sum(len(line) for _ in range(100) for line in lines.feed(b"x" * 10_000)) > 900_000
    assert len(lines.finish()) <= 1


def test_nothing_serves_when_the_release_line_fails(start: Start) -> None:
    run = start("release: sh -c 'echo broken; exit 1'\nidle: sh -c 'echo up > FOLDER/up'\n")
    assert run.process.wait(15) == 1
    assert any("nothing is served" in line for line in run.lines())
    assert run.file("up") == ""


def test_only_the_processes_asked_for_start_and_as_many_as_asked() -> None:
    lines = read_procfile()
    assert list(scaled(lines, "")) == ["web", "relay", "clock", "worker", "receivers"]
    assert list(scaled(lines, "web worker=3")) == ["web", "worker", "worker.2", "worker.3"]
    with pytest.raises(ValueError, match="“mailman” is none of"):
        scaled(lines, "mailman")


def test_a_killed_server_is_back_within_two_seconds_and_a_second_run_is_refused(start: Start) -> None:
    run = start("idle: sleep 600\n", {"LOG_FORMAT": "console"})
    until(lambda: run.pid("idle"), patience=60)
    sockets = run.folder / "data/run"

    def database_answers() -> bool:
        try:
            psycopg.connect(
                host=str(sockets), user="emptyfeed", dbname="emptyfeed", connect_timeout=1
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def cache_answers() -> bool:
        with suppress(redis.RedisError), redis.Redis(unix_socket_path=str(sockets / "valkey.sock")) as client:
            return bool(client.ping())
        return False

    for name, answers in (("postgres", database_answers), ("valkey", cache_answers)):
        assert answers()
        killed = run.pid(name)
        os.kill(killed or 0, signal.SIGKILL)
        began = time.monotonic()
        until(lambda name=name, killed=killed: run.pid(name) not in (None, killed))  # type: ignore[misc]
        assert time.monotonic() - began < 2
        until(answers)

    command = [sys.executable, "-m", "app.cli", "run"]
    given = {"PATH": os.environ["PATH"], "EMPTYFEED_DATA": str(run.folder / "data"), "LOG_FORMAT": "console"}
    second = subprocess.run(
        command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 1
    assert f"already runs on {run.folder}/data (process {run.process.pid})" in second.stderr
    assert database_answers()


def test_a_process_notices_its_parents_end_without_the_kernels_help() -> None:
    program = """if True:
        import os, signal, sys, time
        from app import processes
        processes._libc = None  # as on macOS
        child = os.fork()
        if child == 0:
            processes.die_with_parent()
            print(os.getpid(), flush=True)
            time.sleep(60)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert parent.stdout is not None
    with parent.stdout as told:
        child = int(told.readline())
    parent.kill()
    parent.wait()
    until(lambda: not is_alive(child), patience=5)
