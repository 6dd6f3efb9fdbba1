"""Replies, comments, drafts."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.relay import number_in
from core.errors import Conflict, Forbidden, Invalid
from core.events import last_seq
from inbox.actions import (
    NewComment,
    NewReply,
    assign,
    change_undo_time,
    comment,
    reply,
    save_draft,
    send_now,
    take,
    undo,
)
from inbox.models import Comment, Delivery, Dialog, Draft, Message, State
from people.models import Agent, Notification, Role, Workspace
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog, make_message


def new(text: str = "It leaves today.", **given: object) -> NewReply:
    return NewReply(client_uuid=str(uuid4()), text=text, **given)  # type: ignore[arg-type]


def told(session: Session, agent_id: int) -> list[str]:
    return list(session.scalars(select(Notification.kind).where(Notification.agent_id == agent_id)))


def on_screen(session: Session) -> tuple[Agent, Dialog, int]:
    """Ann before a dialog, and the number of the newest event her screen has."""
    ann, dialog = make_agent(session), make_dialog(session)
    session.flush()
    number_in(session)
    return ann, dialog, last_seq(session)


def test_a_reply_is_held_for_the_channels_undo_time(session: Session, clock: FrozenClock) -> None:
    dialog = make_dialog(session, make_channel(session, undo_seconds=10))
    message = reply(session, dialog, agent=make_agent(session), new=new())
    assert message.delivery == Delivery.HELD
    assert (message.leave_at - clock.now).total_seconds() == 10  # type: ignore[operator]


def test_a_channel_without_a_time_of_its_own_holds_replies_as_long_as_the_workspace_says(
    session: Session, clock: FrozenClock
) -> None:
    session.add(Workspace(undo_seconds=25))
    dialog = make_dialog(session, make_channel(session))
    message = reply(session, dialog, agent=make_agent(session), new=new())
    assert (message.leave_at - clock.now).total_seconds() == 25  # type: ignore[operator]


@pytest.mark.parametrize("seconds", [-1, 61])
def test_a_reply_is_not_held_longer_than_a_minute(session: Session, seconds: int) -> None:
    channel = make_channel(session, undo_seconds=5)
    with pytest.raises(Invalid) as refused:
        change_undo_time(session, channel, agent=None, seconds=seconds)
    assert (refused.value.code, channel.undo_seconds) == ("bad_undo_seconds", 5)


def test_a_signed_reply_keeps_the_signature_it_was_sent_with(session: Session) -> None:
    ann = make_agent(session, settings={"signature": "Yours, Ann"})
    dialog = make_dialog(session)
    message = reply(session, dialog, agent=ann, new=new(signed=True))
    ann.settings = {"signature": "Bye"}
    session.flush()
    assert (message.text, message.envelope["signature"]) == ("It leaves today.", "Yours, Ann")
    assert reply(session, dialog, agent=ann, new=new()).envelope["signature"] == ""


def test_the_same_press_twice_is_one_reply(session: Session) -> None:
    ann, dialog, pressed = make_agent(session), make_dialog(session), new()
    first = reply(session, dialog, agent=ann, new=pressed)
    assert reply(session, dialog, agent=ann, new=pressed).id == first.id


def test_after_an_answer_the_customer_no_longer_waits_and_the_dialog_stays(session: Session) -> None:
    dialog = make_dialog(session)
    assert dialog.waiting_since is not None
    reply(session, dialog, agent=make_agent(session), new=new())
    assert (dialog.state, dialog.waiting_since, dialog.last_direction) == (State.OPEN, None, "out")


@pytest.mark.requirement("SYS-08")
def test_a_collaborator_comments_but_does_not_answer(session: Session) -> None:
    accountant = make_agent(session, "Ben", role=Role.COLLABORATOR)
    dialog = make_dialog(session)
    with pytest.raises(Forbidden):
        reply(session, dialog, agent=accountant, new=new())
    assert comment(session, dialog, agent=accountant, new=NewComment("Paid on Monday.")).id


@pytest.mark.requirement("SYS-16")
def test_a_reply_written_before_something_new_came_asks_first(session: Session) -> None:
    ann, dialog, seen = on_screen(session)
    came = make_message(session, dialog, "Forget it, it is here!")
    with pytest.raises(Conflict) as refused:
        reply(session, dialog, agent=ann, new=new(seen_upto=seen))
    assert refused.value.code == "dialog_moved_on"
    assert refused.value.details["message_ids"] == [came.id]
    assert reply(session, dialog, agent=ann, new=new(seen_upto=seen, force=True)).id


def test_what_is_answered_has_been_seen_whatever_number_it_got(session: Session) -> None:
    ann, dialog, seen = on_screen(session)
    came = make_message(session, dialog, "Forget it, it is here!")
    assert reply(session, dialog, agent=ann, new=new(seen_upto=seen, reply_to_message_id=came.id)).id


def test_what_the_screen_shows_has_been_seen_whatever_number_it_got(session: Session) -> None:
    ann, dialog, seen = on_screen(session)
    shown, unseen = make_message(session, dialog, "Hello?"), make_message(session, dialog, "Anybody?")
    with pytest.raises(Conflict) as refused:
        reply(session, dialog, agent=ann, new=new(seen_upto=seen, seen_messages=[shown.id]))
    assert refused.value.details["message_ids"] == [unseen.id]
    both = [shown.id, unseen.id]
    assert reply(session, dialog, agent=ann, new=new(seen_upto=seen, seen_messages=both)).id


def test_what_an_agent_wrote_itself_is_nothing_new(session: Session) -> None:
    ann, dialog, seen = on_screen(session)
    reply(session, dialog, agent=ann, new=new(seen_upto=seen))
    assert reply(session, dialog, agent=ann, new=new("And thanks!", seen_upto=seen)).id


def test_an_empty_reply_is_refused_by_name(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        reply(session, make_dialog(session), agent=make_agent(session), new=new(" \n"))
    assert (refused.value.code, refused.value.field) == ("empty", "text")


def test_answering_a_completed_dialog_opens_it(session: Session) -> None:
    dialog = make_dialog(session, state=State.COMPLETED)
    reply(session, dialog, agent=make_agent(session), new=new())
    assert dialog.state == State.OPEN


@pytest.mark.parametrize(
    ("then", "state"), [("complete", State.COMPLETED), ("snooze_until_reply", State.SNOOZED)]
)
def test_a_reply_may_put_its_dialog_away_in_the_same_stroke(
    session: Session, then: str, state: State
) -> None:
    dialog = make_dialog(session)
    reply(session, dialog, agent=make_agent(session), new=new(then=then))
    assert dialog.state == state


def test_undo_makes_a_draft_of_a_held_answer_and_the_customer_waits_again(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    waiting = dialog.waiting_since
    message = reply(session, dialog, agent=ann, new=new("Oops", then="complete"))
    draft = undo(session, message, agent=ann)
    assert (message.delivery, draft.text) == (Delivery.UNDONE, "Oops")
    assert (dialog.state, dialog.waiting_since, dialog.preview) == (
        State.OPEN,
        waiting,
        "Where is my parcel?",
    )


def test_what_was_begun_after_pressing_send_is_kept_below_what_comes_back(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    message = reply(session, dialog, agent=ann, new=new("First"))
    save_draft(session, dialog, agent=ann, mode="reply", text="Second", html=None, extra={}, revision=0)
    assert undo(session, message, agent=ann).text == "First\n\nSecond"


def test_what_has_begun_to_leave_cannot_be_taken_back(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    message = reply(session, dialog, agent=ann, new=new())
    send_now(session, message, agent=ann)
    with pytest.raises(Conflict) as refused:
        undo(session, message, agent=ann)
    assert refused.value.code == "already_leaving"


@pytest.mark.requirement("EAD-18")
def test_a_comment_changes_neither_state_nor_who_waits(session: Session) -> None:
    dialog = make_dialog(session)
    before = (dialog.state, dialog.waiting_since, dialog.last_message_id)
    comment(session, dialog, agent=make_agent(session), new=NewComment("He is a regular."))
    assert (dialog.state, dialog.waiting_since, dialog.last_message_id) == before


def test_a_mention_tells_the_one_who_is_mentioned(session: Session) -> None:
    ann, ben = make_agent(session), make_agent(session, "Ben")
    comment(session, make_dialog(session), agent=ann, new=NewComment("Ben, look", mentions=[ben.id]))
    assert told(session, ben.id) == ["comment.mentioned"]


@pytest.mark.requirement("EAD-16")
@pytest.mark.requirement("EAD-17")
def test_the_new_assignee_is_told_and_from_then_on_instead_of_the_old_one(session: Session) -> None:
    ann, ben, dialog = make_agent(session), make_agent(session, "Ben"), make_dialog(session)
    assign(session, dialog, agent=ann, assignee=ann)
    assign(session, dialog, agent=ann, assignee=ben)
    make_message(session, dialog)
    assert told(session, ann.id) == []
    assert told(session, ben.id) == ["dialog.assigned", "message.received"]
    assert dialog.state == State.OPEN


@pytest.mark.requirement("EAD-20")
def test_a_hand_over_comment_stands_before_the_assignment(session: Session) -> None:
    ann, ben, dialog = make_agent(session), make_agent(session, "Ben"), make_dialog(session)
    assign(session, dialog, agent=ann, assignee=ben, note=NewComment("Wants his money back."))
    assert session.scalars(select(Comment.text)).one() == "Wants his money back."
    notice = session.scalars(select(Notification).where(Notification.kind == "dialog.assigned")).one()
    assert notice.details["comment"] == "Wants his money back."


@pytest.mark.requirement("SYS-07")
def test_the_second_who_takes_is_told_who_has_it(session: Session) -> None:
    ann, ben, dialog = make_agent(session), make_agent(session, "Ben"), make_dialog(session)
    take(session, dialog, agent=ann)
    with pytest.raises(Conflict) as refused:
        take(session, dialog, agent=ben)
    assert refused.value.details == {"agent_id": ann.id}
    assert "Ann" in str(refused.value)


def test_reply_and_comment_are_two_drafts(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    save_draft(session, dialog, agent=ann, mode="reply", text="Dear Max", html=None, extra={}, revision=0)
    save_draft(session, dialog, agent=ann, mode="comment", text="He lies", html=None, extra={}, revision=0)
    drafts = {each.mode: each.text for each in session.scalars(select(Draft))}
    assert drafts == {"reply": "Dear Max", "comment": "He lies"}


def test_an_older_draft_does_not_overwrite_a_newer_one(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    save_draft(session, dialog, agent=ann, mode="reply", text="newer", html=None, extra={}, revision=5)
    with pytest.raises(Conflict) as refused:
        save_draft(session, dialog, agent=ann, mode="reply", text="older", html=None, extra={}, revision=3)
    assert refused.value.details["draft"]["text"] == "newer"


def test_a_reply_goes_to_whoever_wrote_and_all_they_named_but_never_to_ourselves(session: Session) -> None:
    channel = make_channel(session, address="help@shop.test")
    dialog = make_dialog(
        session,
        channel,
        envelope={
            "from": {"address": "max@customer.test", "name": "Max"},
            "to": [{"address": "HELP@shop.test", "name": ""}],
            "cc": [{"address": "mia@customer.test", "name": "Mia"}],
        },
    )
    message = reply(session, dialog, agent=make_agent(session), new=new())
    session.flush()
    session.expire(message)
    assert [(each.role, each.address) for each in session.get_one(Message, message.id).recipients] == [
        ("to", "max@customer.test"),
        ("cc", "mia@customer.test"),
    ]
