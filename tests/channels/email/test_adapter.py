"""A mailbox as a channel: tried out, fetched from and written by, against real servers."""

from datetime import timedelta
from typing import Any

import pytest
from imapclient.exceptions import LoginError

from channels.adapter import BadContent, ChannelAccess, RawEvent, StoredEvent
from channels.email.adapter import EmailAdapter
from channels.email.checking import CANNOT_MOVE, FETCHED_FROM, NO_SUCH_FOLDER
from channels.email.keys import keyring_of, token_keyring
from channels.email.presets import PRESETS, preset_at
from channels.email.servers import server_from, spoken
from core.clock import now
from core.files import file_store
from inbox.border import Incoming, Outgoing
from tests.channels.email.letters import make_letter
from tests.peers.dovecot import Dovecot
from tests.peers.imap_faults import Meddlers
from tests.peers.server import free_ports
from tests.peers.smtp_faults import RefuseRecipients, SmtpSink

pytestmark = pytest.mark.usefixtures("loopback")


def adapter_at(imap: int = 1, smtp: int = 1, *, user: str = "support", **settings: Any) -> EmailAdapter:
    given = {
        "imap_host": "127.0.0.1",
        "imap_port": imap,
        "imap_security": "none",
        "imap_user": user,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp,
        "smtp_security": "none",
        "import": "all",
        **settings,
    }
    access = ChannelAccess(1, "email", "Shop", "support@helpdesk.test", given, {"imap_password": "secret"})
    return EmailAdapter(access)


def read(adapter: EmailAdapter, raw: bytes | None, **payload: Any) -> Incoming:
    path = str(file_store().path_of(file_store().put_bytes(raw).sha256)) if raw is not None else None
    (incoming,) = adapter.normalize(StoredEvent("INBOX:1:1", payload, path))
    return incoming


@pytest.mark.peer
def test_a_mailbox_that_works_passes_every_step(dovecot: Dovecot, smtp_sink: SmtpSink) -> None:
    box = dovecot.mailbox()
    box.append(make_letter(), make_letter())
    health = adapter_at(dovecot.imap_port, smtp_sink.port, user=box.user).verify()
    assert health.state == "ok"
    assert [name for name, ok, _ in health.steps if ok] == [
        "imap.name",
        "imap.connection",
        "imap.encryption",
        "imap.login",
        "imap.folders",
        "smtp.name",
        "smtp.connection",
        "smtp.encryption",
        "smtp.login",
    ]
    assert health.facts["folders"]["INBOX"] == 2
    assert health.facts["waiting"] == {"all": 2, "7": 2, "30": 2, "90": 2, "365": 2}
    assert box.flags() == [set(), set()]


@pytest.mark.peer
@pytest.mark.requirement("I36")
def test_a_test_counts_what_each_choice_would_bring_in(dovecot: Dovecot, smtp_sink: SmtpSink) -> None:
    box = dovecot.mailbox()
    with box.client() as client:
        client.create_folder("Old")
        for days in (1, 20, 400):
            client.append("INBOX", make_letter(), msg_time=now() - timedelta(days=days))
        client.append("Old", make_letter(), msg_time=now() - timedelta(days=60))
    adapter = adapter_at(dovecot.imap_port, smtp_sink.port, user=box.user, folders="INBOX, Old")
    assert adapter.verify().facts["waiting"] == {"all": 4, "7": 1, "30": 2, "90": 3, "365": 3}


@pytest.mark.peer
@pytest.mark.requirement("I35")
def test_a_test_says_why_letters_would_not_be_moved(
    dovecot: Dovecot, smtp_sink: SmtpSink, meddlers: Meddlers
) -> None:
    def warnings(port: int, **settings: Any) -> tuple[str, ...]:
        adapter = adapter_at(port, smtp_sink.port, user=dovecot.mailbox().user, **settings)
        return adapter.verify().warnings

    cannot = meddlers.before(dovecot.imap_port)
    cannot.without("MOVE")
    cannot_either = meddlers.before(cannot.port)
    cannot_either.without("UIDPLUS")
    assert warnings(dovecot.imap_port, move_to="Trash") == ()
    assert warnings(cannot.port, move_to="Trash") == ()
    assert warnings(cannot_either.port, move_to="Trash") == (CANNOT_MOVE,)
    assert warnings(dovecot.imap_port, move_to="Nowhere") == (NO_SUCH_FOLDER,)
    assert warnings(dovecot.imap_port, move_to="INBOX") == (FETCHED_FROM,)


def test_who_gives_no_user_name_goes_by_the_address() -> None:
    assert (
        server_from({"imap_host": "x"}, {}, "imap", "support@helpdesk.test").user == "support@helpdesk.test"
    )
    assert server_from({"imap_user": "support"}, {}, "smtp", "support@helpdesk.test").user == "support"
    assert server_from({"smtp_anonymous": True}, {}, "smtp", "support@helpdesk.test").user == ""


