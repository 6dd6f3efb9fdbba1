"""Jobs are wake-ups: the work itself is rows, and a lost wake-up costs a second.

A wake-up goes on a list in Valkey, at most one per key. Work horses of rq take keys from the list
and drain what is due; when nothing comes they linger before they end, so that a message does not
cost a fork. One of them keeps to what calls nobody outside: however slow all the outside is, what has
arrived is read.
"""

from collections.abc import Callable
from importlib import import_module
from time import monotonic, time
from uuid import uuid4

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from core.config import get_settings
from core.db import connect, forget_connections
from core.valkey import quick_options, quick_valkey

log = structlog.get_logger()

# key → the function that does all that is due, stops after about so many seconds, and says how much it did
JOBS: dict[str, str] = {
    "arrivals": "channels.intake:read_arrivals",
    "delivery": "channels.delivery:deliver_due",
    "checks": "channels.checks:make_checks",
    "copies": "channels.sent_copies:file_due_copies",
    "tidyings": "channels.tidying:tidy_due",
    "errands": "channels.errand_runner:run_errands",
    "files": "channels.remote_files:fetch_files",
    "sign_ins": "channels.sign_ins.finishing:finish_sign_ins",
    "letters": "app.notice_letters:send_notices",
}
# what never waits for anybody outside
INSIDE = frozenset({"arrivals"})
HORSES = 3
LINGER = 30.0
LIFETIME = 900.0
TURN = 1.0
QUEUE = "drain"
DRAIN = "app.jobs.drain"
WAKE = "emptyfeed:wake"
WAKE_INSIDE = "emptyfeed:wake:inside"
STAYS_INSIDE = "emptyfeed:stays-inside"
HORSE_KEY = "emptyfeed:horses"

# Adds a wake-up unless one is pending; answers how many more horses are wanted.
_KICK = """
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', 20) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2])
return tonumber(ARGV[3]) - redis.call('ZCARD', KEYS[3]) - redis.call('LLEN', KEYS[4])
"""


class AllowedJob(Job):
    """A job that may be nothing but our drain: what stands in Valkey is not trusted to name code."""

    @property
    def func(self) -> Callable[..., object]:
        """Our one function; PermissionError for anything else."""
        if self.func_name != DRAIN or self.instance is not None or self.args or self.kwargs:
            raise PermissionError(f"not an allowed job: {self.func_name}")
        return drain

    success_callback = failure_callback = stopped_callback = None


def kick(key: str) -> None:
    """Wake whoever does this kind of work; at most one wake-up per key is pending.

    Failing is no matter, nor is having no Valkey: the clock looks for work that nobody was woken for.
    """
    if not get_settings().redis_url:
        return
    try:
        valkey = quick_valkey()
        place = WAKE_INSIDE if key in INSIDE else WAKE
        wanted = valkey.eval(
            _KICK, 4, f"emptyfeed:pending:{key}", place, HORSE_KEY, f"rq:queue:{QUEUE}", key, time(), HORSES
        )
        if int(wanted) > 0:
            queue(valkey).enqueue(DRAIN, job_timeout=-1, result_ttl=0, failure_ttl=60, ttl=60)
    except RedisError as error:
        log.warning("kick.lost", key=key, error=str(error))


def queue(valkey: Redis) -> Queue:
    """The queue that horses are asked for on."""
    return Queue(QUEUE, connection=valkey, job_class=AllowedJob, serializer=JSONSerializer)


def drain() -> None:
    """Be a work horse: do what is asked for until nothing has been for a while."""
    settings = get_settings()
    forget_connections()
    connect(str(settings.database_url), pool_size=3)
    valkey = Redis.from_url(str(settings.redis_url), **quick_options() | {"socket_timeout": 5})
    name = uuid4().hex
    born = idle_since = monotonic()
    try:
        while monotonic() - born < LIFETIME and monotonic() - idle_since < LINGER:
            valkey.zadd(HORSE_KEY, {name: time() + 10})
            taken = valkey.blpop(places_for(valkey, name), timeout=1)
            if taken is not None:
                _do(valkey, str(taken[1], "utf-8") if isinstance(taken[1], bytes) else taken[1])
                idle_since = monotonic()
    finally:
        valkey.zrem(HORSE_KEY, name)


def run_job(key: str) -> int:
    """Do what is due of one kind, for about one turn; how much was done."""
    module, name = JOBS[key].split(":")
    done: int = getattr(import_module(module), name)(seconds=TURN)
    return done


def places_for(valkey: Redis, name: str) -> list[str]:
    """Where a horse looks for work; the one that stays inside looks further only while it is alone."""
    valkey.set(STAYS_INSIDE, name, nx=True, ex=10)
    if valkey.get(STAYS_INSIDE) != name.encode():
        return [WAKE_INSIDE, WAKE]
    valkey.expire(STAYS_INSIDE, 10)
    return [WAKE_INSIDE] if valkey.zcard(HORSE_KEY) > 1 else [WAKE_INSIDE, WAKE]


def _do(valkey: Redis, key: str) -> None:
    valkey.delete(f"emptyfeed:pending:{key}")
    if key not in JOBS:
        log.warning("job.unknown", key=key)
        return
    began = monotonic()
    try:
        run_job(key)
    except Exception:
        # The horse lives on: its other work must not wait for a new one. The clock asks again.
        log.exception("job.broke", key=key)
        return
    if monotonic() - began >= TURN:
        kick(key)
