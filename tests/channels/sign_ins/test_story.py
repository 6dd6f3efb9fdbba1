"""A mailbox that is opened by consent: letters come and go, the consent is taken back, and given again."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.jobs import run_job
from channels.access import open_access, sealed
from channels.checks import ask_check, latest_check, make_checks
from channels.email.adapter import EmailAdapter
from channels.intake import accept
from channels.models import Arrival
from channels.sign_ins.finishing import finish_sign_ins
from channels.sign_ins.models import SignIn
from core.clock import now
from inbox.models import Channel, Delivery, Message
from inbox.recipients import Address
from people.models import Agent, Notification
from tests.channels.email.letters import make_letter
from tests.channels.sign_ins.signing import begin, come_back, make_administrator, row_of, sign_in
from tests.makers import make_dialog, make_mailbox, make_reply
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.oauth import SECRET, OAuthPeer
from tests.peers.smtp_faults import SmtpSink

pytestmark = [pytest.mark.peer, pytest.mark.requirement("I37")]


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    return dovecot.mailbox()


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_administrator(session)


@pytest.fixture
def channel(session: Session, provider: OAuthPeer, box: Mailbox, smtp_sink: SmtpSink) -> Channel:
    settings = provider.settings(imap_user="", smtp_anonymous=False)
    made = make_mailbox(session, box, smtp_sink.port, settings=settings, undo_seconds=0)
    made.secrets = sealed({"oauth_client_secret": SECRET})
    session.commit()
    return made


def outdate(session: Session, channel: Channel) -> None:
    row = row_of(session, channel)
    row.renew_at = row.expires_at = row.issued_at = row.signed_in_at
    session.commit()


def answer(session: Session, channel: Channel, text: str, agent: Agent) -> Message:
    message = make_reply(
        session, make_dialog(session, channel), text, agent=agent, to=[Address("max@customer.test")]
    )
    session.commit()
    return message


def deliver(session: Session, channel: Channel, *, again: bool = False) -> None:
    """What a worker does; with `again` as if the pause after a refusal were over."""
    if again:
        session.expire_all()
        channel.retry_at = None
        session.commit()
    while run_job("delivery"):
        continue
    session.expire_all()


def test_the_test_of_the_channel_says_that_the_sign_in_is_accepted(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    sign_in(session, provider, channel, ann)
    make_checks()
    check = latest_check(session, channel)
    assert check is not None
    session.refresh(check)
    assert {name: worked for name, worked, _ in check.steps if "login" in name} == {
        "imap.login": True,
        "smtp.login": True,
    }
    assert {words for name, _, words in check.steps if "login" in name} == {"The sign-in is accepted."}


def test_before_anybody_signed_in_the_test_says_who_has_to_do_what(
    session: Session, channel: Channel, ann: Agent
) -> None:
    ask_check(session, channel, agent=ann)
    session.commit()
    make_checks()
    check = latest_check(session, channel)
    assert check is not None
    session.refresh(check)
    assert (check.state, check.code) == ("broken", "receive.not_signed_in")


def test_letters_come_and_go_by_consent(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, box: Mailbox, smtp_sink: SmtpSink
) -> None:
    sign_in(session, provider, channel, ann)
    box.append(make_letter("Where is it?"))
    adapter = EmailAdapter(open_access(channel))
    try:
        batch = adapter.poll({}, 0)
    finally:
        adapter.close()
    accept(session, channel, batch.events, cursor=batch.cursor)
    session.commit()
    assert session.query(Arrival).count() == 1
    answer(session, channel, "On its way.", ann)
    deliver(session, channel)
    assert "On its way." in smtp_sink.taken[0].text


def test_a_token_that_ends_while_letters_leave_is_renewed_once_and_each_leaves_once(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, smtp_sink: SmtpSink
) -> None:
    provider.life = -10  # what the provider says and what the server finds differ, as clocks do
    sign_in(session, provider, channel, ann)
    row = row_of(session, channel)
    row.renew_at = row.expires_at = row.issued_at.replace(year=row.issued_at.year + 1)
    row.issued_at = row.issued_at.replace(year=row.issued_at.year - 1)
    session.commit()
    provider.life = 3600
    for text in ("one", "two"):
        answer(session, channel, text, ann)
    deliver(session, channel)
    assert sorted(each.text.strip() for each in smtp_sink.taken) == ["one", "two"]
    assert set(smtp_sink.copies().values()) == {1}
    assert [good for _, good in smtp_sink.logins].count(False) == 1
    assert provider.asked("token") == 2


def test_a_consent_taken_back_holds_answers_until_it_is_given_again(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, smtp_sink: SmtpSink
) -> None:
    sign_in(session, provider, channel, ann)
    provider.forget_everybody()
    outdate(session, channel)
    messages = [answer(session, channel, text, ann) for text in ("first", "second")]
    deliver(session, channel)
    deliver(session, channel, again=True)
    assert (channel.health, channel.health_code) == ("broken", "consent_needed")
    assert {session.get_one(Message, each.id).delivery for each in messages} <= {
        Delivery.HELD,
        Delivery.QUEUED,
    }
    assert provider.asked("token") == 2  # one refusal is enough
    told = session.query(Notification).filter_by(kind="channel.broken").all()
    assert {each.agent_id for each in told} >= {ann.id}

    sign_in(session, provider, channel, ann)
    assert channel.health == "ok"
    deliver(session, channel)
    assert sorted(each.text.strip() for each in smtp_sink.taken) == ["first", "second"]
    assert set(smtp_sink.copies().values()) == {1}


def test_a_provider_that_is_away_holds_answers_and_they_leave_by_themselves(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, smtp_sink: SmtpSink
) -> None:
    sign_in(session, provider, channel, ann)
    outdate(session, channel)
    message = answer(session, channel, "patient", ann)
    provider.faults.add("status", method="token", status=503)
    deliver(session, channel)
    assert session.get_one(Message, message.id).delivery == Delivery.QUEUED
    assert channel.health != "broken"
    row_of(session, channel).retry_at = None
    session.get_one(Message, message.id).leave_at = now()
    session.commit()
    deliver(session, channel, again=True)
    assert [each.text.strip() for each in smtp_sink.taken] == ["patient"]


def test_a_browser_that_comes_back_has_its_answer_kept_for_a_worker(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, settle: Callable[[], object]
) -> None:
    come_back(session, provider.consent(begin(session, channel, ann)))
    assert provider.asked("token") == 0
    settle()
    session.expire_all()
    assert session.get(SignIn, channel.id) is not None
    assert finish_sign_ins() == 0
