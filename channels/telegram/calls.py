"""Parts as they were planned, made into calls of python-telegram-bot."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
    MessageEntity,
    ReplyParameters,
)

from channels.telegram.keys import Place, place_of

Opener = Callable[[str], BinaryIO]
ALBUM = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "document": InputMediaDocument,
    "audio": InputMediaAudio,
}


async def send(bot: Bot, payload: Mapping[str, Any], open_file: Opener) -> Sequence[Message]:
    """Make the call of a part; the messages it made."""
    place = place_of(str(payload["conversation"]))
    with ExitStack() as opened:
        files = [
            (str(each["as"]), _upload(each, opened.enter_context(open_file(each["sha256"]))))
            for each in payload.get("files", ())
        ]
        if payload["method"] == "sendMediaGroup":
            return await _send_album(bot, payload, place, files)
        if files:
            return [await _send_file(bot, payload, place, *files[0])]
        message = await bot.send_message(
            text=str(payload["text"]),
            entities=_entities(payload),
            reply_markup=_keyboard(payload),
            **_whither(payload, place),
        )
        return [message]


async def edit(bot: Bot, place: Place, message_id: int, payload: Mapping[str, Any]) -> None:
    """Let a message say something else; where its words stand depends on whether it has a file."""
    given: dict[str, Any] = {
        "chat_id": place.chat,
        "message_id": message_id,
        "business_connection_id": place.business or None,
        "reply_markup": _keyboard(payload),
    }
    words, entities = str(payload.get("text") or ""), _entities(payload)
    if payload.get("files"):
        await bot.edit_message_caption(caption=words, caption_entities=entities, **given)
    else:
        await bot.edit_message_text(text=words, entities=entities, **given)


async def _send_file(
    bot: Bot, payload: Mapping[str, Any], place: Place, kind: str, file: InputFile
) -> Message:
    method = getattr(bot, f"send_{kind}")
    sent: Message = await method(
        **{kind: file},
        caption=payload.get("text"),
        caption_entities=_entities(payload),
        reply_markup=_keyboard(payload),
        **_whither(payload, place),
    )
    return sent


async def _send_album(
    bot: Bot, payload: Mapping[str, Any], place: Place, files: Sequence[tuple[str, InputFile]]
) -> Sequence[Message]:
    """Words below an album are those below its first file, as every program of Telegram shows them."""
    media = []
    for index, (kind, file) in enumerate(files):
        words = {"caption": payload.get("text"), "caption_entities": _entities(payload)} if not index else {}
        media.append(ALBUM[kind](media=file, **words))
    return await bot.send_media_group(media=media, **_whither(payload, place))


def _whither(payload: Mapping[str, Any], place: Place) -> dict[str, Any]:
    answered = payload.get("reply_to")
    return {
        "chat_id": place.chat,
        "message_thread_id": place.topic,
        "business_connection_id": place.business or None,
        "reply_parameters": (
            ReplyParameters(int(answered), allow_sending_without_reply=True) if answered is not None else None
        ),
    }


def _entities(payload: Mapping[str, Any]) -> list[MessageEntity] | None:
    return [MessageEntity(**each) for each in payload.get("marks", ())] or None


def _keyboard(payload: Mapping[str, Any]) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(label, callback_data=data)] for label, data in payload.get("buttons", ())]
    return InlineKeyboardMarkup(rows) if rows else None


def _upload(named: Mapping[str, Any], content: BinaryIO) -> InputFile:
    """Read while it is sent, so that a big file is never whole in memory."""
    return InputFile(content, filename=str(named["name"]), read_file_handle=False, attach=True)
