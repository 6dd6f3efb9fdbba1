"""What people look like: asked of their messenger when they write, and again after a month."""

from collections.abc import Mapping
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy.orm import Session

from channels.adapter import Adapter, BadContent, ChannelAccess, FetchesFiles, KnowsFaces
from channels.errands import want_errand
from channels.registry import maker_of
from core.clock import now
from core.files import file_store
from core.media import kind_of_file
from inbox.models import Channel
from people.actions.identities import picture_identity
from people.models import CustomerIdentity
from people.queries import identity_of

MOST_BYTES = 2 * 1024 * 1024
GOOD_FOR = timedelta(days=30)
_AT_ONCE = 64 * 1024
_HEAD = 8192


def want_picture(session: Session, channel: Channel, identity: CustomerIdentity) -> None:
    """Have somebody's picture fetched, where there are pictures and it was not looked for lately."""
    if not hasattr(maker_of(channel.kind), "picture"):
        return
    if identity.pictured_at is not None and now() - identity.pictured_at < GOOD_FOR:
        return
    identity.pictured_at = now()
    want_errand(session, channel.id, "picture", identity.key, {"kind": identity.kind, "key": identity.key})


def fetch_picture(adapter: Adapter, access: ChannelAccess, payload: Mapping[str, Any]) -> str | None:
    """The picture as a file of the store, by its hash; None for somebody without one that may be shown."""
    if not isinstance(adapter, KnowsFaces) or not isinstance(adapter, FetchesFiles):
        return None
    reference = adapter.picture(payload["key"])
    if reference is None:
        return None
    with TemporaryFile() as draft:
        try:
            adapter.fetch_attachment(reference, draft, MOST_BYTES)
        except BadContent:
            return None
        draft.seek(0)
        if not kind_of_file("picture", draft.read(_HEAD)).may_inline:
            return None
        draft.seek(0)
        return file_store().put_stream(iter(lambda: draft.read(_AT_ONCE), b""), most_bytes=MOST_BYTES).sha256


def keep_picture(session: Session, channel: Channel, payload: Mapping[str, Any], sha256: str | None) -> None:
    """Show it from now on, or none."""
    identity = session.scalar(identity_of(payload["kind"], payload["key"]))
    if identity is not None:
        picture_identity(session, identity, sha256)
