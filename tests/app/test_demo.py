"""The demonstration: put in once for this module, looked at and taken out in transactions that roll back."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import filetype
import orjson
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.pool import NullPool

import core.db
from app.commands.demo import demo
from app.demo.actions import fill, is_filled, remove
from app.demo.moments import moments_of
from app.demo.papers import file_bytes
from app.demo.script import SAYS, ScriptFault, read_stories, stories
from app.relay import number_in
from channels.delivery import due_messages
from channels.models import Arrival
from core.clock import freeze, now
from core.config import get_settings
from core.errors import Conflict
from core.events import EVERYONE, Event
from core.files import file_store
from inbox.actions import NewComment, NewReply, comment, complete, receive, reply, save_draft, start_dialog
from inbox.counts import counts
from inbox.feed import View, feed_page
from inbox.models import (
    Attachment,
    Channel,
    Comment,
    Dialog,
    Episode,
    Message,
    MessageRevision,
    Recipient,
    State,
)
from inbox.summary import recall
from people.models import Agent, Customer, CustomerIdentity, Notification, Role
from tags.actions import make_tag, tag
from tags.models import Tag
from tasks.models import Task
from tests.ground.database import Cluster
from tests.ground.moment import START
from tests.makers import make_agent, make_channel, make_dialog, make_incoming, make_message

MOSCOW = ZoneInfo("Europe/Moscow")
EXAMPLE = re.compile(r"[@/.](example|example\.(com|org|net))$")
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")
LINK = re.compile(r"https?://([\w.-]+)")

Table = dict[str, int]


@dataclass
class Filled:
    """A database with Ann and one real dialog, to which the demonstration came."""

    url: str
    data: Path
    before: Table
    real_dialog: int


def table_counts(session: Session) -> Table:
    """How many rows each table has; partitions are counted where they belong."""
    names = [
        name for name in inspect(session.connection()).get_table_names() if not name.startswith("events_")
    ]
    return {name: session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


@pytest.fixture(scope="module")
def filled(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Filling takes seconds, so that it is done once."""
    url, data = cluster.make(), tmp_path_factory.mktemp("demo")
    engine = create_engine(url, poolclass=NullPool)
    freeze(START)
    with pytest.MonkeyPatch.context() as patch, Session(engine, expire_on_commit=False) as session:
        patch.setenv("EMPTYFEED_DATA", str(data))
        get_settings.cache_clear()
        make_agent(session, "Ann", role=Role.OWNER, email="ann@helpdesk.test")
        dialog = make_dialog(session, make_channel(session), customer="Max")
        before = table_counts(session)
        assert fill(session)
        session.commit()
    freeze(None)
    get_settings.cache_clear()
    yield Filled(url, data, before, dialog.id)
    engine.dispose()
    cluster.drop(url)


