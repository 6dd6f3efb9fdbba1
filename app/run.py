"""`emptyfeed run`: the servers, the migrations and every process, from nothing to serving."""

import gc
import http.client
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import orjson

from app.embedded import (
    DataFolder,
    EmbeddedFault,
    Server,
    export,
    open_folder,
    servers_for,
    urls_of,
)
from app.output import Output
from app.processes import fork, name_process, spawn
from app.procfile import RELEASE, Line, read_procfile, scaled, warm_up
from app.supervisor import Launch, Program, Supervisor
from app.watch import Watch
from core.config import Settings, get_settings

# Together less than the ten seconds that init systems and people wait.
_STOP_PROCESSES = 5.0
_STOP_SERVERS = 3.0
_SERVER_PATIENCE = 30.0
# gevent wants to be first in its process, so the web starts on its own and shares memory with its workers.
_ALONE = {"web"}
_SHARED = ["sqlalchemy.orm", "psycopg", "redis", "pydantic", "alembic.command"]
_SHARED += ["app.relay", "app.clock", "app.worker", "app.receivers"]
_SHARED += ["channels.intake", "channels.delivery", "channels.checks"]
_OWNER_LINK = Line("owner", "emptyfeed owner-link")


class Stopped(Exception):
    """Somebody asked for the end before everything had started."""


@dataclass
class Options:
    """What `emptyfeed run` was asked for."""

    processes: str = ""
    procfile: Path | None = None
    is_fresh: bool = False
    is_watching: bool = False
    has_only_servers: bool = False


def run(options: Options) -> int:
    """Serve until told to stop; the exit code says whether it was for a reason."""
    settings = get_settings()
    output = Output(is_json=_wants_json(settings))
    os.environ["LOG_FORMAT"] = "json" if _wants_json(settings) else "console"
    name_process("emptyfeed run")
    try:
        lines = scaled(read_procfile(options.procfile), options.processes)
        with open_folder(settings.data) as folder, ExitStack() as stack:
            supervisor = Supervisor(output, _record(folder.path / "processes.json"))
            supervisor.take_charge()
            stack.callback(supervisor.end_strays)
            _serve(supervisor, settings, folder, lines, options)
    except Stopped:
        return 0
    except (EmbeddedFault, ValueError) as fault:
        output.say(str(fault))
        return 1
    return 0


def _serve(
    supervisor: Supervisor, settings: Settings, folder: DataFolder, lines: dict[str, Line], options: Options
) -> None:
    servers: list[Program] = []
    processes: list[Program] = []
    try:
        started = time.monotonic()
        _start_servers(supervisor, settings, folder, servers)
        if options.has_only_servers:
            supervisor.output.say(f"the servers alone are running on {folder.path}")
        else:
            _start_processes(supervisor, folder, lines, options, processes)
            if "web" in lines:
                _await_serving(supervisor, settings, started)
                start = _starter(supervisor, folder, is_fresh=options.is_fresh)
                processes.append(supervisor.add(Program("owner", start(_OWNER_LINK), is_once=True)))
        _keep_running(supervisor, processes, Watch() if options.is_watching else None)
    finally:
        supervisor.stop(processes, _STOP_PROCESSES)
        supervisor.stop(servers, _STOP_SERVERS)


def _start_processes(
    supervisor: Supervisor,
    folder: DataFolder,
    lines: dict[str, Line],
    options: Options,
    programs: list[Program],
) -> None:
    """Prepare the database, then start what serves."""
    if not options.is_fresh:
        _warm_up(supervisor)
    start = _starter(supervisor, folder, is_fresh=options.is_fresh)
    _release(supervisor, start, read_procfile(options.procfile))
    programs += [supervisor.add(Program(name, start(line))) for name, line in lines.items()]


def _keep_running(supervisor: Supervisor, processes: list[Program], watch: Watch | None) -> None:
    while not supervisor.stop_requests:
        supervisor.turn()
        if watch is not None and watch.has_changed():
            supervisor.output.say("the code changed")
            supervisor.restart(program for program in processes if program.name != "vite")
    supervisor.output.say("stopping")


