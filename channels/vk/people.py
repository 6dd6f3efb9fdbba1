"""Who somebody is: names of people and communities."""

from channels.vk.api import VkApi
from channels.vk.keys import page_of
from channels.vk.wire import inner, items, words
from core.text import plain_line
from inbox.border import Author

LONGEST = 100


def author_named(api: VkApi, person: int) -> Author | None:
    """Somebody with the name on their page; None if VK tells none."""
    if person == 0:
        return None
    return _community(api, -person) if person < 0 else _person(api, person)


def _person(api: VkApi, number: int) -> Author | None:
    found = items(api.ask("users.get", user_ids=number, fields="screen_name"))
    if not found:
        return None
    names = (words(found[0].get(name), longest=LONGEST) for name in ("first_name", "last_name"))
    return _named(number, " ".join(each for each in names if each), words(found[0].get("screen_name")))


def _community(api: VkApi, number: int) -> Author | None:
    found = items(inner(api.ask("groups.getById", group_id=number)).get("groups"))
    if not found:
        return None
    return _named(-number, words(found[0].get("name")), words(found[0].get("screen_name")))


def _named(person: int, name: str, page: str) -> Author:
    shown = f"vk.com/{page}" if page.isascii() and page.replace("_", "").replace(".", "").isalnum() else ""
    return Author(
        "vk",
        str(person),
        shown=shown or page_of(person),
        name=plain_line(name, longest=LONGEST),
        role="customer" if person > 0 else "bot",
        username=plain_line(page, longest=LONGEST),
        verified=True,
    )
