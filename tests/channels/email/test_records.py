"""SPF, DKIM and DMARC of a domain: what is found, what is wrong, what to publish."""

import base64

import pytest

from channels.email.records import Finding, check_records, read_dkim
from core.outside.faults import TooSlow

pytestmark = pytest.mark.requirement("O6")

KEY = base64.b64encode(b"k" * 294).decode()
SHORT_KEY = base64.b64encode(b"k" * 90).decode()


class Zone:
    """Records of a test; names that are asked for are remembered."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.asked: list[str] = []

    def put(self, name: str, *texts: str) -> "Zone":
        self.records[name] = list(texts)
        return self

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        self.asked.append(name)
        return self.records.get(name, [])


class SilentServers:
    """Name servers that do not answer."""

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        raise TooSlow("Looking up %(host)s took too long.", host=name)


def good_zone() -> Zone:
    return (
        Zone()
        .put("example.org", "v=spf1 include:_spf.yandex.net ~all", "some-verification=1")
        .put("_spf.yandex.net", "v=spf1 ip4:192.0.2.0/24 ~all")
        .put("mail._domainkey.example.org", f"v=DKIM1; k=rsa; p={KEY}")
        .put("_dmarc.example.org", "v=DMARC1; p=quarantine")
    )


def found(zone: Zone, *, smtp_host: str = "smtp.yandex.ru", **given: str) -> dict[str, Finding]:
    return {each.kind: each for each in check_records("example.org", zone, smtp_host=smtp_host, **given)}


def test_records_that_work_are_found_and_nothing_is_to_be_published() -> None:
    records = found(good_zone())
    assert {each.state for each in records.values()} == {"found"}
    assert {each.publish for each in records.values()} == {""}


def test_what_is_missing_is_spelled_out() -> None:
    records = found(Zone())
    assert {each.state for each in records.values()} == {"missing"}
    assert (records["spf"].host, records["spf"].publish) == (
        "example.org",
        "v=spf1 include:_spf.yandex.net ~all",
    )
    assert records["dkim"].host == "mail._domainkey.example.org"
    assert records["dkim"].params["provider"] == "Yandex"
    assert records["dmarc"].publish == "v=DMARC1; p=none; rua=mailto:postmaster@example.org"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=spf1 mx ~all", "does not allow %(provider)s"),
        ("v=spf1 include:_spf.yandex.net +all", "lets everybody send"),
        ("v=spf1 include:_spf.yandex.net all", "lets everybody send"),
        ("v=spf1 include:_spf.yandex.net", "everybody else"),
        ("v=spf1 include:_spf.yandex.net ip4:1.2.3.4; ~all", "no server understands"),
        ("v=spf1 " + " ".join(f"include:n{n}.test" for n in range(11)) + " ~all", "more than ten"),
    ],
)
def test_an_spf_record_that_does_not_do_its_work_is_wrong(record: str, words: str) -> None:
    spf = found(good_zone().put("example.org", record))["spf"]
    assert spf.state == "wrong"
    assert words in spf.sentence
    assert spf.params["provider"] == "Yandex"
    assert spf.publish.startswith("v=spf1 ")
    assert spf.publish.endswith("include:_spf.yandex.net ~all")


def test_two_spf_records_become_one_with_all_that_stood_in_them() -> None:
    spf = found(good_zone().put("example.org", "v=spf1 mx -all", "v=spf1 ip4:192.0.2.7 ~all"))["spf"]
    assert (spf.state, spf.publish) == ("wrong", "v=spf1 mx ip4:192.0.2.7 include:_spf.yandex.net ~all")


def test_what_is_included_by_others_or_redirected_to_counts() -> None:
    nested = good_zone().put("example.org", "v=spf1 include:mails.example.org ~all")
    nested.put("mails.example.org", "v=spf1 include:_spf.yandex.net ~all")
    assert found(nested)["spf"].state == "found"
    assert found(good_zone().put("example.org", "v=spf1 redirect=_spf.yandex.net"))["spf"].state == "found"


def test_records_that_include_each_other_are_no_endless_road() -> None:
    round_about = (
        Zone().put("example.org", "v=spf1 include:a.test ~all").put("a.ru", "v=spf1 include:example.org ~all")
    )
    assert found(round_about, smtp_host="mx.example.org")["spf"].state == "found"
    assert len(round_about.asked) < 20


def test_the_ten_look_ups_are_counted_through_what_is_included() -> None:
    zone = Zone().put("example.org", "v=spf1 include:a.test include:b.test ~all")
    for name in ("a", "b"):
        zone.put(f"{name}.test", "v=spf1 a mx a:x.test mx:y.test exists:z.test ~all")
    assert "more than ten" in found(zone, smtp_host="mx.example.org")["spf"].sentence


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=DKIM1; p=", "withdrawn"),
        ("v=DKIM1; k=rsa; p=MIIB!!", "damaged"),
        (f"v=DKIM1; k=rsa; p={SHORT_KEY}", "too short"),
    ],
)
def test_a_key_that_proves_nothing_is_wrong(record: str, words: str) -> None:
    dkim = found(good_zone().put("mail._domainkey.example.org", record))["dkim"]
    assert dkim.state == "wrong"
    assert words in dkim.sentence


def test_an_ed25519_key_is_short_and_good() -> None:
    zone = Zone().put(
        "s1._domainkey.example.org", f"v=DKIM1; k=ed25519; p={base64.b64encode(b'k' * 32).decode()}"
    )
    finding = read_dkim("example.org", "s1", zone.texts)
    assert finding is not None
    assert finding.state == "found"


def test_our_own_key_must_be_the_published_one() -> None:
    zone = good_zone().put("desk._domainkey.example.org", f"v=DKIM1; k=rsa; p={KEY}")
    assert found(zone, selector="desk", public_key=KEY)["dkim"].state == "found"
    other = base64.b64encode(b"o" * 294).decode()
    dkim = found(zone, selector="desk", public_key=other)["dkim"]
    assert (dkim.state, dkim.publish) == ("wrong", f"v=DKIM1; k=rsa; p={other}")
    missing = found(Zone(), selector="desk", public_key=KEY)["dkim"]
    assert (missing.state, missing.publish) == ("missing", f"v=DKIM1; k=rsa; p={KEY}")


@pytest.mark.parametrize(
    ("records", "state", "words"),
    [
        (["v=DMARC1; p=none; rua=mailto:x@y.test"], "found", "only asks for reports"),
        (["v=DMARC1; p=reject"], "found", "happens to e-mails"),
        (["v=DMARC1; p=maybe"], "wrong", "no policy"),
        (["v=DMARC1; rua=mailto:x@y.test"], "wrong", "no policy"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "wrong", "several"),
        (["v=spf1 ~all"], "missing", "no DMARC"),
    ],
)
def test_a_dmarc_policy_is_read(records: list[str], state: str, words: str) -> None:
    dmarc = found(good_zone().put("_dmarc.example.org", *records))["dmarc"]
    assert dmarc.state == state
    assert words in dmarc.sentence


def test_the_policy_of_the_domain_above_counts_when_there_is_none_of_ones_own() -> None:
    zone = Zone().put("_dmarc.example.org", "v=DMARC1; p=reject")
    dmarc = check_records("mail.example.org", zone)[2]
    assert (dmarc.state, dmarc.host) == ("found", "_dmarc.example.org")
    assert "_dmarc.test" not in zone.asked


def test_a_providers_own_domain_is_the_providers_matter() -> None:
    zone = Zone()
    assert {each.state for each in check_records("Yandex.ru", zone)} == {"not_ours"}
    assert zone.asked == []


def test_name_servers_that_are_silent_say_nothing_about_the_records() -> None:
    assert {each.state for each in check_records("example.org", SilentServers())} == {"unknown"}


def test_every_sentence_can_be_said() -> None:
    for zone in (good_zone(), Zone(), good_zone().put("example.org", "v=spf1 mx ~all")):
        for finding in found(zone).values():
            assert "%(" not in finding.sentence % finding.params


@pytest.mark.parametrize("domain", ["helpdesk.test", "mail.corp.internal", "localhost"])
def test_of_a_domain_that_exists_inside_a_network_alone_there_is_nothing_to_say(domain: str) -> None:
    zone = Zone()
    assert check_records(domain, zone) == ()
    assert zone.asked == []
