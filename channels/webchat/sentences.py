"""What people read about the chat on their site."""

from core.words import N_

TITLE = N_("Chat on a site")

STEPS = {
    "webchat.key": N_("The chat's public name"),
    "webchat.sites": N_("Sites that show the chat"),
}

HAS_KEY = N_("The chat has its public name.")
HAS_SITES = N_("At least one site may show the chat.")
NO_SITES = N_("No site may show the chat yet. Name yours in the settings.")

OPTIONS = {
    "workspace": N_("The hours of the workspace"),
    "always": N_("Round the clock"),
    "own": N_("Hours of the chat's own"),
}

FAULTS: dict[str, str] = {
    "no_sites": NO_SITES,
    "conversation_unknown": N_("This visitor's chat is not there any more."),
    "nothing_to_send": N_("There is nothing in this message that could be sent."),
    "media_too_big": N_("The chat takes files of up to 25 MB."),
    "database_away": N_("We could not reach our own database. It is tried again automatically."),
    "unreadable": N_("This could not be understood. It is kept as it came; it can be read again later."),
}
