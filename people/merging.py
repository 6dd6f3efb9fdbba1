"""Two cards become one, and can become two again: what points to a card follows it.

Whatever has a foreign key to a customer moves, whichever package it belongs to; the edge keeps the ids
of the rows, so that undoing moves back exactly those.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import Base
from people.meeting import LONGEST_CHAIN, present_card
from people.models import Agent, Customer, CustomerMerge

Moved = dict[str, list[int]]

_COLUMN = "customer_id"
_COPIED = ("phone", "email", "company", "search_query", "zone")


def hold_cards(session: Session, *cards: Customer) -> None:
    """Keep cards to ourselves until the transaction ends: locked in one order for everybody.

    Who puts something on one of them meanwhile waits, and finds what became of it. So cards are held
    before anything that belongs to them is written, or two who did so would wait for each other.
    """
    session.scalars(
        select(Customer)
        .where(Customer.id.in_([each.id for each in cards]))
        .order_by(Customer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def hold_present(session: Session, *cards: Customer) -> list[Customer]:
    """The cards that these live on today, held; who was merged while we waited is followed."""
    present = list(cards)
    for _ in range(LONGEST_CHAIN):
        present = [present_card(session, each) for each in present]
        hold_cards(session, *present)
        if all(each.merged_into is None for each in present):
            break
    return present


def merge_cards(session: Session, merged: Customer, into: Customer, *, agent: Agent | None) -> CustomerMerge:
    """Let one card go on as another: addresses, notes and whatever else points to it come with it.

    What the survivor's card leaves open is filled from the other; nothing on it is overwritten.
    """
    session.flush()
    moved = {str(table.name): _move(session, table, merged.id, into.id) for table in _followers()}
    merged.merged_into = into.id
    edge = CustomerMerge(
        merged_id=merged.id,
        into_id=into.id,
        moved={name: ids for name, ids in moved.items() if ids},
        filled=_fill(merged, into),
        agent_id=agent.id if agent else None,
    )
    session.add(edge)
    session.flush()
    _forget_old(session, moved)
    return edge


def part_cards(session: Session, edge: CustomerMerge) -> Moved:
    """Undo a merge: every row that came with it goes back, wherever later merges took it."""
    session.flush()
    merged = session.get_one(Customer, edge.merged_id)
    holder = present_card(session, session.get_one(Customer, edge.into_id))
    tables = {str(table.name): table for table in _followers()}
    back = {
        name: _move(session, tables[name], holder.id, merged.id, only=ids)
        for name, ids in edge.moved.items()
        if name in tables
    }
    for later in _edges_above(session, edge):
        later.moved = {
            name: [i for i in ids if i not in back.get(name, ())] for name, ids in later.moved.items()
        }
    _take_back(session, edge)
    merged.merged_into = None
    edge.undone_at = now()
    session.flush()
    _forget_old(session, back)
    return back


def _followers() -> list[Table]:
    """Tables whose rows belong to one customer; those of merges themselves stay as they are."""
    customers = Customer.__table__
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name != CustomerMerge.__tablename__
        and _COLUMN in table.columns
        and any(key.column.table is customers for key in table.columns[_COLUMN].foreign_keys)
    ]


def _move(
    session: Session, table: Table, was: int, to: int, *, only: Sequence[int] | None = None
) -> list[int]:
    chosen = table.columns[_COLUMN] == was
    if only is not None:
        chosen &= table.columns["id"].in_(only)
    statement = update(table).where(chosen).values({_COLUMN: to}).returning(table.columns["id"])
    return sorted(session.scalars(statement))


def _forget_old(session: Session, moved: Moved) -> None:
    """Objects that are loaded learn whose they are now."""
    for each in list(session.identity_map.values()):
        ids = moved.get(getattr(each, "__tablename__", ""))
        if ids and getattr(each, "id", None) in ids:
            session.expire(each)


def _fill(merged: Customer, into: Customer) -> dict[str, Any]:
    """What the survivor takes over; the answer says what, so that it can be taken back."""
    filled: dict[str, Any] = {
        field: getattr(merged, field)
        for field in _COPIED
        if getattr(merged, field) and not getattr(into, field)
    }
    for field, value in filled.items():
        setattr(into, field, value)
    if own := {key: value for key, value in merged.fields.items() if key not in into.fields}:
        filled["fields"] = own
        into.fields = {**into.fields, **own}
    if merged.notes.strip():
        filled["notes"] = merged.notes
        into.notes = f"{into.notes}\n\n{merged.notes}" if into.notes.strip() else merged.notes
    first, known = merged.first_contact_at, into.first_contact_at
    if first is not None and (known is None or first < known):
        filled["first"] = [into.first_channel, known.isoformat() if known else None, first.isoformat()]
        into.first_channel, into.first_contact_at = merged.first_channel, first
    return filled


def _take_back(session: Session, edge: CustomerMerge) -> None:
    """Take back what a merge filled in, and what later merges carried on of it; what was there stays."""
    later = {each.merged_id: each for each in _edges_above(session, edge)}
    taken = edge.filled
    for card in _cards_above(session, edge):
        _empty(card, taken)
        if card.id in later:
            taken, later[card.id].filled = _carried(taken, later[card.id].filled)


def _carried(taken: dict[str, Any], filled: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of what a later merge `filled` in: what goes with what is `taken` from below, and the rest."""
    on, rest = _parted(taken, filled, _COPIED)
    own, others = taken.get("fields", {}), filled.get("fields", {})
    on["fields"], rest["fields"] = _parted(own, others, own)
    notes = taken.get("notes")
    if notes and notes in filled.get("notes", ""):
        on["notes"], rest["notes"] = notes, _without(filled["notes"], notes)
    if "first" in taken and "first" in filled and taken["first"][2] == filled["first"][2]:
        (below, known, moment), own_first = taken["first"], filled["first"]
        still_earlier = known is not None and (own_first[1] is None or _moment(known) < _moment(own_first[1]))
        on["first"] = [below, known, moment] if still_earlier else own_first
        rest["first"] = [*own_first[:2], known] if still_earlier else None
    return _said(on), _said(rest)


