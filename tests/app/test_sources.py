"""Where a customer came from, as cards show it."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from inbox.models import Channel
from people.models import Agent
from people.touches import note_touches
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog

Browse = Callable[[Agent], Browser]


@pytest.mark.requirement("CHN-08")
def test_both_cards_show_the_first_way_and_the_last(
    session: Session, browse: Browse, clock: FrozenClock
) -> None:
    channel: Channel = make_channel(session)
    dialog = make_dialog(session, channel)
    desk = browse(make_agent(session, language="en"))
    assert desk.api("GET", f"/api/dialogs/{dialog.id}")["customer"]["sources"] is None
    told = {"utm_source": "<b>ya</b>", "utm_term": "green tea"}
    note_touches(session, dialog.customer, told, {"referrer": "https://blog.example/"})
    session.commit()
    beside = desk.api("GET", f"/api/dialogs/{dialog.id}")["customer"]
    card = desk.api("GET", f"/api/customers/{dialog.customer_id}")
    for shown in (beside, card):
        assert shown["sources"]["first"] == told
        assert shown["sources"]["last"] == {"referrer": "https://blog.example/"}
        assert shown["sources"]["first_at"].startswith("2027-03-10T09:00:00")
        assert shown["search_query"] == "green tea"
    page = desk.get(f"/customers/{dialog.customer_id}").text
    assert "&lt;b&gt;ya&lt;/b&gt;" in page
    assert "https://blog.example/" in page
