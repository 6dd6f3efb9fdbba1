"""What an administrator is asked for to connect a bot."""

from channels.adapter import SettingField
from channels.bot_settings import ADDRESS, by_proxy, how_messages_come, interface_at
from core.words import N_

API = "https://api.telegram.org/bot"
FILES = "https://api.telegram.org/file/bot"
PROXY = r"(?:https?|socks5h?)://[^\s/]+/?"

FIELDS = (
    SettingField(
        "token",
        N_("The bot's token"),
        "secret",
        pattern=r"\d{5,16}:[A-Za-z0-9_-]{30,64}",
        unique=True,
        help=N_(
            "Open @BotFather in Telegram, send /newbot, answer two questions, copy the token it gives you."
        ),
    ),
    how_messages_come(
        N_("Asking works everywhere. Being called needs an address with HTTPS that Telegram can reach.")
    ),
    SettingField(
        "groups",
        N_("Take messages from groups"),
        "boolean",
        required=False,
        default=True,
        help=N_("A group is one dialog with many customers. Otherwise the bot is silent there."),
    ),
    SettingField(
        "business",
        N_("Take messages of business accounts"),
        "boolean",
        required=False,
        default=True,
        help=N_(
            "With Telegram Business the owner of an account connects the bot to it: customers write to a"
            " person, and whoever answers here answers in that person's name."
        ),
    ),
    SettingField(
        "takes_over",
        N_("Take the bot over"),
        "boolean",
        required=False,
        default=False,
        help=N_("If another program is connected to it by a webhook, that program gets nothing any more."),
    ),
    interface_at(
        API,
        N_(
            "Change it only if you run a Bot API server of your own or use a mirror; the token is sent there."
        ),
    ),
    SettingField(
        "file_base",
        N_("Address of files"),
        "url",
        required=False,
        default=FILES,
        pattern=ADDRESS,
        help=N_("It belongs to the address of the interface."),
    ),
    by_proxy(
        N_(
            "Where Telegram cannot be reached directly: http://name:password@proxy.example:3128, or socks5://…"
            " It is kept as a secret because it may hold a password."
        ),
        pattern=PROXY,
    ),
)
