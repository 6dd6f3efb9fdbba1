"""A chat is put on a site, and the secret by which the shop signs who its visitors are is renewed."""

import hashlib
import hmac
import secrets

from sqlalchemy.orm import Session

from channels.access import open_access
from channels.webchat.settings_form import KEY, SECRET, SECRET_BEFORE
from channels.webchat.visitors import KIND, new_key
from core.errors import Conflict
from core.events import EVERYONE
from core.secrets import derive_key
from core.words import N_
from inbox.actions.channels import change_channel, confirm_outbound, connect_channel, hold_channel
from inbox.models import Channel
from people.models import Agent

SECRET_BYTES = 32
_FINGERPRINT = "webchat secret fingerprint"


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


def renew_secret(
    session: Session, channel: Channel, *, agent: Agent | None, replaces: str | None = None
) -> str:
    """A new secret, to be shown this once; the one before holds until the next.

    `replaces` is the fingerprint of the secret that whoever asks means to replace. Conflict
    (secret_renewed) where it is another by now: a page loaded again must not end the one that the shop
    still signs with.
    """
    hold_channel(session, channel)
    if replaces is not None and replaces != secret_fingerprint(channel):
        raise Conflict(
            N_(
                "A new secret has been created since this page was opened, so no other was created now. "
                "If the new one is lost, create another."
            ),
            code="secret_renewed",
        )
    new = secrets.token_urlsafe(SECRET_BYTES)
    before = open_access(channel).secrets.get(SECRET) or None
    change_channel(session, channel, agent=agent, secrets={SECRET: new, SECRET_BEFORE: before})
    return new


def secret_fingerprint(channel: Channel) -> str:
    """Which secret a chat has now, by a name that tells nothing of it."""
    secret = open_access(channel).secrets.get(SECRET) or ""
    return hmac.new(derive_key(_FINGERPRINT), secret.encode(), hashlib.sha256).hexdigest()
