"""The contract, outwards: what we answer leaves once, in order, as whole as the outside takes it."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from channels.access import shelf
from channels.adapter import (
    Deletes,
    Edits,
    Idempotency,
    MarksRead,
    RecipientGone,
    ShowsTyping,
)
from channels.changes import ask_delete, ask_edit, show_typing, tell_read
from channels.checks import ask_check, make_checks
from channels.delivery import deliver_due
from core.errors import Conflict
from inbox.border import Outgoing
from inbox.models import Delivery
from tests.channels.desk import Desk, fault_of
from tests.channels.needing import needs
from tests.ground.valkey import Valkey

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. "
MOST_AT_ONCE = 4


class OutboundContract:
    """Rows 11 to 20 and 27."""

    @pytest.mark.parametrize(
        "letters", ["Д", "a", "🙂", "שלום "], ids=["cyrillic", "latin", "emoji", "hebrew"]
    )
    def test_a_text_of_any_length_arrives_whole_and_in_pieces_no_longer_than_allowed(
        self, desk: Desk, letters: str
    ) -> None:
        able = desk.adapter().capabilities
        most = able.max_text or 2000
        for length in (most - 1, most, most + 1, 3 * most):
            text = (letters * length)[:length]
            parts = desk.adapter().plan(self.outgoing_to(desk, text))
            assert parts
            if able.max_text is None:
                assert len(parts) == 1
                continue
            pieces = [str(part.payload["text"]) for part in parts]
            assert "".join("".join(pieces).split()) == "".join(text.split())
            assert all(0 < _length(piece, able.length_unit) <= most for piece in pieces)

    def test_long_words_leave_in_order(self, desk: Desk) -> None:
        able = desk.adapter().capabilities
        sentences = [
            f"{number}. {CYRILLIC}" for number in range((able.max_text or 2000) // len(CYRILLIC) + 5)
        ]
        answer = desk.answer("".join(sentences))
        self.send_all(desk)
        assert desk.again(answer).delivery == Delivery.SENT
        heard = "".join("".join(desk.peer.heard()).split())
        assert heard == "".join("".join(sentences).split())

    @pytest.mark.parametrize("text", ["", "   ", "\n\n"])
    def test_nothing_is_never_sent_as_a_message(self, desk: Desk, text: str) -> None:
        if desk.adapter().capabilities.max_text is None:
            return  # an empty letter is a letter
        error = fault_of(lambda: desk.adapter().plan(self.outgoing_to(desk, text)))
        assert error is not None
        assert error.code

    def test_markup_leaves_as_far_as_the_outside_shows_it(self, desk: Desk) -> None:
        html = '<p>Hello <b>dear</b> <i>Max</i>, see <a href="https://shop.test/?a=1&amp;b=2">here</a></p>'
        answer = desk.answer("Hello dear Max, see here", html=html)
        desk.send(answer)
        (heard,) = desk.peer.heard()
        assert desk.again(answer).delivery == Delivery.SENT
        assert "dear" in heard
        assert "&amp;amp;" not in heard

    @needs("faults")
    def test_a_message_the_outside_cannot_read_leaves_once_more_in_plain_words(self, desk: Desk) -> None:
        answer = desk.answer("Hello <Max> & co", html="<p>Hello <b>&lt;Max&gt; &amp; co</b></p>")
        desk.peer.goes_wrong("status", status=400, text="Bad Request: can't parse entities")
        desk.send(answer)
        assert desk.again(answer).delivery == Delivery.SENT
        assert len(desk.peer.heard()) == 1

    @pytest.mark.requirement("CHN-15")
    def test_files_leave_whole_with_their_names(self, desk: Desk) -> None:
        upload = desk.upload("счёт № 7.pdf", PDF, "application/pdf")
        answer = desk.answer("Here is the bill", attachments=(upload,))
        self.send_all(desk)
        assert desk.again(answer).delivery == Delivery.SENT
        ((name, data),) = desk.peer.got()
        assert (name, data) == ("счёт № 7.pdf", PDF)
        assert any("Here is the bill" in text for text in desk.peer.heard())

    @needs("faults")
    def test_a_file_that_cannot_leave_is_refused_before_anything_left(self, desk: Desk) -> None:
        most = desk.adapter().capabilities.attachment_bytes
        upload = desk.upload("huge.bin", b"x")
        answer = desk.answer("", attachments=(upload,))
        answer.attachments[0].size = most + 1
        desk.session.commit()
        self.send_all(desk)
        answer = desk.again(answer)
        assert answer.delivery in (Delivery.FAILED, Delivery.SENT)
        if answer.delivery == Delivery.FAILED:
            assert answer.error_code
            assert desk.peer.got() == []

    def test_one_part_sent_twice_is_one_message_or_known_as_a_risk(self, desk: Desk) -> None:
        desk.dialog()
        adapter = desk.adapter()
        (part,) = adapter.plan(self.outgoing_to(desk, "Once"))
        first, second = adapter.send(part), adapter.send(part)
        if adapter.capabilities.idempotency == Idempotency.NATIVE:
            assert self.heard(desk) == ["Once"]
            assert first.keys == second.keys
        else:
            assert self.heard(desk) == ["Once", "Once"]

    @pytest.mark.requirement("CHN-13")
    def test_what_broke_before_it_left_leaves_once_by_itself(self, desk: Desk) -> None:
        desk.dialog()
        answer = desk.answer("Once")
        refusing = desk.peer.refusing()
        if refusing is None:
            desk.peer.refuse_next()
        with refusing or nullcontext():
            desk.send(answer)
        assert desk.again(answer).delivery == Delivery.QUEUED
        desk.clock.forward(minutes=10)
        desk.send(answer)
        assert desk.again(answer).delivery == Delivery.SENT
        assert self.heard(desk) == ["Once"]

    def test_what_was_cut_off_in_the_end_is_decided_by_whether_repeats_are_dropped(self, desk: Desk) -> None:
        desk.dialog()
        answer = desk.answer("Once")
        desk.peer.vanish_after_next()
        desk.send(answer)
        is_native = desk.adapter().capabilities.idempotency == Idempotency.NATIVE
        assert desk.again(answer).delivery == (Delivery.QUEUED if is_native else Delivery.UNCERTAIN)
        desk.clock.forward(minutes=10)
        desk.send(answer)
        assert desk.again(answer).delivery == (Delivery.SENT if is_native else Delivery.UNCERTAIN)
        assert self.heard(desk) == ["Once"]

    @needs("faults")
    @pytest.mark.parametrize("deed", ["delay_after", "garbage"])
    def test_what_may_have_left_is_sent_again_only_where_repeats_are_dropped(
        self, desk: Desk, deed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.dialog()
        answer = desk.answer("Once")
        able = desk.adapter().capabilities
        desk.peer.shorten_patience(monkeypatch)
        shelf.close()
        desk.peer.goes_wrong(deed, seconds=30)  # type: ignore[arg-type]
        desk.send(answer)
        first = desk.again(answer).delivery
        if deed != "garbage":
            expected = Delivery.QUEUED if able.idempotency == Idempotency.NATIVE else Delivery.UNCERTAIN
            assert first == expected
        desk.clock.forward(minutes=10)
        desk.send(answer)
        assert len(desk.peer.heard()) <= 1
        if first == Delivery.QUEUED:
            assert desk.again(answer).delivery == Delivery.SENT
            assert self.heard(desk) == ["Once"]
        else:
            assert desk.again(answer).delivery == Delivery.UNCERTAIN

    @needs("faults")
    @pytest.mark.requirement("CHN-13")
    def test_a_chat_that_has_to_wait_waits_and_others_go_on(self, desk: Desk) -> None:
        desk.dialog("Max")
        desk.dialog("Mia")
        slow, quick = desk.answer("slow", "Max"), desk.answer("quick", "Mia")
        desk.peer.goes_wrong("status", who="Max", status=429, retry_after=7)
        desk.send()
        assert (desk.again(slow).delivery, desk.again(quick).delivery) == ("queued", "sent")
        told = desk.again(slow).leave_at
        assert told is not None
        assert timedelta(seconds=6) <= told - desk.clock.now <= timedelta(seconds=8)
        assert desk.look_at_channel().health == "ok"
        desk.clock.forward(seconds=9)
        desk.send()
        assert desk.peer.heard("Max") == ["slow"]

    @pytest.mark.requirement("CHN-13")
    def test_trouble_of_the_outside_holds_the_queue_and_lets_it_leave_in_order(self, desk: Desk) -> None:
        desk.dialog()
        sent = [desk.answer(f"number {number}") for number in range(3)]
        for _ in range(3):
            desk.peer.refuse_next()
        for _ in range(40):
            desk.clock.forward(seconds=30)
            desk.send()
        assert self.heard(desk) == ["number 0", "number 1", "number 2"]
        assert {desk.again(each).delivery for each in sent} == {"sent"}
        assert desk.look_at_channel().health == "ok"

    @needs("blocks")
    @pytest.mark.requirement("CHN-13")
    def test_who_cannot_be_reached_says_nothing_about_the_channel(self, desk: Desk) -> None:
        desk.dialog()
        desk.peer.blocks()
        answer = desk.answer("Are you there?")
        desk.send(answer)
        answer = desk.again(answer)
        assert answer.delivery == Delivery.FAILED
        assert answer.error_code
        assert desk.is_out_of_reach()
        assert answer.dialog.state == "open"
        assert desk.look_at_channel().health == "ok"
        (part,) = desk.adapter().plan(self.outgoing_to(desk, "Again"))
        assert isinstance(fault_of(lambda: desk.adapter().send(part)), RecipientGone)

    @needs("faults")
    def test_a_token_that_is_revoked_holds_the_queue_until_there_is_a_good_one(self, desk: Desk) -> None:
        people = [f"guest {number}" for number in range(10)]  # one conversation goes slowly
        waiting = [desk.answer(f"number {number}", who) for number in range(2) for who in people]
        desk.peer.revoke()
        for _ in range(3):
            desk.send()
            desk.clock.forward(minutes=6)
        channel = desk.look_at_channel()
        assert channel.health == "broken"
        assert {desk.again(each).delivery for each in waiting} == {"queued"}
        desk.peer.restore()
        ask_check(desk.session, desk.look_at_channel(), agent=desk.ann)
        desk.session.commit()
        make_checks()
        self.send_all(desk, forward=True)
        told = [[text.strip() for text in desk.peer.heard(who)] for who in people]
        assert told == [["number 0", "number 1"]] * len(people)
        assert desk.look_at_channel().health == "ok"

    @needs("limits")
    def test_many_answers_never_make_the_outside_refuse_one(self, desk: Desk, valkey: Valkey) -> None:
        people = [f"guest {number}" for number in range(40)]
        for who in people:
            desk.peer.says("Hello", who)
        desk.come_in()
        desk.peer.counts_calls()
        for who in people:
            desk.answer("One for you", who)
        for number in range(MOST_AT_ONCE):
            desk.answer(f"number {number}", people[0])
        self.send_all(desk)
        assert desk.peer.refused_as_too_many() == 0
        assert all(desk.peer.heard(who)[0] == "One for you" for who in people)
        assert desk.peer.heard(people[0])[1:] == [f"number {number}" for number in range(MOST_AT_ONCE)]

    @needs("limits")
    def test_without_valkey_it_goes_slower_and_never_over(self, desk: Desk) -> None:
        desk.dialog()
        desk.peer.counts_calls()
        answers = [desk.answer(f"number {number}") for number in range(3)]
        self.send_all(desk)
        assert desk.peer.refused_as_too_many() == 0
        assert {desk.again(each).delivery for each in answers} == {"sent"}

    def test_what_was_sent_can_be_changed_where_the_outside_lets_us(self, desk: Desk) -> None:
        desk.dialog()
        answer = desk.answer("It costs 100")
        desk.send(answer)
        adapter = desk.adapter()
        if adapter.capabilities.edit_window is None:
            assert not isinstance(adapter, Edits)
            with pytest.raises(Conflict):
                ask_edit(desk.session, desk.again(answer), agent=desk.ann, text="It costs 10", html=None)
            return
        ask_edit(desk.session, desk.again(answer), agent=desk.ann, text="It costs 10", html=None)
        desk.session.commit()
        desk.run_errands()
        assert self.heard(desk) == ["It costs 10"]
        assert desk.again(answer).text == "It costs 10"
        assert desk.again(answer).edited_at is not None

    def test_what_was_sent_can_be_taken_back_where_the_outside_lets_us(self, desk: Desk) -> None:
        desk.dialog()
        answer = desk.answer("Not for you")
        desk.send(answer)
        adapter = desk.adapter()
        if adapter.capabilities.delete_window is None:
            assert not isinstance(adapter, Deletes)
            with pytest.raises(Conflict):
                ask_delete(desk.session, desk.again(answer), agent=desk.ann)
            return
        ask_delete(desk.session, desk.again(answer), agent=desk.ann)
        desk.session.commit()
        desk.run_errands()
        assert self.heard(desk) == []
        assert desk.again(answer).deleted_at is not None
        desk.clock.forward(days=30)
        other = desk.answer("Too late")
        desk.send(other)
        if adapter.capabilities.delete_window:
            desk.clock.forward(seconds=adapter.capabilities.delete_window + 1)
            with pytest.raises(Conflict):
                ask_delete(desk.session, desk.again(other), agent=desk.ann)

    def test_courtesies_are_shown_where_they_can_be_and_cost_nothing_elsewhere(self, desk: Desk) -> None:
        dialog = desk.dialog()
        adapter = desk.adapter()
        able = adapter.capabilities
        message = desk.messages()[-1]
        assert show_typing(desk.session, dialog) is able.typing
        assert show_typing(desk.session, dialog) is False
        tell_read(desk.session, dialog, message.id)
        desk.session.commit()
        desk.run_errands()
        if able.typing:
            assert isinstance(adapter, ShowsTyping)
            assert desk.peer.seen_typing() == 1
        if able.marks_read:
            assert isinstance(adapter, MarksRead)
            if "faults" in desk.peer.outside:
                assert desk.peer.read_by_us() >= 0

    def outgoing_to(self, desk: Desk, text: str) -> Outgoing:
        """A message to Max as adapters see it."""
        envelope = desk.peer.envelope()
        return Outgoing(
            "key", 71, 5, desk.peer.conversation(), text, None, (), envelope, said_at=desk.clock.now
        )

    def heard(self, desk: Desk) -> list[str]:
        """What Max was told."""
        return [text.strip() for text in desk.peer.heard()]

    def send_all(self, desk: Desk, *, forward: bool = False) -> None:
        """Send until nothing is left, however slowly the channel goes."""
        for _ in range(60):
            deliver_due(seconds=20)
            waiting = [each for each in desk.messages("out") if each.delivery in ("queued", "sending")]
            if not waiting:
                return
            if forward or all(each.leave_at and each.leave_at > desk.clock.now for each in waiting):
                desk.clock.forward(seconds=10)


def _length(text: str, unit: str) -> int:
    return len(text.encode("utf-16-le")) // 2 if unit == "utf16" else len(text)
