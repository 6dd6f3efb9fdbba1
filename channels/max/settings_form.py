"""What an administrator is asked for to connect a bot."""

from channels.adapter import SettingField
from channels.bot_settings import by_proxy, how_messages_come, interface_at
from core.words import N_

API = "https://platform-api2.max.ru"

FIELDS = (
    SettingField(
        "token",
        N_("The bot's token"),
        "secret",
        pattern=r"[\x21-\x7e]{8,400}",
        unique=True,
        help=N_("On the platform for partners: Chat bots, the bot, its settings, copy the token."),
    ),
    how_messages_come(
        N_("MAX keeps unfetched messages for 24 hours. Being called needs an address with HTTPS.")
    ),
    interface_at(API, N_("Change it only if MAX moves it or you use a mirror; the token is sent there.")),
    SettingField(
        "authority",
        N_("Certificate authority to be trusted (PEM)"),
        "lines",
        required=False,
        help=N_(
            "MAX uses a certificate of the Russian Ministry of Digital Development, which most machines do"
            " not know. Paste its root certificate here; it is trusted for this channel only."
        ),
    ),
    by_proxy(N_("Where MAX cannot be reached directly: http://name:password@proxy.example:3128.")),
)
