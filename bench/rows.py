"""The rows of the shared data, the same for the same size; each slice is copied in on its own."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bench.words import Writer

AGENTS = 20
CHANNELS = 5
TAGS = 20
LONG_DIALOGS = 100
LONG = 200
MESSAGES = 5
SLICE = 5_000
SPAN = timedelta(days=540)


@dataclass(frozen=True)
class _Dialog:
    id: int
    customer: int
    channel: int
    state: str
    assignee: int | None
    tag: int | None
    waits: bool
    began: datetime
    first_message: int
    messages: int


def fill(task: tuple[str, int, int]) -> None:
    """Copy one slice of the dialogs in, with all that belongs to them."""
    url, size, first = task
    writer = Writer(first)
    dialogs = [_dialog(writer.chance, size, number) for number in range(first, min(first + SLICE, size + 1))]
    with psycopg.connect(url) as connection:
        customers = range((first - 1) // 3 + 1, (min(first + SLICE, size + 1) - 2) // 3 + 2)
        _copy(connection, "customers (id, name, created_at)", _customers(customers, first, writer))
        _copy(
            connection,
            "identities (id, customer_id, kind, key, shown, created_at)",
            _identities(customers, first),
        )
        texts = {each.id: [writer.text() for _ in range(each.messages)] for each in dialogs}
        _copy(
            connection,
            "dialogs (id, channel_id, customer_id, subject, state, snooze_until, snooze_mode,"
            " completed_at, completed_by, assignee_id, waiting_since, last_message_at, last_message_id,"
            " last_received_id, last_direction, last_author, preview, tag_ids, tag_weight, episode_id,"
            " created_at)",
            (_dialog_row(each, texts[each.id], writer) for each in dialogs),
        )
        _copy(
            connection,
            "episodes (id, dialog_id, number, opened_at, first_received_at, first_answered_at,"
            " first_answered_by, completed_at, completed_by)",
            (_episode_row(each) for each in dialogs),
        )
        _copy(
            connection,
            "messages (id, dialog_id, origin_dialog_id, episode_id, channel_id, direction, delivery,"
            " agent_id, identity_id, key, text, said_at, created_at)",
            (row for each in dialogs for row in _message_rows(each, texts[each.id])),
        )
        _copy(
            connection,
            "taggings (dialog_id, tag_id, agent_id, created_at)",
            ((each.id, each.tag, 1, each.began) for each in dialogs if each.tag),
        )
        _copy(
            connection,
            "read_marks (dialog_id, agent_id, message_id)",
            ((each.id, 1, each.first_message + each.messages - 1) for each in dialogs if each.id % 3),
        )
        _copy(
            connection,
            "events (kind, topic, audience, actor, details, created_at)",
            (row for each in dialogs for row in _event_rows(each)),
        )


def _dialog(chance: random.Random, size: int, number: int) -> _Dialog:
    place = random.Random(number).random()
    state = "open" if place < 0.01 else "snoozed" if place < 0.03 else "completed"
    age = SPAN * (1 - number / size) if state == "completed" else timedelta(days=10) * chance.random()
    apart = max(size // LONG_DIALOGS, 1)
    return _Dialog(
        id=number,
        customer=(number - 1) // 3 + 1,
        channel=chance.randint(1, CHANNELS),
        state=state,
        assignee=chance.randint(1, AGENTS) if chance.random() < 0.7 else None,
        tag=_rare(chance, TAGS) if chance.random() < 0.3 else None,
        waits=chance.random() < 0.6,
        began=datetime.now(UTC) - age - timedelta(hours=MESSAGES),
        first_message=(number - 1) * MESSAGES + 1 + LONG * ((number - 1) // apart),
        messages=MESSAGES + (LONG - MESSAGES if number % apart == 0 else 0),
    )


def _rare(chance: random.Random, count: int) -> int:
    """One of so many, the first far more often than the last."""
    return min(count, 1 + math.floor(-math.log(1 - chance.random()) * count / 5))


def _customers(numbers: Iterable[int], first: int, writer: Writer) -> Iterator[Sequence[Any]]:
    for number in numbers:
        if number * 3 - 2 >= first:
            yield number, writer.name(), datetime.now(UTC) - SPAN


def _identities(numbers: Iterable[int], first: int) -> Iterator[Sequence[Any]]:
    for number in numbers:
        if number * 3 - 2 >= first:
            key = f"customer{number}@customer.test"
            yield number, number, "email", key, key, datetime.now(UTC) - SPAN


def _dialog_row(each: _Dialog, texts: list[str], writer: Writer) -> Sequence[Any]:
    last = each.first_message + each.messages - 1
    ended = each.began + timedelta(hours=each.messages)
    is_done = each.state == "completed"
    sleeps = each.state == "snoozed"
    until = datetime.now(UTC) + timedelta(days=1) + timedelta(minutes=each.id % 20_000) if sleeps else None
    return (
        each.id, each.channel, each.customer, writer.subject(), each.state, until,
        "either" if sleeps else None, ended if is_done else None, each.assignee if is_done else None,
        each.assignee, ended if each.waits and not is_done else None, ended, last, last, "in", "Max",
        texts[-1][:160], f"{{{each.tag}}}" if each.tag else "{}", each.tag % 6 if each.tag else 0, each.id,
        each.began,
    )  # fmt: skip


def _episode_row(each: _Dialog) -> Sequence[Any]:
    ended = each.began + timedelta(hours=each.messages)
    is_done = each.state == "completed"
    answered = each.began + timedelta(hours=1)
    return (
        each.id, each.id, 1, each.began, each.began, answered, each.assignee or 1,
        ended if is_done else None, each.assignee if is_done else None,
    )  # fmt: skip


def _message_rows(each: _Dialog, texts: list[str]) -> Iterator[Sequence[Any]]:
    for place, text in enumerate(texts):
        number = each.first_message + place
        is_ours = place % 2 == 1
        at = each.began + timedelta(hours=place + 1)
        agent, identity = (each.assignee or 1, None) if is_ours else (None, each.customer)
        direction, delivery = ("out", "sent") if is_ours else ("in", None)
        yield (
            number, each.id, each.id, each.id, each.channel, direction, delivery, agent, identity,
            f"m{number}@bench.test", text, at, at,
        )  # fmt: skip


def _event_rows(each: _Dialog) -> Iterator[Sequence[Any]]:
    yield "dialog.opened", f"dialog:{each.id}", "everyone", f"customer:{each.customer}", "{}", each.began
    if each.state == "completed":
        ended = each.began + timedelta(hours=each.messages)
        yield "dialog.completed", f"dialog:{each.id}", "everyone", "agent:1", "{}", ended


def _copy(connection: psycopg.Connection[Any], goal: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor().copy(f"COPY {goal} FROM STDIN") as copy:
        for row in rows:
            copy.write("\t".join(map(_field, row)) + "\n")


def _field(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")
    return str(value)
