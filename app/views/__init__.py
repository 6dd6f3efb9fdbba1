"""Pages: one file per screen."""

from app.views import blocked, card_fields, merges, visitor_files, visitor_transcript
from app.views.chat_look import chat_look
from app.views.customers import customers
from app.views.entrance import entrance
from app.views.fetching import fetching
from app.views.files import files
from app.views.health import health
from app.views.hooks import hooks
from app.views.inbox import inbox
from app.views.joining import joining
from app.views.letters import letters
from app.views.lost import lost
from app.views.nested import nested
from app.views.settings import settings
from app.views.start import start
from app.views.webchat import webchat
from app.views.webform import webform

__all__ = ["blocked", "blueprints", "card_fields", "merges", "visitor_files", "visitor_transcript"]

blueprints = (
    entrance,
    joining,
    lost,
    inbox,
    customers,
    settings,
    start,
    files,
    fetching,
    letters,
    nested,
    health,
    hooks,
    chat_look,
    webchat,
    webform,
)
