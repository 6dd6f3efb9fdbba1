"""Letters that were read, marked and moved in real mailboxes."""

from typing import Any

import pytest
from imapclient import IMAPClient

from channels.adapter import AuthBroken, ChannelAccess, Temporary
from channels.email.adapter import EmailAdapter
from channels.email.servers import Server
from channels.email.tidying import Wishes, tidy
from tests.channels.email.letters import make_letter
from tests.peers import pymap as poor
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.imap_faults import Meddlers
from tests.peers.pymap import Pymap

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback"), pytest.mark.requirement("I35")]

SEEN, MOVED = Wishes(mark_seen=True), Wishes(move_to="Done")


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    """A mailbox with three letters, and a folder for those that are done."""
    made = dovecot.mailbox()
    made.append(*(make_letter(f"number {number}") for number in (1, 2, 3)))
    with made.client() as client:
        client.create_folder("Done")
    return made


def at(box: Mailbox, port: int = 0) -> Server:
    return Server("127.0.0.1", port or box.imap_port, "none", box.user, "secret")


def named(box: Mailbox, *uids: int, **more: Any) -> list[dict[str, Any]]:
    with box.client() as client:
        uidvalidity = client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"]
    return [{"folder": "INBOX", "uidvalidity": uidvalidity, "uid": uid, **more} for uid in uids]


def texts(box: Mailbox, folder: str = "INBOX") -> list[str]:
    return [str(letter.get_content()).strip() for letter in box.letters(folder)]


def test_only_the_letters_that_were_named_are_marked(box: Mailbox) -> None:
    for _ in range(2):
        tidy(at(box), named(box, 1, 3), SEEN)
    assert box.flags() == [{"\\Seen"}, set(), {"\\Seen"}]
    assert texts(box, "Done") == []


def test_only_the_letters_that_were_named_are_moved_and_once(box: Mailbox) -> None:
    letters = named(box, 1, 3)
    for _ in range(2):
        tidy(at(box), letters, MOVED)
    assert (texts(box), texts(box, "Done")) == (["number 2"], ["number 1", "number 3"])
    assert box.flags("Done") == [set(), set()]


def test_marked_and_moved(box: Mailbox) -> None:
    tidy(at(box), named(box, 1), Wishes(mark_seen=True, move_to="Done"))
    assert box.flags("Done") == [{"\\Seen"}]


def test_without_move_letters_are_copied_and_deleted_by_their_numbers(
    box: Mailbox, dovecot: Dovecot, meddlers: Meddlers
) -> None:
    with box.client() as client:
        client.select_folder("INBOX")
        client.add_flags([2], ["\\Deleted"])  # somebody else's, not to be expunged by us
    meddler = meddlers.before(dovecot.imap_port)
    meddler.without("MOVE")
    tidy(at(box, meddler.port), named(box, 1, 3), MOVED)
    assert (texts(box), texts(box, "Done")) == (["number 2"], ["number 1", "number 3"])
    assert meddler.asked("UID MOVE") == 0
    assert meddler.asked("UID EXPUNGE") == 1


def test_a_copy_that_was_interrupted_is_not_made_twice(
    box: Mailbox, dovecot: Dovecot, meddlers: Meddlers
) -> None:
    meddler = meddlers.before(dovecot.imap_port)
    meddler.without("MOVE")
    meddler.hang_up_on("UID STORE")
    with pytest.raises(Temporary):
        tidy(at(box, meddler.port), named(box, 1), MOVED)
    meddler.forget()
    assert (texts(box)[0], texts(box, "Done")) == ("number 1", ["number 1"])
    tidy(at(box, meddler.port), named(box, 1, 2), MOVED)
    assert (texts(box), texts(box, "Done")) == (["number 3"], ["number 1", "number 2"])


def test_letters_that_only_look_alike_are_both_kept(
    box: Mailbox, dovecot: Dovecot, meddlers: Meddlers
) -> None:
    with box.client() as client:
        client.append("Done", make_letter("number 1", message_id="<other@customer.test>"))
        client.append("Done", make_letter("number 1", subject="Pärcel"))
    meddler = meddlers.before(dovecot.imap_port)
    meddler.without("MOVE")
    tidy(at(box, meddler.port), named(box, 1), MOVED)
    assert texts(box, "Done") == ["number 1"] * 3


