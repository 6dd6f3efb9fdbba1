"""An answer as a letter and the envelope it travels in."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from channels.adapter import BadContent, Part
from channels.email.incoming import Post, incoming_of
from channels.email.outgoing import Sender, names_given, plan_letter
from channels.email.tokens import Keyring, message_of_bounce_address, message_of_id
from channels.email.wire import read_letter
from core.clock import now
from core.files import file_store
from inbox.border import Outgoing, OutgoingFile

KEYS = Keyring({"a": b"a key of sixteen bytes or more"}, "a")
MAX = {"address": "max@customer.test", "name": "Max"}
ANSWERS = {"id": 3, "key": "0" * 64, "message_id": "c@customer.test", "references": ["a@x.test", "b@x.test"]}


def plan(text: str = "It is on its way.", **given: Any) -> Part:
    html = given.pop("html", None)
    files = given.pop("files", ())
    options = {name: given.pop(name) for name in ("subaddressing", "own_envelopes") if name in given}
    envelope = {
        "from": {"name": "Ann", "brand": "Shop", "address": "support@helpdesk.test"},
        "to": [MAX],
        "cc": [],
        "bcc": [],
        "subject": "Parcel",
        "answers": ANSWERS,
        **given,
    }
    outgoing = Outgoing("key", 71, 5, None, text, html, files, envelope, said_at=now())
    return plan_letter(outgoing, Sender("support@helpdesk.test", KEYS, **options), file_store())


def parsed(part: Part) -> EmailMessage:
    letter = message_from_bytes(part.raw or b"", policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


@pytest.mark.requirement("O2")
def test_an_answer_threads_under_the_letter_it_answers() -> None:
    letter = parsed(plan())
    assert letter["In-Reply-To"] == "<c@customer.test>"
    assert letter["References"] == "<a@x.test> <b@x.test> <c@customer.test>"
    assert letter["Subject"] == "Re: Parcel"
    assert letter["From"] == '"Ann (Shop)" <support@helpdesk.test>'


def test_the_signature_that_was_frozen_is_in_the_letter() -> None:
    assert "\n-- \nYours, Ann" in read_letter(plan(signature="Yours, Ann").raw or b"").text


@pytest.mark.requirement("O2")
def test_an_answer_to_our_own_letter_threads_by_the_name_it_left_with() -> None:
    letter = parsed(plan(answers={"id": 4, "key": "d.1.2.x@helpdesk.test", "message_id": None}))
    assert letter["In-Reply-To"] == "<d.1.2.x@helpdesk.test>"


@pytest.mark.requirement("O2")
def test_a_new_letter_answers_nothing_and_keeps_its_subject() -> None:
    letter = parsed(plan(answers=None))
    assert "In-Reply-To" not in letter
    assert letter["Subject"] == "Parcel"


@pytest.mark.requirement("I17")
def test_its_name_is_signed_and_the_same_each_time() -> None:
    first, again = plan(), plan()
    token = message_of_id(KEYS, first.payload["message_id"])
    assert token is not None
    assert (token.dialog_id, token.message_id) == (71, 5)
    assert first.key == again.key == first.payload["message_id"]


@pytest.mark.requirement("O1")
def test_text_and_html_say_the_same() -> None:
    letter = parsed(plan("One & two\n\nthree\nfour <b>"))
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert text.get_content().split() == ["One", "&", "two", "three", "four", "<b>"]
    assert html is not None
    assert "<p>three<br>four &lt;b&gt;</p>" in html.get_content()


@pytest.mark.requirement("O2")
def test_blind_copies_are_in_the_envelope_alone() -> None:
    part = plan(bcc=[{"address": "boss@helpdesk.test", "name": ""}])
    assert part.payload["recipients"] == ["max@customer.test", "boss@helpdesk.test"]
    assert b"boss" not in (part.raw or b"")


def test_nobody_gets_a_letter_twice() -> None:
    twice = plan(cc=[{"address": "MAX@customer.test", "name": ""}])
    assert len(twice.payload["recipients"]) == 1


@pytest.mark.requirement("O14")
def test_an_international_domain_goes_out_in_its_ascii_form() -> None:
    part = plan(to=[{"address": "max@пример.рф", "name": ""}])
    assert part.payload["recipients"] == ["max@xn--e1afmkfd.xn--p1ai"]


@pytest.mark.requirement("O14")
@pytest.mark.parametrize("to", [[{"address": "no address", "name": ""}], []])
def test_a_letter_to_nobody_is_refused_before_it_leaves(to: list[dict[str, str]]) -> None:
    with pytest.raises(BadContent):
        plan(to=to)


@pytest.mark.requirement("I17")
def test_the_token_is_in_reply_to_only_where_the_server_lets_it_arrive() -> None:
    assert "Reply-To" not in parsed(plan())
    token = str(parsed(plan(subaddressing=True))["Reply-To"])
    answer = b"From: eve@new.test\r\nTo: " + token.encode() + b"\r\n\r\nHello"
    post = Post(frozenset(["support@helpdesk.test"]), KEYS)
    assert incoming_of(read_letter(answer), {}, post, received_at=now()).dialog_hint == 71


@pytest.mark.requirement("O11")
def test_the_envelope_tells_which_letter_came_back_only_where_the_server_allows_it() -> None:
    assert plan().payload["sender"] == "support@helpdesk.test"
    part = plan(own_envelopes=True)
    assert message_of_bounce_address(KEYS, part.payload["sender"]) == 5
    assert part.payload["also_named"] == [part.payload["sender"]]


def test_files_go_along_under_their_own_names() -> None:
    stored = file_store().put_bytes(b"%PDF-1.4 bill")
    file = OutgoingFile("Счёт № 5.pdf", "application/pdf", stored.size, stored.sha256)
    (attached,) = parsed(plan(files=(file,))).iter_attachments()
    assert attached.get_filename() == "Счёт № 5.pdf"
    assert attached.get_content() == b"%PDF-1.4 bill"


@pytest.mark.requirement("I18")
def test_the_name_a_relay_gives_instead_is_learned() -> None:
    words = "250 Ok 0102018f3c2a1b4d-1f2e3d4c-5b6a-7980-a1b2-c3d4e5f60718-000000"
    (name,) = names_given(words, "email-smtp.eu-west-1.amazonaws.com")
    assert name == "0102018f3c2a1b4d-1f2e3d4c-5b6a-7980-a1b2-c3d4e5f60718-000000@eu-west-1.amazonses.com"
    assert names_given(words, "smtp.yandex.ru") == ()


@pytest.mark.requirement("O3")
def test_what_a_machine_wrote_says_so_and_keeps_its_own_subject() -> None:
    letter = parsed(plan(subject="We have received your message", automatic="auto-replied"))
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert letter["Precedence"] is None
    assert letter["In-Reply-To"] == "<c@customer.test>"
    assert letter["Subject"] == "We have received your message"


@pytest.mark.requirement("O3")
def test_what_a_person_wrote_is_never_marked_as_a_machines() -> None:
    letter = parsed(plan())
    marks = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "List-Unsubscribe")
    assert [name for name in marks if name in letter] == []
