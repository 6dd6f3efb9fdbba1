"""Logging in by somebody's consent: XOAUTH2, or OAUTHBEARER (RFC 7628) where only that is offered."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeVar

from channels.adapter import AuthBroken
from channels.email.servers import Server

T = TypeVar("T")

XOAUTH2, OAUTHBEARER = "XOAUTH2", "OAUTHBEARER"
MECHANISMS = (XOAUTH2, OAUTHBEARER)
_TOKENS = re.compile(r"[\w.+/=~-]{60,}")  # some servers repeat what they could not read


def opened(server: Server, open_it: Callable[[Server], T]) -> T:
    """Open a connection by a token in place of the password; a refused one is renewed once, not more.

    More would be hammering: providers lock accounts out for it.
    """
    if server.tokens is None:
        return open_it(server)
    token = server.tokens.current()
    try:
        return open_it(replace(server, password=token))
    except AuthBroken as refusal:
        if refusal.code != "login_refused":
            raise
    token = server.tokens.instead_of(token)
    try:
        return open_it(replace(server, password=token))
    except AuthBroken as refusal:
        raise AuthBroken(refusal.detail, code="sign_in_refused") from refusal


def mechanism_among(offered: Collection[str]) -> str | None:
    """The way to hand over a token that a server offers, the one most servers know first."""
    known = {each.upper() for each in offered}
    return next((each for each in MECHANISMS if each in known), None)


def first_word(mechanism: str, server: Server) -> bytes:
    """User and token, as the mechanism words them."""
    if mechanism == XOAUTH2:
        return f"user={server.user}\1auth=Bearer {server.password}\1\1".encode()
    name = server.user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\1host={server.host}\1port={server.port}\1auth=Bearer {server.password}\1\1".encode()


def last_word(mechanism: str) -> bytes:
    """What is said to a server that says why it refuses, so that it ends the attempt."""
    return b"" if mechanism == XOAUTH2 else b"\1"


def without_tokens(words: str) -> str:
    """A server's words without anything as long as a token."""
    return _TOKENS.sub("…", words)
