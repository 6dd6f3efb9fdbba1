"""Keep processes running: start again what ends, end everything together.

One thread and one loop: it looks at signals, at what the processes print and at the time. Nothing in
it waits for a single process, so no process can hold up another's restart.
"""

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from subprocess import Popen
from types import FrameType

from app.output import Lines, Output
from app.processes import adopt_orphans, children, kill_group

# The pause before a restart doubles from the first to the last; one that ran this long starts over.
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 2.0
STEADY_AFTER = 5.0
_CHUNK = 64 * 1024

# Starts a process that writes to the descriptor it is given.
Launch = Callable[[int], Popen[bytes] | int]


@dataclass(eq=False)
class Program:
    """A process to keep running: how it is started and ended, and how it fared."""

    name: str
    launch: Launch
    stop_signal: int = signal.SIGTERM
    quit_signal: int = signal.SIGKILL
    is_once: bool = False

    is_wanted: bool = True
    pid: int | None = None
    exit_code: int | None = None
    fault: str = ""
    starts: int = 0
    pause: float = 0.0
    due_at: float | None = 0.0
    started_at: float = 0.0
    process: Popen[bytes] | None = None
    lines: Lines = field(default_factory=Lines)
    pipe: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.pid is not None


class Supervisor:
    """The processes of one installation on one machine."""

    def __init__(self, output: Output, on_change: Callable[["Supervisor"], None] | None = None) -> None:
        self.output = output
        self.programs: list[Program] = []
        self.stop_requests = 0
        self._on_change = on_change
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def take_charge(self) -> None:
        """Handle this process's signals and adopt what its children leave behind."""
        adopt_orphans()
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants us to stay
                signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def add(self, program: Program) -> Program:
        """Have a program started at the next turn and kept running from then on."""
        self.programs.append(program)
        return program

    def descriptors(self) -> list[int]:
        """What a forked child must close because it is ours."""
        pipes = [program.pipe for program in self.programs if program.pipe is not None]
        return [*pipes, self._wake_read.fileno(), self._wake_write.fileno(), self._selector.fileno()]

    def turn(self, patience: float = 0.5) -> None:
        """Look once at everything, waiting at most so long for something to happen."""
        self._start_due()
        for key, _ in self._selector.select(min(patience, self._until_due())):
            if key.fileobj is self._wake_read:
                self._drain_wakeups()
            else:
                self._read(key.data)
        self._reap()

    def restart(self, programs: Iterable[Program]) -> None:
        """End programs so that they start again with what is new on disk."""
        for program in programs:
            if program.pid is not None:
                os.kill(program.pid, program.stop_signal)

    def stop(self, programs: Iterable[Program], patience: float) -> None:
        """End programs, first with a request, after the patience with force; they are not started again."""
        leaving = list(programs)
        for program in leaving:
            program.due_at = None
            program.is_wanted = False
            self._signal(program, program.stop_signal)
        for number in (None, signal.SIGKILL):
            deadline = time.monotonic() + patience
            while any(program.is_running for program in leaving):
                if time.monotonic() > deadline or self.stop_requests > 1:
                    break
                self.turn(0.05)
            for program in leaving:
                self._signal(program, number or program.quit_signal)
            patience = 1.0
        while any(program.is_running for program in leaving):
            self.turn(0.05)

    def end_strays(self) -> None:
        """End descendants whose own parent is gone."""
        mine = {program.pid for program in self.programs}
        for stray in children() - mine:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(stray, signal.SIGKILL)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requests += 1

    def _until_due(self) -> float:
        waiting = [program.due_at for program in self.programs if program.due_at is not None]
        return max(0.0, min(waiting, default=time.monotonic() + 60) - time.monotonic())

    def _start_due(self) -> None:
        now = time.monotonic()
        for program in self.programs:
            if program.due_at is not None and program.due_at <= now:
                self._start(program)

    def _start(self, program: Program) -> None:
        read, write = os.pipe()
        os.set_blocking(read, False)
        program.pipe, program.due_at = read, None
        try:
            started = program.launch(write)
        except Exception as fault:
            os.close(read)
            program.pipe = None
            self._note_end(program, str(fault) or type(fault).__name__)
            return
        finally:
            os.close(write)
        program.process = started if isinstance(started, Popen) else None
        program.pid = started.pid if isinstance(started, Popen) else started
        program.started_at = time.monotonic()
        program.starts += 1
        program.lines = Lines()
        self._selector.register(read, selectors.EVENT_READ, program)
        self._tell()

    def _signal(self, program: Program, number: int) -> None:
        if program.pid is None:
            return
        if number == signal.SIGKILL:
            kill_group(program.pid)
        else:
            os.kill(program.pid, number)

    def _drain_wakeups(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_read.recv(4096):
                pass

    def _read(self, program: Program) -> bool:
        """Pass on what a program printed; whether there may be more."""
        if program.pipe is None:
            return False
        try:
            data = os.read(program.pipe, _CHUNK)
        except BlockingIOError:
            return False
        for line in program.lines.feed(data) if data else program.lines.finish():
            self.output.write(program.name, line)
        if not data:
            self._close_pipe(program)
        return bool(data)

    def _close_pipe(self, program: Program) -> None:
        if program.pipe is not None:
            self._selector.unregister(program.pipe)
            os.close(program.pipe)
            program.pipe = None

    def _reap(self) -> None:
        by_pid = {program.pid: program for program in self.programs if program.pid is not None}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in by_pid:
                self._note_exit(by_pid[pid], os.waitstatus_to_exitcode(status))

    def _note_exit(self, program: Program, code: int) -> None:
        """Clear up after a program: its group, its strays, the rest of what it printed."""
        leader, program.pid, program.exit_code = program.pid, None, code
        if program.process is not None:
            program.process.returncode = code
            program.process = None
        if leader is not None:
            kill_group(leader)
        self.end_strays()
        while self._read(program):
            pass
        for line in program.lines.finish():
            self.output.write(program.name, line)
        self._close_pipe(program)
        self._note_end(program, f"ended with code {code}" if code >= 0 else f"was ended by signal {-code}")

    def _note_end(self, program: Program, fault: str) -> None:
        program.fault = fault
        if program.is_once or not program.is_wanted:
            program.exit_code = 1 if program.exit_code is None else program.exit_code
            self._tell()
            return
        was_steady = program.starts > 0 and time.monotonic() - program.started_at > STEADY_AFTER
        program.pause = (
            FIRST_PAUSE if was_steady or not program.pause else min(program.pause * 2, LONGEST_PAUSE)
        )
        program.due_at = time.monotonic() + program.pause
        self.output.say(f"{program.name} {fault}; it starts again in {program.pause:g} s")
        self._tell()

    def _tell(self) -> None:
        if self._on_change is not None:
            self._on_change(self)
