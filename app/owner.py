"""`emptyfeed owner-link`: the address at which the first owner registers."""

import click

from core.config import get_settings
from core.db import connect, transaction
from people.actions import first_owner_link


def main() -> None:
    """Print the link with which the first owner registers, once and within a day; nothing when there is one.

    Every start of `emptyfeed run` prints a new one until somebody is in charge.
    """
    connect(str(get_settings().database_url), pool_size=1)
    with transaction() as session:
        link = first_owner_link(session)
    if link is not None:
        click.echo(f"Nobody is in charge yet. The first owner registers here: {link}")
