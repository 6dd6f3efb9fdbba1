"""The test of a chat channel: whether a page could show it."""

from channels.adapter import ChannelAccess, Health
from channels.webchat import sentences
from channels.webchat.settings_form import KEY
from channels.webchat.sites import sources_of, unknown_sites
from channels.webchat.visitors import new_key


def check(access: ChannelAccess) -> Health:
    """Whether at least one site may show the chat; one without a public name is given one."""
    sites = sources_of(str(access.settings.get("sites") or ""))
    wrong = unknown_sites(str(access.settings.get("sites") or ""))
    steps = (
        ("webchat.key", True, sentences.HAS_KEY),
        ("webchat.sites", bool(sites), sentences.HAS_SITES if sites else sentences.NO_SITES),
    )
    facts = {} if access.settings.get(KEY) else {"settings": {KEY: new_key()}}
    if not sites:
        return Health("degraded", "no_sites", ", ".join(wrong)[:200], steps=steps, facts=facts)
    return Health("ok", identity=access.name, steps=steps, facts=facts)