def _start_servers(
    supervisor: Supervisor, settings: Settings, folder: DataFolder, programs: list[Program]
) -> None:
    """Start what has no address given, wait for it, and make its address everybody's setting."""
    servers = servers_for(settings, folder)
    by_server = {server.name: supervisor.add(_server_program(server)) for server in servers}
    programs += by_server.values()
    for server in servers:
        _await_server(supervisor, server, by_server[server.name])
        server.complete()
    export(urls_of(settings, servers))
    get_settings.cache_clear()


def _server_program(server: Server) -> Program:
    def launch(output: int) -> Popen[bytes]:
        server.prepare()
        return server.launch(output)

    return Program(server.name, launch, server.stop_signal, server.quit_signal)


def _await_server(supervisor: Supervisor, server: Server, program: Program) -> None:
    """Wait while it recovers, however long that takes; give up when it will not even stay."""
    told = give_up = time.monotonic()
    while not (program.is_running and server.is_ready()):
        _turn(supervisor)
        now = time.monotonic()
        if program.is_running and now - program.started_at > 1:
            give_up = now
        if now - give_up > _SERVER_PATIENCE:
            raise EmbeddedFault(f"{server.name} does not start: it {program.fault}.")
        if now - told > 10:
            told = now
            supervisor.output.say(f"waiting for {server.name}, which may be recovering")


def _warm_up(supervisor: Supervisor) -> None:
    """Import once what the forked processes have in common, and leave it where they can share it."""
    for module, fault in warm_up(_SHARED).items():
        supervisor.output.say(f"{module} could not be imported: {fault}")
    gc.collect()
    gc.freeze()


def _starter(supervisor: Supervisor, folder: DataFolder, *, is_fresh: bool) -> Callable[[Line], Launch]:
    """How a line becomes a process: forked from this warm one, or executed afresh."""

    def start(line: Line) -> Launch:
        arguments = line.arguments
        if arguments is None or is_fresh or arguments[0] in _ALONE:
            return lambda output: spawn(line.as_program(), output=output)
        return lambda output: fork(
            lambda: _be(arguments), output=output, close=[*supervisor.descriptors(), *folder.descriptors()]
        )

    return start


def _be(arguments: list[str]) -> int:
    """Become one of our commands in a forked process."""
    from app.cli import main

    name_process(f"emptyfeed {arguments[0]}")
    main(arguments)
    return 0


def _release(supervisor: Supervisor, start: Callable[[Line], Launch], lines: dict[str, Line]) -> None:
    """Run the release line to its end before anything serves; nothing is served after a failure."""
    if RELEASE not in lines:
        return
    program = supervisor.add(Program(RELEASE, start(lines[RELEASE]), is_once=True))
    try:
        while program.exit_code is None:
            _turn(supervisor)
    finally:
        supervisor.stop([program], _STOP_PROCESSES)
        supervisor.programs.remove(program)
    if program.exit_code != 0:
        raise EmbeddedFault("The database could not be prepared (see above), so nothing is served.")


def _await_serving(supervisor: Supervisor, settings: Settings, started: float) -> None:
    """Say where the pages are once they are there."""
    while not _is_serving(settings):
        _turn(supervisor, 0.1)
    took = time.monotonic() - started
    supervisor.output.say(f"Emptyfeed is at {settings.base_url} (started in {took:.1f} s)")


def _is_serving(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=1)
    try:
        connection.request("GET", "/health/live", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _turn(supervisor: Supervisor, patience: float = 0.02) -> None:
    supervisor.turn(patience)
    if supervisor.stop_requests:
        raise Stopped


def _record(file: Path) -> Callable[[Supervisor], None]:
    """Keep a file that says which process is which, for those who measure and those who look."""

    def record(supervisor: Supervisor) -> None:
        programs = {
            program.name: {"pid": program.pid, "starts": program.starts} for program in supervisor.programs
        }
        unfinished = file.with_suffix(".new")
        unfinished.write_bytes(orjson.dumps({"supervisor": os.getpid(), "programs": programs}))
        unfinished.replace(file)

    return record


def _wants_json(settings: Settings) -> bool:
    return settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
