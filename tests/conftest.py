"""What every test stands on; the fixtures themselves live in `tests/ground` and `tests/peers`."""

import os

import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.peers.dovecot",
    "tests.peers.exim",
    "tests.peers.fake",
    "tests.peers.imap_faults",
    "tests.peers.pymap",
    "tests.peers.smtp_faults",
    "tests.peers.tcp_proxy",
    "tests.ground.browsing",
    "tests.ground.database",
    "tests.ground.moment",
    "tests.ground.network",
    "tests.ground.settings",
    "tests.ground.settling",
    "tests.ground.valkey",
    "tests.security.besieged",
]

# A package that only tests bring along would have every traceback in the log painted, which takes seconds.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback

settings.register_profile(
    "near",
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("near"), max_examples=30, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "near")
