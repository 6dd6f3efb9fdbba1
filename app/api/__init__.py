"""The JSON API; the inbox screen is its first user."""

from app.api import (
    blocked,
    chats,
    demo,
    dialogs,
    drafts,
    fields,
    lists,
    matches,
    merges,
    messages,
    openapi,
    people,
    search,
    verbs,
    writing,
)
from app.api.endpoints import api

__all__ = [
    "api",
    "blocked",
    "chats",
    "demo",
    "dialogs",
    "drafts",
    "fields",
    "lists",
    "matches",
    "merges",
    "messages",
    "openapi",
    "people",
    "search",
    "verbs",
    "writing",
]
