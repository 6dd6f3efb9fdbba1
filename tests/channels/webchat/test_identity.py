"""Who a visitor is by the shop's word: what holds, what does not, and nothing anybody sends breaks it."""

import base64
import hashlib
import hmac
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.webchat.identity import (
    LONGEST_TOKEN,
    IdentityRefused,
    Proven,
    check_hash,
    hash_for,
    read_token,
)
from tests.product import ROOT

SECRET = "a-secret-of-the-shop-and-of-us-alone"
OTHER = "a-secret-of-another-channel-entirely"
DENO = ROOT / ".venv/bin/deno"
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
RSA = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n-----END PUBLIC KEY-----"


def claims(**given: Any) -> dict[str, Any]:
    """A good token's claims, changed."""
    begun = int(AT.timestamp())
    told = {"sub": "user-7", "iat": begun, "exp": begun + 600, **given}
    return {name: value for name, value in told.items() if value is not None}


def signed(secret: str = SECRET, algorithm: str = "HS256", **given: Any) -> str:
    """A token as the shop's server makes it."""
    return jwt.encode(claims(**given), secret, algorithm=algorithm)


def bare(header: dict[str, Any], payload: Any, secret: str = SECRET, digest: Any = hashlib.sha256) -> str:
    """A token put together by hand."""
    parts = [json.dumps(each).encode() for each in (header, payload)]
    head = b".".join(base64.urlsafe_b64encode(each).rstrip(b"=") for each in parts)
    mark = hmac.new(secret.encode(), head, digest).digest()
    return (head + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


def refused(token: str, *secrets: str) -> str:
    """Why a token is refused."""
    with pytest.raises(IdentityRefused) as fault:
        read_token(token, secrets or (SECRET,), at=AT)
    return fault.value.code


def test_what_the_shop_has_signed_is_proven() -> None:
    token = signed(
        name="Max", email="Max@Customer.Test", phone="+79001234567", attrs={"plan": "gold", "n": 3}
    )
    assert read_token(token, [SECRET], at=AT) == Proven(
        "user-7", "Max", "max@customer.test", "+79001234567", {"plan": "gold", "n": 3}
    )


def test_while_the_secret_changes_both_hold() -> None:
    assert read_token(signed(OTHER), [SECRET, OTHER], at=AT).user_id == "user-7"


@pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
def test_a_channel_without_a_secret_believes_nobody(secrets: tuple[str, ...]) -> None:
    empty = bare({"alg": "HS256", "typ": "JWT"}, claims(), secret="")
    for token in (empty, signed()):
        with pytest.raises(IdentityRefused):
            read_token(token, secrets, at=AT)


def test_another_channels_secret_proves_nothing() -> None:
    assert refused(signed(OTHER)) == "bad_signature"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_that_says_it_needs_no_signature_is_refused(algorithm: str) -> None:
    whole = bare({"alg": algorithm, "typ": "JWT"}, claims())
    assert refused(whole) == "bad_token"
    assert refused(whole.rpartition(".")[0] + ".") == "bad_token"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256", "HS1"])
def test_no_other_algorithm_is_believed_whoever_signed(algorithm: str) -> None:
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(algorithm, hashlib.sha256)
    assert refused(bare({"alg": algorithm, "typ": "JWT"}, claims(), digest=digest)) == "bad_token"


def test_a_public_key_is_no_secret() -> None:
    """The classic confusion: a token signed by HMAC with somebody's public key, told as RSA."""
    assert refused(bare({"alg": "RS256", "typ": "JWT"}, claims(), secret=RSA)) == "bad_token"


@pytest.mark.parametrize(
    "header", [{"jwk": {"kty": "oct", "k": "x"}}, {"jku": "https://evil.test"}, {"kid": "../x"}]
)
def test_a_token_cannot_bring_its_own_key(header: dict[str, Any]) -> None:
    forged = bare({"alg": "HS256", "typ": "JWT", **header}, claims(), secret="x")
    assert refused(forged) in ("bad_signature", "bad_token")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"exp": int(AT.timestamp()) - 61, "iat": int(AT.timestamp()) - 600}, "expired"),
        ({"iat": int(AT.timestamp()) + 61, "exp": int(AT.timestamp()) + 600}, "not_yet"),
        ({"exp": int(AT.timestamp()) + 3601}, "lives_too_long"),
        ({"exp": int(AT.timestamp()) + 10**9}, "lives_too_long"),
        ({"iat": int(AT.timestamp()), "exp": int(AT.timestamp()) - 1}, "lives_too_long"),
        ({"exp": None}, "bad_token"),
        ({"iat": None}, "bad_token"),
        ({"sub": None}, "bad_token"),
        ({"exp": True}, "bad_times"),
        ({"exp": "soon"}, "bad_times"),
        ({"iat": -5}, "bad_times"),
        ({"exp": 1e300}, "bad_times"),
        ({"exp": [1]}, "bad_times"),
    ],
)
def test_times_that_make_no_sense_are_refused(given: dict[str, Any], code: str) -> None:
    assert refused(bare({"alg": "HS256", "typ": "JWT"}, claims(**given))) == code


def test_clocks_may_differ_by_a_minute() -> None:
    begun = int((AT + timedelta(seconds=50)).timestamp())
    assert read_token(signed(iat=begun, exp=begun + 600), [SECRET], at=AT).user_id == "user-7"


@pytest.mark.parametrize("subject", ["", " ", "x" * 201, "a\nb", "a\0b", 7, ["x"], {"a": 1}, "\u202e"])
def test_a_user_without_a_plain_name_is_nobody(subject: Any) -> None:
    assert refused(bare({"alg": "HS256", "typ": "JWT"}, claims(sub=subject))) in ("bad_subject", "bad_token")


