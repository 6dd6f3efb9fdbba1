"""What every bot of a messenger is asked for, each with what its own outside needs to have said."""

from channels.adapter import SettingField
from core.words import N_

ADDRESS = r"https?://[^\s/@]+(?:/[^\s@]*)?"
PROXY = r"https?://[^\s/]+/?"


def how_messages_come(help_: str) -> SettingField:
    """Whether we ask or are called."""
    return SettingField(
        "mode",
        N_("How messages come"),
        "choice",
        required=False,
        default="poll",
        options=("poll", "webhook"),
        help=help_,
    )


def interface_at(usual: str, help_: str, *, pattern: str = ADDRESS) -> SettingField:
    """Where the messenger is asked."""
    return SettingField(
        "api_base",
        N_("Address of the interface"),
        "url",
        required=False,
        default=usual,
        pattern=pattern,
        help=help_,
    )


def by_proxy(help_: str, *, pattern: str = PROXY) -> SettingField:
    """By which proxy it is reached; a secret, since its address may hold a password."""
    return SettingField("proxy", N_("Proxy"), "secret", required=False, pattern=pattern, help=help_)
