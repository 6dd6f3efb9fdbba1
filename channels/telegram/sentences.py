"""What people read of Telegram: its title, its faults, the steps of its test, its choices."""

from core.words import N_

TITLE = N_("Telegram")

STEPS = {
    "telegram.connection": N_("Connection to Telegram"),
    "telegram.token": N_("The bot's token"),
    "telegram.receiving": N_("Receiving messages"),
    "telegram.groups": N_("Messages in groups"),
    "telegram.business": N_("Telegram Business"),
}

GOOD = {
    "telegram.connection": N_("Telegram answers."),
    "telegram.token": N_("The token is right."),
    "telegram.receiving": N_("Nobody else receives this bot's messages."),
    "telegram.groups": N_("The bot sees all messages of its groups."),
    "telegram.business": N_("The bot may be connected to business accounts."),
}

CALLS_US = N_("Telegram calls us.")
WILL_CALL_US = N_("Telegram will call us once the channel is switched on.")

# Things that do not keep the channel from working, but that an administrator should know.
PRIVACY = N_(
    "In groups the bot sees only messages that are meant for it: commands, and answers to its own messages."
    " To see all, send @BotFather /setprivacy, choose the bot, press Disable, then remove the bot from"
    " its groups and add it again. Or make it an administrator there."
)
NO_GROUPS = N_("The bot cannot be added to groups. Send @BotFather /setjoingroups to allow it.")
NO_BUSINESS = N_(
    "The bot cannot be connected to business accounts. Open @BotFather, choose the bot, Bot Settings,"
    " then Secretary Mode (it was called Business Mode), and turn it on."
)
HOOK_FAILS = N_("Telegram calls us, but its calls do not succeed. What it says: see below.")

FAULTS: dict[str, str] = {
    # on the way to Telegram
    "name_unknown": N_("There is no server with this name. Check its spelling."),
    "unreachable": N_(
        "Telegram cannot be reached from here. Where it is blocked, enter a proxy under “More”, or the"
        " address of a mirror or of a Bot API server of your own."
    ),
    "outside_too_slow": N_("Telegram did not answer in time. We will try again automatically."),
    "connection_lost": N_("The connection to Telegram broke. We will try again automatically."),
    "certificate_not_trusted": N_(
        "What answers in place of Telegram cannot prove who it is. Check the address; a proxy in between"
        " may be opening the encryption."
    ),
    "address_not_allowed": N_(
        "This address is inside your own network. If that is intended, add it to OUTSIDE_ALLOW."
    ),
    "plain_refused": N_(
        "Without encryption only servers in your own network are used. Begin the address with https."
    ),
    "proxy_refused": N_(
        "The proxy does not let us through to Telegram. Check its address, name and password."
    ),
    "server_error": N_("Telegram is having problems right now. We will try again automatically."),
    "bad_answer": N_(
        "What answers at this address does not speak as Telegram does. Check the addresses of the interface."
    ),
    "bad_address": N_("The address of the interface or of the proxy cannot be right. Check it."),
    "too_many_calls": N_("Telegram asks us to slow down. We continue automatically when it allows."),
    # the bot itself
    "token_refused": N_(
        "Telegram does not know this token any more. Ask @BotFather for it (/mybots, the bot, API Token)"
        " and enter it again; what waits to be sent is kept."
    ),
    "no_such_bot": N_(
        "Telegram finds no bot with this token. Copy the whole token from @BotFather; if you use an"
        " interface of your own, check its address."
    ),
    "other_reader": N_(
        "Another program fetches this bot's messages with the same token. Stop it, or let @BotFather make"
        " a new token (/revoke) and enter it here."
    ),
    "webhook_set": N_(
        "This bot's messages are sent to another program. Disconnect the bot there, or, if that program is"
        " not used any more, tick “Take the bot over” and save."
    ),
    "not_called": N_(
        "Telegram does not call us any more: our address was taken out there. It is being given the "
        "address again."
    ),
    # people and groups that cannot be written to
    "blocked": N_("The customer has blocked the bot. Nothing can be sent until they start it again."),
    "deactivated": N_("This Telegram account does not exist any more."),
    "never_wrote": N_("Telegram lets bots write only to people who have written to the bot first."),
    "removed": N_("The bot is not in this group any more. Ask somebody there to add it again."),
    "muted": N_("The bot may not write in this group. Ask an administrator there to allow it."),
    "unknown_chat": N_("Telegram does not know this chat any more."),
    "topic_closed": N_("This topic was closed or deleted. Open it again in Telegram to write into it."),
    "business_off": N_(
        "The business account is not connected to the bot any more, or does not let it answer. In Telegram"
        " open Settings, Telegram Business, Chatbots."
    ),
    "window_closed": N_(
        "From a business account one may answer only within 24 hours of the customer's last message."
        " Write from the phone, or wait until they write again."
    ),
    "forbidden": N_("Telegram does not let the bot write here."),
    # what cannot be sent as it is
    "too_long": N_("This is too long for Telegram."),
    "empty": N_("There is nothing in this message that could be sent."),
    "empty_file": N_("Telegram does not accept empty files. Attach one with something in it."),
    "too_big": N_("A bot may send files of at most 50 MB and fetch files of at most 20 MB."),
    "bad_file": N_("Telegram cannot use this file as what it says it is."),
    "bad_markup": N_("Telegram does not accept how this is formatted."),
    "voice_forbidden": N_("This customer accepts no voice messages."),
    "refused": N_("Telegram refuses this message as it stands."),
    "unknown_method": N_(
        "The Bot API server at this address is too old for this. Update it, or use Telegram's own address."
    ),
    "too_old": N_("It is too old to be changed or deleted in Telegram."),
    "gone": N_("Telegram does not have this file any more."),
    "unconfirmed": N_(
        "The connection broke before Telegram confirmed the message, so it may or may not have gone out. "
        "Check the chat before sending it again."
    ),
    # what came
    "unreadable": N_(
        "This update could not be understood. It is kept as it came; it can be read again later."
    ),
    "bad_conversation": N_("This dialog has no chat in Telegram that could be written to."),
    "bad_message": N_("This message has no name in Telegram."),
}

OPTIONS: dict[str, str] = {}
