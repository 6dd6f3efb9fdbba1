"""A chat is put on a site, and the secret by which the shop signs who its visitors are is renewed."""

import secrets

from sqlalchemy.orm import Session

from channels.access import open_access
from channels.webchat.settings_form import KEY, SECRET, SECRET_BEFORE
from channels.webchat.visitors import KIND, new_key
from core.events import EVERYONE
from inbox.actions.channels import change_channel, confirm_outbound, connect_channel
from inbox.models import Channel
from people.models import Agent

SECRET_BYTES = 32


def connect_chat(
    session: Session, *, agent: Agent | None, name: str, sites: str, audience: str = EVERYONE
) -> Channel:
    """A new chat with its public name and a secret of its own; it may answer at once.

    Nobody can be written to who has not opened the chat, so there is nothing to look at first.
    """
    channel = connect_channel(
        session,
        agent=agent,
        kind=KIND,
        name=name,
        settings={KEY: new_key(), "sites": sites},
        secrets={SECRET: secrets.token_urlsafe(SECRET_BYTES)},
        audience=audience,
    )
    confirm_outbound(session, channel, agent=agent)
    return channel


def renew_secret(session: Session, channel: Channel, *, agent: Agent | None) -> str:
    """A new secret, to be shown this once; the one before holds until the next."""
    new = secrets.token_urlsafe(SECRET_BYTES)
    before = open_access(channel).secrets.get(SECRET) or None
    change_channel(session, channel, agent=agent, secrets={SECRET: new, SECRET_BEFORE: before})
    return new
