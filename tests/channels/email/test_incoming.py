"""What a letter tells the inbox."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from channels.email.identity import TrustedServers
from channels.email.incoming import Post, content_key, incoming_of
from channels.email.tokens import Keyring, bounce_address, dialog_address, new_message_id
from channels.email.wire import read_letter
from inbox.border import Incoming
from tests.channels.email.letters import make_letter

KEYS = Keyring({"a": b"a key of sixteen bytes or more"}, "a")
OTHER_KEYS = Keyring({"a": b"another key of sixteen bytes"}, "a")
OURS = "support@helpdesk.test"
CAME = datetime(2027, 3, 10, 9, 5, tzinfo=UTC)


def told(raw: bytes, *, believes_reply_to: bool = False, trusted: str = "", **payload: object) -> Incoming:
    post = Post(
        own=frozenset([OURS, "help@helpdesk.test"]),
        keyring=KEYS,
        trusted=TrustedServers(frozenset([trusted] if trusted else [])),
        believes_reply_to=believes_reply_to,
    )
    return incoming_of(read_letter(raw), payload, post, received_at=CAME)


def test_a_letter_tells_who_wrote_what_and_when() -> None:
    incoming = told(make_letter("Hello", message_id="<a@customer.test>", Cc="Mia <mia@customer.test>"))
    assert (incoming.author.key, incoming.author.name) == ("max@customer.test", "Max")
    assert incoming.text.strip() == "Hello"
    assert incoming.sent_at == datetime(2027, 3, 10, 9, 0, tzinfo=UTC)
    assert [each.key for each in incoming.participants] == ["mia@customer.test"]
    assert incoming.envelope["message_id"] == "a@customer.test"
    assert incoming.direction == "in"


@pytest.mark.requirement("I17")
@pytest.mark.parametrize("field", ["To", "Cc", "Delivered_To", "X_Original_To", "Envelope_To"])
def test_our_token_in_an_address_names_the_dialog(field: str) -> None:
    token = dialog_address(KEYS, OURS, 71)
    letter = make_letter(to=token) if field == "To" else make_letter(**{field: token})
    assert told(letter).dialog_hint == 71


@pytest.mark.requirement("I17")
def test_a_token_made_with_another_key_names_nothing() -> None:
    assert told(make_letter(to=dialog_address(OTHER_KEYS, OURS, 71))).dialog_hint is None


@pytest.mark.requirement("I17")
def test_answering_a_letter_we_signed_names_its_dialog() -> None:
    ours = new_message_id(KEYS, "helpdesk.test", 71, 5)
    assert told(make_letter(In_Reply_To=f"<{ours}>")).dialog_hint == 71
    assert told(make_letter(References=f"<x@y.test> <{ours}> <z@y.test>")).dialog_hint == 71


@pytest.mark.requirement("I20b")
def test_forwarding_a_letter_we_signed_names_nothing_unless_it_went_to_the_token() -> None:
    ours = new_message_id(KEYS, "helpdesk.test", 71, 5)
    forward = told(make_letter(subject="Fwd: Parcel", References=f"<{ours}>"))
    assert (forward.is_forward, forward.dialog_hint) == (True, None)
    token = dialog_address(KEYS, OURS, 71)
    assert told(make_letter(subject="Fwd: Parcel", to=token, References=f"<{ours}>")).dialog_hint == 71


@pytest.mark.requirement("I18")
def test_references_stand_newest_first() -> None:
    letter = make_letter(In_Reply_To="<c@x.test>", References="<a@x.test> <b@x.test> <c@x.test>")
    assert told(letter).references == ("c@x.test", "b@x.test", "a@x.test")


@pytest.mark.requirement("I25")
def test_our_own_letter_coming_back_is_an_echo() -> None:
    ours = new_message_id(KEYS, "helpdesk.test", 71, 5)
    echo = told(make_letter(sender=OURS, to="max@customer.test", message_id=f"<{ours}>"))
    assert echo.client_key == ours
    assert echo.direction == "out"


@pytest.mark.requirement("I25")
def test_an_answer_given_in_another_program_is_an_agents_message_to_its_recipient() -> None:
    elsewhere = told(make_letter(sender="Ann <support@helpdesk.test>", to="Max <max@customer.test>"))
    assert elsewhere.direction == "out"
    assert elsewhere.author.role == "agent"
    assert [each.key for each in elsewhere.participants] == ["max@customer.test"]


@pytest.mark.requirement("I25")
def test_somebody_who_only_claims_to_be_us_is_not_us() -> None:
    forged = told(
        make_letter(
            sender=OURS,
            to=OURS,
            Authentication_Results="mx.helpdesk.test; dmarc=fail header.from=helpdesk.test",
        ),
        trusted="mx.helpdesk.test",
    )
    assert forged.direction == "in"
    assert forged.author.verified is False
    assert "not_verified" in forged.warnings


@pytest.mark.requirement("I12")
def test_a_form_is_answered_where_it_asks_only_if_the_channel_says_so() -> None:
    form = make_letter(sender=OURS, to=OURS, Reply_To="Mia <mia@customer.test>")
    assert told(form, believes_reply_to=True).author.key == "mia@customer.test"
    assert told(form, believes_reply_to=True).direction == "in"
    assert told(form).author.key == OURS


@pytest.mark.requirement("I13")
def test_a_letter_without_a_sender_is_shown_all_the_same() -> None:
    nobody = told(make_letter().replace(b"From: Max <max@customer.test>", b"From: (nobody)"))
    assert nobody.author.key == "unknown"
    assert "no_sender" in nobody.warnings


@pytest.mark.requirement("I14")
def test_a_blind_copy_says_so() -> None:
    assert "blind_copy" in told(make_letter(to="mia@customer.test")).warnings
    assert "blind_copy" not in told(make_letter()).warnings


@pytest.mark.requirement("I28")
def test_copies_have_one_key_whatever_servers_added() -> None:
    letter = make_letter(message_id="<a@x.test>")
    travelled = b"Return-Path: <max@customer.test>\r\nReceived: from a by b\r\nX-Spam: no\r\n" + letter
    assert told(letter).message_key == told(travelled).message_key
    assert told(letter).content_hash == told(letter).message_key


@pytest.mark.requirement("I28")
def test_one_message_id_with_two_contents_is_two_letters_and_so_is_the_reverse() -> None:
    keys = {
        content_key(read_letter(make_letter(text, message_id=name)))
        for text in ("parcel 1", "parcel 2")
        for name in ("<same@dhl.test>", "<other@dhl.test>")
    }
    assert len(keys) == 4


@pytest.mark.requirement("I28")
def test_a_letter_without_a_message_id_gets_one_that_stays() -> None:
    first, again = told(make_letter()), told(make_letter())
    assert first.envelope["message_id"].endswith("@hd.invalid")
    assert first.envelope["message_id"] == again.envelope["message_id"]


def test_a_clock_that_runs_ahead_is_not_believed() -> None:
    ahead = make_letter().replace(b"10 Mar 2027", b"10 Mar 2037")
    assert told(ahead).sent_at == CAME
    assert told(make_letter()).sent_at < CAME + timedelta(days=1)


@pytest.mark.requirement("I16")
def test_spam_says_so_unless_our_own_token_was_used() -> None:
    assert told(make_letter(X_Spam_Flag="YES")).spam
    assert not told(make_letter(to=dialog_address(KEYS, OURS, 1), X_Spam_Flag="YES")).spam


@pytest.mark.requirement("I10")
def test_a_letter_left_in_the_mailbox_says_so() -> None:
    cut = told(make_letter(), truncated=True, size=50_000_000)
    assert "too_large" in cut.warnings
    assert cut.extra["size"] == 50_000_000


def bounce(original: str = "", *, to: str = OURS, action: str = "failed", status: str = "5.1.1") -> bytes:
    return f"""From: Mail Delivery System <mailer-daemon@mx.test>
