"""Calls besides sending: change, take back, show that somebody writes or has read, let a button rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.adapter import BadContent
from channels.telegram import calls
from channels.telegram.connection import Connection
from channels.telegram.errors import DELETED, NOT_MODIFIED
from channels.telegram.keys import message_id_of, place_of


def edit(connection: Connection, conversation_key: str, message_key: str, payload: Mapping[str, Any]) -> None:
    """Let one of ours say something else; that it says so already is as good."""
    place, message_id = place_of(conversation_key), message_id_of(message_key)
    try:
        connection.call(lambda bot: calls.edit(bot, place, message_id, payload))
    except BadContent as fault:
        if NOT_MODIFIED not in fault.detail.lower():
            raise


def delete(connection: Connection, conversation_key: str, message_keys: Sequence[str]) -> None:
    """Take back ours; those that are gone already are as good."""
    place, numbers = place_of(conversation_key), [message_id_of(each) for each in message_keys]
    try:
        if place.business:
            connection.ask(
                "deleteBusinessMessages", business_connection_id=place.business, message_ids=numbers
            )
        else:
            connection.call(lambda bot: bot.delete_messages(place.chat, numbers))
    except BadContent as fault:
        if not any(each in fault.detail.lower() for each in DELETED):
            raise


def show_typing(connection: Connection, conversation_key: str) -> None:
    """Show for five seconds that somebody writes."""
    place = place_of(conversation_key)
    connection.call(
        lambda bot: bot.send_chat_action(
            place.chat,
            "typing",
            message_thread_id=place.topic,
            business_connection_id=place.business or None,
        ),
        has_effect=False,
    )


def mark_read(connection: Connection, conversation_key: str, message_key: str) -> None:
    """Only business accounts have read marks; for a bot there is nothing to tell."""
    place, message_id = place_of(conversation_key), message_id_of(message_key)
    if place.business:
        connection.call(
            lambda bot: bot.read_business_message(place.business, place.chat, message_id), has_effect=False
        )


def answer_button(connection: Connection, query: str) -> None:
    """Let the pressed button rest; a question that is too old rests already."""
    try:
        connection.call(lambda bot: bot.answer_callback_query(query), has_effect=False)
    except BadContent:
        return
