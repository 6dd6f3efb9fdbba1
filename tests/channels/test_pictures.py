"""People are shown as their messenger shows them, to those who may see them."""

from datetime import timedelta
from typing import Any, BinaryIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.adapter import BadContent, FetchedFile
from channels.pictures import GOOD_FOR
from channels.registry import register
from core.clock import now
from inbox.border import FileReference
from people.models import CustomerIdentity
from tests.ground.settling import Settle
from tests.makers import make_channel
from tests.peers.fake import KIND, FakeAdapter, Outside

FACE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Faces:
    """What the outside would show; `asked` counts."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.asked = 0


@pytest.fixture
def faces(outside: Outside) -> Faces:
    """The fake outside, which shows faces too."""
    faces = Faces()

    class Adapter(FakeAdapter):
        def __init__(self, access: Any) -> None:
            super().__init__(outside, access)

        def picture(self, key: str) -> FileReference | None:
            faces.asked += 1
            return FileReference({"of": key}) if key in faces.pictures else None

        def fetch_attachment(self, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
            data = faces.pictures[str(file.ref["of"])]
            if len(data) > max_bytes:
                raise BadContent("too big", code="too_big")
            out.write(data)
            return FetchedFile()

    register(KIND, Adapter)
    return faces


def identity(session: Session) -> CustomerIdentity:
    session.expire_all()
    return session.scalars(select(CustomerIdentity)).one()


def test_a_face_is_fetched_once_and_again_after_a_month(
    session: Session, outside: Outside, faces: Faces, settle: Settle
) -> None:
    channel = make_channel(session)
    faces.pictures["max@customer.test"] = FACE
    for text in ("Hello", "Anybody there?"):
        outside.says(channel, text)
        settle()
    assert identity(session).picture_sha256 is not None
    assert faces.asked == 1
    faces.pictures.clear()
    identity(session).pictured_at = now() - GOOD_FOR - timedelta(days=1)
    session.commit()
    outside.says(channel, "It is me again")
    settle()
    assert (faces.asked, identity(session).picture_sha256) == (2, None)


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"", FACE + b"0" * 3_000_000]
)
def test_only_harmless_pictures_of_some_size_are_shown(
    session: Session, outside: Outside, faces: Faces, settle: Settle, data: bytes
) -> None:
    faces.pictures["max@customer.test"] = data
    outside.says(make_channel(session), "Hello")
    settle()
    assert identity(session).picture_sha256 is None


def test_where_there_are_no_faces_nobody_asks(session: Session, outside: Outside, settle: Settle) -> None:
    outside.says(make_channel(session), "Hello")
    settle()
    assert identity(session).pictured_at is None
