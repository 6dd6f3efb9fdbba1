"""A new key for everything that is sealed."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.rotation import reseal_all
from channels.access import open_access, sealed
from core.config import get_settings
from core.secrets import keyring
from inbox.models import Channel
from tests.makers import make_channel


def test_secrets_open_after_a_rotation_and_are_sealed_anew(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEYS", raising=False)
    get_settings.cache_clear()
    channel = make_channel(session, secrets=sealed({"imap_password": "hush"}))
    before = channel.secrets
    keyring().rotate()
    reseal_all()
    session.expire_all()
    after = session.scalars(select(Channel)).one()
    assert after.secrets != before
    assert open_access(after).secrets == {"imap_password": "hush"}
