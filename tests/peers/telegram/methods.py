"""The methods of the Bot API: what each checks, does and answers."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.peers.http_peer import Upload
from tests.peers.telegram.limiter import Limiter
from tests.peers.telegram.media import album, given_file
from tests.peers.telegram.refusals import ApiError, bad
from tests.peers.telegram.wording import worded
from tests.peers.telegram.world import Chat, World

MOST_TEXT, MOST_CAPTION = 4096, 1024
MOST_FETCHED = 20 << 20
FILES = ("photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker")
ACTIONS = frozenset(
    """typing upload_photo record_video upload_video record_voice upload_voice upload_document
    choose_sticker find_location record_video_note upload_video_note""".split()
)


class Methods:
    """The interface for one bot; fields come as HTTP brings them."""

    def __init__(self, world: World, limiter: Limiter) -> None:
        self._world = world
        self._limiter = limiter

    def call(self, method: str, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Any:
        """Do what a method does; ApiError where the server refuses."""
        with self._world.lock:
            name = method.lower()
            if name.startswith("send") and name.removeprefix("send") in _SENT_FILES:
                kind = _SENT_FILES[name.removeprefix("send")]
                return self._send(
                    fields, lambda: given_file(self._world, kind, fields.get(kind), uploads), True
                )
            if name == "sendmediagroup":
                return self._send_album(fields, uploads)
            found: Callable[[Mapping[str, Any]], Any] | None = getattr(self, f"do_{name}", None)
            if found is None:
                raise ApiError(404, "Not Found")
            return found(fields)

    def do_getme(self, fields: Mapping[str, Any]) -> Any:
        return self._world.me

    def do_sendmessage(self, fields: Mapping[str, Any]) -> Any:
        text, entities = worded(fields, "text", "entities", MOST_TEXT, needed=True)
        return self._send(
            fields, lambda: {"text": text, **({"entities": entities} if entities else {})}, False
        )

    def do_sendlocation(self, fields: Mapping[str, Any]) -> Any:
        place = {name: float(fields[name]) for name in ("latitude", "longitude")}
        return self._send(fields, lambda: {"location": place}, False)

    def do_sendcontact(self, fields: Mapping[str, Any]) -> Any:
        card = {name: fields[name] for name in ("phone_number", "first_name", "last_name") if name in fields}
        return self._send(fields, lambda: {"contact": card}, False)

    def do_editmessagetext(self, fields: Mapping[str, Any]) -> Any:
        message = self._own_message(fields)
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        text, entities = worded(fields, "text", "entities", MOST_TEXT, needed=True)
        return self._change(message, fields, text=text, entities=entities)

    def do_editmessagecaption(self, fields: Mapping[str, Any]) -> Any:
        message = self._own_message(fields)
        if "text" in message:
            raise bad("there is no caption in the message to edit")
        text, entities = worded(fields, "caption", "caption_entities", MOST_CAPTION)
        return self._change(message, fields, caption=text, caption_entities=entities)

    def do_deletemessage(self, fields: Mapping[str, Any]) -> Any:
        self._delete(self._chat(fields), int(fields["message_id"]), is_needed=True)
        return True

    def do_deletemessages(self, fields: Mapping[str, Any]) -> Any:
        for number in _list(fields["message_ids"]):
            self._delete(self._chat(fields), number, is_needed=False)
        return True

    def do_deletebusinessmessages(self, fields: Mapping[str, Any]) -> Any:
        business = str(fields["business_connection_id"])
        if business not in self._world.connections:
            raise bad("business connection not found")
        wanted = set(_list(fields["message_ids"]))
        for (connection, _), chat in self._world.chats.items():
            if connection == business:
                for number in wanted & set(chat.messages):
                    del chat.messages[number]
        return True

    def do_sendchataction(self, fields: Mapping[str, Any]) -> Any:
        if fields.get("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        self._chat_to_write(fields).actions.append(str(fields["action"]))
        return True

    def do_answercallbackquery(self, fields: Mapping[str, Any]) -> Any:
        query = str(fields.get("callback_query_id"))
        known = self._world.answered.get(query)
        if known is None or self._world.now() - known["date"] > 150:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(str(fields.get("text", ""))) > 200:
            raise bad("MESSAGE_TOO_LONG")
        known["answer"] = str(fields.get("text", ""))
        return True

    def do_getfile(self, fields: Mapping[str, Any]) -> Any:
        file = self._world.files.get(str(fields.get("file_id")).removesuffix("s"))
        if file is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(file.data) > MOST_FETCHED:
            raise bad("file is too big")
        size = len(file.data)
        named = {"file_id": file.file_id, "file_unique_id": file.unique, "file_size": size}
        return {**named, "file_path": file.path}

    def do_getchat(self, fields: Mapping[str, Any]) -> Any:
        chat = self._chat(fields)
        picture = self._world.pictures.get(chat.id)
        ids = {f"{size}_file_id": picture for size in ("small", "big")} if picture else {}
        unique = {f"{size}_file_unique_id": f"u{picture}" for size in ("small", "big")} if picture else {}
        photo = {"photo": {**ids, **unique}} if picture else {}
        full = {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
        return {**chat.info, **photo, **full}

    def do_getuserprofilephotos(self, fields: Mapping[str, Any]) -> Any:
        picture = self._world.pictures.get(int(fields["user_id"]))
        if picture is None:
            return {"total_count": 0, "photos": []}
        size = {"file_id": picture, "file_unique_id": f"u{picture}", "width": 640, "height": 640}
        return {"total_count": 1, "photos": [[size]]}

    def do_getbusinessconnection(self, fields: Mapping[str, Any]) -> Any:
        found = self._world.connections.get(str(fields["business_connection_id"]))
        if found is None:
            raise bad("business connection not found")
        return found

    def do_readbusinessmessage(self, fields: Mapping[str, Any]) -> Any:
        business = str(fields["business_connection_id"])
        chat = self._world.chat(int(fields["chat_id"]), business)
        if int(fields["message_id"]) not in chat.messages:
            raise bad("MESSAGE_ID_INVALID")
        chat.reads += 1
        return True

    def do_setmessagereaction(self, fields: Mapping[str, Any]) -> Any:
        chat = self._chat_to_write(fields)
        if int(fields["message_id"]) not in chat.messages:
            raise bad("message to react not found")
        return True

    def do_logout(self, fields: Mapping[str, Any]) -> Any:
        self._world.is_logged_out = True
        return True

    def do_close(self, fields: Mapping[str, Any]) -> Any:
        return True

    def _send(self, fields: Mapping[str, Any], content: Callable[[], dict[str, Any]], captioned: bool) -> Any:
        chat = self._chat_to_write(fields)
        extra: dict[str, Any] = {}
        if captioned:
            text, entities = worded(fields, "caption", "caption_entities", MOST_CAPTION)
            extra = {"caption": text} if text else {}
            extra |= {"caption_entities": entities} if entities else {}
        answered, markup = self._answered(chat, fields), _keyboard(fields)
        made = {**content(), **extra, **answered, **markup}
        self._limiter.count(chat.id)
        return self._add(chat, fields, made)

    def _send_album(self, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Any:
        chat = self._chat_to_write(fields)
        answered = self._answered(chat, fields)
        if fields.get("reply_markup"):
            raise bad("reply markup is not allowed in albums")
        made = []
        for given, media in album(self._world, fields.get("media"), uploads):
            text, entities = worded(given, "caption", "caption_entities", MOST_CAPTION)
            media |= {"caption": text} if text else {}
            media |= {"caption_entities": entities} if entities else {}
            made.append({**media, **answered})
        self._limiter.count(chat.id, len(made))
        group = f"13{self._world.number_for(chat):015d}"
        return [self._add(chat, fields, {**each, "media_group_id": group}) for each in made]

    def _add(self, chat: Chat, fields: Mapping[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        number = self._world.number_for(chat)
        thread = fields.get("message_thread_id")
        business = str(fields.get("business_connection_id") or "")
        owner = self._world.connections[business]["user"] if business else self._world.me
        message = {
            "message_id": number,
            "from": owner,
            **(
                {"sender_business_bot": self._world.me, "business_connection_id": business}
                if business
                else {}
            ),
            "chat": chat.info,
            "date": int(self._world.now()),
            **({"message_thread_id": int(thread), "is_topic_message": True} if thread else {}),
            **content,
        }
        chat.messages[number] = message
        return message

    def _answered(self, chat: Chat, fields: Mapping[str, Any]) -> dict[str, Any]:
        given = fields.get("reply_parameters")
        if not given:
            return {}
        named = json.loads(given) if isinstance(given, str) else given
        found = chat.messages.get(int(named["message_id"]))
        if found is None:
            if named.get("allow_sending_without_reply") is True:
                return {}
            raise bad("message to be replied not found")
        quote = named.get("quote")
        if quote is not None and quote not in found.get("text", found.get("caption", "")):
            raise bad("QUOTE_TEXT_INVALID")
        plain = {name: each for name, each in found.items() if name != "reply_to_message"}
        return {"reply_to_message": plain, **({"quote": {"text": quote, "position": 0}} if quote else {})}

    def _own_message(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        chat = self._chat(fields)
        found = chat.messages.get(int(fields.get("message_id") or 0))
        if found is None:
            raise bad("message to edit not found")
        if found["from"]["id"] != self._world.me["id"] and "sender_business_bot" not in found:
            raise bad("message can't be edited")
        return found

    def _change(self, message: dict[str, Any], fields: Mapping[str, Any], **content: Any) -> Any:
        markup = _keyboard(fields)
        new = {name: each for name, each in content.items() if each}
        if all(message.get(name, type(each)()) == each for name, each in content.items()) and (
            message.get("reply_markup") == markup.get("reply_markup")
        ):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        for name in (*content, "reply_markup"):
            message.pop(name, None)
        message |= {**new, **markup, "edit_date": int(self._world.now())}
        return message

    def _delete(self, chat: Chat, number: int, *, is_needed: bool) -> None:
        found = chat.messages.get(number)
        if found is None:
            if is_needed:
                raise bad("message to delete not found")
            return
        if self._world.now() - found["date"] > 48 * 3600:
            raise bad("message can't be deleted for everyone")
        del chat.messages[number]

    def _chat(self, fields: Mapping[str, Any]) -> Chat:
        return self._world.chat(_chat_id(fields), str(fields.get("business_connection_id") or ""))

    def _chat_to_write(self, fields: Mapping[str, Any]) -> Chat:
        thread, business = fields.get("message_thread_id"), str(fields.get("business_connection_id") or "")
        return self._world.chat_to_write(_chat_id(fields), business, int(thread) if thread else None)


_GIFTS = {
    "unlimited_gifts": True,
    "limited_gifts": True,
    "unique_gifts": True,
    "premium_subscription": True,
    "gifts_from_channels": True,
}
_SENT_FILES = {kind.replace("_", ""): kind for kind in FILES}


def _chat_id(fields: Mapping[str, Any]) -> int:
    try:
        return int(fields.get("chat_id") or 0)
    except ValueError:
        raise bad("chat not found") from None


def _list(given: Any) -> list[int]:
    found = json.loads(given) if isinstance(given, str) else given
    return [int(each) for each in found]


def _keyboard(fields: Mapping[str, Any]) -> dict[str, Any]:
    given = fields.get("reply_markup")
    if not given:
        return {}
    markup = json.loads(given) if isinstance(given, str) else given
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not str(button.get("text", "")).strip():
                raise bad(
                    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
                )
            if len(str(button.get("callback_data", "")).encode()) > 64:
                raise bad("BUTTON_DATA_INVALID")
    return {"reply_markup": markup}
