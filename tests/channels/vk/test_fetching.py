"""Files that customers send, from where they lie."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.adapter import (
    BadContent,
    Temporary,
)
from channels.vk.adapter import VkAdapter
from channels.vk.sentences import FAULTS
from inbox.border import FileReference
from tests.channels.vk.listening import begin, read
from tests.peers.vk import shapes
from tests.peers.vk.peer import MAX, VkPeer


def fetched(adapter: VkAdapter, file: FileReference, most: int = 1_000_000) -> bytes:
    out = io.BytesIO()
    adapter.fetch_attachment(file, out, most)
    return out.getvalue()


def only_file(adapter: VkAdapter, attachment: shapes.Attachment, vk: VkPeer) -> FileReference:
    vk.says("", attachments=[attachment])
    (incoming,) = read(adapter, *begin(adapter).events)
    (file,) = incoming.remote_files
    return file


def test_files_are_fetched_from_where_they_lie(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.document("отчёт.pdf", b"%PDF-1.7 content"), vk)
    assert (file.name, file.size, file.mime) == ("отчёт.pdf", 16, "application/pdf")
    assert fetched(adapter, file) == b"%PDF-1.7 content"


def test_a_file_whose_address_ended_is_fetched_from_its_new_one(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.photo("a.jpg", b"\xff\xd8\xff one"), vk)
    old = str(file.ref["url"])
    message = vk.community.talk(MAX).messages[0]
    new = vk.uploads.put("b.jpg", "image/jpeg", b"\xff\xd8\xff one")
    vk.uploads.files.pop(old.partition("/file/")[2])
    message["attachments"][0]["photo"]["sizes"][1]["url"] = new
    assert fetched(adapter, file) == b"\xff\xd8\xff one"


def test_a_page_in_place_of_a_file_is_no_file(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.document("a.pdf", b"%PDF"), vk)
    path = next(iter(vk.uploads.files))
    vk.uploads.files[path] = ("text/html; charset=utf-8", b"<html>This document was removed</html>")
    with pytest.raises(BadContent) as fault:
        fetched(adapter, file)
    assert fault.value.code == "gone"


def test_a_file_that_is_gone_too_big_slow_or_cut_is_told_apart(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.document("a.bin", b"x" * 5000, "application/octet-stream"), vk)
    with pytest.raises(BadContent) as fault:
        fetched(adapter, file, 4999)
    assert fault.value.code == "too_big"
    with pytest.raises(BadContent) as fault:
        fetched(adapter, replace(file, size=None), 4999)
    assert fault.value.code == "too_big"
    for deed in ("cut", "reset_before", "html"):
        vk.faults.add(deed, method="file", times=2)  # type: ignore[arg-type]
        with pytest.raises(Temporary):
            fetched(adapter, file)
        vk.faults.clear()
    vk.uploads.files.clear()
    with pytest.raises(BadContent) as fault:
        fetched(adapter, file)
    assert fault.value.code == "gone"
    assert fault.value.code in FAULTS


def test_times_are_those_of_vk(adapter: VkAdapter, vk: VkPeer) -> None:
    message = vk.says("Hello")
    (incoming,) = read(adapter, *begin(adapter).events)
    assert incoming.sent_at == datetime.fromtimestamp(message["date"], UTC)
