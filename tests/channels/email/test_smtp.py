"""Handing letters to servers that take them, refuse them, hang, or vanish."""

import pytest

from channels.adapter import Ambiguous, AuthBroken, BadContent, ChannelError, RecipientGone, Temporary
from channels.email import smtp, smtp_connection
from channels.email.sentences import FAULTS
from channels.email.servers import Server
from channels.email.smtp import Posting, post, try_login
from core.config import get_settings
from tests.channels.email.letters import make_letter
from tests.peers.server import free_ports
from tests.peers.smtp_faults import (
    PASSWORD,
    Accept,
    CloseDuringData,
    Drop,
    Hang,
    Refuse,
    RefuseRecipients,
    SmtpSink,
    open_sink,
)

pytestmark = pytest.mark.usefixtures("loopback")

MAX, MIA = "max@customer.test", "mia@customer.test"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(smtp_connection, "COMMAND_SECONDS", 1.0)


@pytest.fixture
def server(smtp_sink: SmtpSink) -> Server:
    return at(smtp_sink.port)


def at(port: int, *, user: str = "", password: str = "") -> Server:
    return Server("127.0.0.1", port, "none", user, password)


def letter(*to: str, text: str = "It is on its way.") -> Posting:
    raw = make_letter(text, sender="support@helpdesk.test", to=MAX, message_id="<d.1@helpdesk.test>")
    return Posting("support@helpdesk.test", to or (MAX,), raw, name="helpdesk.test")


def fault_of(server: Server, posting: Posting) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        post(server, posting)
    assert caught.value.code in FAULTS
    return caught.value


def test_a_letter_is_taken_byte_for_byte(smtp_sink: SmtpSink, server: Server) -> None:
    posting = letter(text="..a line with dots\n.\nand one alone")
    posted = post(server, posting)
    assert [(each.address, each.state) for each in posted.recipients] == [(MAX, "sent")]
    assert smtp_sink.taken[0].raw == posting.raw
    assert smtp_sink.taken[0].sender == "support@helpdesk.test"


@pytest.mark.requirement("O7")
def test_one_connection_serves_many_letters(smtp_sink: SmtpSink, server: Server) -> None:
    for _ in range(5):
        post(server, letter())
    assert smtp_sink.connections == 1
    assert len(smtp_sink.taken) == 5


@pytest.mark.requirement("O7")
def test_a_connection_is_not_kept_for_ever(
    smtp_sink: SmtpSink, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "MOST_LETTERS", 2)
    for _ in range(5):
        post(server, letter())
    assert smtp_sink.connections == 3


@pytest.mark.requirement("O7")
def test_a_kept_connection_the_server_closed_costs_nothing(smtp_sink: SmtpSink, server: Server) -> None:
    post(server, letter())
    smtp_sink.stop()
    smtp_sink.start()
    post(server, letter())
    assert len(smtp_sink.taken) == 2


@pytest.mark.requirement("O10")
def test_a_refused_recipient_does_not_cost_the_others_their_letter(
    smtp_sink: SmtpSink, server: Server
) -> None:
    smtp_sink.next(RefuseRecipients({"mia": "550 5.1.1 no such user"}))
    posted = post(server, letter(MAX, MIA))
    assert [(each.address, each.state, each.code) for each in posted.recipients] == [
        (MAX, "sent", ""),
        (MIA, "failed", "unknown_recipient"),
    ]
    assert smtp_sink.taken[0].recipients == (MAX,)
    assert "no such user" in posted.recipients[1].detail


@pytest.mark.requirement("O10")
@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("550 5.1.1 user unknown", RecipientGone, "unknown_recipient"),
        ("550 No such user here", RecipientGone, "unknown_recipient"),
        ("551 user not local", RecipientGone, "unknown_recipient"),
        ("553 5.1.2 bad destination", RecipientGone, "unknown_recipient"),
        ("552 5.2.2 mailbox full", RecipientGone, "mailbox_full"),
        ("552 mailbox exceeded storage", RecipientGone, "mailbox_full"),
        ("554 5.7.1 relay access denied", BadContent, "policy"),
        ("550 5.7.1 blocked by policy", BadContent, "policy"),
        ("450 4.2.1 busy", Temporary, "try_later"),
        ("451 4.7.1 greylisted, come back in 5 minutes", Temporary, "greylisted"),
        ("452 4.2.2 mailbox full", Temporary, "mailbox_full"),
        ("421 4.3.2 shutting down", Temporary, "server_busy"),
        ("530 5.7.0 authentication required", AuthBroken, "login_refused"),
    ],
)
def test_what_a_refused_recipient_means(
    smtp_sink: SmtpSink, server: Server, answer: str, kind: type[ChannelError], code: str
) -> None:
    smtp_sink.next(RefuseRecipients({"max": answer}))
    fault = fault_of(server, letter())
    assert (type(fault), fault.code) == (kind, code)
    assert answer.split(" ", 1)[1][:10] in fault.detail
    assert smtp_sink.taken == []


@pytest.mark.requirement("O10")
def test_when_some_may_come_later_all_that_failed_is_still_told(smtp_sink: SmtpSink, server: Server) -> None:
    smtp_sink.next(RefuseRecipients({"max": "450 4.7.1 greylisted", "mia": "550 5.1.1 unknown"}))
    fault = fault_of(server, letter(MAX, MIA))
    assert isinstance(fault, Temporary)
    assert [(each.address, each.state) for each in fault.recipients] == [(MAX, "retry"), (MIA, "failed")]


