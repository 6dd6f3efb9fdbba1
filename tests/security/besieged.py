"""A product on which strangers do their worst; it is theirs, so that no other test meets what they left."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from people import actions as people
from people.models import Agent, Role, Workspace
from tests.makers import make_agent
from tests.peers.elsewhere import Elsewhere, open_elsewhere
from tests.product import Product, running_product
from tests.security.post import Delivered, corpus, deliver

SCOPES = ["read", "write", "admin"]


@dataclass(frozen=True)
class Person:
    """Somebody of the team with a browser and a program."""

    agent: Agent
    cookie: str
    key: str


@dataclass(frozen=True)
class Besieged:
    """The product, Ann, who owns it, and somebody else's server that wants to hear of her."""

    product: Product
    ann: Person
    elsewhere: Elsewhere

    def person(self, name: str, role: Role = Role.AGENT) -> Person:
        """One more of the team, signed in."""
        return make_person(self.product, name, role)


def make_person(product: Product, name: str, role: Role) -> Person:
    """Put somebody into the team of a running product and sign them in."""
    with product.session() as session:
        session.merge(Workspace(id=1, name="Emptyfeed"))
        agent = make_agent(session, name, role=role, language="en", zone="Europe/Berlin")
    with product.session() as session:
        cookie = people.start_session(session, agent, address="127.0.0.1", user_agent="Test")
        scopes = SCOPES if agent.may_administer else SCOPES[:2]
        key = people.issue_token(session, agent=agent, name="Test", scopes=scopes, expires_at=None)
        return Person(agent, cookie, key)


@pytest.fixture(scope="session")
def besieged(clean_environment: None) -> Iterator[Besieged]:
    """The product, started once for all tests of a worker that mistreat it."""
    with running_product() as product, open_elsewhere() as elsewhere:
        yield Besieged(product, make_person(product, "Ann", Role.OWNER), elsewhere)


@pytest.fixture(scope="session")
def hostile_letters(besieged: Besieged) -> dict[str, Delivered]:
    """The corpus, delivered."""
    return deliver(besieged.product, corpus(elsewhere=besieged.elsewhere.host), channel="Hostile")
