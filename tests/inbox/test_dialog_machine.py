"""Whatever people do in whatever order, a dialog keeps its promises.

A state machine plays customers, agents, the mail server and the clock against the real verbs and looks at
the rows after every step.
"""

import itertools
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

import core.db
from channels.adapter import Ambiguous, BadContent, RecipientGone, Temporary
from channels.delivery import deliver_due
from core.clock import freeze, now
from core.errors import Conflict, Invalid
from inbox.actions import (
    NewComment,
    NewReply,
    assign,
    comment,
    complete,
    mark_read,
    mark_spam,
    reopen,
    reply,
    retry,
    send_now,
    settle,
    snooze,
    take,
    undo,
    unsnooze,
    wake_due,
)
from inbox.counts import counts
from inbox.feed import View, feed_page
from inbox.models import Delivery, Dialog, Message, ReadMark, State
from tests.ground.moment import START
from tests.makers import make_agent, make_channel, make_dialog, make_message
from tests.peers.fake import Outside

EVERYONE = {"everyone"}
AFTER = {
    "dialog.opened": State.OPEN,
    "dialog.reopened": State.OPEN,
    "dialog.woken": State.OPEN,
    "dialog.snoozed": State.SNOOZED,
    "dialog.completed": State.COMPLETED,
}
FAULTS = [
    None,
    Temporary("busy", code="busy"),
    Ambiguous("cut", code="cut"),
    BadContent("spam", code="spam"),
    RecipientGone("gone", code="gone"),
]

_ROWS = """
    SELECT d.*,
        (SELECT e.kind FROM events e WHERE e.topic = 'dialog:' || d.id AND e.kind = ANY(ARRAY[
            'dialog.opened', 'dialog.reopened', 'dialog.woken', 'dialog.snoozed', 'dialog.completed'])
            ORDER BY e.id DESC LIMIT 1) AS last_kind,
        (SELECT max(m.id) FROM messages m WHERE m.dialog_id = d.id AND m.klass <> 'auto_reply'
            AND m.delivery IS DISTINCT FROM 'undone') AS newest,
        (SELECT count(*) FROM messages m WHERE m.dialog_id = d.id
            AND m.delivery IN ('failed', 'uncertain')) AS troubled
    FROM dialogs d
"""
_NUMBERS = "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM comments)"


