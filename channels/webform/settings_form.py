"""What an administrator sets besides the form itself, and the names settings are kept by."""

from channels.adapter import SettingField
from core.words import N_
from inbox.answering import ANSWERS_BY as ANSWERS_BY

# The public name of the form in its addresses, made with it.
KEY = "key"
SITES, COLOUR, STRICTNESS = "sites", "colour", "strictness"

FIELDS = (
    SettingField(
        SITES,
        N_("Sites that show the form"),
        "lines",
        required=False,
        help=N_(
            "One address in a line, such as shop.example or *.shop.example. Others can only link to its page."
        ),
    ),
    SettingField(
        STRICTNESS,
        N_("What is set apart as suspicious"),
        "choice",
        required=False,
        default="normal",
        options=("lenient", "normal", "strict"),
    ),
    SettingField(
        COLOUR,
        N_("Colour of its button"),
        required=False,
        default="",
        pattern=r"#[0-9a-fA-F]{6}",
        help=N_("Six digits behind a #, such as #2f6f9f."),
    ),
)