def _parted(
    taken: dict[str, Any], filled: dict[str, Any], names: Iterable[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    same = {name for name in names if name in taken and name in filled and taken[name] == filled[name]}
    return {name: filled[name] for name in same}, {
        name: value for name, value in filled.items() if name not in same
    }


def _said(filled: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filled.items() if value}


def _without(text: str, lost: str) -> str:
    before, _, after = text.rpartition(lost)
    return before.rstrip() + after


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _empty(card: Customer, filled: dict[str, Any]) -> None:
    """Take back what a merge filled in, where nobody changed it since."""
    for field in _COPIED:
        if field in filled and getattr(card, field) == filled[field]:
            setattr(card, field, None if field == "zone" else "")
    own = filled.get("fields", {})
    card.fields = {key: value for key, value in card.fields.items() if key not in own or own[key] != value}
    notes = filled.get("notes")
    if notes and notes in card.notes:
        card.notes = _without(card.notes, notes)
    if first := filled.get("first"):
        channel, known, taken = first
        if card.first_contact_at == _moment(taken):
            card.first_channel = channel
            card.first_contact_at = _moment(known) if known else None


def _cards_above(session: Session, edge: CustomerMerge) -> list[Customer]:
    """The card that was merged into, and those it became part of since."""
    cards = [session.get_one(Customer, edge.into_id)]
    while cards[-1].merged_into is not None and len(cards) < LONGEST_CHAIN:
        cards.append(session.get_one(Customer, cards[-1].merged_into))
    return cards


def _edges_above(session: Session, edge: CustomerMerge) -> Sequence[CustomerMerge]:
    above = [card.id for card in _cards_above(session, edge)]
    return session.scalars(
        select(CustomerMerge).where(CustomerMerge.merged_id.in_(above), CustomerMerge.undone_at.is_(None))
    ).all()
