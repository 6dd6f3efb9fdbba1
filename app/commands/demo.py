"""`emptyfeed demo`: a workspace full of believable dialogs, put in with one command and gone with another."""

import click
from sqlalchemy import inspect

from app.demo import actions
from core.config import get_settings
from core.db import connect, transaction
from core.errors import Conflict


@click.group(invoke_without_command=True)
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Put in or take out a demonstration."""
    if not inspect(connect(str(get_settings().database_url), pool_size=1)).has_table("channels"):
        raise click.ClickException("The database is not set up yet. Run “emptyfeed migrate” first.")
    if ctx.invoked_subcommand is None:
        ctx.invoke(fill)


@demo.command()
def fill() -> None:
    """Put in dialogs of a small shop with a school; nothing of them ever leaves."""
    with transaction() as session:
        done = actions.fill(session)
    click.echo("The example is in." if done else "The example is in already.")


@demo.command()
def remove() -> None:
    """Take out the demonstration, and nothing else."""
    try:
        with transaction() as session:
            done = actions.remove(session)
    except Conflict as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo("The example has been removed." if done else "There is no example here.")