@pytest.mark.peer
def test_the_step_that_fails_is_named_with_advice_and_the_other_way_is_tried_too(
    dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    access = ChannelAccess(
        1,
        "email",
        "Shop",
        "support@helpdesk.test",
        adapter_at(dovecot.imap_port, smtp_sink.port)._access.settings,
        {"imap_password": "wrong", "smtp_password": "secret"},
    )
    health = EmailAdapter(access).verify()
    assert (health.state, health.code) == ("broken", "receive.login_refused")
    failed = {name: sentence for name, ok, sentence in health.steps if not ok}
    assert list(failed) == ["imap.login"]
    assert "app password" in failed["imap.login"]
    assert "smtp.login" in [name for name, ok, _ in health.steps if ok]


def test_a_server_that_is_away_fails_at_the_connection() -> None:
    health = adapter_at(*free_ports(2)).verify()
    assert (health.state, health.code) == ("degraded", "receive.unreachable")
    assert [(name, ok) for name, ok, _ in health.steps] == [
        ("imap.name", True),
        ("imap.connection", False),
        ("smtp.name", True),
        ("smtp.connection", False),
    ]


@pytest.mark.peer
def test_a_folder_that_is_missing_fails_at_the_folders(dovecot: Dovecot, smtp_sink: SmtpSink) -> None:
    adapter = adapter_at(dovecot.imap_port, smtp_sink.port, folders="INBOX, Nowhere")
    failed = [name for name, ok, _ in adapter.verify().steps if not ok]
    assert failed == ["imap.folders"]


def test_files_of_a_letter_lie_in_the_store() -> None:
    raw = (
        b"From: max@customer.test\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the bill\r\n"
        b'--b\r\nContent-Type: application/pdf; name="bill.pdf"\r\n\r\n%PDF-1.4 bill\r\n--b--\r\n'
    )
    incoming = read(adapter_at(), raw)
    (file,) = incoming.files
    with file_store().open_file(file.sha256) as stored:
        assert stored.read() == b"%PDF-1.4 bill"
    assert file.name == "bill.pdf"
    assert incoming.extra["raw_sha256"] == file_store().put_bytes(raw).sha256


def test_reading_a_letter_twice_tells_the_same() -> None:
    letter = make_letter("Hello", message_id="<a@b.test>")
    facts = {"received_at": "2027-03-10T09:05:00+00:00"}
    assert read(adapter_at(), letter, **facts) == read(adapter_at(), letter, **facts)


@pytest.mark.requirement("I32")
def test_a_letter_the_server_did_not_hand_over_is_said_to_be_so() -> None:
    with pytest.raises(BadContent) as missing:
        read(adapter_at(), None, unfetchable="the server refuses")
    assert (missing.value.code, missing.value.detail) == ("unfetchable", "the server refuses")


def test_what_is_planned_is_what_is_sent_and_only_to_those_who_wait(smtp_sink: SmtpSink) -> None:
    adapter = adapter_at(smtp=smtp_sink.port)
    people = [{"address": f"{name}@customer.test", "name": name} for name in ("max", "mia")]
    envelope = {"from": {"name": "Ann", "brand": "Shop"}, "to": people, "subject": "Parcel"}
    (part,) = adapter.plan(Outgoing("k", 71, 5, None, "Hello", None, (), envelope))
    smtp_sink.next(RefuseRecipients({"mia": "450 4.2.1 busy"}))
    sent = adapter.send(part)
    assert sent.keys == (part.payload["message_id"],)
    assert [(each.address, each.state) for each in sent.recipients] == [
        ("max@customer.test", "sent"),
        ("mia@customer.test", "retry"),
    ]
    again = type(part)(part.key, {**part.payload, "recipients": ["mia@customer.test"]}, raw=part.raw)
    adapter.send(again)
    assert [each.recipients for each in smtp_sink.taken] == [("max@customer.test",), ("mia@customer.test",)]
    assert {each.raw for each in smtp_sink.taken} == {part.raw}


def test_there_is_no_plainer_form_of_a_letter() -> None:
    envelope = {"to": [{"address": "max@customer.test", "name": ""}], "subject": "Parcel"}
    assert adapter_at().plan(Outgoing("k", 1, 1, None, "x", None, (), envelope), fallback=True) == []


@pytest.mark.peer
def test_a_mailbox_is_fetched_from(dovecot: Dovecot) -> None:
    box = dovecot.mailbox()
    box.append(make_letter("Hello"))
    adapter = adapter_at(dovecot.imap_port, user=box.user)
    batch = adapter.poll({}, 0)
    adapter.close()
    event: RawEvent = batch.events[0]
    assert read(adapter, event.raw, **event.payload).text.strip() == "Hello"


def test_a_domain_of_ones_own_is_no_providers() -> None:
    assert preset_at("imap.helpdesk.test") is None
    assert preset_at(" IMAP.Yandex.ru") is PRESETS[0]
    assert len({preset.key for preset in PRESETS}) == len(PRESETS)
    assert {"VK WorkSpace"} <= {preset.name for preset in PRESETS}


@pytest.mark.requirement("I17")
def test_keys_keep_their_names_when_a_new_one_is_put_in_front() -> None:
    old = [bytes([number]) * 32 for number in range(30)]
    before, after = keyring_of(old), keyring_of([b"n" * 32, *old])
    assert all(after.keys[name] == key for name, key in before.keys.items())
    assert after.keys[after.current] == b"n" * 32
    assert token_keyring().current in token_keyring().keys


def test_what_a_server_said_is_told_as_it_said_it() -> None:
    refusal = LoginError(str(b"[AUTHENTICATIONFAILED] Authentication failed."))
    assert spoken(refusal) == "[AUTHENTICATIONFAILED] Authentication failed."
    assert spoken(b"NO \xff") == "NO �"
    assert spoken("b'") == "b'"
