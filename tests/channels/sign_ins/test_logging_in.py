"""Tokens in place of passwords, at a real Dovecot and at a mail server that checks them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.adapter import AuthBroken, Temporary
from channels.email import consent, mailbox
from channels.email.imap_client import hang_up, open_client
from channels.email.servers import Server
from channels.email.smtp import Posting, post, try_login
from tests.channels.email.letters import make_letter
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.oauth import access_token
from tests.peers.pymap import Pymap
from tests.peers.smtp_faults import Fault, Refuse, RefuseRecipients, RefuseSender, SmtpSink

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback"), pytest.mark.requirement("I37")]


@dataclass
class Given:
    """Tokens one after the other; what was asked for stands in `asked`."""

    tokens: list[str]
    asked: list[str] = field(default_factory=list)

    def __hash__(self) -> int:
        return id(self)

    def current(self) -> str:
        self.asked.append("current")
        return self.tokens[0]

    def instead_of(self, refused: str) -> str:
        assert refused == self.tokens[0]
        self.asked.append("another")
        if len(self.tokens) > 1:
            del self.tokens[0]
        return self.tokens[0]


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    return dovecot.mailbox()


def at(box: Mailbox, *tokens: str, user: str = "") -> tuple[Server, Given]:
    given = Given(list(tokens))
    return Server("127.0.0.1", box.imap_port, "none", user or box.address, "", tokens=given), given


@pytest.mark.parametrize("mechanism", [consent.XOAUTH2, consent.OAUTHBEARER])
def test_a_token_opens_the_mailbox_of_its_account(
    box: Mailbox, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.imap_client.MECHANISMS", (mechanism,))
    box.append(make_letter("one"))
    server, given = at(box, access_token(box.address))
    client = open_client(server)
    assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 1
    hang_up(client)
    assert given.asked == ["current"]


def test_a_connection_is_begun_anew_before_its_token_ends(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, given = at(box, access_token(box.address))
    watched = mailbox.Mailbox(server, mailbox.Watch())
    cursor: Mapping[str, Any] = {}
    for seconds, asked in ((3000.0, 1), (3000.0, 1), (0.0, 2)):
        monkeypatch.setattr(mailbox, "LONGEST_BY_TOKEN", seconds)
        box.append(make_letter())
        batch = watched.poll(cursor, 0)
        cursor = batch.cursor
        assert (len(batch.events), len(given.asked)) == (1, asked)
        watched.poll(cursor, 0)
    watched.close()


def test_a_token_of_somebody_else_opens_nothing(box: Mailbox, dovecot: Dovecot) -> None:
    server, given = at(box, access_token(dovecot.mailbox().address), access_token("mia@helpdesk.test"))
    with pytest.raises(AuthBroken) as caught:
        open_client(server)
    assert caught.value.code == "sign_in_refused"
    assert given.asked == ["current", "another"]


def test_a_token_that_is_over_is_renewed_once_and_the_mailbox_opens(box: Mailbox) -> None:
    server, given = at(box, access_token(box.address, life=-10), access_token(box.address))
    hang_up(open_client(server))
    assert given.asked == ["current", "another"]


def test_the_words_of_a_refusal_hold_no_token(box: Mailbox, smtp_sink: SmtpSink) -> None:
    old = access_token(box.address, life=-10)
    server, _ = at(box, old)
    with pytest.raises(AuthBroken) as caught:
        open_client(server)
    assert old not in caught.value.detail
    letters = Server("127.0.0.1", smtp_sink.port, "none", box.address, "", tokens=Given([old]))
    with pytest.raises(AuthBroken) as caught:
        try_login(letters)
    assert old not in caught.value.detail


def test_a_server_that_knows_passwords_only_says_so_and_sees_no_token(pymap: Pymap, box: Mailbox) -> None:
    given = Given([access_token(box.address)])
    with pytest.raises(Temporary) as caught:
        open_client(Server("127.0.0.1", pymap.port, "none", box.address, "", tokens=given))
    assert caught.value.code == "no_consent_login"


@pytest.mark.parametrize("mechanism", [consent.XOAUTH2, consent.OAUTHBEARER])
def test_letters_leave_by_a_token(
    smtp_sink: SmtpSink, box: Mailbox, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent, "MECHANISMS", (mechanism,))
    given = Given([access_token(box.address)])
    server = Server("127.0.0.1", smtp_sink.port, "none", box.address, "", tokens=given)
    for _ in range(3):
        post(server, letter())
    assert smtp_sink.logins == [(mechanism, True)]
    assert len(smtp_sink.taken) == 3
    assert given.asked == ["current"]


def test_a_token_that_is_over_is_renewed_once_and_the_letter_leaves_once(
    smtp_sink: SmtpSink, box: Mailbox
) -> None:
    given = Given([access_token(box.address, life=-10), access_token(box.address)])
    post(Server("127.0.0.1", smtp_sink.port, "none", box.address, "", tokens=given), letter())
    assert [good for _, good in smtp_sink.logins] == [False, True]
    assert list(smtp_sink.copies().values()) == [1]


@pytest.mark.parametrize(
    "stage", [RefuseSender(), RefuseRecipients({"max": "530 5.7.0 sign in"}), Refuse("535 5.7.3")]
)
def test_a_session_that_outlives_its_token_is_begun_anew_and_the_letter_leaves_once(
    smtp_sink: SmtpSink, box: Mailbox, stage: Fault
) -> None:
    given = Given([access_token(box.address)])
    server = Server("127.0.0.1", smtp_sink.port, "none", box.address, "", tokens=given)
    post(server, letter())
    smtp_sink.next(stage)
    posted = post(server, letter())
    assert [each.state for each in posted.recipients] == ["sent"]
    assert list(smtp_sink.copies().values()) == [2]
    assert smtp_sink.connections == 2


def test_a_server_that_refuses_again_and_again_is_asked_twice_and_no_more(
    smtp_sink: SmtpSink, box: Mailbox
) -> None:
    given = Given([access_token(box.address)])
    smtp_sink.always(RefuseSender())
    with pytest.raises(AuthBroken):
        post(Server("127.0.0.1", smtp_sink.port, "none", box.address, "", tokens=given), letter())
    assert smtp_sink.connections == 2


def test_an_ordinary_password_is_refused_once(smtp_sink: SmtpSink) -> None:
    smtp_sink.always(RefuseSender())
    with pytest.raises(AuthBroken):
        post(Server("127.0.0.1", smtp_sink.port, "none", "support", "secret"), letter())
    assert smtp_sink.connections == 1


def letter() -> Posting:
    raw = make_letter(
        message_id="<d.1@helpdesk.test>", sender="support@helpdesk.test", to="max@customer.test"
    )
    return Posting("support@helpdesk.test", ("max@customer.test",), raw, name="helpdesk.test")
