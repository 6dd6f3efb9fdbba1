"""What an administrator is asked for to connect a community."""

from channels.adapter import SettingField
from channels.bot_settings import by_proxy, how_messages_come, interface_at
from core.words import N_

API = "https://api.vk.ru/method/"
ADDRESS = r"https?://[^\s/@?#]+(?:/[^\s@?#]*)?"

FIELDS = (
    SettingField(
        "token",
        N_("The community's key"),
        "secret",
        pattern=r"[A-Za-z0-9._-]{20,400}",
        unique=True,
        help=N_(
            "In VK open your community, Manage, then API usage. Press Create key, tick community management,"
            " messages, photos and files, confirm it on your phone and copy the key."
        ),
    ),
    how_messages_come(
        N_("Asking works everywhere. Being called needs an address with HTTPS that VK can reach.")
    ),
    SettingField(
        "unanswered",
        N_("Take along the conversations that wait for an answer now"),
        "boolean",
        required=False,
        default=True,
        help=N_("Otherwise only what is written from now on comes here."),
    ),
    interface_at(
        API,
        N_("Change it only if you reach VK through a mirror. api.vk.com is the same as api.vk.ru."),
        pattern=ADDRESS,
    ),
    by_proxy(
        N_(
            "Where VK cannot be reached directly: http://name:password@proxy.example:3128. It is kept as a"
            " secret because it may hold a password."
        )
    ),
)
