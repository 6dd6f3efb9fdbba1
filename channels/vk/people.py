"""Who somebody is: names of people and communities, and what people look like."""

from channels.vk.api import VkApi
from channels.vk.keys import page_of
from channels.vk.wire import inner, items, number, web_address, words
from core.text import plain_line
from inbox.border import Author, FileReference

LONGEST = 100


def author_named(api: VkApi, person: int) -> Author | None:
    """Somebody with the name on their page; None if VK tells none."""
    if person == 0:
        return None
    return _community(api, -person) if person < 0 else _person(api, person)


def picture_of(api: VkApi, person: int) -> FileReference | None:
    """The picture on somebody's page; None where it is the one that VK draws for those who have none."""
    if person <= 0:
        return None
    found = items(api.ask("users.get", user_ids=person, fields="photo_200,has_photo"))
    url = web_address(found[0].get("photo_200")) if found else ""
    if not url or number(found[0].get("has_photo")) != 1:
        return None
    return FileReference({"url": url}, "image", f"vk{person}.jpg", "image/jpeg")


def _person(api: VkApi, person: int) -> Author | None:
    found = items(api.ask("users.get", user_ids=person, fields="screen_name"))
    if not found:
        return None
    names = (words(found[0].get(name), longest=LONGEST) for name in ("first_name", "last_name"))
    return _named(person, " ".join(each for each in names if each), words(found[0].get("screen_name")))


def _community(api: VkApi, community: int) -> Author | None:
    found = items(inner(api.ask("groups.getById", group_id=community)).get("groups"))
    if not found:
        return None
    return _named(-community, words(found[0].get("name")), words(found[0].get("screen_name")))


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
