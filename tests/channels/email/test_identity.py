"""Who wrote, who takes part, whom to believe, and whether it came before."""

from dataclasses import replace

import pytest

from channels.email.identity import (
    TrustedServers,
    content_hash,
    customer_address,
    is_aligned,
    near_duplicate_key,
    participants,
    verdict,
)
from channels.email.letters import Address, Letter
from channels.email.wire import read_letter
from tests.channels.email.written import letter, part, parts

OURS = TrustedServers(frozenset({"mx.desk.example"}))


def verdict_of(*fields: str, sender: str = "mia@ok.example", trusted: TrustedServers = OURS) -> str:
    raw = "\r\n".join([*fields, f"From: Mia <{sender}>", "Subject: x", "", "x"]).encode()
    return verdict(read_letter(raw), trusted)


@pytest.mark.requirement("I15")
@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("mx.desk.example; dmarc=pass header.from=ok.example", "pass"),
        (
            "mx.desk.example; dmarc=fail (p=NONE) header.from=ok.example; spf=pass smtp.mailfrom=ok.example",
            "fail",
        ),
        ("mx.desk.example 1; dkim=pass header.d=ok.example", "pass"),
        ("MX.Desk.Example; dkim=pass header.i=@mail.ok.example", "pass"),
        ("mx.desk.example; dkim=pass header.d=evil.example; spf=fail smtp.mailfrom=ok.example", "fail"),
        ("mx.desk.example; dkim=pass header.d=evil.example", "none"),
        ("mx.desk.example; spf=pass smtp.mailfrom=bounce@ok.example", "pass"),
        ("mx.desk.example; spf=softfail smtp.mailfrom=ok.example", "none"),
        ("mx.desk.example; dkim=fail header.d=ok.example", "fail"),
        ("mx.desk.example; none", "none"),
        ("mx.desk.example; dmarc=pass header.from=evil.example", "none"),
        (
            'mx.desk.example; spf=fail (domain of "x(a(b(c;dmarc=pass '
            'header.from=ok.example)))"@evil) smtp.mailfrom=evil.example',
            "none",
        ),
        ("mx.desk.example; spf=fail (domain of x(; dmarc=pass header.from=ok.example", "none"),
        ("mx.desk.example (a (b) c); (d) dmarc = pass (e) header.from = ok.example", "pass"),
        ("mx.evil.example; dmarc=pass header.from=ok.example", "none"),
        ("dmarc=pass header.from=ok.example", "none"),
        ("", "none"),
    ],
)
def test_verdict_of_a_trusted_server_counts(results: str, expected: str) -> None:
    assert verdict_of(f"Authentication-Results: {results}") == expected


@pytest.mark.requirement("I15")
def test_verdict_below_a_foreign_server_does_not_count() -> None:
    forged = "Authentication-Results: mx.desk.example; dmarc=pass header.from=ok.example"
    assert verdict_of("Received: from a by mx.evil.example; now", forged) == "none"
    assert verdict_of("Received: from a by in1.desk.example; now", forged) == "pass"
    assert verdict_of("Received: from a by 2002:a05:6000:1 with SMTP; now", forged) == "pass"
    more = TrustedServers(OURS.names, frozenset({"relay.example"}))
    assert verdict_of("Received: from a by x.relay.example; now", forged, trusted=more) == "pass"


@pytest.mark.requirement("I15")
def test_topmost_verdict_wins_over_a_forged_one_below_it() -> None:
    real = "Authentication-Results: mx.desk.example; dmarc=fail header.from=ok.example"
    forged = "Authentication-Results: mx.desk.example; dmarc=pass header.from=ok.example"
    assert verdict_of(real, "Received: from evil by mx.desk.example; now", forged) == "fail"


@pytest.mark.requirement("I15")
def test_two_senders_are_believed_by_nobody() -> None:
    real = "Authentication-Results: mx.desk.example; dmarc=pass header.from=ok.example"
    assert verdict_of(real, "From: Other <other@ok.example>") == "none"


@pytest.mark.requirement("I15")
def test_domains_are_aligned_only_whole_labels() -> None:
    assert is_aligned("mail.ok.example", "ok.example")
    assert is_aligned("ok.example", "news.ok.example")
    assert not is_aligned("notok.example", "ok.example")
    assert not is_aligned("example", "ok.example")
    assert not is_aligned("", "ok.example")


@pytest.mark.requirement("I14")
def test_everybody_but_us_takes_part_once() -> None:
    read = read_letter(
        letter(
            To="support+d.1.kabcdefghijklmnop@desk.example, Max <max@x.example>",
            Cc="MAX@x.example, mia@ok.example, b@x.example",
        )
    )
    found = participants(read, ["Support@desk.example"])
    assert [one.address for one in found.others] == ["max@x.example", "b@x.example"]
    assert found.sender == Address("Mia", "mia@ok.example")
    assert not found.is_blind
    assert participants(read, ["sales@desk.example"]).is_blind


