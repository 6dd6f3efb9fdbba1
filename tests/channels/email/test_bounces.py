"""Letters that came back, as some fifty servers say it: those of tests/letters/bounces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.bounce_prose import tells_of_failure
from channels.email.bounces import read_bounce
from channels.email.headers import read_fields
from channels.email.mime import read_parts
from channels.email.wire import read_letter
from tests.channels.email.written import LETTERS, letter, part, parts

ID = "d.1.2.abc@desk.example"  # of the letter of ours that came back
BOUNCES = [
    # server, address, status, kind, whether it tells the id of our letter
    ("aol", "mia@aol.example", "5.1.1", "hard", False),
    ("barracuda", "mia@ok.example", "5.7.1", "hard", False),
    ("communigate", "mia@gone.example", "5.2.2", "soft", False),
    ("courier", "mia@gone.example", "5.1.1", "hard", False),
    ("domino", "mia@corp.example", "5.1.1", "hard", False),
    ("exchange_2003", "mia@gone.example", "5.1.1", "hard", False),
    ("exchange_german", "mia@gone.example", "5.1.10", "hard", True),
    ("exchange_online", "mia@full.example", "5.2.2", "soft", True),
    ("exchange_text", "mia@gone.example", "5.1.1", "hard", False),
    ("exim_delay", "mia@slow.example", "4.7.1", "delayed", False),
    ("exim_plain", "mia@gone.example", "5.1.1", "hard", True),
    ("exim_with_report", "mia@gone.example", "5.1.1", "hard", True),
    ("expired", "mia@slow.example", "4.4.1", "soft", True),
    ("french", "mia@gone.example", "5.1.1", "hard", False),
    ("german_hoster", "mia@web.example", "5.1.1", "hard", True),
    ("gmail", "mia@gone.example", "5.1.1", "hard", True),
    ("groupwise", "mia@gone.example", "5.1.1", "hard", True),
    ("hmailserver", "mia@gone.example", "5.1.1", "hard", False),
    ("imail", "mia@gone.example", "5.1.1", "hard", True),
    ("japanese", "mia@gone.example", "5.1.1", "hard", False),
    ("kerio", "mia@gone.example", "5.1.1", "hard", False),
    ("lotus_dsn", "mia@notes.example", "5.1.1", "hard", True),
    ("mailenable", "mia@gone.example", "5.1.2", "hard", True),
    ("mailru", "mia@mailru.example", "5.2.2", "soft", False),
    ("mdaemon", "mia@corp.example", "5.1.1", "hard", False),
    ("mercury", "mia@gone.example", "5.1.1", "hard", False),
    ("microsoft_html", "mia@gone.example", "5.1.10", "hard", True),
    ("naver", "mia@gone.example", "5.1.1", "hard", False),
    ("no_final_recipient", "mia@gone.example", "5.4.4", "hard", True),
    ("opensmtpd", "mia@gone.example", "5.1.1", "hard", True),
    ("out_of_space", "mia@full.example", "5.2.2", "soft", False),
    ("postfix", "mia@gone.example", "5.1.1", "hard", True),
    ("postfix_delay", "mia@slow.example", "4.4.1", "delayed", True),
    ("postfix_old_multipart", "mia@gone.example", "5.1.1", "hard", False),
    ("powermta", "mia@gone.example", "5.1.1", "hard", True),
    ("qmail", "mia@gone.example", "5.1.1", "hard", True),
    ("qmail_quota", "mia@full.example", "5.2.2", "soft", True),
    ("qq", "mia@gone.example", "5.1.1", "hard", False),
    ("rambler", "mia@gone.example", "5.1.1", "hard", False),
    ("sendmail", "mia@gone.example", "5.7.1", "hard", True),
    ("ses", "mia@gone.example", None, "hard", False),
    ("smartermail", "mia@gone.example", "5.1.1", "hard", True),
    ("smtp32", "mia@gone.example", None, "hard", True),
    ("spam_rejected", "mia@ok.example", "5.7.1", "hard", True),
    ("spanish", "mia@gone.example", "5.1.1", "hard", False),
    ("symantec", "mia@gone.example", "5.1.1", "hard", False),
    ("tonline", "mia@t-online.example", "5.1.1", "hard", True),
    ("utf8_global", "мия@пример.рф", "5.1.1", "hard", True),
    ("verizon_mms", "mia@gone.example", "5.1.1", "hard", False),
    ("vtext", "15555550199@phone.example", "5.1.1", "hard", False),
    ("yahoo", "mia@gone.example", "5.1.1", "hard", True),
    ("yandex", "mia@gone.example", "5.1.1", "hard", False),
    ("yandex_dsn", "mia@full.example", "4.2.2", "soft", True),
]


@pytest.mark.requirement("I22")
@pytest.mark.requirement("O11")
@pytest.mark.parametrize(
    ("server", "address", "status", "kind", "tells_id"), BOUNCES, ids=[one[0] for one in BOUNCES]
)
def test_bounce_tells_whom_why_and_of_which_letter(
    server: str, address: str, status: str | None, kind: str, tells_id: bool
) -> None:
    read = read_letter((LETTERS / "bounces" / f"{server}.eml").read_bytes())
    assert read.klass == "bounce"
    assert read.bounce is not None
    assert [one.address for one in read.bounce.recipients] == [address]
    assert (read.bounce.status, read.bounce.kind) == (status, kind)
    assert read.bounce.original_message_id == (ID if tells_id else None)
    assert read.bounce.diagnostic


@pytest.mark.requirement("I22")
@pytest.mark.parametrize(
    ("sender", "subject", "body", "address", "kind"),
    [
        (
            "postmaster@j.example",
            "[BOUNCE]",
            "I was not able to deliver.\n\nFailed recipient(s):\n{}\n\n550 no such user",
            "mia@gone.example",
            "hard",
        ),
        (
            "postmaster@m.example",
            "Undeliverable Mail: x",
            "Because of\n\n550 5.1.1 User unknown\n\nAffected:\n    {}\n\nMore\n",
            "mia@gone.example",
            "hard",
        ),
        (
            "postmaster@s.example",
            "Message Delivery Failure",
            "A transcript of the attempts follows.\nAddressed To: {}\n550 No such user",
            "mia@gone.example",
            "hard",
        ),
        (
            "Gateway <imss@i.example>",
            "Mail could not be delivered",
            "Sent >>> RCPT TO:<{}>\nReceived <<< 550 5.1.1 User unknown",
            "mia@gone.example",
            "hard",
        ),
        (
            "no-reply@k.example",
            "failure notice",
            "Could not be delivered to: <{}>\n    As their mailbox is full.",
            "mia@full.example",
            "soft",
        ),
        (
            "postmaster@e.example",
            "Returned Mail",
            "The account is disabled.\n\n<{}>: 550 user unknown",
            "mia@gone.example",
            "hard",
        ),
        (
            "mailer-daemon@g.example",
            "Delivery Status Notification (Delay)",
            "YOU DO NOT NEED TO RESEND.\n\nDelayed:\n\n     {}\n",
            "mia@slow.example",
            "delayed",
        ),
        (
            "MAILER-DAEMON",
            "Returned mail",
            "While talking to x:\n>>> RCPT To:<{}>\n<<< 550 User Unknown\n",
            "mia@gone.example",
            "hard",
        ),
        (
            "postmaster@x.example",
            "There was an error",
            "x rejected recipient <{}>\n  (Error following RCPT). It said: [550 5.1.1]",
            "mia@gone.example",
            "hard",
        ),
        (
            "Почтовая система <a@r.example>",
            "Сообщение не доставлено",
            "Письмо для {} не доставлено: пользователь не найден.",
            "mia@gone.example",
            "hard",
        ),
        (
            "noc@isp.example",
            "Undeliverable mail",
            "Your message could not be delivered to {}: 550 no such mailbox",
            "mia@gone.example",
            "hard",
        ),
    ],
)
def test_prose_of_a_server_names_whom_it_could_not_reach(
    sender: str, subject: str, body: str, address: str, kind: str
) -> None:
    read = read_letter(letter(From=sender, Subject=subject, Return_Path="<>", body=body.format(address)))
    assert read.klass == "bounce"
    assert read.bounce is not None
    assert [(one.address, one.kind) for one in read.bounce.recipients] == [(address, kind)]


@pytest.mark.requirement("I22")
@pytest.mark.parametrize(
    ("fields", "klass"),
    [
        (
            {
                "From": "Shop <news@x.example>",
                "Subject": "Delivery sale!",
                "Return_Path": "<>",
                "List_Unsubscribe": "<x>",
            },
            "auto_generated",
        ),
        (
            {
                "From": "Parcel <noreply@p.example>",
                "Subject": "Delivery failed: we missed you",
                "Return_Path": "<b@p.example>",
            },
            "auto_generated",
        ),
        (
            {"From": "Parcel <noreply@p.example>", "Subject": "Delivery notification", "Return_Path": "<>"},
            "auto_generated",
        ),
        (
            {
                "From": "Max <admin@ok.example>",
                "Subject": "Mail problem",
                "Return_Path": "<admin@ok.example>",
            },
            "human",
        ),
        ({"Subject": "Delivery failed", "Return_Path": "<mia@ok.example>"}, "human"),
    ],
)
def test_parcels_and_people_that_speak_of_delivery_are_no_bounces(fields: dict[str, str], klass: str) -> None:
    body = "We could not deliver your parcel to the address, number 550.\nIt was not found. help@p.example"
    assert read_letter(letter(**fields, body=body)).klass == klass


@pytest.mark.requirement("I22")
def test_each_recipient_has_its_own_fate_and_the_worst_is_the_letters() -> None:
    read = read_letter((LETTERS / "bounces" / "two_recipients.eml").read_bytes())
    assert read.bounce is not None
    fates = [(one.address, one.status, one.kind) for one in read.bounce.recipients]
    assert fates == [("max@full.example", "4.2.2", "soft"), ("mia@gone.example", "5.1.1", "hard")]
    assert (read.bounce.kind, read.bounce.diagnostic) == ("hard", "550 User unknown")
    assert read.bounce.to_json()["recipients"] == ["max@full.example", "mia@gone.example"]


@pytest.mark.requirement("I22")
@pytest.mark.parametrize(
    ("name", "klass"),
    [
        ("success", "report"),
        ("not_a_bounce_reply", "human"),
        ("not_a_bounce_question", "human"),
        ("russian_shop", "auto_generated"),
        ("autoreply_exchange", "auto_reply"),
        ("autoreply_vacation", "auto_reply"),
    ],
)
def test_what_only_looks_like_a_bounce_is_none(name: str, klass: str) -> None:
    read = read_letter((LETTERS / "bounces" / f"{name}.eml").read_bytes())
    assert (read.klass, read.bounce) == (klass, None)


@pytest.mark.requirement("O11")
def test_status_of_the_diagnostic_is_believed_over_a_general_one() -> None:
    status = (
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822;mia@gone.example\nAction: failed\nStatus: 5.0.0\n"
    )
    for diagnostic, exact in [
        ("smtp; 550 5.1.1 no", "5.1.1"),
        ("smtp; 552 mailbox full", "5.2.2"),
        ("", "5.0.0"),
    ]:
        told = f"{status}Diagnostic-Code: {diagnostic}\n" if diagnostic else status
        read = read_letter(
            letter(**parts("report", part("text/plain", "x"), part("message/delivery-status", told)))
        )
        assert read.bounce is not None
        assert read.bounce.status == exact


@pytest.mark.requirement("O11")
def test_envelope_id_of_ours_is_kept() -> None:
    status = (
        "Reporting-MTA: dns; mx\nOriginal-Envelope-Id: env-1\n\nFinal-Recipient: "
        "rfc822;a@b.example\nAction: failed\n"
    )
    read = read_letter(letter(**parts("report", part("message/delivery-status", status))))
    assert read.bounce is not None
    assert read.bounce.original_envelope_id == "env-1"


@pytest.mark.requirement("I22")
def test_hundreds_of_recipients_are_capped() -> None:
    group = "\n\nFinal-Recipient: rfc822;n{}@b.example\nAction: failed\nStatus: 5.1.1"
    status = "Reporting-MTA: dns; mx" + "".join(group.format(number) for number in range(1_000))
    read = read_letter(letter(**parts("report", part("message/delivery-status", status))))
    assert read.bounce is not None
    assert 100 < len(read.bounce.recipients) <= 201


@given(st.binary(max_size=300), st.text(max_size=100))
def test_any_report_is_a_bounce_of_something_or_nothing(data: bytes, subject: str) -> None:
    raw = (
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        + data
        + b"\n--b--\n"
    )
    fields = read_fields(raw)
    root = read_parts(raw, fields, [])
    bounce = read_bounce(root, data.decode("latin-1"), subject, raw)
    assert bounce.kind in ("hard", "soft", "delayed")


@given(st.text(max_size=300))
def test_any_prose_tells_of_failure_or_not(text: str) -> None:
    assert tells_of_failure(text) in (True, False)
