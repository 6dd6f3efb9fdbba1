"""Processes that never outlive the one that started them.

On Linux the kernel tells a process that its parent died (`prctl(2)`, PR_SET_PDEATHSIG); elsewhere a thread
looks twice a second. Either way `kill -9` of the supervisor ends everything below it.
"""

import ctypes
import os
import signal
import sys
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, Popen
from time import sleep as _sleep  # the real one, whatever gevent replaces later

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY = 0.5

_is_bound = False
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: int = signal.SIGKILL, *, parent: int | None = None) -> None:
    """End this process when the one that started it ends, however it ends.

    The kernel forgets the wish when the user changes, so it is told after setuid. A parent that died
    before it was told is noticed by `parent`, the id that the caller knew.
    """
    expected = parent or os.getppid()
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    else:
        start_new_thread(_watch, (expected, number))
    if os.getppid() != expected:
        os.kill(os.getpid(), number)


def bind_descendants() -> None:
    """Make every process this one forks, and those they fork, die with its parent.

    It holds for work horses of rq and workers of gunicorn, which know nothing of it.
    """
    global _is_bound
    if not _is_bound:
        os.register_at_fork(after_in_child=die_with_parent)
        _is_bound = True


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent died, so that they can be ended."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def name_process(name: str) -> None:
    """Show a name in `ps` and `top`; the kernel keeps fifteen letters of it."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def spawn(
    command: Sequence[str | Path],
    *,
    output: int,
    environment: Mapping[str, str] | None = None,
    account: tuple[int, int] | None = None,
    last_wish: int = signal.SIGKILL,
) -> Popen[bytes]:
    """Start a program in a session of its own, as another user if asked, bound to this process's life."""
    mother = os.getpid()
    user, group = account or (None, None)
    return Popen(
        [str(part) for part in command],
        stdin=DEVNULL,
        stdout=output,
        stderr=output,
        env=environment,
        cwd="/" if account else None,
        user=user,
        group=group,
        extra_groups=[] if account else None,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(last_wish, parent=mother),
    )


def fork(work: Callable[[], int | None], *, output: int, close: Iterable[int] = ()) -> int:
    """Run a function in a forked process that shares what is already imported; returns its id.

    `close` names descriptors of the parent that the child has no business with.
    """
    mother = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setsid()
        die_with_parent(parent=mother)
        _forget_signals()
        _take_output(output, close)
        code = work() or 0
    except SystemExit as end:
        code = _exit_code(end)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def kill_group(leader: int, number: int = signal.SIGKILL) -> None:
    """Signal all that is left of a program's process group; silent when nothing is."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return


def children() -> set[int]:
    """The processes whose parent is this one, adopted orphans among them."""
    mine = os.getpid()
    return {pid for pid in _all_processes() if _parent_of(pid) == mine}


def command_line(pid: int) -> str | None:
    """What a process was started as, or None when there is no such process to be seen."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return None
    with os.popen(f"ps -o command= -p {pid:d}") as listing:
        return listing.read().strip() or None


def _watch(parent: int, number: int) -> None:
    while os.getppid() == parent:
        _sleep(_LOOK_EVERY)
    os.kill(os.getpid(), number)


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_output(output: int, close: Iterable[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in {nothing, output, *close} - {0, 1, 2}:
        os.close(descriptor)


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


def _all_processes() -> list[int]:
    if sys.platform != "linux":
        return []
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent_of(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[1])
