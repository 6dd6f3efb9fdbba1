"""What became of every letter and every answer, counted where the product has no say: at the stores."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.chaos.killer import Kill
from tests.chaos.load import Agents, Customers

HORSES = 2
# How long after its claim a send may still have been under way when something was killed.
UNDER_WAY = 20.0

_UNDONE = """
    SELECT (SELECT count(*) FROM arrivals WHERE state = 'fetched') AS read,
        (SELECT count(*) FROM messages WHERE delivery IN ('held', 'queued', 'sending')) AS sent,
        (SELECT count(*) FROM events WHERE seq IS NULL) AS numbered,
        (SELECT count(*) FROM arrivals) AS arrivals
"""
_LETTERS = """
    SELECT m.envelope ->> 'message_id' AS name, m.dialog_id FROM messages m WHERE m.direction = 'in'
"""
_ANSWERS = """
    SELECT m.client_uuid, m.id, m.dialog_id, m.delivery,
        (SELECT extract(epoch FROM max(p.changed_at)) FROM message_parts p
            WHERE p.message_id = m.id) AS claimed
    FROM messages m WHERE m.direction = 'out'
"""
_EVENTS = "SELECT count(*), count(DISTINCT seq), coalesce(max(seq), 0) FROM events"
_PARKED = "SELECT count(*) FROM arrivals WHERE state = 'quarantined'"


@dataclass
class Count:
    """The result; `lost`, `doubled` and `unexplained` must be nought."""

    figures: dict[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept."""
        wrong = (
            "lost",
            "doubled",
            "misplaced",
            "misordered",
            "uncertain_unexplained",
            "event_gaps",
            "parked",
        )
        return not any(self.figures[name] for name in wrong)


def undone(session: Session, stored: int) -> dict[str, int]:
    """How much the product still has to do, of each kind; nothing left is an empty answer."""
    row = session.execute(text(_UNDONE)).one()
    left = {"fetched": stored - row.arrivals, "read": row.read, "sent": row.sent, "numbered": row.numbered}
    return {name: number for name, number in left.items() if number}


def count(session: Session, customers: Customers, agents: Agents, kills: Sequence[Kill]) -> Count:
    """Compare what lies in the stores with what the product says."""
    figures = {**_letters(session, customers), **_answers(session, customers, agents, kills)}
    numbered, distinct, highest = session.execute(text(_EVENTS)).one()
    return Count(
        {
            "accepted": figures["letters_in_store"] + figures["answers_accepted"],
            "lost": figures["letters_lost"] + figures["answers_lost"],
            "doubled": figures["letters_doubled"] + figures["answers_doubled"],
            **figures,
            "parked": session.scalar(text(_PARKED)),
            "events": numbered,
            "event_gaps": highest - distinct,
        }
    )


def _letters(session: Session, customers: Customers) -> dict[str, Any]:
    stored = [_bare(letter["Message-ID"]) for letter in customers.mailbox.letters()]
    rows = session.execute(text(_LETTERS)).all()
    shown = Counter(_bare(row.name) for row in rows)
    dialog_of = {_bare(row.name): row.dialog_id for row in rows}
    answered_in = {row.client_uuid: row.dialog_id for row in session.execute(text(_ANSWERS))}
    misplaced = [
        name
        for name, answer in customers.replies.items()
        if dialog_of.get(_bare(name)) != answered_in.get(uuid_in(answer))
    ]
    return {
        "letters_in_store": len(stored),
        "letters_lost": len(set(stored) - set(shown)),
        "letters_doubled": sum(number - 1 for number in shown.values()),
        "replies": len(customers.replies),
        "misplaced": len(misplaced),
    }


def _answers(session: Session, customers: Customers, agents: Agents, kills: Sequence[Kill]) -> dict[str, Any]:
    rows = session.execute(text(_ANSWERS)).all()
    taken = customers.sink.taken
    by_uuid = Counter(uuid_in(each.text) for each in taken)
    state = {row.client_uuid: row for row in rows}
    uncertain = [row for row in rows if row.delivery == "uncertain"]
    lost = [
        name
        for name in agents.accepted
        if name not in by_uuid and (name not in state or state[name].delivery != "uncertain")
    ]
    unexplained = [row for row in uncertain if not _is_explained(row.claimed, kills)]
    hits = sum(kill.target in ("worker", "postgres") for kill in kills)
    return {
        "answers_accepted": len(agents.accepted),
        "answers_given_up": agents.given_up,
        "answer_tries": agents.tries,
        "slowest_acceptance_s": round(agents.slowest, 1),
        "answers_lost": len(lost),
        "answers_doubled": sum(number - 1 for number in by_uuid.values()),
        "answers_failed": sum(row.delivery == "failed" for row in rows),
        "misordered": _misordered([uuid_in(each.text) for each in taken], state),
        "uncertain": len(uncertain),
        "uncertain_had_left": sum(row.client_uuid in by_uuid for row in uncertain),
        "uncertain_unexplained": len(unexplained),
        "uncertain_at_most": hits * HORSES,
    }


def _is_explained(claimed: float | None, kills: Sequence[Kill]) -> bool:
    return claimed is not None and any(
        kill.target in ("worker", "postgres", "valkey") and -1 <= kill.at - float(claimed) <= UNDER_WAY
        for kill in kills
    )


def _misordered(uuids: Sequence[str], state: dict[str, Any]) -> int:
    """Answers that reached the store before one that was written earlier in the same dialog."""
    newest: dict[int, int] = {}
    wrong = 0
    for name in uuids:
        row = state.get(name)
        if row is None:
            continue
        wrong += row.id < newest.get(row.dialog_id, 0)
        newest[row.dialog_id] = max(newest.get(row.dialog_id, 0), row.id)
    return wrong


def uuid_in(content: str) -> str:
    """The uuid that an agent wrote into an answer."""
    return content.partition("Answer ")[2][:36]


def _bare(name: object) -> str:
    return str(name).strip("<>")
