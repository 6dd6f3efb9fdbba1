"""Labels and their weight."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Invalid
from inbox.feed import View, feed_page
from inbox.models import State
from tags.actions import change_tag, clean_name, make_tag, tag, untag
from tags.models import Tag
from tests.makers import make_agent, make_channel, make_dialog


@pytest.mark.requirement("EAD-11")
def test_a_name_in_other_letters_is_the_same_tag(session: Session) -> None:
    ann = make_agent(session)
    first = make_tag(session, "важно", agent=ann)
    assert make_tag(session, "  #Важно ", agent=ann).id == first.id
    assert session.scalar(select(func.count()).select_from(Tag)) == 1


@pytest.mark.requirement("EAD-15")
def test_the_heavier_tag_comes_first_though_its_customer_waits_less_long(session: Session) -> None:
    ann, channel = make_agent(session), make_channel(session)
    older = make_dialog(session, channel, customer="Max")
    newer = make_dialog(session, channel, customer="Mia")
    label = make_tag(session, "important", agent=ann)
    change_tag(session, label, agent=ann, name="important", weight=10, colour="")
    tag(session, newer, label, agent=ann)
    session.flush()
    page = feed_page(session, View(), agent_id=ann.id, audiences=["everyone"])
    assert [row.split('"id" : ')[1].split(",")[0] for row in page.rows] == [str(newer.id), str(older.id)]


@pytest.mark.requirement("EAD-12")
def test_a_tags_list_has_only_the_open_dialogs_under_it(session: Session) -> None:
    ann, channel = make_agent(session), make_channel(session)
    label = make_tag(session, "payments", agent=ann)
    tagged = make_dialog(session, channel, customer="Max")
    make_dialog(session, channel, customer="Mia")
    done = make_dialog(session, channel, customer="Kim", state=State.COMPLETED)
    for dialog in (tagged, done):
        tag(session, dialog, label, agent=ann)
    session.flush()
    page = feed_page(session, View(tag_id=label.id), agent_id=ann.id, audiences=["everyone"])
    assert len(page.rows) == 1


def test_changing_a_weight_moves_the_dialogs_under_it(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    label = make_tag(session, "vip", agent=ann)
    tag(session, dialog, label, agent=ann)
    change_tag(session, label, agent=ann, name="vip", weight=7, colour="")
    assert dialog.tag_weight == 7
    untag(session, dialog, label, agent=ann)
    assert (dialog.tag_weight, dialog.tag_ids) == (0, [])


def test_tagging_twice_is_once(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    label = make_tag(session, "vip", agent=ann)
    tag(session, dialog, label, agent=ann)
    tag(session, dialog, label, agent=ann)
    assert dialog.tag_ids == [label.id]


@pytest.mark.parametrize("name", ["", "  ", "#", "\u200b\u202e", "x" * 61])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        clean_name(name)
