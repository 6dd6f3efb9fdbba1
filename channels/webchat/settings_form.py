"""What an administrator is asked for to put the chat on a site, and the names settings are kept by."""

from channels.adapter import SettingField
from core.words import N_

# The public name of the channel in addresses, made when it is connected.
KEY = "key"
SECRET, SECRET_BEFORE = "identity_secret", "identity_secret_before"
SHORTEST_SECRET = 32

FIELDS = (
    SettingField(
        "sites",
        N_("Sites that show the chat"),
        "lines",
        help=N_("One address in a line, such as shop.example or *.shop.example. No other site can show it."),
    ),
    SettingField(
        "require_identity",
        N_("Only for people who are signed in at the shop"),
        "boolean",
        required=False,
        default=False,
        help=N_("The shop's server signs who they are. Nobody else can open the chat."),
    ),
    SettingField(
        SECRET,
        N_("Secret with which the shop signs who somebody is"),
        "secret",
        required=False,
        pattern=rf"[\x21-\x7e]{{{SHORTEST_SECRET},400}}",
        unique=True,
        help=N_("At least 32 characters; keep it on the shop's server and nowhere else."),
    ),
    SettingField(
        SECRET_BEFORE,
        N_("The secret before, which still holds"),
        "secret",
        required=False,
        pattern=rf"[\x21-\x7e]{{{SHORTEST_SECRET},400}}",
        help=N_("While the shop changes over to a new one, both hold."),
    ),
    SettingField(
        "show_agents",
        N_("Show the names of those who answer"),
        "boolean",
        required=False,
        default=True,
        help=N_("Otherwise all answers come from the name of the channel."),
    ),
    SettingField(
        "hours",
        N_("When somebody answers"),
        "choice",
        required=False,
        default="workspace",
        options=("workspace", "always", "own"),
    ),
    SettingField(
        "hours_zone",
        N_("Time zone of these hours"),
        required=False,
        default="Europe/Moscow",
        help=N_("Only for hours of the chat's own."),
    ),
    SettingField(
        "hours_week",
        N_("Hours from Monday to Sunday"),
        "lines",
        required=False,
        help=N_("Seven lines like 9:00–18:00, an empty one for a day off. Only for hours of the chat's own."),
    ),
)
