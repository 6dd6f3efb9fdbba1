"""In the web process one request to the outside must not hold up the others."""

import subprocess
import sys

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import socket, threading, time, warnings
from ipaddress import ip_network
import gevent
from core.outside.connect import Door
from core.outside.faults import TooSlow
from core.outside.http import safe_fetch

silent = socket.create_server(("127.0.0.1", 0))
look_up = socket.getaddrinfo
def slow_look_up(*arguments, **named):
    time.sleep(0.2)
    return look_up(*arguments, **named)
socket.getaddrinfo = slow_look_up
door = Door(allow=(ip_network("127.0.0.1/32"),))
ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.01)
        ticks += 1
ticking = gevent.spawn(tick)
def fetch():
    try:
        safe_fetch(f"http://localhost:{silent.getsockname()[1]}/", door=door, seconds=0.6)
    except TooSlow:
        return "too slow"
started = time.monotonic()
fetching = [gevent.spawn(fetch) for _ in range(5)]
gevent.joinall(fetching)
assert [each.value for each in fetching] == ["too slow"] * 5
assert time.monotonic() - started < 1.5, "they waited for each other"
assert ticks > 20, ticks
print("cooperative")
"""


def test_waiting_for_names_and_servers_lets_other_greenlets_run() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "cooperative\n", ended.stderr
