"""Where people came from is kept as a browser tells it, and never believed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inbox.actions import merge_customers
from people.meeting import meet
from people.models import Customer
from people.touches import LONGEST, clean_touch, note_touches, sources_of
from tests.ground.moment import FrozenClock

ADVERT = {"utm_source": "ya", "utm_term": "чай омск", "zone": "Asia/Omsk", "landing": "https://shop.example/"}
LATER = {"referrer": "https://blog.example/", "query": "tea"}


def make_card(session: Session, key: str = "max") -> Customer:
    return meet(session, "webform", key, name="Max", channel="webform").customer


@pytest.mark.requirement("CHN-08")
def test_the_first_touch_stays_the_last_one_follows_and_the_card_learns_what_was_searched_for(
    session: Session, clock: FrozenClock
) -> None:
    card = make_card(session)
    note_touches(session, card, ADVERT, ADVERT)
    began = clock.now
    clock.forward(days=3)
    note_touches(session, card, {"utm_source": "liar"}, LATER)
    session.flush()
    found = sources_of(session, card)
    assert found is not None
    assert (found.first, found.first_at) == (ADVERT, began)
    assert (found.last, found.last_at) == (LATER, clock.now)
    assert (card.search_query, card.zone, card.first_channel) == ("чай омск", "Asia/Omsk", "webform")


@pytest.mark.requirement("CHN-08")
def test_what_an_agent_wrote_on_the_card_is_not_overwritten(session: Session) -> None:
    card = make_card(session)
    card.search_query, card.zone = "green tea", "Europe/Moscow"
    note_touches(session, card, ADVERT, LATER)
    assert (card.search_query, card.zone) == ("green tea", "Europe/Moscow")


def test_a_merged_card_shows_the_older_beginning_and_the_newer_end(
    session: Session, clock: FrozenClock
) -> None:
    old, new = make_card(session, "old"), make_card(session, "new")
    note_touches(session, old, ADVERT, ADVERT)
    clock.forward(days=1)
    note_touches(session, new, LATER, LATER)
    session.flush()
    merge_customers(session, old, new, agent=None)
    found = sources_of(session, new)
    assert found is not None
    assert (found.first, found.last) == (ADVERT, LATER)
    assert sources_of(session, old) is None


def test_a_browser_may_tell_when_it_was_but_not_the_future(session: Session, clock: FrozenClock) -> None:
    card = make_card(session)
    note_touches(
        session,
        card,
        {**ADVERT, "at": "2027-03-01T10:00:00.000Z"},
        {**LATER, "at": "2031-01-01T00:00:00Z"},
    )
    session.flush()
    found = sources_of(session, card)
    assert found is not None
    assert (found.first_at.day, found.last_at) == (1, clock.now)


def test_what_is_told_is_cut_and_cleaned_and_unknown_names_are_left_out() -> None:
    told = {
        "utm_source": "x" * 900,
        "title": "one\ntwo\u202e",
        "zone": "Mars/North",
        "password": "secret",
        "referrer": 7,
        "query": "  ",
    }
    cleaned = clean_touch(told)
    assert cleaned == {"utm_source": "x" * (LONGEST - 1) + "…", "title": "one two"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["utm_term", "zone", "at", "title"]) | st.text(), inner, max_size=4
            )
        ),
        max_leaves=6,
    )
)
def test_no_nonsense_breaks_it(session: Session, told: Any) -> None:
    card = make_card(session)
    note_touches(session, card, told, told)
    session.flush()
    assert all(isinstance(each, str) and len(each) <= LONGEST for each in clean_touch(told).values())
