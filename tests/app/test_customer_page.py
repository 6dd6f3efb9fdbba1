"""A customer's page: contacts, local time, history, notes and sources of one person."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from inbox.actions import merge_customers
from people.actions import change_customer
from people.meeting import meet
from people.models import Agent
from people.touches import note_touches
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.mark.requirement("CHN-08")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", ("Омск · сейчас 07:06", "Telegram, <time", ">10 мар. 2027\u202fг., 04:06<")),
        ("en", ("Omsk · now 07:06", "Telegram, <time", ">10 Mar 2027, 04:06<")),
        ("es", ("Omsk · ahora 7:06", "Telegram, <time", ">10 mar 2027, 4:06<")),
    ],
)
def test_a_page_says_all_that_is_known_of_a_person_in_the_language_of_the_reader(
    session: Session,
    browse: Browse,
    outside: Outside,
    clock: FrozenClock,
    language: str,
    words: tuple[str, ...],
) -> None:
    clock.at(datetime(2027, 3, 10, 1, 6, tzinfo=UTC))
    ann = make_agent(session, language=language)
    dialog = make_dialog(session, make_channel(session, kind="telegram"), subject="Parcel")
    change_customer(
        session, dialog.customer, agent=ann, notes="Likes tea.", company="Tea Ltd", zone="Asia/Omsk"
    )
    note_touches(session, dialog.customer, {"utm_source": "yandex"}, {})
    session.commit()
    page = browse(ann).get(f"/customers/{dialog.customer_id}").text
    known = (
        "max@customer.test",
        "Likes tea.",
        "Tea Ltd",
        "yandex",
        f'href="/inbox/{dialog.id}"><bdi class="short">Parcel',
    )
    for each in (*words, *known):
        assert each in page


@pytest.mark.requirement("CHN-09")
def test_namesakes_are_told_apart_wherever_one_of_them_is_chosen(
    session: Session, browse: Browse, outside: Outside
) -> None:
    """By addresses and what was written down, in the list and where cards are merged."""
    ann = make_agent(session, language="en")
    ivans = []
    for key in ("ivan@customer.test", "petrov@customer.test", "third@customer.test"):
        ivans.append(meet(session, "email", key, shown=key).customer)
        change_customer(session, ivans[-1], agent=ann, name="Ivan Petrov")
    change_customer(session, ivans[1], agent=ann, phone="+7 912 345-67-89")
    merge_customers(session, ivans[2], ivans[0], agent=ann)
    session.commit()
    desk = browse(ann)
    second = "E-mail <bdi>petrov@customer.test</bdi> · Phone <bdi>+79123456789</bdi>"
    listed = desk.get("/customers/?query=Ivan").text
    assert listed.count("Ivan Petrov</bdi>") == 2
    assert second in listed
    assert "E-mail <bdi>ivan@customer.test</bdi> · E-mail <bdi>third@customer.test</bdi>" in listed
    page = desk.get(f"/customers/{ivans[0].id}?other=Ivan").text
    suggested, _, merging = page.partition('id="merging"')
    assert second in suggested.partition('id="matches"')[2]
    merged, _, others = merging.partition('role="search"')
    assert "E-mail <bdi>third@customer.test</bdi></p>" in merged
    assert second in others
