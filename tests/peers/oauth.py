"""A provider of sign-ins on this machine: a page of consent, tokens, and a memory of all it gave.

Its access tokens are signed, so Dovecot and the sink of letters check them by themselves. A test says who
consents (`account`), how long tokens live (`life`) and whether a refresh token is good for one time only
(`rotates`); faults are those of every peer, for `token`, `revoke` and `authorize`.
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request

KEY = b"a key that only the tests of this product know"
CLIENT, SECRET = "emptyfeed-at-the-peer", "the secret of the client"


@dataclass(frozen=True, slots=True)
class _Asked:
    redirect_uri: str
    challenge: str
    nonce: str
    scope: str
    account: str


class OAuthPeer(HttpPeer):
    """Who opens mailboxes to programs when their owners agree."""

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(port=port)
        self.account = ""
        self.life = 3600
        self.rotates = False
        self.says_who = True
        self.gives_refresh = True
        self.codes: dict[str, _Asked] = {}
        self.refresh: dict[str, _Asked] = {}
        self.revoked: list[str] = []
        self.given: list[str] = []
        self.brought: list[str] = []

    def settings(self, **more: Any) -> dict[str, Any]:
        """The settings of a channel that people sign in for here."""
        return {
            "sign_in": "own",
            "oauth_client_id": CLIENT,
            "oauth_consent_url": f"{self.url}/authorize",
            "oauth_exchange_url": f"{self.url}/token",
            "oauth_revoke_url": f"{self.url}/revoke",
            "oauth_scopes": "openid email mail offline_access",
            **more,
        }

    def consent(self, address: str) -> dict[str, str]:
        """What a browser would bring back whose owner agrees; `account` or else whoever is hinted at."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(24)
        self.codes[code] = _Asked(
            asked["redirect_uri"],
            asked["code_challenge"],
            asked.get("nonce", ""),
            asked.get("scope", ""),
            self.account or asked.get("login_hint", ""),
        )
        self.brought += [code, asked["state"]]
        return {"code": code, "state": asked["state"]}

    def forget_everybody(self) -> None:
        """Every consent is taken back: no refresh token is good any more."""
        self.refresh.clear()

    def answer(self, request: Request) -> Reply:
        """The three places of a provider."""
        match request.path:
            case "/authorize":
                return self._page(request)
            case "/decide":
                return self._decide(request)
            case "/token":
                return self._tokens(request.fields)
            case "/revoke":
                token = str(request.fields.get("token"))
                if request.fields.get("client_secret") != SECRET:
                    return Reply.of({"error": "invalid_client"}, 401)
                self.revoked.append(token)
                self.refresh.pop(token, None)
                return Reply.of({})
            case "/favicon.ico":
                return Reply(b"", 204)
        return Reply.of({"error": "not_found"}, 404)

    def refusal(self, fault: Fault) -> Reply:
        """Errors as RFC 6749 words them."""
        error = {400: "invalid_grant", 401: "invalid_client"}.get(fault.status, "server_error")
        return Reply.of({"error": error, "error_description": "as the test wants it"}, fault.status)

    def _page(self, request: Request) -> Reply:
        told = html.escape(urlencode(request.fields))
        who = html.escape(self.account or str(request.fields.get("login_hint", "")))
        page = (
            "<!doctype html><title>Consent</title><h1>A provider</h1>"
            f"<p>{who} lets Emptyfeed read and send mail?</p>"
            f'<p><a href="/decide?allow=yes&amp;{told}">Allow</a> <a href="/decide?{told}">Deny</a></p>'
        )
        return Reply(page.encode(), content_type="text/html; charset=utf-8")

    def _decide(self, request: Request) -> Reply:
        told = {name: str(value) for name, value in request.fields.items()}
        if told.pop("allow", ""):
            back = self.consent(f"{self.url}/authorize?{urlencode(told)}")
        else:
            back = {"error": "access_denied", "state": told["state"]}
        return Reply(b"", 302, headers={"Location": f"{told['redirect_uri']}?{urlencode(back)}"})

    def _tokens(self, form: Any) -> Reply:
        if form.get("client_id") != CLIENT or form.get("client_secret") != SECRET:
            return Reply.of({"error": "invalid_client", "error_description": "unknown client"}, 401)
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(str(form.get("code")), None)
            if asked is None or not self._proves(asked, form):
                return Reply.of({"error": "invalid_grant", "error_description": "bad code"}, 400)
            return self._grant(asked, secrets.token_urlsafe(24) if self.gives_refresh else "")
        old = str(form.get("refresh_token"))
        asked = self.refresh.get(old)
        if asked is None:
            return Reply.of({"error": "invalid_grant", "error_description": "Token has been revoked."}, 400)
        if self.rotates:
            del self.refresh[old]
            return self._grant(asked, secrets.token_urlsafe(24))
        return self._grant(asked, "")

    def _proves(self, asked: _Asked, form: Any) -> bool:
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        return form.get("redirect_uri") == asked.redirect_uri and _packed(digest) == asked.challenge

    def _grant(self, asked: _Asked, refresh: str) -> Reply:
        token = access_token(asked.account, life=self.life)
        self.given.append(token)
        told = {"access_token": token, "token_type": "Bearer", "expires_in": self.life, "scope": asked.scope}
        if refresh:
            self.refresh[refresh] = asked
            told["refresh_token"] = refresh
        if self.says_who and "openid" in asked.scope:
            told["id_token"] = _signed({"aud": CLIENT, "email": asked.account, "nonce": asked.nonce})
        return Reply.of(told)


def access_token(account: str, *, life: float = 3600) -> str:
    """What opens the mailbox of an account for so many seconds; negative: it did until then."""
    moment = int(time.time())
    return _signed(
        {
            "email": account.partition("@")[0],
            "sub": account,
            "iat": moment - 60,
            "nbf": moment - 60,
            "exp": moment + int(life),
            "jti": secrets.token_hex(4),
        }
    )


def opens(token: str, user: str) -> bool:
    """Whether a token opens a user's mailbox now, as a server that knows the key finds."""
    head, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, _packed(hmac.digest(KEY, head.encode(), "sha256"))):
        return False
    claims = json.loads(base64.urlsafe_b64decode(head.partition(".")[2] + "=="))
    return bool(claims["exp"] > time.time() and claims["email"] == user.partition("@")[0])


def _signed(claims: dict[str, Any]) -> str:
    head = ".".join(_packed(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{_packed(hmac.digest(KEY, head.encode(), 'sha256'))}"


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