@pytest.mark.requirement("O10")
@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("451 4.3.0 try again later", Temporary, "try_later"),
        ("452 4.3.1 out of disk", Temporary, "try_later"),
        ("552 5.3.4 message too big", BadContent, "too_big"),
        ("554 5.7.1 looks like spam", BadContent, "policy"),
        ("550 5.6.0 broken MIME", BadContent, "bad_letter"),
        ("421 4.3.2 closing", Temporary, "server_busy"),
    ],
)
def test_what_a_refused_letter_means(
    smtp_sink: SmtpSink, server: Server, answer: str, kind: type[ChannelError], code: str
) -> None:
    smtp_sink.next(Refuse(answer))
    fault = fault_of(server, letter())
    assert (type(fault), fault.code) == (kind, code)
    post(server, letter())
    assert len(smtp_sink.taken) == 1


@pytest.mark.requirement("O10")
def test_a_refusal_by_policy_is_about_us_and_counts_for_the_channel(
    smtp_sink: SmtpSink, server: Server
) -> None:
    smtp_sink.next(Refuse("554 5.7.1 spam"), RefuseRecipients({"max": "550 5.1.1 unknown"}))
    assert fault_of(server, letter()).health == "count"
    assert fault_of(server, letter()).health == "none"


@pytest.mark.requirement("O9")
def test_a_server_that_takes_the_letter_and_vanishes_leaves_it_uncertain(
    smtp_sink: SmtpSink, server: Server
) -> None:
    smtp_sink.next(Drop())
    fault = fault_of(server, letter())
    assert isinstance(fault, Ambiguous)
    assert len(smtp_sink.taken) == 1


@pytest.mark.requirement("O9")
def test_a_server_that_takes_the_letter_and_says_nothing_leaves_it_uncertain(
    smtp_sink: SmtpSink, server: Server, impatient: None
) -> None:
    smtp_sink.next(Hang())
    fault = fault_of(server, letter())
    assert isinstance(fault, Ambiguous)
    assert fault.maybe_delivered


@pytest.mark.requirement("O9")
def test_a_slow_confirmation_is_a_confirmation(smtp_sink: SmtpSink, server: Server) -> None:
    smtp_sink.next(Accept(delay=1))
    assert post(server, letter()).words.startswith("250")


@pytest.mark.requirement("O10")
def test_a_421_in_the_middle_of_a_letter_surely_sent_nothing(smtp_sink: SmtpSink, server: Server) -> None:
    smtp_sink.next(CloseDuringData())
    fault = fault_of(server, letter())
    assert isinstance(fault, Temporary)
    assert smtp_sink.taken == []


@pytest.mark.requirement("O5")
def test_a_letter_bigger_than_the_server_takes_is_not_even_begun() -> None:
    with open_sink(size_limit=10_000) as sink:
        fault = fault_of(at(sink.port), letter(text="x " * 6000))
        assert (type(fault), fault.code) == (BadContent, "too_big")
        assert sink.taken == []


def test_a_password_is_used_and_a_wrong_one_stops_the_channel(smtp_sink: SmtpSink) -> None:
    post(at(smtp_sink.port, user="support", password=PASSWORD), letter())
    fault = fault_of(at(smtp_sink.port, user="support", password="wrong-and-secret"), letter())
    assert (type(fault), fault.code) == (AuthBroken, "login_refused")
    assert "wrong-and-secret" not in str(fault)


def test_trying_a_login_sends_nothing(smtp_sink: SmtpSink) -> None:
    assert "auth" in try_login(at(smtp_sink.port, user="support", password=PASSWORD))
    assert smtp_sink.taken == []


def test_a_server_that_is_away_is_tried_again() -> None:
    fault = fault_of(at(free_ports(1)[0]), letter())
    assert (type(fault), fault.code) == (Temporary, "unreachable")


def test_no_encryption_where_it_was_asked_for_is_a_fault(smtp_sink: SmtpSink) -> None:
    fault = fault_of(Server("127.0.0.1", smtp_sink.port, "starttls", "", ""), letter())
    assert (type(fault), fault.code) == (Temporary, "no_starttls")
    assert fault_of(Server("127.0.0.1", smtp_sink.port, "tls", "", ""), letter()).code in (
        "tls_failed",
        "connection_lost",
        "server_silent",
    )


def test_an_address_inside_the_own_network_is_refused(
    smtp_sink: SmtpSink, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OUTSIDE_ALLOW")
    get_settings.cache_clear()
    assert fault_of(server, letter()).code == "address_not_allowed"


def test_an_address_cannot_smuggle_in_a_command(smtp_sink: SmtpSink, server: Server) -> None:
    fault = fault_of(server, letter("max@customer.test>\r\nRCPT TO:<mallory@evil.test"))
    assert (type(fault), fault.code) == (RecipientGone, "bad_address")
    assert smtp_sink.taken == []


@pytest.mark.requirement("O14")
def test_letters_beyond_ascii_in_an_address_go_where_they_can(smtp_sink: SmtpSink, server: Server) -> None:
    post(server, letter("почта@customer.test"))
    assert smtp_sink.taken[0].recipients == ("почта@customer.test",)
