"""Runs the work horses: rq workers under one parent, each in a process of its own."""

import os
import signal
import sys
from importlib import import_module
from time import monotonic, sleep

import structlog
from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from app.jobs import HORSES, JOBS, AllowedJob, queue
from app.processes import die_with_parent
from channels.email.letter_folders import sweep_letter_folders
from core.config import get_settings

log = structlog.get_logger()

SHORTEST_LIFE = 2.0
# What adapters load when they first need it, which every horse would need a second for.
WARM = (
    "channels.email.incoming",
    "channels.email.outgoing",
    "channels.email.proof",
    "channels.email.reader",
    "channels.email.smtp",
    "channels.email.subaddress",
    "channels.max.adapter",
    "channels.telegram.adapter",
    "channels.telegram.calls",
    "channels.vk.adapter",
)


class DrainWorker(Worker):
    """An rq worker that trusts nothing in Valkey and keeps no results."""

    job_class = AllowedJob
    log_job_description = False


def main() -> None:
    """Keep as many rq workers as there are horses to be; ends them all when told to end."""
    for name in (*(place.split(":")[0] for place in JOBS.values()), *WARM):
        import_module(name)  # imported once here, shared by every fork
    sweep_letter_folders()
    workers: dict[int, float] = {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            while len(workers) < HORSES:
                workers[_fork()] = monotonic()
            pid, _ = os.wait()
            lived = monotonic() - workers.pop(pid, 0.0)
            log.warning("worker.ended", pid=pid)
            if lived < SHORTEST_LIFE:
                sleep(1)
    finally:
        for pid in workers:
            _end(pid)


def _fork() -> int:
    mother = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        die_with_parent(parent=mother)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _work()
        code = 0
    except Exception:
        log.exception("worker.broke")
    finally:
        os._exit(code)


def _work() -> None:
    valkey = Redis.from_url(str(get_settings().redis_url))
    worker = DrainWorker(
        [queue(valkey)],
        name=f"worker-{os.getpid()}-{os.urandom(3).hex()}",
        connection=valkey,
        serializer=JSONSerializer,
        job_class=AllowedJob,
        worker_ttl=45,
        maintenance_interval=20,
        default_result_ttl=0,
    )
    worker.work(logging_level="WARNING")


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
