"""Who somebody is, as Telegram tells of them. Pure."""

from channels.json_fields import Json, needed, number, part, words
from core.text import plain_line
from inbox.border import Author

KIND = "telegram"
LONGEST_NAME = 200
GROUPS = frozenset({"group", "supergroup", "channel"})

# Accounts of Telegram's own that stand in for anonymous administrators, linked channels and channels.
ANONYMOUS = frozenset({1087968824, 777000, 136817688})


def author_of(message: Json, *, phone: str = "") -> Author:
    """Who wrote a message: a person, a bot, or a group in whose name an administrator speaks."""
    sender = part(message, "sender_chat")
    person = part(message, "from")
    if number(sender, "id") is not None and number(person, "id") in (None, *ANONYMOUS):
        return of_chat(sender)
    return of_person(person, phone=phone)


def of_person(person: Json, *, phone: str = "") -> Author:
    """A person or a bot; Telegram proves that it is them."""
    key = str(needed(person, "id"))
    username = plain_line(words(person, "username"), longest=64)
    name = name_of(person)
    return Author(
        kind=KIND,
        key=key,
        shown=f"@{username}" if username else name or key,
        name=name,
        username=username,
        phone=phone,
        verified=True,
    )


def of_chat(chat: Json) -> Author:
    """A group or a channel that speaks itself."""
    key = str(needed(chat, "id"))
    username = plain_line(words(chat, "username"), longest=64)
    name = name_of(chat)
    shown = f"@{username}" if username else name or key
    return Author(KIND, key, shown=shown, name=name, username=username, verified=True)


def author_of_chat(chat: Json) -> Author:
    """Who stands behind a chat: the person of a private one, the group itself."""
    return of_chat(chat) if is_group(chat) else of_person(chat)


def name_of(found: Json) -> str:
    """The name of a person or the title of a chat, on one harmless line."""
    name = words(found, "title") or f"{words(found, 'first_name')} {words(found, 'last_name')}"
    return plain_line(name, longest=LONGEST_NAME)


def is_group(chat: Json) -> bool:
    """Whether several people speak there."""
    return words(chat, "type") in GROUPS
