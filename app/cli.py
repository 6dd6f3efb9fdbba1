"""The command line. A command's module is imported when the command is used, not before."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

import app.early  # noqa: F401 - gevent first
from app.embedded import EmbeddedFault, connected, export
from app.processes import bind_descendants
from core.config import SettingsFault, get_settings
from core.logs import configure_logging, log_uncaught


@dataclass(frozen=True)
class Entry:
    """Where a command is found, and whether it needs the database and the cache."""

    place: str
    help: str
    needs_servers: bool = True


# One line per command: a function without arguments, or a click command or group, named by its place.
COMMANDS: dict[str, Entry] = {
    "run": Entry("app.cli:run", "Start everything: servers, migrations, all processes.", needs_servers=False),
    "migrate": Entry("app.migrate:main", "Bring the database to this release."),
    "web": Entry("app.web:main", "Serve pages, the API and sockets."),
    "relay": Entry("app.relay:main", "Number events and tell browsers and workers."),
    "clock": Entry("app.clock:main", "Do what is due, each second."),
    "worker": Entry("app.worker:main", "Run jobs."),
    "receivers": Entry("app.receivers:main", "Fetch from mailboxes and bots."),
    "doctor": Entry("app.doctor:main", "Look for what would go wrong here.", needs_servers=False),
    "owner-link": Entry("app.owner:main", "Print the link with which the first owner registers."),
    "move-database": Entry(
        "app.move:main", "Bring the embedded database to a newer PostgreSQL.", needs_servers=False
    ),
    "mail": Entry("app.commands.mail:mail", "Show how a letter is read.", needs_servers=False),
    "arrivals": Entry("app.commands.arrivals:arrivals", "List, show and replay what arrived."),
    "demo": Entry("app.commands.demo:demo", "Put in or take out a demonstration."),
    "rotate-keys": Entry("app.rotation:main", "Make a new key and seal every secret with it."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note what was asked: a question for help needs no servers."""
        ctx.obj = tuple(args)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(package_name="emptyfeed")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Emptyfeed: a shared inbox, made to be emptied."""
    name = ctx.invoked_subcommand or ""
    try:
        settings = get_settings()
        configure_logging(settings, process=name)
        log_uncaught()
        if COMMANDS[name].needs_servers and "--help" not in ctx.obj:
            export(ctx.with_resource(connected(settings)))
            get_settings.cache_clear()
    except (SettingsFault, EmbeddedFault) as fault:
        raise click.ClickException(str(fault)) from None


@click.command(help=COMMANDS["run"].help)
@click.option("--processes", default="", help="Only these, as in “web worker=2”; all when not given.")
@click.option(
    "--procfile", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another Procfile."
)
@click.option("--fresh", is_flag=True, help="Start every process on its own, sharing no imports.")
@click.option("--watch", is_flag=True, help="Start processes again when the code changes; implies --fresh.")
@click.option("--servers-only", is_flag=True, help="Only the embedded servers, to look after their data.")
def run(processes: str, procfile: Path | None, fresh: bool, watch: bool, servers_only: bool) -> None:
    """Start everything."""
    from app.run import Options
    from app.run import run as run_all

    raise SystemExit(run_all(Options(processes, procfile, fresh or watch, watch, servers_only)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; what this process forks will not outlive it."""
    bind_descendants()
    cli.main(arguments, prog_name="emptyfeed")


def _load(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name].place.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as fault:
        if fault.name is None or not f"{module}.".startswith(f"{fault.name}."):
            raise
        raise click.ClickException(f"“{name}” is not part of this build: {fault}") from None
    if isinstance(found, click.Command):
        return found
    return click.Command(name, callback=lambda: found(), help=COMMANDS[name].help)


if __name__ == "__main__":
    main()