@pytest.mark.requirement("I12")
def test_reply_to_counts_only_where_the_channel_says_so() -> None:
    form = read_letter(letter(From="Shop <support@desk.example>", Reply_To="Max <max@x.example>"))
    own = ["support@desk.example"]
    assert customer_address(form, own_addresses=own) == form.from_
    assert customer_address(form, own_addresses=own, believes_reply_to=True) == Address(
        "Max", "max@x.example"
    )
    person = read_letter(letter(Reply_To="evil@x.example"))
    assert customer_address(person, own_addresses=own, believes_reply_to=True) == person.from_
    assert customer_address(read_letter(letter(From="nobody"))) is None


@pytest.mark.requirement("I12")
@pytest.mark.parametrize("field", ["X_Original_From", "X_Original_Sender", "X_Google_Original_From"])
def test_sender_a_group_rewrote_is_found_again(field: str) -> None:
    read = read_letter(letter(From="'Mia' via Group <group@x.example>", **{field: "Mia <mia@ok.example>"}))
    assert customer_address(read) == Address("Mia", "mia@ok.example")


@pytest.mark.requirement("I28")
def test_copies_that_travelled_differently_are_one_letter() -> None:
    told = {"Message_ID": "<a@x.example>", "Date": "Mon, 5 May 2025 14:03:00 +0000", "body": "Hello  there\n"}
    first = read_letter(letter(Received="from a by b; now", Return_Path="<x@y.example>", X_Spam="no", **told))
    second = read_letter(letter(Delivered_To="other@desk.example", **told | {"body": "Hello there"}))
    assert content_hash(first) == content_hash(second)
    assert near_duplicate_key(first) == near_duplicate_key(second)


@pytest.mark.requirement("I28")
@pytest.mark.parametrize(
    "other",
    [
        {"body": "Other"},
        {"Subject": "Other"},
        {"From": "max@x.example"},
        {"To": "max@x.example"},
        {"Cc": "max@x.example"},
        {"Date": "Mon, 5 May 2025 14:04:00 +0000"},
    ],
)
def test_same_id_with_other_content_is_another_letter(other: dict[str, str]) -> None:
    told = {"Message_ID": "<a@x.example>", "Date": "Mon, 5 May 2025 14:03:00 +0000", "body": "Hello"}
    assert content_hash(read_letter(letter(**told))) != content_hash(read_letter(letter(**told | other)))


@pytest.mark.requirement("I28")
def test_same_words_with_another_file_are_another_letter() -> None:
    def with_file(content: str) -> Letter:
        return read_letter(
            letter(**parts("mixed", part("text/plain", "x"), part("application/pdf; name=a.pdf", content)))
        )

    assert content_hash(with_file("1")) != content_hash(with_file("2"))
    assert content_hash(with_file("1")) == content_hash(with_file("1"))


@pytest.mark.requirement("I29")
def test_letter_and_its_copy_from_a_list_are_near() -> None:
    told = {"Message_ID": "<a@x.example>", "Date": "Mon, 5 May 2025 14:03:00 +0000"}
    first, second = (
        read_letter(letter(body="Hello", **told)),
        read_letter(letter(body="Hello\n\n____\nlist", **told)),
    )
    assert content_hash(first) != content_hash(second)
    assert near_duplicate_key(first) == near_duplicate_key(second)
    assert near_duplicate_key(replace(first, message_id=None)) is None


@pytest.mark.requirement("I16")
@pytest.mark.parametrize(
    ("fields", "is_spam"),
    [
        ({"X_Spam_Flag": "YES"}, True),
        ({"X_Spam_Status": "Yes, score=9"}, True),
        ({"X_MS_Exchange_Organization_SCL": "5"}, True),
        ({"X_Forefront_Antispam_Report": "CIP:1;SCL:9;SRV:"}, True),
        ({"X_Spam_Level": "******"}, True),
        ({"X_Spamd_Bar": "+++++++"}, True),
        ({"X_Rspamd_Action": "add header"}, True),
        (
            {
                "X_Spam_Flag": "NO",
                "X_Spam_Status": "No, score=-1",
                "X_MS_Exchange_Organization_SCL": "-1",
                "X_Spam_Level": "*",
            },
            False,
        ),
        ({}, False),
    ],
)
def test_marks_of_filters_are_read(fields: dict[str, str], is_spam: bool) -> None:
    assert bool(read_letter(letter(**fields)).spam_marks) is is_spam


@pytest.mark.requirement("I24")
def test_our_own_fields_are_seen_as_a_loop_and_never_kept() -> None:
    read = read_letter(letter(X_HD_Instance="desk-1", X_Loop="desk-1", X_HD_Secret="1"))
    assert read.loop_marks == ("desk-1", "desk-1")
    assert read.header("x-hd-secret") == ""
    assert read.header("x-loop") == "desk-1"
