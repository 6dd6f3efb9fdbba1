"""How many questions a letter coming in and an answer going out ask the database."""

from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from channels.adapter import Rate, RawEvent
from channels.delivery import deliver_due
from channels.intake import accept
from channels.models import Arrival
from core.events import Event
from inbox.actions import NewReply, reply
from inbox.models import Delivery, Dialog, Message
from tests.channels.email.letters import make_letter
from tests.channels.paper import PaperPost, make_paper_mailbox
from tests.ground.statements import counted
from tests.ground.valkey import Valkey
from tests.makers import make_agent, make_channel, make_dialog, make_reply
from tests.peers.fake import Outside

STORED = 3  # the batch, its cursor, and what may be told of it
LETTER, REPLY = 26, 28  # with storing it and looking whether there is more
ANSWER, CHAT = 18, 14  # with looking whether there is more


def test_fifty_deliveries_are_stored_with_as_few_statements_as_one(
    session: Session, database: Connection
) -> None:
    channel = make_channel(session)
    events = [RawEvent(str(number), "a", {}) for number in range(50)]
    with counted(database) as asked:
        assert accept(session, channel, events, cursor={"uid": 50}) == 50
    assert len(asked) <= STORED, "\n\n".join(asked)
    assert list(session.scalars(select(Arrival.event_key).order_by(Arrival.id))) == [
        e.event_key for e in events
    ]


def test_a_new_letter_is_read_within_its_statements(
    session: Session, database: Connection, paper: PaperPost
) -> None:
    channel = make_paper_mailbox(session)
    with counted(database) as asked:
        paper.arrives(channel, make_letter(message_id="<first@customer.test>"))
    assert len(asked) <= LETTER, "\n\n".join(asked)
    assert [each for each in asked if each.startswith("UPDATE dialogs")] == []
    kinds = list(session.scalars(select(Event.kind).order_by(Event.id)))
    assert kinds == ["customer.met", "dialog.opened", "message.received"]


def test_an_answer_to_a_letter_of_many_ancestors_asks_no_more_than_one_of_few(
    session: Session, database: Connection, paper: PaperPost
) -> None:
    channel = make_paper_mailbox(session)
    paper.arrives(channel, make_letter(message_id="<first@customer.test>"))
    numbers = []
    for count in (1, 30):
        names = " ".join(
            ["<first@customer.test>", *(f"<{count}-{each}@customer.test>" for each in range(count))]
        )
        with counted(database) as asked:
            paper.arrives(
                channel,
                make_letter(f"And {count}?", message_id=f"<{count}@customer.test>", References=names),
            )
        numbers.append(len(asked))
    assert (
        session.scalars(select(Dialog.id)).all()
        == session.scalars(select(Message.dialog_id).distinct()).all()
    )
    assert numbers[0] == numbers[1] <= REPLY


def test_an_answer_leaves_within_its_statements(
    session: Session, database: Connection, paper: PaperPost
) -> None:
    channel = make_paper_mailbox(session, settings={"sent_copies": False})
    paper.arrives(channel, make_letter(message_id="<first@customer.test>"))
    new = NewReply(client_uuid=str(uuid4()), text="It leaves today.")
    message = reply(session, session.scalars(select(Dialog)).one(), agent=make_agent(session), new=new)
    session.commit()
    with counted(database) as asked:
        assert deliver_due() == 1
    assert len(asked) <= ANSWER, "\n\n".join(asked)
    assert len([each for each in asked if each.startswith("UPDATE messages")]) == 2
    session.expire_all()
    assert session.get_one(Message, message.id).delivery == Delivery.SENT


def test_an_answer_in_a_chat_that_counts_its_calls_leaves_within_its_statements(
    session: Session, database: Connection, outside: Outside, valkey: Valkey
) -> None:
    rates = (Rate("chat", 1, 1.0), Rate("channel", 30, 1.0))
    outside.capabilities = replace(outside.capabilities, rates=rates)
    dialog = make_dialog(session, make_channel(session, undo_seconds=0))
    make_reply(session, dialog, "It leaves today.")
    session.commit()
    with counted(database) as asked:
        assert deliver_due() == 1
    assert len(asked) <= CHAT, "\n\n".join(asked)
    assert len([each for each in asked if "message_parts" in each and "SELECT" not in each]) == 2
    assert outside.texts == ["It leaves today."]
