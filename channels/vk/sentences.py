"""What people read of VK: its title, its faults, the steps of its test, its choices."""

from core.words import N_

TITLE = N_("VK")

STEPS = {
    "vk.connection": N_("Connection to VK"),
    "vk.token": N_("The community's key"),
    "vk.rights": N_("What the key allows"),
    "vk.messages": N_("The community's messages"),
    "vk.events": N_("Receiving messages"),
}

GOOD = {
    "vk.connection": N_("VK answers."),
    "vk.token": N_("The key is right."),
    "vk.rights": N_("The key allows all that is needed."),
    "vk.messages": N_("The conversations of the community can be read."),
    "vk.events": N_("VK tells us what happens."),
}

# Things that do not keep the channel from working, but that an administrator should know.
NO_PHOTOS = N_(
    "The key does not allow photos, so pictures are sent as files. Create a key with photos ticked if "
    "you want them shown as pictures."
)
NO_FILES = N_(
    "The key does not allow files, so only text and photos can be sent. Create a key with files ticked."
)
HOOK_FAILS = N_(
    "VK calls us, but does not get the answer it expects. Check whether the address of this installation "
    "can be reached from the internet with HTTPS."
)
HOOK_MISSING = N_("VK does not call us yet. Save this page once more to have our address entered there.")

FAULTS: dict[str, str] = {
    # on the way to VK
    "proxy_refused": N_("The proxy does not let us through to VK. Check its address, name and password."),
    "server_busy": N_("VK is having problems right now. We will try again automatically."),
    "bad_answer": N_(
        "What answers at this address does not speak as VK does. Check the address of the interface."
    ),
    "too_often": N_("VK asks us to slow down. We continue automatically when it allows."),
    "rate_limit": N_("VK lets this community send no more for a while. We continue automatically."),
    "flood": N_("VK takes this for a flood of equal messages. It is sent again after a pause."),
    "captcha": N_(
        "VK wants to see a person. Open the community in VK, confirm what it asks, then test again here."
    ),
    "vk_error": N_("VK refuses with an error we do not know. We will try again automatically."),
    # the key and the community
    "token_refused": N_(
        "VK does not accept this key any more. Create a new one in the community (Manage, API usage) and"
        " enter it here; what waits to be sent is kept."
    ),
    "not_a_community": N_(
        "This is not the key of a community. Create one in the community itself: Manage, API usage."
    ),
    "rights_missing": N_(
        "The key lacks a right. Create a new one in the community with community management, messages,"
        " photos and files ticked, and enter it here."
    ),
    "messages_off": N_(
        "Messages are switched off in this community. Switch them on there: Manage, Messages."
    ),
    "address_refused": N_("VK does not take calls from this server's address with this key."),
    "hook_refused": N_(
        "VK does not accept our address. BASE_URL must begin with https:// and be reachable from the "
        "internet; and VK calls ten addresses at most: Manage, API usage, Callback API."
    ),
    "not_called": N_(
        "VK does not call us any more: our address was taken out of the community. It is entered there again"
        " now."
    ),
    "hook_unreachable": N_(
        "VK cannot reach our address, so we go on asking. Check whether BASE_URL can be reached from the "
        "internet with HTTPS; we will try again automatically."
    ),
    "method_unknown": N_("VK does not know what we ask of it. Check the address of the interface."),
    # people and chats that cannot be written to
    "person_forbids": N_(
        "The customer does not allow this community to write. They have to write first, or press"
        " Allow messages on the community's page."
    ),
    "person_private": N_("The customer's privacy settings keep this community from writing to them."),
    "person_blacklisted": N_(
        "The customer is on the blacklist of the community, or the community on theirs. Check in the "
        "community: Manage, Members, Blacklist."
    ),
    "person_deleted": N_("The customer's page was deleted or blocked by VK."),
    "person_unknown": N_("VK knows nobody by this number who could be written to."),
    "chat_closed": N_(
        "The community cannot write to this chat: it was removed from it, or the chat is closed. Somebody"
        " there has to add it again."
    ),
    "not_permitted": N_(
        "VK does not let the community write to this person, although its key allows messages. Ask them"
        " to write first."
    ),
    "reply_timed_out": N_("The time in which VK allows an answer here is over. Wait until they write again."),
    # what cannot be sent as it is
    "text_too_long": N_("This is too long for one message of VK."),
    "empty_message": N_("There is nothing in this message that could be sent."),
    "file_empty": N_("VK does not accept empty files. Attach one with something in it."),
    "too_big": N_("VK takes files of at most 200 MB, and photos of at most 50 MB."),
    "file_refused": N_(
        "VK does not accept this file. It refuses programs and music, for one: put them into an archive, "
        "or send a link."
    ),
    "upload_not_permitted": N_(
        "The community's key does not allow such files to be sent. Create a key with photos and files "
        "ticked and enter it in the channel's settings."
    ),
    "bad_buttons": N_("VK does not accept these buttons."),
    "bots_off": N_(
        "Buttons need the bot's features. Switch them on in the community: Manage, Messages, Bot settings."
    ),
    "too_many_forwards": N_("VK does not let these messages be passed on."),
    "content_blocked": N_("VK has blocked what is in this message."),
    "bad_request": N_("VK refuses this message as it stands."),
    "no_recipient": N_("This dialog has no conversation in VK that could be written to."),
    "too_late_to_edit": N_("VK lets a message be changed within a day of sending it."),
    "too_late_to_delete": N_("VK lets a message be deleted for everyone within a day of sending it."),
    "gone": N_("VK does not have this file any more."),
    # what came
    "unreadable": N_(
        "This event could not be understood. It is kept as it came; it can be read again later."
    ),
}

OPTIONS: dict[str, str] = {
    "poll": N_("We ask VK for them (Bots Long Poll)"),
    "webhook": N_("VK calls us (Callback API)"),
}
