"""What people read about forms."""

from core.words import N_

TITLE = N_("Form on a site")

STEPS = {
    "webform.key": N_("The form's address"),
    "webform.answers": N_("The way answers go"),
}

HAS_KEY = N_("The form has its address.")
NO_KEY = N_("There is no form yet. Build it on its page.")
HAS_MAILBOX = N_("Answers are sent through the chosen mailbox.")
NO_MAILBOX = N_("No mailbox is chosen, so forms can be read but not answered.")

OPTIONS = {
    "lenient": N_("Only what is surely a robot's"),
    "normal": N_("What looks like a robot's"),
    "strict": N_("Whatever is not surely a person's"),
}

FAULTS: dict[str, str] = {
    "no_form": NO_KEY,
    "no_way_back": N_(
        "A form cannot be answered. Choose the mailbox that answers are sent through, or call."
    ),
    "unreadable": N_("This could not be understood. It is kept as it came; it can be read again later."),
}
