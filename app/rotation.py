"""`emptyfeed rotate-keys`: a new key for everything sealed, with the old ones kept to open what is old."""

import click

from channels.sign_ins.models import SignIn, SignInAttempt
from core.config import get_settings
from core.db import connect, transaction
from core.resealing import reseal_column
from core.secrets import keyring
from inbox.models import Channel
from people.models import Agent

SEALED = (Channel.secrets, Agent.two_factor_secret, SignIn.tokens, SignInAttempt.kept)


def main() -> None:
    """Make a new key and seal every secret with it; interrupted, it is simply run again.

    Keys given by SECRET_KEYS are the operator's: put a new one in front first, then run this.
    """
    connect(str(get_settings().database_url), pool_size=1)
    if not get_settings().secret_keys:
        keyring().rotate()
    reseal_all()
    click.echo("Every secret is sealed with the newest key.")


def reseal_all() -> None:
    """Seal every secret in the database with the newest key, some rows a transaction."""
    for column in SEALED:
        after = None
        while True:
            with transaction() as session:
                after = reseal_column(session, column, keyring(), after=after)
            if after is None:
                break
