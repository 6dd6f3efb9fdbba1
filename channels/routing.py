"""What becomes of a new dialog by the settings of its channel: its labels, and who gets it.

A channel "for requests" may hand its dialogs out. In the pool anybody of its team takes them; otherwise they
are a person's, or given in turn to whoever of the team has the fewest open.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Invalid
from core.words import N_
from inbox.actions import change_channel, hand_out
from inbox.models import Channel, Dialog, State
from inbox.recording import record_on
from people.audiences import members_of
from people.models import Agent, Team, TeamMember
from tags.actions import tag
from tags.models import Tag

SETTING, TAGS = "requests", "tags"
POOL, PERSON, TURNS = "pool", "person", "turns"
HOW = (POOL, PERSON, TURNS)


def route(session: Session, channel: Channel, dialog: Dialog) -> None:
    """Label a new dialog and give it to whom its channel says; the pool where there is nobody."""
    cause = f"channel:{channel.id}"
    for label in _labels(session, channel.settings.get(TAGS)):
        tag(session, dialog, label, agent=None, cause=cause)
    told = channel.settings.get(SETTING)
    if not isinstance(told, Mapping) or dialog.spam or dialog.assignee_id is not None:
        return
    if told.get("how") == PERSON:
        chosen = _person(session, dialog, told.get("agent_id"))
    elif told.get("how") == TURNS:
        chosen = _next_in_turn(session, channel, dialog)
    else:
        return
    if chosen is not None:
        hand_out(session, dialog, assignee=chosen, cause=cause)


def set_requests(
    session: Session,
    channel: Channel,
    *,
    agent: Agent | None,
    how: str,
    person: Agent | None = None,
) -> None:
    """Say what becomes of a channel's new dialogs: the pool, one person's, or in turn."""
    if how not in HOW:
        raise Invalid(N_("Choose one of these."), code="bad_choice", field="how")
    if how == PERSON and (person is None or not person.may_reply):
        raise Invalid(N_("Choose who gets them."), code="nobody", field="agent_id")
    told: dict[str, Any] = {"how": how, "agent_id": person.id if how == PERSON and person else None}
    change_channel(session, channel, agent=agent, settings={SETTING: told})


def set_tags(session: Session, channel: Channel, *, agent: Agent | None, tags: Sequence[Tag]) -> None:
    """Say which labels a channel's new dialogs get."""
    change_channel(session, channel, agent=agent, settings={TAGS: [each.id for each in tags]})


def set_team(session: Session, channel: Channel, *, agent: Agent, team: Team | None) -> None:
    """Say whose work a channel's new dialogs are; those that are there stay whose they are."""
    wanted = team.id if team is not None else None
    if channel.team_id == wanted:
        return
    channel.team_id = wanted
    record_on(session, channel, "channel.changed", actor=agent.ref, team_id=wanted)


def _labels(session: Session, ids: Any) -> Sequence[Tag]:
    """Those of the labels that are still there."""
    numbers = [each for each in ids if isinstance(each, int)] if isinstance(ids, list) else []
    if not numbers:
        return ()
    return session.scalars(select(Tag).where(Tag.id.in_(numbers)).order_by(Tag.id)).all()


def _person(session: Session, dialog: Dialog, number: Any) -> Agent | None:
    return next((each for each in _able(session, dialog) if each.id == number), None)


def _next_in_turn(session: Session, channel: Channel, dialog: Dialog) -> Agent | None:
    """Whoever has the fewest open dialogs, of those who are there; of all if nobody is."""
    # Two requests at once must not both find the same one with the fewest.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"turns {channel.team_id}", 0))))
    able = _able(session, dialog)
    if channel.team_id is not None:
        members = set(
            session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == channel.team_id))
        )
        able = [each for each in able if each.id in members]
    here = [each for each in able if each.availability == "online"] or able
    counts: dict[int, int] = dict(
        session.execute(
            select(Dialog.assignee_id, func.count())
            .where(Dialog.state == State.OPEN, Dialog.assignee_id.in_([each.id for each in here]))
            .group_by(Dialog.assignee_id)
        ).all()  # type: ignore[arg-type]
    )
    return min(here, key=lambda each: (counts.get(each.id, 0), each.id), default=None)


def _able(session: Session, dialog: Dialog) -> list[Agent]:
    """Who may see the dialog and answer it."""
    return [each for each in session.scalars(members_of(dialog.audience)) if each.may_reply]
