"""Ten thousand frames that no browser sends: answers are a code, the process lives, and nothing leaks.

What our own protocol allows and refuses is in tests/app/test_sockets.py; here the wire, Engine.IO and
Socket.IO are mistreated, before and after signing in.
"""

import asyncio
import json
import os
import random
import re
import struct
from contextlib import suppress

import pytest

from people.models import Agent
from tests.browser_socket import BrowserSocket, Closed, framed
from tests.makers import make_channel, make_dialog
from tests.product import resident_bytes
from tests.security.besieged import Besieged, Person

TEXT, BINARY = 1, 2
FRAMES = 1_000 if os.environ.get("CI") else 5_000  # as many again after signing in
PER_CONNECTION = 100
AT_ONCE = 10
GROWTH = 256 * 2**20  # processes that had shared their memory touch it for the first time
SECRET = "Sealed orders"
EVENTS = ("look", "typing", "base", "connect", "disconnect", "frame", "*", "__class__", "message", "")
VALUES = (None, True, {}, [], "%", 1e308, {"room": "everyone"}, {"dialog_id": "%"}, "\u202e" * 9, [[[]]])
PACKETS = (
    *("40", '40{"token":"x"}', "40/x,", "41/x", "3", "2", "2probe", "6", "7", "9" * 9, "42", "43", "44", "4"),
    *("42[]", "42{}", "42null", "42NaN", f'42["look",{"[" * 90}{"]" * 90}]', f"42{'9' * 120}[]", "46", "4:"),
    *("46/x,1-[]", "bQUJD", "b"),
)
ENDINGS = (
    *(framed(opcode, b"x") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    *(framed(TEXT, each) for each in (b"", b"x", b"bx", b"1", b"\xff\xfe\xed\xa0\x80")),
    *(
        framed(TEXT, b"4" + b"[" * 60_000),
        framed(TEXT, b"42" + b'{"a":' * 9_000),
    ),  # deeper than anybody reads
    bytes([0x70 | TEXT, 0x81, 0, 0, 0, 0, 52]),  # reserved bits
    framed(0, b"continued") + framed(0, b"what?"),
    bytes([TEXT, 0x81, 0, 0, 0, 0, 52]) + framed(TEXT, b"42[]"),  # a message inside a message
    bytes([0x80 | TEXT, 2]) + b"40" + bytes([0x88, 0]),  # not masked
    struct.pack(">BBQ", 0x80 | TEXT, 255, 2**63 - 1) + b"1234",
    struct.pack(">BBQ", 0x80 | 9, 255, 70_000) + b"1234",
    *(framed(9, b"x" * 126), framed(8, b"\x03"), framed(8, struct.pack(">H", 1005) + b"\xff")),
    b"GET / HTTP/1.1\r\n\r\n",
)
OF_THE_PROTOCOL = re.compile(
    r'0\{.*}|40\{.*}|44(?:/[^,]*,)?"Unable to connect"|41|2|3|3probe|6|'
    r'|43\d+\["",400]'  # the library's word for an event of somebody who has just gone
)


@pytest.fixture(autouse=True)
def database() -> None:
    """The product has a database of its own."""


@pytest.fixture(scope="module")
def ben(besieged: Besieged) -> Person:
    """Somebody whose dialog is nobody else's business."""
    ben = besieged.person("Ben")
    with besieged.product.session() as session:
        channel = make_channel(session, session.get_one(Agent, ben.agent.id), name=SECRET, address="sealed")
    with besieged.product.session() as session:
        make_dialog(session, session.merge(channel), SECRET, subject=SECRET, customer="Mia")
    return ben


def junk(chance: random.Random) -> bytes:
    """A frame that is no packet of a screen, or an event that nobody listens to."""
    shape, number = chance.random(), chance.randrange(2 ** chance.choice((4, 16, 33, 70)))
    if shape < 0.1:
        return framed(BINARY, chance.randbytes(chance.randrange(1, 300)))
    if shape < 0.5:
        return framed(TEXT, chance.choice(PACKETS).encode())
    event = json.dumps([chance.choice(EVENTS), *chance.choices(VALUES, k=chance.randrange(3))])
    return framed(TEXT, f"42{chance.choice(('', number % 10**9, '/x,'))}{event}".encode())


def nonsense(chance: random.Random) -> bytes:
    """An event of a screen, and nothing in it that makes sense."""
    number = chance.randrange(2 ** chance.choice((4, 16, 33, 70)))
    values = (*VALUES, number, -number, {"dialog_id": number}, {"dialog_id": 1, "mode": "reply", "x": {}})
    told = [chance.choice(("look", "typing", "base", "__class__", "frame")), *chance.choices(values, k=2)]
    return framed(TEXT, f"42{number % 900}{json.dumps(told[: chance.randrange(1, 4)])}".encode())


async def mistreat(port: int, cookie: str, chance: random.Random, *, signed_in: bool) -> list[bytes]:
    """One connection from its beginning to its bad end; all that the server said on it."""
    frame = chance.choice((junk, nonsense))
    heard: list[bytes] = []
    answered = asyncio.Event()
    socket = await BrowserSocket.knock(port, cookie)

    async def listen() -> None:
        async for payload in socket.frames():
            heard.append(payload)
            if payload.startswith(b"43999["):
                answered.set()

    ears = asyncio.create_task(listen())
    with suppress(OSError):
        if signed_in:
            await socket.write(framed(TEXT, b"40"))
        for _ in range(PER_CONNECTION - 1):
            await socket.write(frame(chance))
        if (
            signed_in and frame is nonsense
        ):  # what came before is answered before the wire is cut, or the answers are lost with it
            await socket.write(framed(TEXT, b'42999["look",{}]'))
            async with asyncio.timeout(5):
                await answered.wait()
        await socket.write(chance.choice(ENDINGS))
    with suppress(Closed, TimeoutError):
        async with asyncio.timeout(1.5):
            await ears
    socket.close()
    return heard


async def besiege(port: int, cookie: str, *, signed_in: bool) -> list[list[bytes]]:
    """Many such connections, some at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> list[bytes]:
        async with turns:
            chance = random.Random(f"{signed_in} {number}")
            return await mistreat(port, cookie, chance, signed_in=signed_in)

    return await asyncio.gather(*(one(number) for number in range(FRAMES // PER_CONNECTION)))


def answer_in(payload: bytes) -> set[str]:
    """What an answer speaks of; nothing for a packet that only keeps the protocol going."""
    packet = payload.decode()
    found = re.fullmatch(r"43\d+\[(\{.*})]|44(\{.*})", packet)
    if found is None:
        assert OF_THE_PROTOCOL.fullmatch(packet), packet
        return set()
    return set(json.loads(found[1] or found[2]))


@pytest.mark.requirement("SYS-09")
@pytest.mark.parametrize("signed_in", [False, True])
def test_thousands_of_broken_frames_get_codes_for_answers_and_change_nothing(
    besieged: Besieged, ben: Person, signed_in: bool
) -> None:
    product = besieged.product
    web, before = product.programs()["web"], resident_bytes(product.programs()["web"])
    cookie = besieged.person("Ann").cookie if signed_in else "guess"
    heard = asyncio.run(besiege(product.port, cookie, signed_in=signed_in))
    sids = [{json.loads(each[1:])["sid"] for each in one if each.startswith(b"0{")} for one in heard]
    assert len(set().union(*sids)) > len(heard) / 2  # some were cut before their greeting was read
    answers = set()
    for place, one in enumerate(heard):
        foreign = [sid.encode() for other in sids[:place] + sids[place + 1 :] for sid in other]
        for payload in one:
            assert not any(each in payload for each in (*foreign, SECRET.encode(), ben.cookie.encode()))
            if not payload.startswith((b'42["frame"', b'42["presence"')):
                answers |= answer_in(payload)
    assert answers <= {"error", "ok", "message"}
    assert ("error" in answers) == signed_in
    assert product.programs()["web"] == web
    assert resident_bytes(web) - before < GROWTH
    assert product.request("GET", "/api/me", key=ben.key)[0] == 200


def test_attachments_that_are_promised_are_not_waited_for(besieged: Besieged, ben: Person) -> None:
    web, before = besieged.product.programs()["web"], resident_bytes(besieged.product.programs()["web"])

    async def promise() -> int:
        socket = await BrowserSocket.knock(besieged.product.port, ben.cookie)
        await socket.write(framed(TEXT, b"40") + framed(TEXT, b'45999999-["look"]'))
        for _ in range(1600):
            await socket.write(framed(BINARY, bytes(60_000)))
        await socket.write(framed(TEXT, b"2probe"))
        grown = resident_bytes(web) - before
        socket.close()
        return grown

    assert asyncio.run(promise()) < 48 * 2**20  # half of what was sent
