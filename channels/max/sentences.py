"""What people read about MAX: faults, and what an administrator or an agent can do about them."""

from core.words import N_

TITLE = N_("MAX")

STEPS = {
    "max.connection": N_("Connection to MAX"),
    "max.token": N_("The bot's token"),
    "max.receiving": N_("Receiving messages"),
}

ANSWERS = N_("MAX answers.")
KNOWN = N_("The token is right.")
NOBODY_ELSE = N_("Nobody else receives this bot's messages.")
CALLED = N_("MAX calls us.")
ALSO_ELSEWHERE = N_("Another program receives this bot's messages as well.")
NOT_CALLED = N_("MAX does not call us yet. It gets our address when the channel is switched on.")

FAULTS: dict[str, str] = {
    "token_refused": N_(
        "MAX does not know this token. Copy it again from the platform for partners; what waits to be sent"
        " is kept."
    ),
    "authority_bad": N_(
        "The certificate authority is not in PEM form: it begins with -----BEGIN CERTIFICATE-----."
    ),
    "certificate_not_trusted": N_(
        "The certificate of MAX is not trusted here. Paste the root certificate of the Russian Ministry of"
        " Digital Development into the channel's settings."
    ),
    "elsewhere": N_(
        "This bot's messages are sent to another program by a webhook, so none arrive here. Disconnect the"
        " bot there, or choose that MAX calls us: that takes the bot over."
    ),
    "not_called": N_(
        "MAX does not call us any more, because our address did not answer for hours. It is being given "
        "the address again."
    ),
    "hook_refused": N_(
        "MAX does not call our address: it must begin with https:// and have a publicly trusted "
        "certificate. Set BASE_URL to such an address, or choose that we ask."
    ),
    "bot_suspended": N_(
        "The customer has stopped the bot or deleted the chat, or the bot has not passed the moderation of"
        " MAX yet. They have to write first."
    ),
    "chat_unknown": N_("MAX does not know this chat any more. The customer has to write first."),
    "not_allowed": N_("MAX does not let the bot write here."),
    "text_too_long": N_("This is too long for MAX."),
    "nothing_to_send": N_("There is nothing in this message that could be sent."),
    "message_refused": N_("MAX refuses this message as it stands."),
    "media_too_big": N_("MAX does not take files of this size."),
    "file_not_ready": N_(
        "MAX is still processing a file of this message. It is sent as soon as the file is ready."
    ),
    "too_many_calls": N_("MAX asks us to slow down. We continue automatically when it allows."),
    "interface_trouble": N_("MAX is having problems right now. We will try again automatically."),
    "not_the_interface": N_("What answers at this address does not speak as MAX does. Check the address."),
    "send_unconfirmed": N_(
        "The connection broke before MAX confirmed the message, so it may or may not have gone out. "
        "Check the chat before sending it again."
    ),
    "too_late_to_change": N_("It is too old to be changed or deleted in MAX."),
    "conversation_unknown": N_("This dialog has no chat in MAX that could be written to."),
    "unreadable": N_(
        "This update could not be understood. It is kept as it came; it can be read again later."
    ),
}
