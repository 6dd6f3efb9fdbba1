"""What Telegram knows besides updates: who somebody is, what they look like, the bytes of files."""

from collections.abc import Mapping
from typing import BinaryIO

from channels.adapter import BadContent, RecipientGone
from channels.json_fields import Json, number, part, words
from channels.telegram.connection import Connection
from channels.telegram.people import author_of_chat
from inbox.border import Author, FileReference


def profile(connection: Connection, key: str) -> Author | None:
    """Who somebody is now, as far as Telegram tells a bot they have written to."""
    chat = _chat(connection, key)
    return author_of_chat(chat) if number(chat, "id") is not None else None


def picture(connection: Connection, key: str) -> FileReference | None:
    """The picture of a person or a group."""
    photo = part(_chat(connection, key), "photo")
    file_id, unique = words(photo, "big_file_id"), words(photo, "big_file_unique_id")
    if not file_id:
        return None
    return FileReference({"file_id": file_id, "unique_id": unique}, "image", "picture.jpg", "image/jpeg")


def fetch(connection: Connection, file: FileReference, out: BinaryIO, max_bytes: int) -> None:
    """Write the bytes of a file; the address it has for an hour holds our token and is not kept."""
    if file.size is not None and file.size > max_bytes:
        raise BadContent("the file is bigger than is allowed", code="too_big")
    found = connection.ask("getFile", file_id=str(file.ref.get("file_id", "")))
    path = words(found, "file_path") if isinstance(found, Mapping) else ""
    if not path or path.startswith("/") or ".." in path:
        raise BadContent("Telegram names no file", code="gone")
    connection.fetch(path, out, max_bytes)


def _chat(connection: Connection, key: str) -> Json:
    """A chat as Telegram tells of it, empty for one it does not know."""
    try:
        found = connection.ask("getChat", chat_id=int(key))
    except (BadContent, RecipientGone, ValueError):
        return {}
    return found if isinstance(found, Mapping) else {}
