"""The folder for sent letters in a real mailbox."""

from pathlib import Path

import pytest
from imapclient import imap_utf7

from channels.adapter import AuthBroken, ChannelAccess, Copy
from channels.email.adapter import EmailAdapter
from channels.email.sent_folder import file_in_sent
from channels.email.servers import Server
from tests.channels.email.letters import make_letter
from tests.peers.dovecot import Dovecot
from tests.peers.imap_faults import Meddlers

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback")]


def copies(folder: Path, *names: str) -> list[Copy]:
    made = []
    for name in names:
        path = folder / name
        path.write_bytes(make_letter("It comes tomorrow.", message_id=f"<{name}@helpdesk.test>"))
        made.append(Copy(f"{name}@helpdesk.test", str(path)))
    return made


@pytest.mark.requirement("O12")
def test_letters_are_filed_as_read_and_each_once(dovecot: Dovecot, tmp_path: Path) -> None:
    box = dovecot.mailbox()
    server = Server("127.0.0.1", dovecot.imap_port, "none", box.user, "secret")
    first, second = copies(tmp_path, "one", "two")
    file_in_sent(server, [first])
    file_in_sent(server, [first, second])
    assert [letter["Message-ID"] for letter in box.letters("Sent")] == [
        "<one@helpdesk.test>",
        "<two@helpdesk.test>",
    ]
    assert box.flags("Sent") == [{"\\Seen"}, {"\\Seen"}]
    assert box.letters() == []


@pytest.mark.requirement("O12")
def test_the_folder_is_found_by_what_it_is_for_whatever_its_name(
    dovecot: Dovecot, meddlers: Meddlers, tmp_path: Path
) -> None:
    box, name = dovecot.mailbox(), "Отправленные письма"
    with box.client() as client:
        client.create_folder(name)
    meddler = meddlers.before(dovecot.imap_port)
    encoded = imap_utf7.encode(name).decode()
    meddler.answer("LIST", f'* LIST (\\HasNoChildren \\Sent) "/" "{encoded}"\r\nTAG OK done')
    file_in_sent(Server("127.0.0.1", meddler.port, "none", box.user, "secret"), copies(tmp_path, "one"))
    assert [letter["Message-ID"] for letter in box.letters(name)] == ["<one@helpdesk.test>"]


def test_a_refused_password_is_told_as_such(dovecot: Dovecot, tmp_path: Path) -> None:
    server = Server("127.0.0.1", dovecot.imap_port, "none", "support", "wrong")
    with pytest.raises(AuthBroken):
        file_in_sent(server, copies(tmp_path, "one"))


@pytest.mark.requirement("O12")
@pytest.mark.parametrize(
    ("host", "wanted", "files"),
    [
        ("mail.helpdesk.test", True, True),
        ("mail.helpdesk.test", False, False),
        ("smtp.gmail.com", True, False),
        ("SMTP.office365.com", True, False),
    ],
)
def test_servers_that_file_themselves_are_left_to_it(host: str, wanted: bool, files: bool) -> None:
    settings = {"smtp_host": host, "sent_copies": wanted}
    assert EmailAdapter(ChannelAccess(1, "email", "Shop", "a@b.test", settings, {})).files_copies is files
