"""What kind of letter it is, in the order that keeps bounces from being auto-replies, and who is answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.email.classify import may_answer
from channels.email.letters import Address, Letter
from channels.email.wire import read_letter
from tests.channels.email.written import letter, part, parts

NOW = datetime(2025, 5, 5, 14, 3, tzinfo=UTC)
STATUS = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.requirement("I22")
@pytest.mark.parametrize(
    ("fields", "klass"),
    [
        ({}, "human"),
        ({"Auto_Submitted": "no"}, "human"),
        ({"X_Auto_Response_Suppress": "All"}, "human"),
        ({"Subject": "Vacation in Croatia"}, "human"),
        ({"Subject": "Dovolená"}, "human"),
        ({"Subject": "Auto: Reifen gesucht"}, "human"),
        ({"Subject": "Abwesend am Montag"}, "human"),
        ({"Subject": "Semester plan"}, "human"),
        ({"Subject": "Order not delivered"}, "human"),
        ({"Subject": "Absender falsch"}, "human"),
        ({"From": "admin@ok.example"}, "human"),
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"Auto_Submitted": "auto-replied; owner-email=x"}, "auto_reply"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({"X_Autorespond": "Your order"}, "auto_reply"),
        ({"X_Auto_Reply_From": "x"}, "auto_reply"),
        ({"Precedence": "auto_reply"}, "auto_reply"),
        ({"Subject": "Automatic reply: Your order"}, "auto_reply"),
        ({"Subject": "Out of Office: Your order"}, "auto_reply"),
        ({"Subject": "Re: Out of office"}, "auto_reply"),
        ({"Subject": "Automatische Antwort: x"}, "auto_reply"),
        ({"Subject": "Abwesenheitsnotiz"}, "auto_reply"),
        ({"Subject": "Автоматический ответ: x"}, "auto_reply"),
        ({"Subject": "Автоответ: x"}, "auto_reply"),
        ({"Subject": "Автоматична відповідь: x"}, "auto_reply"),
        ({"Subject": "Réponse automatique : x"}, "auto_reply"),
        ({"Subject": "Respuesta automática: x"}, "auto_reply"),
        ({"Subject": "Risposta automatica: x"}, "auto_reply"),
        ({"Subject": "Resposta automática: x"}, "auto_reply"),
        ({"Subject": "Automatisch antwoord: x"}, "auto_reply"),
        ({"Subject": "Autosvar: x"}, "auto_reply"),
        ({"Subject": "Automaattinen vastaus: x"}, "auto_reply"),
        ({"Subject": "Odpowiedź automatyczna: x"}, "auto_reply"),
        ({"Subject": "Automatická odpověď: x"}, "auto_reply"),
        ({"Subject": "Otomatik yanıt: x"}, "auto_reply"),
        ({"Subject": "自动答复: x"}, "auto_reply"),
        ({"Subject": "自動回覆: x"}, "auto_reply"),
        ({"Subject": "자동 회신: x"}, "auto_reply"),
        ({"Subject": "Vacation", "X_Auto_Response_Suppress": "OOF"}, "auto_reply"),
        ({"Subject": "Je suis absent", "Auto_Submitted": "auto-generated"}, "auto_generated"),
        ({"Return_Path": "<>"}, "auto_generated"),
        ({"Return_Path": "<>", "In_Reply_To": "<a@desk.example>"}, "auto_reply"),
        ({"Auto_Submitted": "auto-generated"}, "auto_generated"),
        ({"Auto_Submitted": "auto-notified"}, "auto_generated"),
        ({"X_Cron_Env": "<SHELL=/bin/sh>"}, "auto_generated"),
        ({"From": "Shop <no-reply@shop.example>"}, "auto_generated"),
        ({"From": "Shop <noreply+1@shop.example>"}, "auto_generated"),
        ({"List_Id": "<list.example>"}, "list"),
        ({"List_Unsubscribe": "<https://x.example>"}, "list"),
        ({"Precedence": "bulk"}, "list"),
        ({"Precedence": "list"}, "list"),
        ({"Precedence": "junk"}, "list"),
        ({"Feedback_ID": "1:2:3"}, "list"),
        ({"From": "news@shop.example", "List_Id": "<news.example>"}, "list"),
    ],
)
def test_fields_decide_the_class(fields: dict[str, str], klass: str) -> None:
    assert read_letter(letter(**fields, body="Hello")).klass == klass


@pytest.mark.requirement("I22")
def test_delivery_report_anywhere_is_a_bounce_even_if_it_says_auto_replied() -> None:
    told = parts("mixed", part("text/plain", "x"), part("message/delivery-status", STATUS))
    assert read_letter(letter(Auto_Submitted="auto-replied", **told)).klass == "bounce"
    assert read_letter(letter(Precedence="bulk", Feedback_ID="1", **told)).klass == "bounce"


@pytest.mark.requirement("I22")
@pytest.mark.parametrize("kind", ["feedback-report", "disposition-notification"])
def test_complaints_and_receipts_are_reports(kind: str) -> None:
    told = parts(
        "report", part("text/plain", "x"), part(f"message/{kind}", "Version: 1"), **{"report-type": kind}
    )
    assert (
        read_letter(letter(From="postmaster@x.example", Subject="failure notice", **told)).klass == "report"
    )


@pytest.mark.requirement("I22")
def test_aggregate_report_is_a_report() -> None:
    subject = "Report domain: desk.example Submitter: x.example Report-ID: <1>"
    assert read_letter(letter(From="noreply-dmarc@x.example", Subject=subject)).klass == "report"


@pytest.mark.requirement("I22")
def test_bounce_a_customer_forwards_is_no_bounce() -> None:
    inner = f"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n{STATUS}"
    read = read_letter(
        letter(
            Subject="Fwd: failure notice",
            **parts("mixed", part("text/plain", "look"), part("message/rfc822", inner)),
        )
    )
    assert (read.klass, read.bounce) == ("human", None)


def human(**facts: object) -> Letter:
    letter = Letter(
        from_=Address("Mia", "mia@ok.example"), message_id="a@ok.example", return_path="mia@ok.example"
    )
    return replace(letter, **facts)  # type: ignore[arg-type]


@pytest.mark.requirement("I24")
@pytest.mark.parametrize(
    "facts",
    [
        {"klass": "auto_reply"},
        {"klass": "bounce"},
        {"klass": "list"},
        {"klass": "report"},
        {"from_": None},
        {"response_suppress": ("all",)},
        {"response_suppress": ("dr", "autoreply")},
        {"response_suppress": ("oof",)},
        {"auto_submitted": "auto-generated"},
        {"from_": Address("", "Support@desk.example")},
        {"reply_to": (Address("", "support@desk.example"),)},
        {"from_": Address("", "noreply@x.example")},
        {"from_": Address("", "no-reply-orders@x.example")},
        {"from_": Address("", "do_not_reply@x.example")},
        {"from_": Address("", "mailer-daemon@x.example")},
        {"from_": Address("", "bounces+1@x.example")},
        {"from_": Address("", "owner-list@x.example")},
        {"from_": Address("", "list-request@x.example")},
        {"reply_to": (Address("", "no-reply@x.example"),)},
        {"message_id": "d.1.2.abc@desk.example"},
        {"return_path": ""},
        {"received_hops": 26},
        {"loop_marks": ("instance",)},
        {"spam_marks": ("x-spam-flag",)},
    ],
)
def test_one_doubt_is_enough_to_keep_silent(facts: dict[str, object]) -> None:
    told = {"own_addresses": ["support@desk.example"], "own_domains": ["Desk.example"], "now": NOW}
    assert not may_answer(human(**facts), **told)  # type: ignore[arg-type]


@pytest.mark.requirement("I24")
def test_person_is_answered_once_a_dialog_and_three_times_a_day() -> None:
    hour = timedelta(hours=1)
    assert may_answer(human(), now=NOW)
    assert may_answer(human(response_suppress=("dr", "ndr")), now=NOW)
    assert may_answer(human(return_path=None), now=NOW)
    assert not may_answer(human(), answered_in_dialog=True, now=NOW)
    assert may_answer(human(), answers_before=[NOW - hour, NOW - 2 * hour], now=NOW)
    assert not may_answer(human(), answers_before=[NOW - hour, NOW - 2 * hour, NOW - 23 * hour], now=NOW)
    assert may_answer(human(), answers_before=[NOW - hour, NOW - 2 * hour, NOW - 25 * hour], now=NOW)
