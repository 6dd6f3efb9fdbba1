"""What providers say, taken apart."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapter import AuthBroken, ChannelError, Temporary
from channels.sign_ins.providers import GOOGLE, fingerprint, provider_of
from channels.sign_ins.wire import account_in, challenge_of, consent_address, granted_in
from tests.channels.sign_ins.signing import query_of

pytestmark = pytest.mark.requirement("I37")


def identity(**claims: object) -> str:
    packed = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    return f"e30.{packed}.c2ln"


def test_the_challenge_is_the_one_of_the_standard() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_google_is_asked_for_a_lasting_consent_to_the_mailbox() -> None:
    address = consent_address(
        GOOGLE,
        client="id",
        redirect_uri="https://desk.example",
        state="s",
        verifier="v",
        nonce="n",
        hint="a@b",
    )
    told = query_of(address)
    assert address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert (told["access_type"], told["prompt"], told["nonce"]) == ("offline", "consent", "n")
    assert told["scope"].split()[-1] == "https://mail.google.com/"


def test_microsoft_has_a_directory_in_its_addresses() -> None:
    for tenant, there in (("", "common"), ("contoso.example", "contoso.example")):
        provider = provider_of({"sign_in": "microsoft", "oauth_tenant": tenant})
        assert provider is not None
        assert provider.token_url == f"https://login.microsoftonline.com/{there}/oauth2/v2.0/token"
        assert provider.consent_url == f"https://login.microsoftonline.com/{there}/oauth2/v2.0/authorize"


def test_a_password_needs_no_provider() -> None:
    assert provider_of({}) is provider_of({"sign_in": "password"}) is provider_of({"sign_in": "x"}) is None


def test_tokens_hold_for_one_user_however_written() -> None:
    told = {"sign_in": "google", "oauth_client_id": "id"}
    assert fingerprint(told, "A@b.example") == fingerprint(
        {**told, "imap_user": "a@B.example"}, "c@b.example"
    )
    assert fingerprint(told, "a@b.example") != fingerprint({**told, "oauth_client_id": "di"}, "a@b.example")


@pytest.mark.parametrize(
    ("told", "account"),
    [
        ({"email": "Ann@desk.example"}, "Ann@desk.example"),
        ({"preferred_username": "ann@desk.example"}, "ann@desk.example"),
        ({"email": 7, "upn": "ann@desk.example"}, "ann@desk.example"),
        ({"email": "ann"}, ""),
        ({"email": "a\u202e@desk.example\n"}, "a@desk.example"),
        ({"aud": ["other", "id"], "email": "ann@desk.example"}, "ann@desk.example"),
    ],
)
def test_who_consented_is_read_from_what_came_from_the_provider(told: dict, account: str) -> None:
    assert account_in(identity(**{"aud": "id", "nonce": "n", **told}), client="id", nonce="n") == account


@pytest.mark.parametrize(
    "told", [{"aud": "other"}, {"nonce": "old"}, {"nonce": None}, {"aud": None}, {"nonce": "не он"}]
)
def test_a_word_for_others_or_from_another_time_says_nothing(told: dict) -> None:
    with pytest.raises(Temporary):
        account_in(
            identity(**{"aud": "id", "nonce": "n", "email": "a@b.example", **told}), client="id", nonce="n"
        )


@pytest.mark.parametrize("told", ["x", "a.b", "a.b.c", "a.!.c", "..", "a." + "e30" * 9000 + ".c"])
def test_a_broken_word_says_nothing(told: str) -> None:
    with pytest.raises(Temporary):
        account_in(told, client="id", nonce="n")
    assert account_in("", client="id", nonce="n") == ""


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        (3599, 3599),
        ("3599", 3599),
        (None, 3600),
        (-5, 1),
        (0, 1),
        (1e300, 2592000),
        (True, 3600),
        ("soon", 3600),
    ],
)
def test_a_life_is_believed_as_far_as_it_makes_sense(seconds: object, kept: int) -> None:
    body = orjson.dumps({"access_token": "t", "expires_in": seconds})
    assert granted_in(200, {}, body)[0].seconds == kept


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ("invalid_grant", AuthBroken, "consent_needed"),
        ("interaction_required", AuthBroken, "consent_needed"),
        ("invalid_client", AuthBroken, "client_refused"),
        ("unauthorized_client", AuthBroken, "client_refused"),
        ("temporarily_unavailable", Temporary, "sign_in_unavailable"),
        (7, Temporary, "sign_in_unavailable"),
    ],
)
def test_an_error_says_who_can_mend_it(error: object, kind: type[ChannelError], code: str) -> None:
    with pytest.raises(kind) as caught:
        granted_in(400, {}, orjson.dumps({"error": error, "error_description": "why"}))
    assert caught.value.code == code


@given(st.integers(100, 599), st.binary() | st.dictionaries(st.text(), st.text()).map(orjson.dumps))
def test_whatever_comes_is_tokens_or_a_fault_of_the_channel(status: int, body: bytes) -> None:
    try:
        granted, _ = granted_in(status, {"retry-after": "9" * 50}, body)
    except ChannelError:
        return
    assert granted.access
