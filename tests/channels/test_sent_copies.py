"""Copies of what left, filed outside: once, later, and never at the price of sending again."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.adapter import ChannelAccess, ChannelError, Copy, Temporary
from channels.delivery import deliver_due
from channels.models import SentCopy
from channels.registry import register
from channels.sent_copies import PAUSES, due_copies, file_due_copies
from inbox.models import Channel, Delivery, Message
from tests.ground.moment import FrozenClock
from tests.makers import make_channel, make_dialog, make_reply
from tests.peers.fake import FakeAdapter, Outside


class Cabinet:
    """The place outside where copies go, as a test sees it."""

    def __init__(self) -> None:
        self.filed: list[str] = []
        self.faults: list[ChannelError] = []
        self.is_ours_to_fill = True


@pytest.fixture
def cabinet(outside: Outside) -> Cabinet:
    found = Cabinet()

    class FilingAdapter(FakeAdapter):
        @property
        def files_copies(self) -> bool:
            return found.is_ours_to_fill

        def file_copies(self, copies: Sequence[Copy]) -> None:
            if found.faults:
                raise found.faults.pop(0)
            found.filed += [copy.key for copy in copies]

    def make(access: ChannelAccess) -> FilingAdapter:
        return FilingAdapter(outside, access)

    register("fake", make)
    return found


@pytest.fixture
def sent(session: Session, cabinet: Cabinet, clock: FrozenClock) -> Message:
    message = make_reply(session, make_dialog(session, make_channel(session)))
    message.raw_sha256 = "0" * 64
    session.commit()
    clock.forward(seconds=60)
    deliver_due()
    session.refresh(message)
    assert message.delivery == Delivery.SENT
    return message


def waiting(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SentCopy)) or 0


@pytest.mark.requirement("O12")
def test_what_left_is_filed_a_minute_later_and_once(
    session: Session, sent: Message, cabinet: Cabinet, clock: FrozenClock
) -> None:
    assert not due_copies(session)
    clock.forward(minutes=1)
    assert due_copies(session)
    assert (file_due_copies(), file_due_copies()) == (1, 0)
    assert cabinet.filed == [sent.key]
    assert waiting(session) == 0


@pytest.mark.requirement("O12")
def test_trouble_with_filing_sends_nothing_again_and_ends_after_a_few_tries(
    session: Session, sent: Message, cabinet: Cabinet, outside: Outside, clock: FrozenClock
) -> None:
    cabinet.faults = [Temporary("away") for _ in range(10)]
    for _ in range(len(PAUSES) + 1):
        assert waiting(session) == 1
        clock.forward(days=1)
        file_due_copies()
    assert waiting(session) == 0
    session.refresh(sent)
    assert sent.delivery == Delivery.SENT
    assert len(outside.sent) == 1


@pytest.mark.requirement("O12")
def test_a_channel_that_files_by_itself_or_is_switched_off_is_left_alone(
    session: Session, sent: Message, cabinet: Cabinet, clock: FrozenClock
) -> None:
    clock.forward(minutes=1)
    channel = session.get_one(Channel, sent.channel_id)
    channel.enabled = False
    session.commit()
    assert file_due_copies() == 0
    channel.enabled, cabinet.is_ours_to_fill = True, False
    session.commit()
    file_due_copies()
    assert (cabinet.filed, waiting(session)) == ([], 0)