def test_a_server_that_cannot_delete_by_number_is_not_asked_to_delete(
    box: Mailbox, dovecot: Dovecot, meddlers: Meddlers
) -> None:
    inner = meddlers.before(dovecot.imap_port)
    inner.without("MOVE")
    outer = meddlers.before(inner.port)
    outer.without("UIDPLUS")
    tidy(at(box, outer.port), named(box, 1), MOVED)
    assert (len(texts(box)), texts(box, "Done")) == (3, [])
    assert outer.asked("EXPUNGE|COPY|STORE") == 0


def test_flags_the_server_does_not_keep_are_not_set(
    box: Mailbox, dovecot: Dovecot, meddlers: Meddlers
) -> None:
    letters = named(box, 1)
    meddler = meddlers.before(dovecot.imap_port)
    kept = f"* OK [PERMANENTFLAGS (\\Flagged)] few\r\n* OK [UIDVALIDITY {letters[0]['uidvalidity']}] x"
    meddler.answer("SELECT", f"* 3 EXISTS\r\n{kept}\r\nTAG OK [READ-WRITE] done")
    meddler.answer("UID SEARCH", "* SEARCH 1\r\nTAG OK done")
    tidy(at(box, meddler.port), letters, SEEN)
    assert meddler.asked("SELECT") == 1
    assert meddler.asked("STORE") == 0


def test_a_folder_that_may_only_be_looked_at_is_left_alone(
    box: Mailbox, dovecot: Dovecot, meddlers: Meddlers
) -> None:
    meddler = meddlers.before(dovecot.imap_port)
    meddler.answer("SELECT", "* 3 EXISTS\r\nTAG OK [READ-ONLY] done")
    tidy(at(box, meddler.port), named(box, 1), Wishes(mark_seen=True, move_to="Done"))
    assert meddler.asked("UID") == 0


def test_a_mailbox_that_was_numbered_anew_is_left_alone(box: Mailbox) -> None:
    before = named(box, 1)
    box.renumber()
    tidy(at(box), before, Wishes(mark_seen=True, move_to="Done"))
    assert (box.flags(), texts(box, "Done")) == ([set()] * 3, [])


def test_a_missing_folder_is_said_and_moves_nothing(box: Mailbox) -> None:
    with pytest.raises(Temporary) as missing:
        tidy(at(box), named(box, 1), Wishes(move_to="Nowhere"))
    assert missing.value.code == "folder_missing"
    assert len(texts(box)) == 3


def test_a_refused_password_is_told_as_such(box: Mailbox) -> None:
    with pytest.raises(AuthBroken):
        tidy(Server("127.0.0.1", box.imap_port, "none", box.user, "wrong"), [], SEEN)


def test_a_poor_server_is_tidied_as_well(pymap: Pymap) -> None:
    pymap.append(make_letter("at pymap"))
    with IMAPClient("127.0.0.1", port=pymap.port, ssl=False, timeout=10) as client:
        client.login(poor.USER, poor.PASSWORD)
        client.create_folder("Done")
        state = client.select_folder("INBOX", readonly=True)
        (uid,) = client.search(["BODY", "at pymap"])
    letter = {"folder": "INBOX", "uidvalidity": state[b"UIDVALIDITY"], "uid": uid}
    for _ in range(2):
        tidy(
            Server("127.0.0.1", pymap.port, "none", poor.USER, poor.PASSWORD),
            [letter],
            Wishes(mark_seen=True, move_to="Done"),
        )
    with IMAPClient("127.0.0.1", port=pymap.port, ssl=False, timeout=10) as client:
        client.login(poor.USER, poor.PASSWORD)
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == state[b"EXISTS"] - 1
        assert client.select_folder("Done", readonly=True)[b"EXISTS"] == 1
        (flags,) = client.fetch([*client.search()], ["FLAGS"]).values()
    assert b"\\Seen" in flags[b"FLAGS"]


@pytest.mark.parametrize(
    ("settings", "tidies"),
    [
        ({}, False),
        ({"mark_seen": True}, True),
        ({"move_to": "Done"}, True),
        ({"move_to": "Done", "folders": "INBOX, Done"}, False),
    ],
)
def test_nothing_is_touched_unless_it_is_said(settings: dict[str, Any], tidies: bool) -> None:
    adapter = EmailAdapter(ChannelAccess(1, "email", "Shop", "a@b.test", settings, {}))
    assert adapter.tidies is tidies
