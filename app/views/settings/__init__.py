"""Settings: what people decide about themselves, and what administrators decide about the whole."""

from app.views.settings import (
    acknowledgement,
    arrivals,
    channels,
    chat,
    connecting,
    domain_keys,
    embeds,
    fields,
    forms,
    keys,
    profile,
    requests,
    sessions,
    sign_in,
    team,
    teams,
    workspace,
)
from app.views.settings.blueprint import settings

__all__ = [
    "acknowledgement",
    "arrivals",
    "channels",
    "chat",
    "connecting",
    "domain_keys",
    "embeds",
    "fields",
    "forms",
    "keys",
    "profile",
    "requests",
    "sessions",
    "settings",
    "sign_in",
    "team",
    "teams",
    "workspace",
]
