"""What becomes of new dialogs by their channel's settings: the pool, a person, in turn, and labels."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.routing import PERSON, POOL, TURNS, set_requests, set_tags
from core.errors import Invalid
from core.events import Event
from inbox.models import Channel, Dialog
from people.models import Agent, Notification
from tests.channels.email.letters import make_letter
from tests.channels.paper import PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_tag, make_team


@pytest.fixture
def requests(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session, "requests@helpdesk.test", name="Requests")


def owners(session: Session, paper: PaperPost, channel: Channel, count: int = 1) -> list[int | None]:
    for number in range(count):
        paper.arrives(channel, make_letter(f"Question {number}", sender=f"max{number}@customer.test"))
    session.expire_all()
    return list(session.scalars(select(Dialog.assignee_id).order_by(Dialog.id)))


@pytest.mark.requirement("CHN-12")
def test_requests_lie_in_the_pool_of_their_team(
    session: Session, paper: PaperPost, requests: Channel
) -> None:
    requests.team_id = make_team(session, make_agent(session)).id
    set_requests(session, requests, agent=None, how=POOL)
    session.commit()
    assert owners(session, paper, requests) == [None]
    assert session.scalars(select(Dialog.team_id)).one() == requests.team_id


@pytest.mark.requirement("CHN-12")
def test_requests_are_given_to_a_person_who_is_told(
    session: Session, paper: PaperPost, requests: Channel
) -> None:
    ann = make_agent(session)
    set_requests(session, requests, agent=None, how=PERSON, person=ann)
    session.commit()
    assert owners(session, paper, requests) == [ann.id]
    assigned = session.scalars(select(Event).where(Event.kind == "dialog.assigned")).one()
    assert (assigned.actor, assigned.cause) == (None, f"channel:{requests.id}")
    told = session.scalars(select(Notification.kind).where(Notification.agent_id == ann.id)).all()
    assert "dialog.assigned" in told


@pytest.mark.requirement("CHN-12")
def test_requests_go_in_turn_to_those_of_the_team_who_are_here(
    session: Session, paper: PaperPost, requests: Channel
) -> None:
    ann, ben, away = make_agent(session), make_agent(session, "Ben"), make_agent(session, availability="away")
    make_agent(session, "Somebody of another team")
    requests.team_id = make_team(session, ann, ben, away).id
    set_requests(session, requests, agent=None, how=TURNS)
    session.commit()
    assert owners(session, paper, requests, 4) == [ann.id, ben.id, ann.id, ben.id]


@pytest.mark.requirement("CHN-12")
def test_what_nobody_can_be_given_stays_in_the_pool(
    session: Session, paper: PaperPost, requests: Channel
) -> None:
    gone = make_agent(session)
    set_requests(session, requests, agent=None, how=PERSON, person=gone)
    gone.active = False
    session.commit()
    assert owners(session, paper, requests) == [None]


def test_only_who_may_see_the_channel_gets_its_dialogs(
    session: Session, paper: PaperPost, requests: Channel
) -> None:
    make_agent(session)
    requests.audience = f"channel:{requests.id}"
    set_requests(session, requests, agent=None, how=TURNS)
    session.commit()
    assert owners(session, paper, requests) == [None]


def test_new_dialogs_get_the_labels_of_their_channel(
    session: Session, paper: PaperPost, requests: Channel
) -> None:
    vip, gone = make_tag(session, weight=5), make_tag(session, "Gone")
    set_tags(session, requests, agent=None, tags=[vip, gone])
    session.delete(gone)
    session.commit()
    owners(session, paper, requests)
    dialog = session.scalars(select(Dialog)).one()
    assert (dialog.tag_ids, dialog.tag_weight) == ([vip.id], 5)


def test_a_wish_that_cannot_be_met_is_refused(session: Session, requests: Channel) -> None:
    nobody: list[tuple[str, Agent | None]] = [("lottery", None), (PERSON, None)]
    for how, person in nobody:
        with pytest.raises(Invalid):
            set_requests(session, requests, agent=None, how=how, person=person)
