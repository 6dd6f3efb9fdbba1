"""The test of a chat channel: whether a page could show it."""

from channels.adapter import ChannelAccess, Health
from channels.webchat import sentences
from channels.webchat.settings_form import KEY
from channels.webchat.sites import sources_of


def check(access: ChannelAccess) -> Health:
    """Whether the chat has its public name and at least one site that may show it."""
    has_key = bool(access.settings.get(KEY))
    sites = sources_of(str(access.settings.get("sites") or ""))
    steps = (
        ("webchat.key", has_key, sentences.HAS_KEY if has_key else sentences.NO_KEY),
        ("webchat.sites", bool(sites), sentences.HAS_SITES if sites else sentences.NO_SITES),
    )
    if not has_key:
        return Health("broken", "no_key", steps=steps)
    if not sites:
        return Health("degraded", "no_sites", steps=steps)
    return Health("ok", identity=access.name, steps=steps)
