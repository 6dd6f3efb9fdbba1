"""What the screen begins with, its lists and its numbers."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf.csrf import generate_csrf

from app.answers import ready
from app.api.commands import FeedQuery, NoQuery, ViewQuery, WordsQuery
from app.api.endpoints import Work, reads
from app.api.people_json import agent_json, preferences_json, tag_json, with_abilities
from app.api.shapes import AgentsShape, CountsShape, FeedShape, StartShape, TagsShape
from app.api.stage import stage
from app.assets import address_of
from app.identity import my_session_id
from core.clock import now
from inbox.counts import counts
from inbox.feed import PAGE, View, feed_page
from people import queries
from people.signatures import signatures_from
from tags.queries import all_tags


@reads("/start", answer=StartShape, query=ViewQuery)
def read_start(work: Work, asked: ViewQuery) -> dict[str, Any]:
    """All that the screen needs to begin."""
    return start_json(work, asked)


@reads("/feed", answer=FeedShape, query=FeedQuery)
def read_feed(work: Work, asked: FeedQuery) -> dict[str, Any]:
    """A page of a list of dialogs."""
    return _page(work, asked, after=asked.after, limit=asked.limit)


@reads("/counts", answer=CountsShape)
def read_counts(work: Work, asked: NoQuery) -> dict[str, Any]:
    """Numbers beside the lists."""
    return _counts(work)


@reads("/tags", answer=TagsShape)
def read_tags(work: Work, asked: NoQuery) -> dict[str, Any]:
    """Every label."""
    return {"tags": [tag_json(each) for each in work.session.scalars(all_tags())]}


@reads("/agents", answer=AgentsShape, query=WordsQuery)
def read_agents(work: Work, asked: WordsQuery) -> dict[str, Any]:
    """Everybody on the team."""
    words = asked.query.strip().casefold()
    everybody = work.session.scalars(queries.team())
    return {"agents": [agent_json(each) for each in everybody if words in each.name.casefold()]}


def start_json(work: Work, asked: ViewQuery) -> dict[str, Any]:
    """The screen's beginning; the page is delivered with it inside.

    `upto` is read before the rows: what comes between is asked for again, not missed.
    """
    agent = work.agent
    around = stage(work.session, agent_id=agent.id, audiences=work.audiences)
    return {
        "me": agent_json(agent),
        "agents": around["agents"],
        "teams": around["teams"],
        "channels": [with_abilities(each) for each in around["channels"]],
        "tags": around["tags"],
        "workspace": around["workspace"] or queries.NEW_WORKSPACE,
        "csrf": generate_csrf() if my_session_id() is not None else None,
        "upto": around["upto"],
        "server_time": now(),
        "language": agent.language,
        "zone": agent.zone,
        "catalogue_url": address_of(f"i18n/{agent.language}.json"),
        "view": asked.model_dump(mode="json", include=set(ViewQuery.model_fields)),
        "feed": _page(work, asked, after=None, limit=PAGE) | {"upto": around["upto"]},
        "counts": _counts(work),
        "drafts": around["drafts"],
        "signatures": asdict(signatures_from(agent, around["signed_teams"])),
        "settings": preferences_json(agent),
        "roles": {
            "can_reply": agent.may_reply,
            "can_manage_channels": agent.may_administer,
            "can_manage_team": agent.may_administer,
        },
        "demo_offer": agent.may_administer and around["is_empty"],
    }


def _page(work: Work, asked: ViewQuery, *, after: str | None, limit: int) -> dict[str, Any]:
    page = feed_page(
        work.session,
        view_of(asked, agent_id=work.agent.id),
        agent_id=work.agent.id,
        audiences=work.audiences,
        after=after,
        limit=limit,
    )
    return {"rows": ready(page.rows), "next": page.next, "upto": page.upto}


def _counts(work: Work) -> dict[str, Any]:
    return counts(
        work.session,
        agent_id=work.agent.id,
        audiences=work.audiences,
        today=_midnight(work.agent.zone),
    )


def view_of(asked: ViewQuery, *, agent_id: int) -> View:
    """The list a query names, for one reader."""
    whose = {"all": None, "mine": agent_id, "unassigned": 0}
    assignee = whose[asked.whose] if asked.whose in whose else int(asked.whose.removeprefix("agent:"))
    return View(
        state=asked.state,
        assignee_id=assignee,
        channel_id=asked.channel,
        tag_id=asked.tag,
        kind=asked.kind,
    )


def _midnight(zone: str) -> datetime:
    return now().astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
