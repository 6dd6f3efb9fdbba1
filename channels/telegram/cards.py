"""What a message brings that is neither words nor a file: places, people, polls and the like. Pure."""

from typing import Any

from babel.numbers import get_currency_precision

from channels.json_fields import Json, number, part, parts, words
from core.text import plain_line
from inbox.border import Card

LINE = 300
# Services among messages: they say what happened to a chat, not what somebody wants of us.
SERVICE = frozenset(
    """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed pinned_message
    users_shared chat_shared connected_website write_access_allowed passport_data proximity_alert_triggered
    boost_added chat_background_set forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway_completed video_chat_scheduled video_chat_started video_chat_ended
    video_chat_participants_invited chat_owner_left chat_owner_changed paid_message_price_changed
    direct_message_price_changed suggested_post_approved suggested_post_approval_failed
    suggested_post_declined suggested_post_paid suggested_post_refunded checklist_tasks_done
    checklist_tasks_added new_chat_member new_chat_participant left_chat_participant
    """.split()
)
# What a message is made of besides its content.
ENVELOPE = frozenset(
    """
    message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
    sender_business_bot sender_tag date business_connection_id chat forward_origin is_topic_message
    is_automatic_forward reply_to_message external_reply quote reply_to_story reply_to_checklist_task_id
    via_bot edit_date has_protected_content is_from_offline is_paid_post media_group_id author_signature
    paid_star_count entities caption_entities link_preview_options suggested_post_info effect_id
    show_caption_above_media has_media_spoiler reply_markup text caption
    """.split()
)


def cards_of(message: Json) -> tuple[Card, ...]:
    """The cards of one message; a venue also fills `location`, so it is looked for first."""
    made = [make(part(message, name)) for name, make in _MAKERS.items() if message.get(name)]
    if message.get("venue"):
        made = [each for each in made if each.kind != "location"]
    return tuple(made)


def unknown_card(message: Json, known: frozenset[str]) -> Card | None:
    """A card for content nobody here has heard of, so that an agent sees that something came."""
    if SERVICE & set(message):
        return None
    strange = sorted(set(message) - known - ENVELOPE - _MAKERS.keys())
    return unsupported(strange[0]) if strange else None


def unsupported(kind: str, title: str = "", text: str = "") -> Card:
    """Something that is only named."""
    return Card("unsupported", title=_line(title), text=text, facts={"type": plain_line(kind, longest=60)})


def _location(found: Json) -> Card:
    facts: dict[str, Any] = _place(found)
    facts["live"] = bool(number(found, "live_period"))
    return Card("location", url=_map(found), facts=facts)


def _venue(found: Json) -> Card:
    place = part(found, "location")
    facts = {**_place(place), "address": _line(words(found, "address"))}
    return Card("venue", title=_line(words(found, "title")), url=_map(place), facts=facts)


def _contact(found: Json) -> Card:
    name = _line(f"{words(found, 'first_name')} {words(found, 'last_name')}")
    return Card("contact", title=name, facts={"name": name, "phone": _line(words(found, "phone_number"))})


def _poll(found: Json) -> Card:
    options = [_line(words(each, "text")) for each in parts(found, "options")]
    return Card("poll", title=_line(words(found, "question")), facts={"options": options})


def _dice(found: Json) -> Card:
    return Card("dice", title=_line(words(found, "emoji")), facts={"value": number(found, "value") or 0})


def _story(found: Json) -> Card:
    chat = part(found, "chat")
    username, number_ = words(chat, "username"), number(found, "id")
    url = f"https://t.me/{username}/s/{number_}" if username.isalnum() and number_ else ""
    return Card("story", title=_line(words(chat, "title") or words(chat, "first_name")), url=url)


def _checklist(found: Json) -> Card:
    tasks = "\n".join(words(each, "text") for each in parts(found, "tasks"))
    return unsupported("checklist", words(found, "title"), tasks)


def _game(found: Json) -> Card:
    return unsupported("game", words(found, "title"), words(found, "description"))


def _invoice(found: Json) -> Card:
    return unsupported("invoice", words(found, "title"), words(found, "description"))


def _payment(found: Json) -> Card:
    """Sums come in the smallest unit of their currency; stars have none smaller."""
    amount, currency = number(found, "total_amount"), words(found, "currency")
    if amount is None or not currency.isalpha():
        return unsupported("payment")
    digits = 0 if currency == "XTR" else get_currency_precision(currency)
    return unsupported("payment", f"{amount / 10**digits:.{digits}f} {currency}")


def _giveaway(found: Json) -> Card:
    return unsupported("giveaway", words(found, "prize_description"))


def _gift(found: Json) -> Card:
    return Card("gift", text=words(found, "text"))


def _web_app(found: Json) -> Card:
    return unsupported("web app", words(found, "button_text"), words(found, "data"))


_MAKERS = {
    "venue": _venue,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "dice": _dice,
    "story": _story,
    "checklist": _checklist,
    "game": _game,
    "invoice": _invoice,
    "successful_payment": _payment,
    "refunded_payment": _payment,
    "giveaway": _giveaway,
    "giveaway_winners": _giveaway,
    "gift": _gift,
    "unique_gift": _gift,
    "web_app_data": _web_app,
}


def _place(found: Json) -> dict[str, Any]:
    return {name: _degrees(found.get(name)) for name in ("latitude", "longitude")}


def _degrees(given: object) -> float:
    is_number = isinstance(given, int | float) and not isinstance(given, bool) and abs(given) <= 180
    return float(given) if is_number else 0.0  # type: ignore[arg-type]


def _map(found: Json) -> str:
    place = _place(found)
    latitude, longitude = place["latitude"], place["longitude"]
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def _line(text: str) -> str:
    return plain_line(text, longest=LINE)
