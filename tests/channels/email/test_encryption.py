"""Certificates are believed only when they fit, on the way in and on the way out."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from channels.adapter import ChannelError, Temporary
from channels.email.mailbox import Mailbox, Watch
from channels.email.servers import Server
from channels.email.smtp import Posting, hang_up, post
from tests.channels.email.letters import make_letter
from tests.peers.dovecot import Dovecot
from tests.peers.pymap import PASSWORD, USER, Pymap
from tests.peers.server import free_ports
from tests.peers.smtp_faults import SmtpSink
from tests.peers.tls import Identity, make_identity, tls_end

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback")]


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return make_identity(tmp_path)


def fault_at(server: Server) -> ChannelError:
    with closing(Mailbox(server, Watch(patience=5))) as box, pytest.raises(ChannelError) as caught:
        box.poll({}, 0)
    return caught.value


def test_a_mailbox_is_read_and_waited_on_over_tls(dovecot: Dovecot, identity: Identity) -> None:
    letterbox = dovecot.mailbox()
    with tls_end(dovecot.imap_port, identity) as port:
        server = Server("127.0.0.1", port, "tls", letterbox.user, "secret", identity.authority)
        with closing(Mailbox(server, Watch())) as box:
            cursor = box.poll({}, 0).cursor
            threading.Timer(0.5, letterbox.append, [make_letter("sealed")]).start()
            batch = box.poll(cursor, 15)
    assert len(batch.events) == 1


def test_a_certificate_nobody_vouches_for_is_refused(dovecot: Dovecot, identity: Identity) -> None:
    with tls_end(dovecot.imap_port, identity) as port:
        fault = fault_at(Server("127.0.0.1", port, "tls", "support", "secret"))
    assert (type(fault), fault.code) == (Temporary, "certificate_not_trusted")


def test_a_certificate_for_another_name_is_refused(dovecot: Dovecot, tmp_path: Path) -> None:
    other = make_identity(tmp_path, address="127.0.0.9", name="elsewhere.test")
    with tls_end(dovecot.imap_port, other) as port:
        fault = fault_at(Server("127.0.0.1", port, "tls", "support", "secret", other.authority))
    assert fault.code == "certificate_not_trusted"


def test_a_port_without_tls_has_its_sentence(dovecot: Dovecot) -> None:
    fault = fault_at(Server("127.0.0.1", dovecot.imap_port, "tls", "support", "secret"))
    assert fault.code in ("tls_failed", "server_silent")


def test_a_server_without_starttls_gets_no_password(dovecot: Dovecot) -> None:
    fault = fault_at(Server("127.0.0.1", dovecot.imap_port, "starttls", "support", "secret"))
    assert fault.code == "no_starttls"


def test_starttls_is_used_and_its_certificate_checked(pymap: Pymap) -> None:
    trusted = Server("127.0.0.1", pymap.port, "starttls", USER, PASSWORD, pymap.identity.authority)
    with closing(Mailbox(trusted, Watch())) as box:
        assert len(box.poll({}, 0).events) == 4
    fault = fault_at(Server("127.0.0.1", pymap.port, "starttls", USER, PASSWORD))
    assert fault.code == "certificate_not_trusted"


@pytest.mark.requirement("I34")
def test_a_server_that_can_do_less_is_read_just_as_well(pymap: Pymap) -> None:
    server = Server("127.0.0.1", pymap.port, "none", USER, PASSWORD)
    with closing(Mailbox(server, Watch())) as box:
        cursor = box.poll(box.poll({}, 0).cursor, 0).cursor
        threading.Timer(0.5, pymap.append, [make_letter("told")]).start()
        (event,) = box.poll(cursor, 15).events
        assert b"told" in (event.raw or b"")


def posting() -> Posting:
    return Posting("support@helpdesk.test", ("max@customer.test",), make_letter(), name="helpdesk.test")


def test_a_letter_leaves_over_tls_only_to_whom_we_trust(smtp_sink: SmtpSink, identity: Identity) -> None:
    with tls_end(smtp_sink.port, identity) as port:
        trusted = Server("127.0.0.1", port, "tls", "", "", identity.authority)
        post(trusted, posting())
        assert len(smtp_sink.taken) == 1
        hang_up(trusted)
        with pytest.raises(Temporary) as refused:
            post(Server("127.0.0.1", port, "tls", "", ""), posting())
    assert refused.value.code == "certificate_not_trusted"
    assert len(smtp_sink.taken) == 1


@contextmanager
def starttls_sink(identity: Identity) -> Iterator[tuple[int, list[bytes]]]:
    taken: list[bytes] = []

    class Handler:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
            await asyncio.sleep(0)
            taken.append(envelope.original_content)  # type: ignore[attr-defined]
            return "250 OK"

    controller = Controller(
        Handler(),
        hostname="127.0.0.1",
        port=free_ports(1)[0],
        tls_context=identity.server_context(),
        require_starttls=True,
    )
    controller.start()
    try:
        yield controller.port, taken
    finally:
        controller.stop()


def test_a_letter_leaves_over_starttls_only_to_whom_we_trust(identity: Identity) -> None:
    with starttls_sink(identity) as (port, taken):
        trusted = Server("127.0.0.1", port, "starttls", "", "", identity.authority)
        post(trusted, posting())
        assert len(taken) == 1
        hang_up(trusted)
        with pytest.raises(Temporary) as refused:
            post(Server("127.0.0.1", port, "starttls", "", ""), posting())
    assert refused.value.code == "certificate_not_trusted"
    assert len(taken) == 1
