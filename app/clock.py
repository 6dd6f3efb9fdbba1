"""Does what is due by the clock, each second. Later is a column; this is where columns come due."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import kick
from app.notice_letters import due_notices
from channels.challenges import forget_spent_challenges
from channels.checks import ask_about_calls, due_checks
from channels.delivery import due_messages, release_expired
from channels.errand_runner import due_errands
from channels.hooks import want_hooks
from channels.intake import due_arrivals
from channels.pulse import tell_of_silence
from channels.rates import forget_old_marks
from channels.remote_files import due_files
from channels.sent_copies import due_copies
from channels.sign_ins.finishing import due_sign_ins
from channels.tidying import due_tidyings
from channels.webchat.letters import write_next_letter
from channels.webchat.visitors import forget_silent_visitors
from core.config import get_settings
from core.db import connect, transaction
from core.events import ensure_partitions
from inbox.actions import wake_due
from tasks.actions import tell_overdue

log = structlog.get_logger()

TICK = 1.0
LOCK = 0x636C6F636B  # "clock"
HALF_HOURLY = 1800.0
DAILY = 24 * 3600.0


def wake_snoozed() -> None:
    """Bring back the dialogs whose time has come."""
    while _in_transaction(wake_due):
        pass


def take_back_leases() -> None:
    """Take back what dead workers were sending."""
    _in_transaction(release_expired)


def wake_for_work() -> None:
    """Wake workers for rows that are due, whether or not anybody did before."""
    if _in_transaction(due_messages):
        kick("delivery")
    if _in_transaction(due_arrivals):
        kick("arrivals")
    if _in_transaction(due_checks):
        kick("checks")
    if _in_transaction(due_copies):
        kick("copies")
    if _in_transaction(due_tidyings):
        kick("tidyings")
    if _in_transaction(due_errands):
        kick("errands")
    if _in_transaction(due_files):
        kick("files")
    if _in_transaction(due_sign_ins):
        kick("sign_ins")


def answer_the_gone() -> None:
    """Have letters written to visitors of chats who left before they read what was answered."""
    while _in_transaction(write_next_letter):
        pass


def switch_receiving() -> None:
    """Have channels be called by the outside, or not any more, as they are set."""
    _in_transaction(want_hooks)


def look_after_calls() -> None:
    """Have it tested whether the outside still calls, where nothing has come for a while."""
    _in_transaction(ask_about_calls)


def write_letters() -> None:
    """Have the notices written to administrators that nobody was woken for."""
    if _in_transaction(due_notices):
        kick("letters")


def forget_what_is_over() -> None:
    """Throw away what no longer counts against a rate, proofs of work that are over, visitors of long ago."""
    _in_transaction(forget_old_marks)
    _in_transaction(forget_spent_challenges)
    while _in_transaction(forget_silent_visitors):
        pass


def tell_of_deadlines() -> None:
    """Tell people whose time is up."""
    while _in_transaction(tell_overdue):
        pass


def tell_of_silent_channels() -> None:
    """Tell administrators of channels by which nothing comes any more."""
    _in_transaction(tell_of_silence)


def make_partitions() -> None:
    """See that the next months have their place."""
    _in_transaction(ensure_partitions)


# what is done, and how many seconds lie between two times
TIMERS: tuple[tuple[Callable[[], None], float], ...] = (
    (wake_snoozed, TICK),
    (take_back_leases, TICK),
    (tell_of_deadlines, TICK),
    (answer_the_gone, TICK),
    (switch_receiving, TICK),
    (wake_for_work, TICK),
    (write_letters, HALF_HOURLY),
    (forget_what_is_over, HALF_HOURLY),
    (look_after_calls, HALF_HOURLY),
    (tell_of_silent_channels, HALF_HOURLY),
    (make_partitions, DAILY),
)


def tick() -> None:
    """Run every timer once, whatever its pause; tests and tools drive it."""
    for timer, _ in TIMERS:
        timer()


def main() -> None:
    """Tick for ever, one clock at a time; a second one waits for the lock of the first."""
    settings = get_settings()
    connect(str(settings.database_url), pool_size=2)
    address = str(settings.database_direct_url or settings.database_url).replace("+psycopg", "")
    while True:
        try:
            with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
                _run(connection)
        except (psycopg.Error, SQLAlchemyError) as error:
            log.warning("clock.interrupted", error=str(error))
            sleep(0.5)


def _run(connection: psycopg.Connection[Any]) -> None:
    while not _is_our_turn(connection):
        sleep(TICK)
    log.info("clock.active")
    due = {timer: 0.0 for timer, _ in TIMERS}
    while True:
        began = monotonic()
        connection.execute("SELECT 1")  # the lock is ours as long as this connection lives
        for timer, pause in TIMERS:
            if due[timer] <= began:
                _try(timer)
                due[timer] = began + pause
        sleep(max(0.05, TICK - (monotonic() - began)))


def _try(timer: Callable[[], None]) -> None:
    try:
        timer()
    except SQLAlchemyError:
        raise
    except Exception:
        # One timer that breaks must not stop the others; it is tried again next time.
        log.exception("clock.timer_broke", timer=timer.__name__)


def _is_our_turn(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    return row is not None and bool(row[0])


def _in_transaction(work: Callable[..., Any]) -> Any:
    with transaction() as session:
        return work(session)
