"""`emptyfeed move-database`: bring the embedded database to a newer PostgreSQL by dump and restore."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.embedded import EmbeddedFault, EmbeddedServices, Urls, open_folder
from app.embedded.binaries import PostgresPrograms, find_postgres, kept_postgres
from app.embedded.folder import DataFolder
from app.embedded.postgres import DATABASE, ROLE, PostgresServer
from core.config import Settings, get_settings


@click.command("move-database")
@click.option(
    "--programs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the old PostgreSQL's programs, when they are not found by themselves.",
)
def main(programs: Path | None) -> None:
    """Bring the embedded database to this release's PostgreSQL; the old one is kept beside it."""
    try:
        click.echo(move(get_settings(), programs))
    except EmbeddedFault as fault:
        raise click.ClickException(str(fault)) from None


def move(settings: Settings, old_bin: Path | None = None) -> str:
    """Copy the older cluster into a new one; says what was done.

    The new cluster gets its final name only when all is in it, so a move that was interrupted
    has changed nothing and can be begun again.
    """
    with open_folder(settings.data) as folder:
        folder.settle_account()
        new = find_postgres(folder.path / "servers", settings.postgres_bin)
        old_cluster = _older_cluster(folder, new)
        old = _programs_for(old_cluster, folder, old_bin)
        moving = folder.path / "postgresql" / "moving"
        shutil.rmtree(moving, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder.path, prefix="moving-") as scratch:
            dump = Path(scratch) / "dump"
            with _running(PostgresServer(folder, old, cluster=old_cluster), folder):
                _run(new, "pg_dump", "--format=custom", f"--file={dump}", folder=folder)
            with _running(PostgresServer(folder, new, cluster=moving), folder):
                _run(
                    new,
                    "pg_restore",
                    "--no-owner",
                    "--exit-on-error",
                    f"--dbname={DATABASE}",
                    str(dump),
                    folder=folder,
                )
        moving.replace(folder.path / "postgresql" / str(new.major))
        kept = old_cluster.rename(old_cluster.with_name(f"moved-from-{old_cluster.name}"))
    return f"The database is now PostgreSQL {new.version}. Once you are content, remove {kept}."


def _older_cluster(folder: DataFolder, new: PostgresPrograms) -> Path:
    clusters = [
        place for place in (folder.path / "postgresql").glob("[0-9]*") if (place / "PG_VERSION").exists()
    ]
    if any(int(place.name) >= new.major for place in clusters):
        raise EmbeddedFault(
            f"The database is PostgreSQL {new.major} or newer already; there is nothing to move."
        )
    if not clusters:
        raise EmbeddedFault(f"There is no embedded database in {folder.path}.")
    return max(clusters, key=lambda place: int(place.name))


def _programs_for(cluster: Path, folder: DataFolder, wished: Path | None) -> PostgresPrograms:
    """Programs that can read the old cluster: those once kept beside the data, or the machine's own."""
    candidates = (
        [find_postgres(folder.path / "servers", wished)] if wished else kept_postgres(folder.path / "servers")
    )
    for programs in candidates:
        if str(programs.major) == cluster.name:
            return programs
    raise EmbeddedFault(
        f"The programs of PostgreSQL {cluster.name} are needed to read {cluster}; "
        "name their folder with --programs."
    )


@contextmanager
def _running(server: PostgresServer, folder: DataFolder) -> Iterator[None]:
    services = EmbeddedServices(Urls(server.url, server.url, ""), [server], folder)
    try:
        services.start()
        yield
    finally:
        services.stop()


def _run(programs: PostgresPrograms, name: str, *arguments: str, folder: DataFolder) -> None:
    environment = {
        "PGHOST": str(folder.sockets),
        "PGUSER": ROLE,
        "PGDATABASE": DATABASE,
        "PATH": os.defpath,
    }
    result = subprocess.run(
        [programs.bin / name, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise EmbeddedFault(f"The database was not moved, and nothing was changed:\n{result.stderr.strip()}")
