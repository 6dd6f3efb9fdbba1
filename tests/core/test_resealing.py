"""Every stored secret moves under the new key."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core.resealing import reseal_column
from core.secrets import CannotUnseal, Keyring
from inbox.models import Channel

OLD = "the old root secret of this test, long enough"
NEW = "the new root secret of this test, long enough"


def test_whole_column_is_sealed_again_in_steps_and_nulls_are_left(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.resealing._AT_ONCE", 2)
    old, both, new = Keyring([OLD]), Keyring([NEW, OLD]), Keyring([NEW])
    for number in range(5):
        session.add(Channel(kind="email", name=f"box {number}", secrets=old.seal(f"password {number}")))
    session.add(Channel(kind="webform", name="form", secrets=None))
    session.commit()
    steps, after = 0, None
    while (after := reseal_column(session, Channel.secrets, both, after=after)) is not None:
        session.commit()
        steps += 1
    assert steps == 3
    session.expire_all()
    channels = session.query(Channel).order_by(Channel.id).all()
    opened = [channel.secrets and new.unseal(channel.secrets) for channel in channels]
    assert opened == [*(f"password {number}" for number in range(5)), None]


def test_seal_of_a_lost_key_stops_the_rotation_with_nothing_changed(session: Session) -> None:
    channel = Channel(kind="email", name="box", secrets=Keyring([OLD]).seal("password"))
    session.add(channel)
    session.commit()
    with pytest.raises(CannotUnseal):
        reseal_column(session, Channel.secrets, Keyring([NEW]))
    session.rollback()
    assert Keyring([OLD]).unseal(channel.secrets or b"") == "password"


def test_rotation_of_a_key_file_from_end_to_end(session: Session, tmp_path: Path) -> None:
    keyring = Keyring(key_file=tmp_path / "secrets.key")
    session.add(Channel(kind="email", name="box", secrets=keyring.seal("password")))
    session.commit()
    keyring.rotate()
    assert reseal_column(session, Channel.secrets, keyring) is not None
    session.expire_all()
    newest = (tmp_path / "secrets.key").read_text().split()[0]
    sealed = session.query(Channel).one().secrets
    assert sealed is not None
    assert Keyring([newest]).unseal(sealed) == "password"
