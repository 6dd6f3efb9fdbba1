"""What stories of messengers share: Ann, a channel that is connected, and a look at what came."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.access import open_access, shelf
from channels.intake import accept
from channels.registry import adapter_for
from core.config import get_settings
from core.db import transaction
from inbox.models import Channel, Dialog
from people.models import Agent
from tests.ground.settling import Settle
from tests.makers import make_agent
from tests.stories.chats import Look


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Servers on this machine may be spoken to."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    yield
    shelf.close()


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, "Ann")


@pytest.fixture
def look(session: Session, channel: Channel, settle: Settle) -> Look:
    """Fetch what waits as a receiver does, let everything happen that follows, and look at the dialogs."""

    def look() -> list[Dialog]:
        adapter = adapter_for(open_access(session.get_one(Channel, channel.id, populate_existing=True)))
        try:
            more = True
            while more:
                session.refresh(channel)
                batch = adapter.poll(channel.cursor, 0)
                more = batch.more
                with transaction() as own:
                    accept(own, own.get_one(Channel, channel.id), batch.events, cursor=batch.cursor)
        finally:
            adapter.close()
        settle()
        session.expire_all()
        return list(session.scalars(select(Dialog).order_by(Dialog.id)))

    return look