def test_a_huge_token_is_not_even_opened() -> None:
    assert refused(signed(attrs={"a": "x" * LONGEST_TOKEN})) == "bad_token"
    assert refused("") == "bad_token"


@pytest.mark.parametrize("payload", [[], "x", 7, None, True, {"sub": "x"}])
def test_claims_that_are_no_claims_are_refused(payload: Any) -> None:
    assert refused(bare({"alg": "HS256", "typ": "JWT"}, payload)) == "bad_token"


def test_an_address_that_is_none_is_not_proven() -> None:
    for told in ("nobody", "a@b@c", "<script>@x", 7, "max@customer.test, mia@customer.test"):
        assert read_token(signed(email=told), [SECRET], at=AT).email == ""


def test_the_hash_of_a_users_id_proves_the_id_and_nothing_else() -> None:
    assert check_hash("user-7", hash_for("user-7", SECRET).upper(), [SECRET]) == Proven("user-7")
    for user_id, told in (
        ("user-8", hash_for("user-7", SECRET)),
        ("user-7", hash_for("user-7", OTHER)),
        ("user-7", ""),
        ("user-7", "é"),
        ("", hash_for("", SECRET)),
    ):
        with pytest.raises(IdentityRefused):
            check_hash(user_id, told, [SECRET])
    with pytest.raises(IdentityRefused):
        check_hash("user-7", hash_for("user-7", ""), ["", ""])


def test_the_hash_of_an_id_that_could_begin_a_token_is_refused() -> None:
    """A user who may choose their own id would get the signature of a token from the shop's page."""
    begun = signed(sub="user-8", email="mia@customer.test").rpartition(".")[0]
    assert len(begun) <= 200
    mark = base64.urlsafe_b64encode(bytes.fromhex(hash_for(begun, SECRET))).rstrip(b"=").decode()
    assert read_token(f"{begun}.{mark}", [SECRET], at=AT).user_id == "user-8"
    for user_id in (begun, begun.partition(".")[0] + ".e30"):
        with pytest.raises(IdentityRefused, match="bad_subject"):
            check_hash(user_id, hash_for(user_id, SECRET), [SECRET])


@pytest.mark.parametrize("user_id", ["max.mustermann", "max@customer.test", "a.b.c", "7.25", "MTIz.x", "é.x"])
def test_an_id_with_a_dot_that_begins_no_token_is_an_id(user_id: str) -> None:
    assert check_hash(user_id, hash_for(user_id, SECRET), [SECRET]) == Proven(user_id)


@given(st.one_of(st.text(max_size=300), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True)))
def test_nothing_that_is_sent_as_a_token_breaks_it(token: str) -> None:
    with pytest.raises(IdentityRefused):
        read_token(token, [SECRET], at=AT)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x5c"]), _JSON, max_size=4),
    st.dictionaries(
        st.sampled_from(["sub", "iat", "exp", "nbf", "aud", "iss", "email", "name", "phone", "attrs", "jti"]),
        _JSON,
        max_size=8,
    ),
)
def test_nothing_that_is_rightly_signed_breaks_it(header: dict[str, Any], payload: dict[str, Any]) -> None:
    """Even the shop's own server may sign nonsense: it is refused or read, and never anything else."""
    try:
        proven = read_token(bare({"alg": "HS256", **header}, {**claims(), **payload}), [SECRET], at=AT)
    except IdentityRefused:
        return
    assert proven.user_id
    json.dumps(proven.as_json(), allow_nan=False)
    assert len(proven.name) <= 200
    assert len(proven.attrs) <= 30


@given(st.integers(min_value=0, max_value=2000), st.integers(min_value=1, max_value=255))
def test_a_token_with_one_changed_byte_proves_nothing(place: int, change: int) -> None:
    token = signed(email="max@customer.test").encode()
    place %= len(token)
    forged = token[:place] + bytes([token[place] ^ change]) + token[place + 1 :]
    text = forged.decode("latin-1")
    try:
        proven = read_token(text, [SECRET], at=AT)
    except IdentityRefused:
        return
    # The last sign of base64 carries bits that mean nothing.
    assert (proven.user_id, place) == ("user-7", len(token) - 1)


def test_the_page_for_owners_shows_code_whose_tokens_hold() -> None:
    page = (ROOT / "docs/webchat.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    made: dict[str, Any] = {}
    exec(compile(code, "docs/webchat.md", "exec"), made)
    token = made["emptyfeed_token"](7, "max@customer.test", "Max", SECRET)
    assert read_token(token, [SECRET], at=datetime.now(UTC)) == Proven("7", "Max", "max@customer.test")


@pytest.mark.skipif(shutil.which("deno") is None and not DENO.exists(), reason="there is no Deno here")
def test_the_page_for_owners_shows_code_for_node_whose_tokens_hold(tmp_path: Path) -> None:
    page = (ROOT / "docs/webchat.md").read_text()
    (code,) = (each for each in re.findall(r"```js\n(.*?)```", page, re.S) if "createHmac" in each)
    script = tmp_path / "token.mjs"
    script.write_text(f"{code}\nconsole.log(emptyfeedToken(7, 'max@customer.test', 'Max', '{SECRET}'));\n")
    deno = str(DENO) if DENO.exists() else "deno"
    made = subprocess.run([deno, "run", str(script)], capture_output=True, text=True, check=True, timeout=60)
    token = made.stdout.strip()
    assert read_token(token, [SECRET], at=datetime.now(UTC)) == Proven("7", "Max", "max@customer.test")
