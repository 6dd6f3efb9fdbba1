"""The contract, inwards: what customers do arrives once, in order, whole, and whatever it is."""

from datetime import timedelta

import pytest

from channels.adapter import Backfills, LinksCustomers
from channels.changes import start_link_for
from channels.checks import ask_check, make_checks
from channels.intake import accept, read_arrivals, replay
from channels.models import ArrivalState
from core.db import transaction
from core.events import Event
from inbox.actions import make_start_link
from inbox.models import Channel, Dialog, FileState, MessageRevision
from people.models import Customer, CustomerIdentity
from tests.channels.desk import Desk, normalized
from tests.channels.needing import needs

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)


class InboundContract:
    """Rows 2 to 10, 21, 24, 25 and 28."""

    cards_of_one_sender = 1

    @pytest.mark.requirement("CHN-01")
    @pytest.mark.requirement("CHN-07")
    def test_what_a_customer_writes_makes_a_dialog_and_a_card(self, desk: Desk) -> None:
        desk.peer.says("Where is my parcel?")
        (message,) = desk.come_in()
        assert message.text.strip() == "Where is my parcel?"
        assert message.said_at.utcoffset() == timedelta(0)
        assert message.identity is not None
        assert message.identity.customer.name
        desk.peer.says("Are you there?")
        desk.come_in()
        assert desk.count(Customer) == self.cards_of_one_sender

    @pytest.mark.requirement("CHN-06")
    def test_what_was_read_again_stays_one_message_also_a_day_later(self, desk: Desk) -> None:
        desk.peer.says("once")
        desk.come_in()
        for hours in (0, 25):
            desk.clock.forward(hours=hours)
            for arrival in desk.arrivals():
                replay(desk.session, arrival, agent=None)
            desk.session.commit()
            read_arrivals()
        assert desk.texts() == ["once"]

    @needs("order")
    def test_events_that_come_twice_are_one_message(self, desk: Desk) -> None:
        desk.peer.says("one")
        desk.peer.says("two")
        desk.peer.polling_goes_wrong("duplicate")
        desk.come_in()
        assert desk.texts() == ["one", "two"]

    @needs("order")
    def test_events_in_another_order_lose_nothing(self, desk: Desk) -> None:
        said = [f"{who} {number}" for number in range(4) for who in ("Max", "Mia")]
        for text in said:
            desk.peer.says(text, text.split()[0])
        desk.peer.polling_goes_wrong("shuffle")
        desk.come_in()
        desk.fetch()
        read_arrivals()
        assert sorted(desk.texts()) == sorted(said)
        assert desk.count(Dialog) == 2

    def test_messages_of_one_chat_come_in_the_order_they_were_said(self, desk: Desk) -> None:
        for number in range(5):
            desk.peer.says(f"number {number}")
        desk.come_in()
        assert desk.texts() == [f"number {number}" for number in range(5)]

    @needs("edits")
    def test_a_change_keeps_what_was_said_before(self, desk: Desk) -> None:
        key = desk.peer.says("I pay 100")
        desk.come_in()
        assert key is not None
        desk.peer.edits(key, "I pay 10")
        (message,) = desk.come_in()
        assert message.text == "I pay 10"
        assert message.edited_at is not None
        assert [each.text for each in desk.session.query(MessageRevision)] == ["I pay 100"]

    @needs("edits")
    def test_a_change_that_comes_before_its_message_waits_for_nobody(self, desk: Desk) -> None:
        key = desk.peer.says("first")
        assert key is not None
        desk.peer.edits(key, "second")
        desk.fetch()
        original, change = desk.arrivals()[:2]
        original.due_at += timedelta(minutes=1)
        original.attempts = 1
        desk.session.commit()
        read_arrivals()
        assert desk.texts() == ["second"]
        desk.clock.forward(minutes=2)
        read_arrivals()
        assert desk.texts() == ["second"]
        assert change.state == ArrivalState.READ

    @needs("poison")
    @pytest.mark.requirement("CHN-06")
    def test_what_cannot_be_read_is_parked_and_its_neighbours_arrive(self, desk: Desk) -> None:
        desk.peer.says("before", "Mia")
        desk.peer.poison("Max")
        desk.peer.says("after", "Mia")
        asked = desk.peer.asked()
        desk.come_in()
        for minutes in (1, 6, 31, 31):
            desk.clock.forward(minutes=minutes)
            read_arrivals()
        assert desk.texts() == ["before", "after"]
        parked = [each for each in desk.arrivals() if each.state == ArrivalState.QUARANTINED]
        assert len(parked) == 1
        assert parked[0].reason
        assert parked[0].payload or parked[0].raw_sha256
        assert desk.peer.asked() - asked < 20
        assert desk.session.query(Event).filter_by(kind="arrival.quarantined").count() == 1

    @needs("poison")
    def test_an_event_nobody_has_heard_of_is_kept_and_disturbs_nothing(self, desk: Desk) -> None:
        desk.peer.says("before")
        desk.peer.strange()
        desk.peer.says("after")
        desk.come_in()
        assert desk.texts() == ["before", "after"]
        assert all(
            each.state in (ArrivalState.READ, ArrivalState.IGNORED) and (each.payload or each.raw_sha256)
            for each in desk.arrivals()
        )

    @needs("cards")
    def test_every_kind_of_card_is_shown_and_an_unknown_part_says_so(self, desk: Desk) -> None:
        for kind in desk.peer.cards:
            desk.peer.shows(kind)
        shown = [[card["kind"] for card in each.cards] for each in desk.come_in()]
        assert [kinds[0] for kinds in shown] == list(desk.peer.cards)

    @needs("files")
    @pytest.mark.requirement("CHN-15")
    def test_every_kind_of_file_is_fetched_after_its_message_is_there(self, desk: Desk) -> None:
        for kind in desk.peer.media:
            desk.peer.sends(kind, PNG + kind.encode(), name=f"{kind}.bin")
        desk.fetch()
        read_arrivals()
        messages = desk.messages()
        assert [place.kind for each in messages for place in desk.places_of(each)] == list(desk.peer.media)
        assert all(place.state == "waiting" for each in messages for place in desk.places_of(each))
        for kind, message in zip(desk.peer.media, messages, strict=True):
            (file,) = desk.files_of(message)
            assert (file.kind, file.size) == (kind, len(PNG) + len(kind))

    @needs("files", "faults")
    def test_a_file_that_was_cut_half_way_is_fetched_anew(self, desk: Desk) -> None:
        desk.peer.sends("file", PNG * 50, name="отчёт.pdf", text="Look")
        (message,) = desk.come_in()
        desk.peer.file_goes_wrong("cut")
        assert desk.files_of(message) == []
        assert (message.text, desk.places_of(message)[0].state) == ("Look", FileState.WAITING)
        desk.clock.forward(minutes=1)
        (file,) = desk.files_of(message)
        assert (file.name, file.size) == ("отчёт.pdf", len(PNG * 50))

    @needs("files", "faults")
    def test_a_file_that_is_gone_leaves_its_place_and_its_message(self, desk: Desk) -> None:
        desk.peer.sends("file", PNG, name="gone.bin", text="Look")
        (message,) = desk.come_in()
        desk.peer.file_goes_wrong("status", status=404, times=None)
        for _ in range(8):
            assert desk.files_of(message) == []
            desk.clock.forward(hours=3)
        (place,) = desk.places_of(message)
        assert (message.text, place.state) in (("Look", FileState.GONE), ("Look", FileState.FAILED))

    @needs("albums", "files")
    @pytest.mark.requirement("CHN-15")
    def test_an_album_is_one_message_and_its_late_picture_joins_it(self, desk: Desk) -> None:
        for number in range(4):
            caption = "Four of them" if number == 0 else ""
            desk.peer.sends("image", PNG + bytes([number]), text=caption, album="A")
        desk.fetch()
        read_arrivals()
        assert desk.messages() == []
        (message,) = desk.come_in()
        assert (message.text, len(desk.files_of(message))) == ("Four of them", 4)
        desk.peer.sends("image", PNG + b"late", album="A")
        (message,) = desk.come_in()
        assert len(desk.files_of(message)) == 5

    @needs("deletes")
    def test_what_the_customer_takes_back_stays_here_and_is_marked(self, desk: Desk) -> None:
        key = desk.peer.says("Forget it")
        desk.come_in()
        assert key is not None
        desk.peer.deletes(key)
        (message,) = desk.come_in()
        assert message.text == "Forget it"
        assert message.deleted_at is not None

    @needs("reactions")
    def test_reactions_are_those_that_lie_there_now(self, desk: Desk) -> None:
        answer = desk.answer("It is on its way.")
        desk.send(answer)
        key = desk.again(answer).key
        assert key is not None
        desk.peer.reacts(key, ("👍",))
        desk.come_in()
        assert [each["reactions"] for each in desk.again(answer).reactions] == [["👍"]]
        desk.peer.reacts(key, ())
        desk.come_in()
        assert desk.again(answer).reactions == []

    @needs("buttons")
    def test_a_button_that_was_pressed_is_a_message_that_says_which(self, desk: Desk) -> None:
        answer = desk.answer("Shall we call?")
        answer.envelope = {**answer.envelope, "buttons": [{"label": "Yes", "data": "call:yes"}]}
        desk.session.commit()
        desk.send(answer)
        key = desk.again(answer).key
        assert key is not None
        desk.peer.presses(key, "call:yes")
        pressed = desk.come_in()[-1]
        assert [(card["kind"], card["facts"]["data"]) for card in pressed.cards] == [("button", "call:yes")]
        desk.run_errands()

    @needs("replies")
    def test_an_answer_knows_what_it_answers(self, desk: Desk) -> None:
        first = desk.peer.says("The red one?")
        desk.peer.says("No, the blue one", reply_to=first)
        red, blue = desk.come_in()
        assert blue.reply_to_id == red.id

    @needs("quotes")
    def test_a_quote_is_kept_in_its_words(self, desk: Desk) -> None:
        first = desk.peer.says("The red one or the blue one?")
        desk.peer.says("This", reply_to=first, quote="the blue one")
        assert desk.come_in()[-1].quote == "the blue one"

    @needs("forwards")
    def test_what_somebody_else_said_is_told_from_what_the_customer_says(self, desk: Desk) -> None:
        desk.peer.forwards("It was broken", of="Neighbour")
        (message,) = desk.come_in()
        assert [(each["author"], each["text"]) for each in message.forwards] == [
            ("Neighbour", "It was broken")
        ]

    @needs("groups")
    @pytest.mark.requirement("CHN-11")
    def test_a_group_is_one_dialog_in_which_each_message_has_its_author(self, desk: Desk) -> None:
        desk.peer.says("I am late", "Max", group=True)
        desk.peer.says("Me too", "Mia", group=True)
        messages = desk.come_in()
        assert [each.identity.name for each in messages if each.identity] == ["Max", "Mia"]
        assert desk.count(Dialog) == 1
        assert messages[0].dialog.is_group

    @needs("reads")
    def test_what_was_read_says_so(self, desk: Desk) -> None:
        answer = desk.answer("It is on its way.")
        desk.send(answer)
        desk.peer.reads()
        desk.come_in()
        assert desk.again(answer).delivery == "read"

    @needs("typing")
    def test_that_somebody_writes_leaves_no_trace(self, desk: Desk) -> None:
        desk.peer.says("Hello")
        desk.come_in()
        desk.peer.types()
        assert len(desk.come_in()) == 1
        assert desk.arrivals()[-1].state == ArrivalState.IGNORED

    @needs("echoes")
    def test_our_own_message_that_comes_back_is_no_second_one(self, desk: Desk) -> None:
        answer = desk.answer("It is on its way.")
        desk.send(answer)
        desk.come_in()
        assert [each.id for each in desk.messages("out")] == [answer.id]

    @needs("elsewhere")
    @pytest.mark.requirement("CHN-10")
    def test_what_a_colleague_answers_elsewhere_is_mirrored(self, desk: Desk) -> None:
        desk.peer.says("Is it open?")
        desk.come_in()
        desk.peer.answers_elsewhere("Until six.")
        desk.come_in()
        (mirrored,) = desk.messages("out")
        assert (mirrored.text, mirrored.agent_id, mirrored.delivery) == ("Until six.", None, "sent")
        assert mirrored.via is not None
        assert mirrored.dialog.waiting_since is None

    @needs("blocks")
    def test_who_wants_nothing_from_us_any_more_is_marked_until_they_write(self, desk: Desk) -> None:
        desk.peer.says("Hello")
        desk.come_in()
        desk.peer.blocks()
        desk.come_in()
        if not desk.is_out_of_reach():  # it does not tell: it refuses
            desk.send(desk.answer("Are you there?"))
        assert desk.is_out_of_reach()
        assert desk.look_at_channel().health == "ok"
        desk.peer.unblocks()
        desk.peer.says("Here I am")
        desk.come_in()
        assert not desk.is_out_of_reach()

    @needs("moves")
    def test_a_group_that_moves_stays_one_dialog(self, desk: Desk) -> None:
        desk.peer.says("Here", group=True)
        desk.come_in()
        was = desk.peer.conversation(group=True)
        desk.peer.moves()
        desk.peer.says("And here", group=True)
        desk.come_in()
        assert desk.peer.conversation(group=True) != was
        living = desk.session.query(Dialog).filter_by(merged_into=None).all()
        assert [each.thread_key for each in living] == [desk.peer.conversation(group=True)]
        assert {each.dialog_id for each in desk.messages()} == {living[0].id}

    @needs("gap")
    def test_history_that_was_lost_is_looked_up(self, desk: Desk) -> None:
        desk.peer.says("before")
        desk.come_in()
        desk.peer.says("lost")
        desk.peer.loses_history()
        adapter = desk.adapter()
        batch = adapter.poll(desk.look_at_channel().cursor, 0)
        assert batch.gap
        assert isinstance(adapter, Backfills)
        since = desk.clock.now - timedelta(hours=1)
        with transaction() as session:
            accept(session, desk.channel, batch.events, cursor=batch.cursor)
            accept(session, desk.channel, adapter.backfill(since))
        read_arrivals()
        desk.peer.says("after")
        desk.come_in()
        assert sorted(desk.texts()) == ["after", "before", "lost"]

    def test_reading_anything_twice_tells_the_same(self, desk: Desk) -> None:
        desk.peer.says("words")
        for kind in desk.peer.media:
            desk.peer.sends(kind, PNG, name="a.bin")
        for card in desk.peer.cards:
            desk.peer.shows(card)
        desk.fetch()
        first, second = desk.adapter(), desk.adapter()
        for arrival in desk.arrivals():
            assert normalized(first, arrival) == normalized(second, arrival) != []

    def test_a_link_ties_a_customer_once_and_only_for_a_while(self, desk: Desk) -> None:
        customer = Customer(name="Max Mustermann")
        desk.session.add(customer)
        desk.session.commit()
        adapter = desk.adapter()
        if not adapter.capabilities.deep_links:
            assert not isinstance(adapter, LinksCustomers)
            return
        ask_check(desk.session, desk.look_at_channel(), agent=desk.ann)
        desk.session.commit()
        make_checks()
        assert start_link_for(desk.session, desk.look_at_channel(), customer, agent=desk.ann)
        channel = desk.look_at_channel()
        token = make_start_link(desk.session, channel, customer, agent=desk.ann)
        late = make_start_link(desk.session, channel, customer, agent=desk.ann)
        desk.session.commit()
        desk.peer.starts(token, "Max")
        desk.come_in()
        assert self._card_of(desk, "Max") == customer.id
        desk.peer.starts(token, "Mia")
        desk.clock.forward(minutes=31)
        desk.peer.starts(late, "Mia")
        desk.come_in()
        assert self._card_of(desk, "Mia") != customer.id

    def test_a_channel_that_is_switched_off_makes_no_call_at_all(self, desk: Desk) -> None:
        answer = desk.answer("Later")
        channel: Channel = desk.look_at_channel()
        channel.enabled = False
        desk.session.commit()
        if "faults" not in desk.peer.outside:
            desk.send(answer)
            assert desk.peer.heard() == []
            return
        asked = desk.peer.asked()
        desk.send(answer)
        desk.run_errands()
        assert desk.peer.asked() == asked
        assert desk.again(answer).delivery == "queued"

    @staticmethod
    def _card_of(desk: Desk, who: str) -> int:
        desk.session.expire_all()
        return desk.session.query(CustomerIdentity).filter_by(name=who).one().customer_id
