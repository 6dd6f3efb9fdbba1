"""A community of VK keeps what every channel promises."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from channels.access import shelf
from tests.channels.contract import AdapterContract
from tests.channels.desk import Desk
from tests.channels.peer import Peer
from tests.channels.vk.outside import VkOutside
from tests.ground.moment import FrozenClock


class TestCommunity(AdapterContract):
    @pytest.fixture
    def peer(self, outside: VkOutside) -> Peer:
        return outside

    @pytest.fixture
    def desk(self, session: Session, peer: Peer, clock: FrozenClock) -> Iterator[Desk]:
        """Who begins to listen hears what comes from then on; what came before is in the conversations."""
        desk = Desk(session, peer, clock)
        desk.fetch()
        yield desk
        shelf.close()
