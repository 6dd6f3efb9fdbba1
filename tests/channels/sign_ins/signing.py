"""A channel that somebody signs in for at the provider of the tests."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session

from channels.access import sealed
from channels.sign_ins.asking import begin_sign_in, take_answer
from channels.sign_ins.finishing import finish_sign_ins
from channels.sign_ins.models import SignIn, SignInAttempt
from inbox.models import Channel
from people.models import Agent, Role
from tests.makers import make_agent, make_channel
from tests.peers.oauth import SECRET, OAuthPeer

BROWSER = 7


def make_signing_channel(session: Session, peer: OAuthPeer, *, secret: str = SECRET, **given: Any) -> Channel:
    """A mailbox nobody has signed in for yet."""
    settings = peer.settings(**given.pop("settings", {}))
    secrets = sealed({"oauth_client_secret": secret})
    return make_channel(session, kind="email", settings=settings, secrets=secrets, **given)


def make_administrator(session: Session) -> Agent:
    """Who connects mailboxes."""
    return make_agent(session, role=Role.ADMIN)


def begin(session: Session, channel: Channel, agent: Agent, *, browser: int = BROWSER) -> str:
    """Where the browser is sent."""
    address = begin_sign_in(session, channel, agent=agent, browser=browser)
    session.commit()
    return address


def come_back(session: Session, back: dict[str, str], *, browser: int = BROWSER, at: str = "own") -> None:
    """What the browser brings is kept."""
    take_answer(session, at, browser=browser, **back)
    session.commit()


def sign_in(session: Session, peer: OAuthPeer, channel: Channel, agent: Agent) -> None:
    """The whole way, there and back."""
    come_back(session, peer.consent(begin(session, channel, agent)))
    finish_sign_ins()
    session.expire_all()


def row_of(session: Session, channel: Channel) -> SignIn:
    """The tokens of a channel as they are kept now."""
    session.expire_all()
    return session.get_one(SignIn, channel.id)


def outcome_of(session: Session, channel: Channel) -> str:
    """How the last attempt ended; "going" while it has not."""
    session.expire_all()
    attempt = session.get_one(SignInAttempt, channel.id)
    return attempt.outcome if attempt.ended_at else "going"


def query_of(address: str) -> dict[str, str]:
    """What an address asks."""
    return dict(parse_qsl(urlsplit(address).query))
