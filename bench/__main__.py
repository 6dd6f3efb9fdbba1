"""`python -m bench NAME`: run one measurement, or all of them, and print one JSON object."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import orjson

from bench.report import ratios, table, write_page
from tests.ground.settings import SECRET_KEY
from tests.product import ROOT

BENCHES = (
    "data",
    "ingest",
    "arrive",
    "feed",
    "dialog",
    "reply",
    "mailbox",
    "outbox",
    "fanout",
    "storm",
    "paint",
    "footprint",
)
# What is put into the product's database is sealed as the product does, and its peers are on this machine.
OURS = {"SECRET_KEYS": SECRET_KEY, "OUTSIDE_ALLOW": "127.0.0.0/8"}
PAGE = ROOT / "docs/performance.md"


@click.command()
@click.argument("name", type=click.Choice([*BENCHES, "all"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object and nothing else.")
@click.option("--size", default=1_000_000, show_default=True, help="Dialogs in the data.")
@click.option(
    "--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An earlier run's JSON."
)
def main(name: str, as_json: bool, size: int, against: Path | None) -> None:
    """Measure the real product; nothing is left behind but the shared data."""
    os.environ |= OURS
    names = BENCHES if name == "all" else (name,)
    reports = [import_module(f"bench.{each}").measure(size).as_json() for each in names]
    _show(reports, name, as_json=as_json)
    if against is not None:
        _compare(reports, orjson.loads(against.read_bytes()))
    if name == "all":
        write_page(PAGE, reports)


def _show(reports: list[dict[str, Any]], name: str, *, as_json: bool) -> None:
    if not as_json:
        click.echo(table(reports), err=True)
    found = {"bench": "all", "reports": reports} if name == "all" else reports[0]
    click.echo(orjson.dumps(found, option=0 if as_json else orjson.OPT_INDENT_2))


def _compare(reports: list[dict[str, Any]], earlier: dict[str, Any]) -> None:
    before = {each["bench"]: each for each in earlier.get("reports", [earlier])}
    for report in reports:
        if report["bench"] in before:
            click.echo("\n".join(ratios(report, before[report["bench"]])), err=True)


if __name__ == "__main__":
    sys.exit(main())