class Desk(RuleBasedStateMachine):
    """Two agents, two channels, and dialogs that customers begin and go on with."""

    dialogs = Bundle("dialogs")
    answers = Bundle("answers")

    def __init__(self, connection: Connection, outside: Outside) -> None:
        super().__init__()
        freeze(START)
        self.outside = outside
        self.savepoint = connection.begin_nested()
        core.db.bind_sessions(connection, join_transaction_mode="create_savepoint")
        self.session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=True)
        self.agents = [make_agent(self.session, name) for name in ("Ann", "Ben")]
        self.channels = [make_channel(self.session, name=name, undo_seconds=10) for name in ("Mail", "Shop")]
        self.number = itertools.count(1)
        self.said = 0
        self.commented = 0
        self.marks: dict[tuple[int, int], int] = {}
        self.decided = 0

    def teardown(self) -> None:
        self.session.close()
        self.savepoint.rollback()
        freeze(None)

    # What people do

    @initialize(target=dialogs)
    def first_letter(self) -> Any:
        return self._begin(0, "Max")

    @rule(target=dialogs, channel=st.integers(0, 1), customer=st.sampled_from(["Max", "Mia"]))
    def customer_begins(self, channel: int, customer: str) -> Any:
        return self._begin(channel, customer)

    @rule(dialog=dialogs, klass=st.sampled_from(["human", "human", "auto_reply", "list"]))
    def customer_goes_on(self, dialog: int, klass: str) -> None:
        before = self._dialog(dialog)
        state, mode, reopened = before.state, before.snooze_mode, before.reopen_count
        make_message(self.session, before, klass=klass)
        self.said += 1
        after = self._dialog(dialog)
        if klass == "auto_reply" or (state == State.SNOOZED and mode == "stay"):
            assert after.state == state
        else:
            assert after.state == State.OPEN
            assert after.waiting_since is not None
        assert after.reopen_count == reopened + (state == State.COMPLETED and klass != "auto_reply")

    @rule(
        target=answers,
        dialog=dialogs,
        agent=st.integers(0, 1),
        then=st.sampled_from(["stay", "complete", "snooze_until_reply"]),
    )
    def agent_answers(self, dialog: int, agent: int, then: str) -> Any:
        new = NewReply(client_uuid=str(uuid4()), text=f"Answer {next(self.number)}", then=then)
        message = reply(self.session, self._dialog(dialog), agent=self.agents[agent], new=new)
        again = reply(self.session, self._dialog(dialog), agent=self.agents[agent], new=new)
        self.session.commit()
        assert again.id == message.id
        self.said += 1
        wanted = {"stay": {State.OPEN, State.SNOOZED}, "complete": {State.COMPLETED}}
        assert self._dialog(dialog).state in wanted.get(then, {State.SNOOZED})
        return message.id

    @rule(dialog=dialogs, agent=st.integers(0, 1))
    def agent_comments(self, dialog: int, agent: int) -> None:
        before = self._dialog(dialog).state
        comment(
            self.session, self._dialog(dialog), agent=self.agents[agent], new=NewComment("Who knows him?")
        )
        self.session.commit()
        self.commented += 1
        assert self._dialog(dialog).state == before

    @rule(dialog=dialogs, agent=st.integers(0, 1))
    def agent_completes(self, dialog: int, agent: int) -> None:
        complete(self.session, self._dialog(dialog), agent=self.agents[agent])
        self.session.commit()
        assert self._dialog(dialog).state == State.COMPLETED

    @rule(dialog=dialogs, agent=st.integers(0, 1))
    def agent_reopens(self, dialog: int, agent: int) -> None:
        reopen(self.session, self._dialog(dialog), agent=self.agents[agent])
        self.session.commit()
        assert self._dialog(dialog).state == State.OPEN

    @rule(
        dialog=dialogs,
        agent=st.integers(0, 1),
        minutes=st.integers(-5, 600),
        mode=st.sampled_from(["either", "until_reply", "stay"]),
    )
    def agent_snoozes(self, dialog: int, agent: int, minutes: int, mode: str) -> None:
        until = now() + timedelta(minutes=minutes)
        before = self._dialog(dialog).state
        with pytest.raises(Invalid, match="passed") if minutes <= 0 else nullcontext():
            snooze(self.session, self._dialog(dialog), agent=self.agents[agent], until=until, mode=mode)
        self.session.commit()
        assert self._dialog(dialog).state == (State.SNOOZED if minutes > 0 else before)
        assert minutes <= 0 or self._dialog(dialog).snooze_until == until

    @rule(dialog=dialogs, agent=st.integers(0, 1))
    def agent_ends_the_snooze(self, dialog: int, agent: int) -> None:
        before = self._dialog(dialog).state
        unsnooze(self.session, self._dialog(dialog), agent=self.agents[agent])
        self.session.commit()
        assert self._dialog(dialog).state == (State.OPEN if before == State.SNOOZED else before)

    @rule(dialog=dialogs, agent=st.integers(0, 1), to=st.sampled_from([None, 0, 1]))
    def agent_assigns(self, dialog: int, agent: int, to: int | None) -> None:
        assignee = None if to is None else self.agents[to]
        assign(self.session, self._dialog(dialog), agent=self.agents[agent], assignee=assignee)
        self.session.commit()
        assert self._dialog(dialog).assignee_id == (assignee.id if assignee else None)

    @rule(dialog=dialogs, agent=st.integers(0, 1))
    def agent_takes(self, dialog: int, agent: int) -> None:
        holder = self._dialog(dialog).assignee_id
        me = self.agents[agent]
        with pytest.raises(Conflict) if holder not in (None, me.id) else nullcontext():
            take(self.session, self._dialog(dialog), agent=me)
        self.session.commit()
        assert self._dialog(dialog).assignee_id == (holder or me.id)

    @rule(dialog=dialogs, agent=st.integers(0, 1), back=st.integers(0, 3))
    def agent_reads(self, dialog: int, agent: int, back: int) -> None:
        upto = max((self._dialog(dialog).last_received_id or 0) - back, 0)
        mark_read(self.session, self._dialog(dialog), agent=self.agents[agent], message_id=upto)
        self.session.commit()
        key = (dialog, self.agents[agent].id)
        self.marks[key] = max(self.marks.get(key, 0), upto)

    @rule(dialog=dialogs, spam=st.booleans())
    def agent_judges(self, dialog: int, spam: bool) -> None:
        mark_spam(self.session, self._dialog(dialog), agent=self.agents[0], spam=spam)
        self.session.commit()

    @rule(answer=answers, agent=st.integers(0, 1))
    def agent_takes_an_answer_back(self, answer: int, agent: int) -> None:
        was = self._message(answer).delivery
        with pytest.raises(Conflict) if was != Delivery.HELD else nullcontext():
            draft = undo(self.session, self._message(answer), agent=self.agents[agent])
            assert self._message(answer).text in draft.text
        self.session.commit()

    @rule(answer=answers)
    def agent_hurries(self, answer: int) -> None:
        was = self._message(answer).delivery
        with pytest.raises(Conflict) if was != Delivery.HELD else nullcontext():
            send_now(self.session, self._message(answer), agent=self.agents[0])
        self.session.commit()

    @rule(answer=answers, sent=st.booleans())
    def agent_decides_about_trouble(self, answer: int, sent: bool) -> None:
        was = self._message(answer).delivery
        if was == Delivery.FAILED:
            retry(self.session, self._message(answer), agent=self.agents[0])
        elif was == Delivery.UNCERTAIN:
            self.decided += not sent
            settle(self.session, self._message(answer), agent=self.agents[0], sent=sent)
        self.session.commit()

    # What happens by itself

    @rule(fault=st.sampled_from(FAULTS))
    def answers_leave(self, fault: Exception | None) -> None:
        if fault is not None:
            self.outside.next(fault)
        self.session.commit()
        deliver_due()
        self.session.expire_all()
        self.outside._answers.clear()

    @rule(minutes=st.integers(1, 300))
    def time_passes(self, minutes: int) -> None:
        freeze(now() + timedelta(minutes=minutes))
        due = self._ids(Dialog.state == State.SNOOZED, Dialog.snooze_until <= now())
        sleeping = self._ids(Dialog.state == State.SNOOZED, Dialog.snooze_until > now())
        assert wake_due(self.session) == len(due)
        assert wake_due(self.session) == 0
        self.session.commit()
        assert {self._dialog(each).state for each in due} <= {State.OPEN}
        assert {self._dialog(each).state for each in sleeping} <= {State.SNOOZED}

    # What always holds

    @invariant()
    def rows_agree_with_history_and_messages(self) -> None:
        for row in self.session.execute(text(_ROWS)):
            assert (row.snooze_until is not None) == (row.state == State.SNOOZED)
            assert (row.completed_at is not None) == (row.state == State.COMPLETED)
            assert (row.snooze_mode is not None) == (row.state == State.SNOOZED)
            assert AFTER[row.last_kind] == row.state
            assert row.last_message_id == row.newest
            assert row.failed_count == row.troubled

    @invariant()
    def lists_hold_what_is_in_their_state_and_counts_agree(self) -> None:
        ann = self.agents[0].id
        sizes = {}
        for state in State:
            wanted = self._ids(Dialog.state == state, Dialog.spam.is_(False))
            page = feed_page(self.session, View(state=state), agent_id=ann, audiences=EVERYONE)
            sizes[state] = len(page.rows)
            assert sizes[state] == len(wanted)
        found = counts(self.session, agent_id=ann, audiences=EVERYONE, today=START)
        assert found["open"]["all"] == sum(found["channels"].values()) == sizes[State.OPEN]
        assert found["snoozed"]["all"] == found["returning"]["all"]["count"] == sizes[State.SNOOZED]

    @invariant()
    def nothing_said_is_ever_gone(self) -> None:
        assert self.session.execute(text(_NUMBERS)).one() == (self.said, self.commented)

    @invariant()
    def read_marks_never_move_back(self) -> None:
        found = self.session.execute(select(ReadMark.dialog_id, ReadMark.agent_id, ReadMark.message_id))
        assert {(dialog, agent): message for dialog, agent, message in found} == self.marks

    @invariant()
    def an_answer_leaves_once_unless_an_agent_decides(self) -> None:
        texts = self.outside.texts
        assert len(texts) - len(set(texts)) <= self.decided

    def _begin(self, channel: int, customer: str) -> Any:
        dialog = make_dialog(self.session, self.channels[channel], customer=customer)
        self.said += 1
        return dialog.id

    def _dialog(self, number: int) -> Dialog:
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Dialog, number)

    def _message(self, number: int) -> Message:
        self.session.flush()
        self.session.expire_all()
        return self.session.get_one(Message, number)

    def _ids(self, *conditions: Any) -> list[int]:
        return list(self.session.scalars(select(Dialog.id).where(*conditions)))


@pytest.mark.requirement("EAD-06")
def test_no_order_of_doings_breaks_a_dialog(database: Connection, outside: Outside) -> None:
    class OurDesk(Desk):
        def __init__(self) -> None:
            outside.sent.clear()
            super().__init__(database, outside)

    profile = settings.get_profile(settings.get_current_profile_name())
    run_state_machine_as_test(OurDesk, settings=settings(profile, max_examples=20, stateful_step_count=30))