To: {to}
Subject: Mail delivery failed
Return-Path: <>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; max@customer.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <{original}>
From: {OURS}

--b--
""".replace("\n", "\r\n").encode()


@pytest.mark.requirement("I23")
@pytest.mark.requirement("O11")
def test_a_bounce_is_news_about_the_letter_it_holds() -> None:
    ours = new_message_id(KEYS, "helpdesk.test", 71, 5)
    incoming = told(bounce(ours))
    assert incoming.news_about == (ours,)
    (news,) = incoming.news
    assert (news.address, news.state, news.code) == ("max@customer.test", "failed", "unknown_recipient")
    assert "no such user" in news.detail


@pytest.mark.requirement("O11")
def test_a_bounce_is_news_about_the_letter_whose_envelope_it_came_back_to() -> None:
    envelope = bounce_address(KEYS, OURS, 5)
    assert told(bounce("unknown@x.test", to=envelope)).news_about[0] == envelope
    forged = bounce_address(OTHER_KEYS, OURS, 5)
    assert forged not in told(bounce("unknown@x.test", to=forged)).news_about


@pytest.mark.requirement("I23")
def test_a_delay_is_no_failure_and_vague_statuses_are_read_by_their_words() -> None:
    (late,) = told(bounce("a@b.test", action="delayed", status="4.4.1")).news
    assert late.state == "delayed"
    (vague,) = told(bounce("a@b.test", status="5.0.0")).news
    assert vague.code == "unknown_recipient"


@pytest.mark.requirement("I8")
def test_an_invitation_is_told_whole_and_by_its_own_name() -> None:
    calendar = (
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:42@calendar.test\r\nSUMMARY:Fitting\r\n"
        b"DTSTART:20270312T090000Z\r\nDTEND:20270312T100000Z\r\nLOCATION:Shop\r\nSEQUENCE:2\r\n"
        b"ORGANIZER:mailto:max@customer.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    letter = EmailMessage()
    letter["From"], letter["To"] = "max@customer.test", OURS
    letter.set_content("Shall we?")
    letter.add_attachment(calendar, "text", "calendar", params={"method": "REQUEST"})
    (event,) = told(letter.as_bytes()).envelope["calendar"]
    assert event == {
        "method": "REQUEST",
        "uid": "42@calendar.test",
        "summary": "Fitting",
        "start": "2027-03-12T09:00:00+00:00",
        "end": "2027-03-12T10:00:00+00:00",
        "organizer": "max@customer.test",
        "location": "Shop",
        "sequence": 2,
    }


@pytest.mark.requirement("I9")
def test_a_signed_letter_says_so_and_is_readable() -> None:
    raw = (
        b"From: max@customer.test\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b"--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
    )
    incoming = told(raw)
    assert incoming.text.strip() == "Hello"
    assert "pgp_signed" in incoming.warnings


@pytest.mark.requirement("I10")
def test_of_a_letter_that_is_cut_the_file_it_breaks_off_in_is_not_shown_as_one() -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "max@customer.test", OURS, "Film"
    letter.set_content("See the film.")
    letter.add_attachment(b"small", "application", "pdf", filename="script.pdf")
    letter.add_attachment(b"film" * 200_000, "video", "mp4", filename="film.mp4")
    raw = letter.as_bytes()
    cut = told(raw[: 256 * 1024], truncated=True, size=len(raw))
    assert cut.text.strip() == "See the film."
    assert [file.name for file in cut.files] == ["script.pdf"]
    assert "too_large" in cut.warnings
    assert cut.envelope["whole_size"] == len(raw)
    whole = told(raw, size=len(raw))
    assert [file.name for file in whole.files] == ["script.pdf", "film.mp4"]
    assert "whole_size" not in whole.envelope