@pytest.fixture
def session(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A look into that database at the moment when it was filled; whatever a test does there is undone."""
    monkeypatch.setenv("EMPTYFEED_DATA", str(filled.data))
    get_settings.cache_clear()
    freeze(START)
    engine = create_engine(filled.url, poolclass=NullPool)
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as own:
            yield own
        outer.rollback()
    freeze(None)


def ann(session: Session) -> Agent:
    return session.scalars(select(Agent).where(Agent.role == Role.OWNER)).one()


def demo_dialogs(session: Session) -> list[Dialog]:
    return list(session.scalars(select(Dialog).where(Dialog.demo).order_by(Dialog.id)))


def waiting_dialog(session: Session) -> Dialog:
    return next(each for each in demo_dialogs(session) if each.waiting_since and not each.failed_count)


def number_of(session: Session, model: type[core.db.Base], *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]


# -- what is in it


def test_dialogs_are_in_every_state(session: Session) -> None:
    dialogs = demo_dialogs(session)
    is_open = [each for each in dialogs if each.state == State.OPEN and not each.spam]
    snoozed = [each for each in dialogs if each.state == State.SNOOZED]
    completed = [each for each in dialogs if each.state == State.COMPLETED]
    assert 100 <= len(dialogs) <= 140
    assert len([each for each in is_open if each.waiting_since]) >= 20
    assert len([each for each in is_open if not each.waiting_since]) >= 10
    assert len([each for each in dialogs if each.spam]) == 1
    assert len(snoozed) >= 12
    assert {each.snooze_mode for each in snoozed} == {"either", "until_reply", "stay"}
    assert all(
        now() < each.snooze_until < now() + timedelta(days=15) for each in snoozed if each.snooze_until
    )
    assert len(completed) >= 40
    assert all(each.completed_at and each.completed_at < now() for each in completed)
    assert len({each.completed_at.date() for each in completed if each.completed_at}) > 8


def test_two_thirds_are_russian_a_quarter_english_the_rest_spanish() -> None:
    languages = [story.language for story in stories()]
    share = {language: languages.count(language) / len(languages) for language in ("ru", "en", "es")}
    assert share["ru"] == pytest.approx(0.60, abs=0.05)
    assert share["en"] == pytest.approx(0.25, abs=0.05)
    assert share["es"] == pytest.approx(0.15, abs=0.05)


def test_dialogs_have_all_that_happens_to_dialogs(session: Session) -> None:
    dialogs = demo_dialogs(session)
    deliveries = set(session.scalars(select(Message.delivery).where(Message.direction == "out")))
    troubles = set(session.scalars(select(Message.error_code).where(Message.error_code.is_not(None))))
    classes = set(session.scalars(select(Message.klass)))
    several = select(Episode.dialog_id).group_by(Episode.dialog_id).having(func.count() > 1)
    assert deliveries == {"held", "queued", "sent", "delivered", "failed", "uncertain"}
    assert {"mailbox_full", "policy", "too_big", "unknown_recipient", "unconfirmed", "greylisted"} <= troubles
    assert {"human", "auto_reply", "auto_generated", "list"} <= classes
    assert len(session.scalars(several).all()) >= 5
    assert len({each.tag_weight for each in dialogs}) >= 6
    assert len({each.assignee_id for each in dialogs}) >= 6
    assert number_of(session, Comment, func.cardinality(Comment.mentions) > 0) >= 10


def test_letters_have_html_quotes_pictures_and_files(session: Session) -> None:
    messages = session.scalars(select(Message).where(Message.demo)).all()
    files = session.scalars(select(Attachment)).all()
    assert len([each for each in messages if each.html]) >= 6
    assert [each for each in messages if each.has_remote]
    assert len([each for each in messages if each.visible_text and each.visible_text != each.text]) >= 6
    assert [file for file in files if file.inline and file.cid]
    assert {file.mime for file in files} == {"image/png", "application/pdf", "text/plain"}
    for file in files:
        with file_store().open_file(file.sha256) as stored:
            data = stored.read()
        assert len(data) == file.size
        found = filetype.guess(data)
        assert (found.mime if found else "text/plain") == file.mime


def test_one_thread_is_long_and_its_pages_are_in_order(session: Session) -> None:
    longest = session.scalars(
        select(Message.dialog_id).group_by(Message.dialog_id).order_by(func.count().desc()).limit(1)
    ).one()
    times = session.scalars(
        select(Message.created_at).where(Message.dialog_id == longest).order_by(Message.id)
    ).all()
    assert len(times) >= 200
    assert list(times) == sorted(times)


def test_some_names_are_hard_to_show(session: Session) -> None:
    names = session.scalars(select(CustomerIdentity.name)).all()
    assert max(len(story.customer.name) for story in stories()) > 400
    assert [name for name in names if re.search(r"[\u0590-\u05ff]", name)]
    assert [name for name in names if re.search(r"[\u0600-\u06ff]", name)]
    assert [name for name in names if re.search(r"[\U0001f300-\U0001faff]", name)]


def test_ann_has_work_of_her_own_and_not_everything_is_read(session: Session) -> None:
    me = ann(session)
    rows = feed_page(session, View(), agent_id=me.id, audiences=[EVERYONE], limit=200).rows
    unread = [row for row in rows if '"unread" : true' in row]
    assert 5 <= len(unread) < len(rows) / 2
    assert number_of(session, Dialog, Dialog.assignee_id == me.id) >= 4
    assert number_of(session, Notification, Notification.agent_id == me.id) >= 4


def test_chats_have_all_that_happens_in_chats(session: Session) -> None:
    said = session.scalars(
        select(Message).join(Channel).where(Channel.demo, Channel.kind == "telegram")
    ).all()
    groups = session.scalars(select(Dialog).where(Dialog.demo, Dialog.is_group)).all()
    assert [each.subject for each in groups] == ["Глина по четвергам"]
    assert (
        len({each.identity_id for each in said if each.dialog_id == groups[0].id and each.identity_id}) == 3
    )
    assert [each for each in said if each.edited_at]
    assert number_of(session, MessageRevision) == 1
    assert [each for each in said if each.deleted_at]
    assert {each.delivery for each in said if each.direction == "out"} == {"sent"}
    assert len([each for each in said if each.reply_to_id]) == 3
    assert {card["kind"] for each in said for card in each.cards} == {"venue", "contact"}
    assert [each for each in said if each.forwards]
    assert len([each for each in said if each.reactions]) == 2
    assert max(len(each.attachments) for each in said) == 3


# -- what must hold of it


def test_numbers_beside_the_lists_agree_with_the_lists(session: Session) -> None:
    me = ann(session)
    numbers = counts(session, agent_id=me.id, audiences=[EVERYONE], today=now())
    for name, whose in (("all", None), ("mine", me.id), ("unassigned", 0)):
        rows = feed_page(
            session, View(assignee_id=whose), agent_id=me.id, audiences=[EVERYONE], limit=200
        ).rows
        assert numbers["open"][name] == len(rows)
    snoozed = feed_page(session, View(state="snoozed"), agent_id=me.id, audiences=[EVERYONE], limit=200).rows
    assert numbers["snoozed"]["all"] == numbers["returning"]["all"]["count"] == len(snoozed)
    assert numbers["returning"]["mine"]["count"] == sum(
        orjson.loads(row)["assignee_id"] == me.id for row in snoozed
    )


def test_every_open_row_says_what_its_messages_say(session: Session) -> None:
    for dialog in demo_dialogs(session):
        if dialog.state != State.OPEN or dialog.failed_count:
            continue
        kept = (dialog.last_message_id, dialog.last_direction, dialog.waiting_since, dialog.preview)
        recall(session, dialog)
        assert kept == (dialog.last_message_id, dialog.last_direction, dialog.waiting_since, dialog.preview)


def test_everything_in_it_is_marked(session: Session, filled: Filled) -> None:
    assert number_of(session, Channel, Channel.demo) == 4
    assert number_of(session, Dialog, ~Dialog.demo) == filled.before["dialogs"]
    assert number_of(session, Message, ~Message.demo) == filled.before["messages"]
    assert number_of(session, Customer, ~Customer.demo) == filled.before["customers"]


def test_nothing_of_it_can_leave_and_nobody_signs_in(session: Session) -> None:
    boxes = session.scalars(select(Channel).where(Channel.demo)).all()
    assert not any(box.enabled or box.outbound_confirmed or box.secrets for box in boxes)
    freeze(now() + timedelta(days=60))
    assert not due_messages(session)
    colleagues = session.scalars(select(Agent).where(Agent.email.endswith("@demo.example"))).all()
    assert len(colleagues) == 6
    assert not any(each.active or each.password_hash for each in colleagues)


def test_every_address_and_link_lies_in_an_example_domain(session: Session) -> None:
    real = select(CustomerIdentity.id).join(Customer).where(~Customer.demo)
    mail = select(CustomerIdentity.key).where(CustomerIdentity.kind == "email")
    keys = session.scalars(mail.where(CustomerIdentity.id.not_in(real))).all()
    recipients = session.scalars(select(Recipient.address)).all()
    written = session.scalars(select(Message.text + " " + func.coalesce(Message.html, ""))).all()
    written = [*written, *session.scalars(select(Comment.text))]
    addresses = {*keys, *recipients, *(each for words in written for each in ADDRESS.findall(words))}
    hosts = {host for words in written for host in LINK.findall(words)}
    assert [each for each in addresses if not EXAMPLE.search(each)] == []
    assert [each for each in hosts if not EXAMPLE.search("." + each)] == []


def test_everything_happened_in_the_past_month(session: Session) -> None:
    first, last = session.execute(
        select(func.min(Message.created_at), func.max(Message.created_at)).where(Message.demo)
    ).one()
    assert now() - timedelta(days=31) < first
    assert last <= now()
    held = select(Message.leave_at).where(Message.delivery == "held")
    assert all(moment > now() for moment in session.scalars(held) if moment)


def test_history_is_numbered_without_gaps_and_one_event_is_announced(session: Session) -> None:
    numbered = []
    while batch := number_in(session):
        numbered += batch
    assert len(numbered) > 1000
    assert [each.seq for each in numbered] == list(range(1, len(numbered) + 1))
    told = [each for each in numbered if each.audience is not None and each.kind.startswith("demo.")]
    assert [(each.kind, each.topic, each.audience) for each in told] == [
        ("demo.filled", "workspace", EVERYONE)
    ]
    silent = [each for each in numbered if each.audience is None]
    assert len(silent) > len(numbered) - 10


@given(st.integers(0, 60 * 24 * 365 * 4).map(lambda minutes: START + timedelta(minutes=minutes)))
def test_whenever_it_is_filled_things_happened_in_order_and_in_working_hours(present: datetime) -> None:
    for story in stories():
        moments = moments_of(story, present, MOSCOW)
        assert moments == sorted(set(moments))
        assert moments[-1] <= present
        assert present - moments[0] < timedelta(days=45)
        for turn, moment in list(zip(story.turns, moments, strict=True))[:-1]:
            local = moment.astimezone(MOSCOW)
            assert local.weekday() < 5, (story.place, turn.text)
            assert 9 <= local.hour <= 19


# -- twice, and away


def test_filling_again_changes_nothing(session: Session) -> None:
    before = table_counts(session)
    assert is_filled(session)
    assert not fill(session)
    assert table_counts(session) == before


def test_removing_leaves_what_was_there_before(session: Session, filled: Filled) -> None:
    real = session.get_one(Dialog, filled.real_dialog)
    row = (real.state, real.last_message_id, real.preview, real.customer_id)
    assert remove(session)
    session.flush()
    left = table_counts(session)
    facts = set(session.scalars(select(Event.kind).where(Event.topic == "workspace")))
    assert facts == {"demo.filled", "demo.removed"}
    assert left.pop("events") == filled.before["events"] + len(facts)
    assert left == {name: number for name, number in filled.before.items() if name != "events"}
    session.refresh(real)
    assert row == (real.state, real.last_message_id, real.preview, real.customer_id)


def test_removing_where_there_is_none_changes_nothing(session: Session) -> None:
    remove(session)
    before = table_counts(session)
    assert not is_filled(session)
    assert not remove(session)
    assert table_counts(session) == before


def test_what_the_team_tried_out_in_it_goes_with_it(session: Session, filled: Filled) -> None:
    me, dialog = ann(session), waiting_dialog(session)
    label = make_tag(session, "tried", agent=me)
    answer = reply(session, dialog, agent=me, new=NewReply(str(uuid4()), "A try.", force=True))
    first = start_dialog(
        session,
        dialog.channel,
        agent=me,
        new=NewReply(str(uuid4()), "Hello!"),
        kind="email",
        key="mia@customer.test",
    )
    assert answer.demo
    assert first.demo
    comment(session, dialog, agent=me, new=NewComment("A note.", mentions=[me.id]))
    save_draft(session, dialog, agent=me, mode="reply", text="And", html=None, extra={}, revision=0)
    tag(session, dialog, label, agent=me)
    complete(session, dialog, agent=me)
    message = session.scalars(select(Message).where(Message.dialog_id == dialog.id).limit(1)).one()
    session.add(
        Task(title="Call back", assignee_id=me.id, due_at=now(), dialog_id=dialog.id, message_id=message.id)
    )
    session.flush()
    remove(session)
    left = table_counts(session)
    assert left.pop("tags") == filled.before["tags"] + 1
    for changed in ("events", "tags"):
        left.pop(changed, None)
    assert left == {name: filled.before[name] for name in left}


def test_a_label_a_real_dialog_carries_stays(session: Session, filled: Filled) -> None:
    real = session.get_one(Dialog, filled.real_dialog)
    label = session.scalars(select(Tag).where(Tag.name == "срочно")).one()
    tag(session, real, label, agent=ann(session))
    remove(session)
    session.flush()
    assert session.scalars(select(Tag.id)).all() == [label.id]
    session.refresh(real)
    assert (real.tag_ids, real.tag_weight) == ([label.id], 500)


def test_a_customer_who_wrote_to_a_real_mailbox_stays(session: Session, filled: Filled) -> None:
    known = session.scalars(
        select(CustomerIdentity)
        .join(Customer)
        .where(Customer.demo)
        .options(joinedload(CustomerIdentity.customer))
    ).first()
    assert known is not None
    channel = session.get_one(Dialog, filled.real_dialog).channel
    author = make_incoming().author
    letter = make_incoming(author=type(author)("email", known.key, known.shown, known.name))
    received = receive(session, channel, letter, dialog=None)
    remove(session)
    session.flush()
    session.refresh(received.dialog)
    assert received.dialog.customer.id == known.customer_id
    assert not received.dialog.customer.demo
    assert number_of(session, Customer) == filled.before["customers"] + 1


def test_a_colleague_whom_real_work_was_given_stays(session: Session, filled: Filled) -> None:
    oleg = session.scalars(select(Agent).where(Agent.email == "oleg@demo.example")).one()
    real = session.get_one(Dialog, filled.real_dialog)
    real.assignee_id = oleg.id
    session.flush()
    remove(session)
    session.flush()
    assert session.scalars(select(Agent.email).where(Agent.email.endswith(".example"))).all() == [oleg.email]


def test_a_mailbox_that_was_put_to_work_is_not_removed(session: Session) -> None:
    box = session.scalars(select(Channel).where(Channel.demo).limit(1)).one()
    box.enabled = True
    session.flush()
    with pytest.raises(Conflict, match="is in use now"):
        remove(session)
    box.enabled = False
    session.add(Arrival(channel_id=box.id, event_key="1", order_key="1"))
    session.flush()
    with pytest.raises(Conflict, match="is in use now"):
        remove(session)
    assert len(demo_dialogs(session)) > 100


def test_a_dialog_joined_with_a_real_one_is_not_removed(session: Session, filled: Filled) -> None:
    session.get_one(Dialog, filled.real_dialog).merged_into = waiting_dialog(session).id
    session.flush()
    with pytest.raises(Conflict, match="merged with a real one"):
        remove(session)


def test_real_messages_come_as_before_while_it_is_in(session: Session, filled: Filled) -> None:
    real = session.get_one(Dialog, filled.real_dialog)
    message = make_message(session, real)
    assert not message.demo
    remove(session)
    session.flush()
    assert number_of(session, Message) == filled.before["messages"] + 1


def test_two_who_fill_or_remove_at_once_wait_for_each_other(session: Session, filled: Filled) -> None:
    assert remove(session)
    session.flush()
    engine = create_engine(filled.url, poolclass=NullPool)
    with Session(engine) as other:
        other.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            fill(other)


# -- the command


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The command, pointed at a database."""
    monkeypatch.setattr(core.db, "_engine", None)

    def run_on(url: str, *arguments: str) -> Result:
        monkeypatch.setenv("DATABASE_URL", url)
        get_settings.cache_clear()
        return CliRunner().invoke(demo, arguments)

    yield run_on
    core.db.engine().dispose()


def test_the_command_says_that_it_is_in_already(run: Run, filled: Filled) -> None:
    result = run(filled.url)
    assert (result.exit_code, result.output) == (0, "The example is in already.\n")


def test_the_command_says_why_it_removes_nothing(run: Run, filled: Filled) -> None:
    with at_work(filled.url):
        result = run(filled.url, "remove")
    assert result.exit_code == 1
    assert "is in use now" in result.output


def test_the_command_says_that_there_is_nothing_to_remove(run: Run, live_database: str) -> None:
    result = run(live_database, "remove")
    assert (result.exit_code, result.output) == (0, "There is no example here.\n")


def test_the_command_says_what_to_do_with_an_empty_database(run: Run, cluster: Cluster) -> None:
    url = cluster.make(template="template0")
    result = run(url, "fill")
    core.db.engine().dispose()
    cluster.drop(url)
    assert result.exit_code == 1
    assert "emptyfeed migrate" in result.output


@contextmanager
def at_work(url: str) -> Iterator[None]:
    """The mailboxes of the demonstration switched on for a while."""
    engine = create_engine(url, poolclass=NullPool)
    for enabled in (True, False):
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE channels SET enabled = :enabled WHERE demo"), {"enabled": enabled}
            )
        if enabled:
            yield


# -- the script


def test_a_story_that_makes_no_sense_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ru-bad.txt"
    file.write_text(
        "== Parcel\nMax <max@mail.example>\nlast: 5m\n\n<\nWhere?\n\n>\nHere.\n", encoding="utf-8"
    )
    with pytest.raises(ScriptFault, match=r"ru-bad\.txt:8"):
        list(read_stories(file))
    file.write_text("Where?\n", encoding="utf-8")
    with pytest.raises(ScriptFault, match=r"ru-bad\.txt:1"):
        list(read_stories(file))


def test_every_story_begins_with_a_customer_and_every_answer_with_its_author() -> None:
    for story in stories():
        assert story.customer.address, story.place
        assert story.turns[0].sign == SAYS, story.place
        assert all(turn.who for turn in story.turns if turn.sign != SAYS), story.place


def test_no_two_stories_tell_the_same() -> None:
    assert len({story.subject for story in stories()}) == len(stories())
    texts = [turn.text for story in stories() for turn in story.turns if len(turn.text) > 40]
    assert len(set(texts)) == len(texts)


def test_pictures_and_papers_are_small() -> None:
    assert len(file_bytes("bowl-broken", ".png")) < 30_000
    assert len(file_bytes("invoice", ".pdf")) < 5_000
