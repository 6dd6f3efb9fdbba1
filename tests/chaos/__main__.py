"""`python -m tests.chaos --seconds N [--json]`: 0 lost and 0 doubled, or the figures that say otherwise.

With `--kills N` whoever works is killed at the named places instead, one after the other, N times.
"""

import os
import sys
from pathlib import Path

import click
import orjson

from tests.chaos.places import run_at_places
from tests.chaos.run import run
from tests.ground.settings import SECRET_KEY


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long things are killed.")
@click.option("--kills", type=int, default=0, help="Kill at every named place in turn, so many times.")
@click.option("--seed", type=int, default=None, help="Repeat the order of the killings of an earlier run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object and nothing else.")
@click.option("--log", type=click.Path(path_type=Path), help="Keep what the product wrote.")
def main(seconds: float, kills: int, seed: int | None, as_json: bool, log: Path | None) -> None:
    """Kill everything at random under load and count what became of every letter and every answer."""
    os.environ["SECRET_KEYS"] = SECRET_KEY
    chosen = seed if seed is not None else int.from_bytes(os.urandom(3), "big")
    found = run_at_places(kills, chosen) if kills else run(seconds, chosen, log)
    if as_json:
        click.echo(orjson.dumps(found.figures))
    else:
        for name, value in found.figures.items():
            click.echo(f"{name}: {value}")
    sys.exit(0 if found.is_good else 1)


if __name__ == "__main__":
    main()
