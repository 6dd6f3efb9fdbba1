"""`emptyfeed arrivals`: what came from outside, what became of it, and reading it once more."""

import sys
from typing import Any

import click
import orjson
from sqlalchemy import Select, select

from app.jobs import kick
from channels.intake import replay as replay_arrival
from channels.models import Arrival, ArrivalState
from core.config import get_settings
from core.db import connect, transaction
from core.files import file_store

STATES = [str(state) for state in ArrivalState]


@click.group()
def arrivals() -> None:
    """List, show and replay what arrived."""
    connect(str(get_settings().database_url), pool_size=1)


@arrivals.command("list")
@click.option(
    "--state", type=click.Choice(STATES), help="Only those in this state; quarantined are the parked."
)
@click.option("--channel", type=int, metavar="ID", help="Only those of one channel.")
@click.option("--limit", default=50, show_default=True, help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_arrivals(state: str | None, channel: int | None, limit: int, as_json: bool) -> None:
    """Show the newest arrivals."""
    with transaction() as session:
        rows = [_facts(each) for each in session.scalars(_chosen(state, channel).limit(limit))]
    for row in rows:
        if as_json:
            click.echo(orjson.dumps(row).decode())
        else:
            click.echo(
                f"{row['id']:>8}  {row['arrived_at'][:19]}  channel {row['channel_id']:<4} {row['state']:<12}"
                f" {row['event_key']}  {row['reason']}".rstrip()
            )


@arrivals.command()
@click.argument("arrival_id", type=int, metavar="ID")
@click.option("--raw", is_flag=True, help="The bytes as they came, and nothing else.")
def show(arrival_id: int, raw: bool) -> None:
    """Show one arrival, or the bytes it is made of."""
    with transaction() as session:
        arrival = session.get(Arrival, arrival_id)
        if arrival is None:
            raise click.ClickException(f"There is no arrival {arrival_id}.")
        facts, sha256 = {**_facts(arrival), "payload": arrival.payload}, arrival.raw_sha256
    if not raw:
        click.echo(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode())
    elif sha256 is None:
        raise click.ClickException(f"Arrival {arrival_id} came without bytes of its own.")
    else:
        with file_store().open_file(sha256) as file:
            sys.stdout.buffer.write(file.read())


@arrivals.command()
@click.argument("arrival_ids", nargs=-1, type=int, metavar="[ID]...")
@click.option("--parked", is_flag=True, help="All that are parked.")
@click.option("--channel", type=int, metavar="ID", help="With --parked: only those of one channel.")
def replay(arrival_ids: tuple[int, ...], parked: bool, channel: int | None) -> None:
    """Read parked arrivals once more; what was read already is left alone."""
    if parked == bool(arrival_ids):
        raise click.UsageError("Name arrivals, or say --parked.")
    chosen = (
        _chosen(ArrivalState.QUARANTINED, channel)
        if parked
        else select(Arrival).where(Arrival.id.in_(arrival_ids))
    )
    count = 0
    with transaction() as session:
        for arrival in session.scalars(chosen.with_for_update(of=Arrival)):
            if arrival.state == ArrivalState.QUARANTINED:
                replay_arrival(session, arrival, agent=None)
                count += 1
    if count:
        kick("arrivals")
    click.echo(f"{count} to be read again.")


def _chosen(state: str | None, channel: int | None) -> Select[Arrival]:
    chosen = select(Arrival).order_by(Arrival.id.desc())
    if state is not None:
        chosen = chosen.where(Arrival.state == state)
    return chosen.where(Arrival.channel_id == channel) if channel is not None else chosen


def _facts(arrival: Arrival) -> dict[str, Any]:
    return {
        "id": arrival.id,
        "channel_id": arrival.channel_id,
        "event_key": arrival.event_key,
        "state": arrival.state,
        "reason": arrival.reason,
        "attempts": arrival.attempts,
        "size": arrival.raw_size,
        "message_id": arrival.message_id,
        "arrived_at": arrival.arrived_at.isoformat(),
        "read_at": arrival.read_at.isoformat() if arrival.read_at else None,
    }
