"""Where customers came from: what a browser tells of the first and the last way to a site.

Anybody can make all of it up, so it is cut, cleaned and only shown; nothing is decided by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.events import EVERYONE, record
from core.text import plain_line
from people.actions.customers import tell_of_customer
from people.models import Customer, CustomerTouch

LONGEST, LONGEST_NAME, MOST_NAMES = 500, 40, 40
MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
CLICKS = ("gclid", "yclid", "fbclid", "ymclid", "vkclid")
TOLD = (*MARKS, *CLICKS, "query", "referrer", "landing", "title", "locale", "zone")


@dataclass(frozen=True, slots=True)
class Sources:
    """How somebody came the first time and the last, by the names of `TOLD`, and when."""

    first: Mapping[str, str]
    first_at: datetime
    last: Mapping[str, str]
    last_at: datetime


def note_touches(session: Session, customer: Customer, first: Any, last: Any) -> None:
    """Keep how a customer came; the first is never overwritten, and nonsense is left out.

    What they searched for and their time zone come on the card where it says nothing yet.
    """
    began, came = clean_touch(first), clean_touch(last)
    if not began and not came:
        return
    known = session.scalar(
        select(CustomerTouch)
        .where(CustomerTouch.customer_id == customer.id)
        .order_by(CustomerTouch.id.desc())
        .limit(1)
        .with_for_update()
    )
    if known is None:
        session.add(
            CustomerTouch(
                customer_id=customer.id,
                first=began or came,
                first_at=_moment(first) or now(),
                last=came or began,
                last_at=_moment(last) or now(),
            )
        )
    elif came:
        known.last, known.last_at = came, _moment(last) or now()
    _tell_card(session, customer, came or began, began)


def kept_touches(told: Any) -> dict[str, dict[str, str]]:
    """What a browser tells of both, as few and short texts, to be kept until it is known whose they are."""
    told = told if isinstance(told, Mapping) else {}
    return {
        end: {
            str(name).replace("\0", "")[:LONGEST_NAME]: value.replace("\0", "")[:LONGEST]
            for name, value in list(touch.items())[:MOST_NAMES]
            if isinstance(value, str)
        }
        for end in ("first", "last")
        if isinstance(touch := told.get(end), Mapping)
    }


def clean_touch(told: Any) -> dict[str, str]:
    """What of a touch is kept: known names, one visible line of at most 500 characters each."""
    if not isinstance(told, Mapping):
        return {}
    lines = {
        name: plain_line(value, longest=LONGEST) for name in TOLD if isinstance(value := told.get(name), str)
    }
    if lines.get("zone") and lines["zone"] not in _zones():
        del lines["zone"]
    return {name: line for name, line in lines.items() if line}


def sources_of(session: Session, customer: Customer) -> Sources | None:
    """How a customer came, whichever of their cards knew it; None where no browser told."""
    rows = session.scalars(select(CustomerTouch).where(CustomerTouch.customer_id == customer.id)).all()
    if not rows:
        return None
    oldest, newest = min(rows, key=lambda each: each.first_at), max(rows, key=lambda each: each.last_at)
    return Sources(oldest.first, oldest.first_at, newest.last, newest.last_at)


def _tell_card(session: Session, customer: Customer, *touches: Mapping[str, str]) -> None:
    said = [touch.get("utm_term") or touch.get("query") or "" for touch in touches]
    tell_of_customer(session, customer, search_query=next(filter(None, said), ""))
    zone = next((touch["zone"] for touch in touches if "zone" in touch), None)
    if zone is not None and customer.zone is None:
        customer.zone = zone
        record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _moment(told: Any) -> datetime | None:
    """When the browser says it was, unless its clock goes before ours."""
    said = told.get("at") if isinstance(told, Mapping) else None
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return min(moment.astimezone(UTC), now())
