"""Messages, files and changes on their way to VK."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.adapter import (
    Ambiguous,
    AuthBroken,
    BadContent,
    ChannelError,
    Part,
    RecipientGone,
    RetryAfter,
    Temporary,
)
from channels.vk.adapter import VkAdapter
from channels.vk.sentences import FAULTS
from core.clock import now
from core.files import file_store
from inbox.border import Outgoing, OutgoingFile
from tests.channels.contract import SECRET
from tests.channels.vk.outside import VkOutside
from tests.peers.vk.peer import MAX, VkPeer

JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def adapter(outside: VkOutside) -> Iterator[VkAdapter]:
    outside.says("Hello")
    with closing(VkAdapter(outside.access)) as adapter:
        yield adapter


def message(text: str = "It is on its way.", **more: Any) -> Outgoing:
    return replace(Outgoing("key", 1, 2, str(MAX), text, None, (), {}), **more)


def stored(name: str, data: bytes, mime: str) -> OutgoingFile:
    return OutgoingFile(name, mime, len(data), file_store().put_bytes(data).sha256)


def send(adapter: VkAdapter, outgoing: Outgoing) -> list[str]:
    return [key for part in adapter.plan(outgoing) for key in adapter.send(part).keys]


def refusal(adapter: VkAdapter, outgoing: Outgoing | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as refused:
        send(adapter, outgoing or message())
    return refused.value


def test_files_arrive_as_photo_document_and_voice(adapter: VkAdapter, vk: VkPeer) -> None:
    files = (
        stored("a.jpg", JPEG, "image/jpeg"),
        stored("отчёт.pdf", b"%PDF-1.7", "application/pdf"),
        stored("voice.ogg", b"OggS voice", "audio/ogg"),
    )
    keys = send(adapter, message(files=files))
    first, second = vk.given()
    assert keys == [f"{MAX}/2", f"{MAX}/3"]
    assert [each["type"] for each in first["attachments"]] == ["photo", "doc"]
    assert first["text"] == "It is on its way."
    assert first["attachments"][1]["doc"]["title"] == "отчёт.pdf"
    assert vk.uploads.bytes_at(first["attachments"][1]["doc"]["url"]) == b"%PDF-1.7"
    assert [each["type"] for each in second["attachments"]] == ["audio_message"]


def test_an_answer_to_one_message_shows_it(adapter: VkAdapter, vk: VkPeer) -> None:
    send(adapter, message(reply_to_key=f"{MAX}/1"))
    assert vk.given()[0]["reply_message"]["text"] == "Hello"


def test_a_picture_that_is_none_leaves_as_a_file(adapter: VkAdapter, vk: VkPeer) -> None:
    send(adapter, message(files=(stored("a.jpg", b"not a picture", "image/jpeg"),)))
    assert vk.given()[0]["attachments"][0]["type"] == "doc"


def test_a_program_is_refused_whatever_it_is_sent_as(adapter: VkAdapter, vk: VkPeer) -> None:
    outgoing = message(files=(stored("setup.exe", b"MZ", "application/x-msdownload"),))
    for fallback in (False, True):
        with pytest.raises(BadContent) as refused:
            adapter.send(adapter.plan(outgoing, fallback=fallback)[0])
        assert refused.value.code == "file_refused"
    assert vk.heard() == []


def test_without_the_right_for_photos_pictures_leave_as_files(outside: VkOutside, vk: VkPeer) -> None:
    outside.says("Hello")
    outgoing = message(files=(stored("a.jpg", JPEG, "image/jpeg"),))
    weak = {"token": vk.community.token("messages", "docs", "manage")}
    with closing(VkAdapter(replace(outside.access, secrets=weak))) as adapter:
        send(adapter, outgoing)
    assert vk.given()[0]["attachments"][0]["type"] == "doc"

    weaker = {"token": vk.community.token("messages", "manage")}
    with closing(VkAdapter(replace(outside.access, secrets=weaker))) as adapter:
        error = refusal(adapter, replace(outgoing, key="other"))
    assert (type(error), error.code, error.health) == (BadContent, "upload_not_permitted", "none")


@pytest.mark.parametrize("method", ["photos.getMessagesUploadServer", "upload", "photos.saveMessagesPhoto"])
def test_an_upload_that_breaks_has_surely_sent_nothing(adapter: VkAdapter, vk: VkPeer, method: str) -> None:
    vk.faults.add("reset_after", method=method)
    outgoing = message(files=(stored("a.jpg", JPEG, "image/jpeg"),))
    error = refusal(adapter, outgoing)
    assert isinstance(error, Temporary)
    assert not error.maybe_delivered
    send(adapter, outgoing)
    assert len(vk.given()) == 1


def test_what_was_uploaded_is_not_uploaded_again_for_the_next_try(adapter: VkAdapter, vk: VkPeer) -> None:
    vk.faults.add("status", method="messages.send", status=10)
    outgoing = message(files=(stored("a.jpg", JPEG, "image/jpeg"),))
    assert isinstance(refusal(adapter, outgoing), Temporary)
    send(adapter, outgoing)
    assert vk.asked("upload") == 1


@pytest.mark.parametrize(
    "deed", ["reset_after", "cut", "garbage", "empty", "html"], ids=lambda deed: f"{deed} and once more"
)
def test_whatever_becomes_of_an_answer_the_message_is_there_once(
    adapter: VkAdapter, vk: VkPeer, deed: Any
) -> None:
    vk.faults.add(deed, method="messages.send")
    (part,) = adapter.plan(message())
    with pytest.raises((Ambiguous, Temporary)):
        adapter.send(part)
    adapter.send(part)
    assert vk.heard() == ["It is on its way."]


def test_nobody_at_the_door_means_surely_not_sent(adapter: VkAdapter, vk: VkPeer) -> None:
    with vk.refusing():
        error = refusal(adapter)
    assert isinstance(error, Temporary)
    assert send(adapter, message())


def test_long_after_vk_forgot_the_key_the_conversation_is_looked_through(
    adapter: VkAdapter, vk: VkPeer
) -> None:
    (part,) = adapter.plan(message())
    (key,) = adapter.send(part).keys
    vk.shift = 2 * 3600
    late = Part(part.key, {**part.payload, "tried_at": (now() - timedelta(hours=2)).isoformat()})
    assert adapter.send(late).keys == (key,)
    assert vk.heard() == ["It is on its way."]


def test_what_was_tried_long_ago_and_never_arrived_is_sent(adapter: VkAdapter, vk: VkPeer) -> None:
    (part,) = adapter.plan(message())
    adapter.send(Part(part.key, {**part.payload, "tried_at": (now() - timedelta(hours=2)).isoformat()}))
    assert vk.heard() == ["It is on its way."]


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("denied", "person_forbids"),
        ("blacklisted", "person_blacklisted"),
        ("private", "person_private"),
        ("deleted", "person_deleted"),
    ],
)
def test_who_cannot_be_written_to_is_explained(
    adapter: VkAdapter, vk: VkPeer, permission: Any, code: str
) -> None:
    vk.max.permission = permission
    error = refusal(adapter)
    assert isinstance(error, RecipientGone)
    assert (error.code, error.health) == (code, "none")
    assert code in FAULTS


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (1, Temporary, "vk_error"),
        (5, AuthBroken, "token_refused"),
        (6, RetryAfter, "too_often"),
        (9, RetryAfter, "flood"),
        (10, Temporary, "server_busy"),
        (14, Temporary, "captcha"),
        (27, AuthBroken, "token_refused"),
        (29, RetryAfter, "rate_limit"),
        (100, BadContent, "bad_request"),
        (911, BadContent, "bad_buttons"),
        (912, BadContent, "bots_off"),
        (914, BadContent, "text_too_long"),
        (917, RecipientGone, "chat_closed"),
        (925, RecipientGone, "chat_closed"),
        (936, RecipientGone, "person_unknown"),
        (945, RecipientGone, "chat_closed"),
    ],
)
def test_every_number_means_something(
    adapter: VkAdapter, vk: VkPeer, number: int, kind: type[ChannelError], code: str
) -> None:
    vk.faults.add("status", method="messages.send", status=number)
    error = refusal(adapter)
    assert type(error) is kind
    assert error.code == code
    assert code in FAULTS


def test_told_to_wait_with_everything_or_with_one_conversation(adapter: VkAdapter, vk: VkPeer) -> None:
    vk.faults.add("status", method="messages.send", status=6)
    vk.faults.add("status", method="messages.send", status=9)
    often, flood = refusal(adapter), refusal(adapter)
    assert (often.retry_after, often.whole_channel) == (1.0, True)
    assert (flood.retry_after, flood.whole_channel) == (60.0, False)


@pytest.mark.parametrize("number", [7, 15])
def test_a_missing_permission_is_the_channels_fault_only_if_the_key_lacks_it(
    adapter: VkAdapter, outside: VkOutside, vk: VkPeer, number: int
) -> None:
    vk.faults.add("status", method="messages.send", status=number)
    error = refusal(adapter)
    assert isinstance(error, RecipientGone)
    assert error.code == "not_permitted"

    weak = vk.community.token("manage")
    with closing(VkAdapter(replace(outside.access, secrets={"token": weak}))) as other:
        assert isinstance(refusal(other), AuthBroken)


def test_errors_of_all_numbers_have_a_sentence() -> None:
    from channels.vk.errors import _CODES

    assert set(_CODES.values()) <= set(FAULTS)


def test_a_message_is_changed_with_what_hangs_on_it(adapter: VkAdapter, vk: VkPeer) -> None:
    outgoing = message(files=(stored("a.jpg", JPEG, "image/jpeg"),))
    (key,) = send(adapter, outgoing)
    adapter.edit(str(MAX), key, adapter.plan(message("It has arrived."))[0])
    (given,) = vk.given()
    assert given["text"] == "It has arrived."
    assert given["attachments"][0]["type"] == "photo"
    adapter.edit(str(MAX), key, adapter.plan(message("It has arrived."))[0])
    assert vk.asked("messages.edit") == 1


def test_what_is_taken_back_is_gone_and_stays_so(adapter: VkAdapter, vk: VkPeer) -> None:
    first, second = send(adapter, message("one")), send(adapter, message("two", key="other"))
    adapter.delete(str(MAX), first)
    assert vk.heard() == ["two"]
    adapter.delete(str(MAX), [*first, *second])
    assert vk.heard() == []


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda adapter, key: adapter.delete(str(MAX), [key]), "too_late_to_delete"),
        (
            lambda adapter, key: adapter.edit(str(MAX), key, Part("k", {"text": "late"})),
            "too_late_to_edit",
        ),
    ],
)
def test_after_a_day_a_message_stays_as_it_is(
    adapter: VkAdapter, vk: VkPeer, act: Callable[[VkAdapter, str], None], code: str
) -> None:
    (key,) = send(adapter, message())
    vk.shift = 25 * 3600
    with pytest.raises(BadContent) as refused:
        act(adapter, key)
    assert refused.value.code == code


def test_typing_and_reading_show_outside(adapter: VkAdapter, vk: VkPeer) -> None:
    adapter.typing(str(MAX))
    adapter.mark_read(str(MAX), f"{MAX}/1")
    assert vk.community.talk(MAX).typing == ["typing"]
    assert vk.community.talk(MAX).in_read == 1


def test_a_button_stops_turning_and_too_late_is_no_fault(adapter: VkAdapter, vk: VkPeer) -> None:
    answer = {"event_id": "abc", "user_id": MAX, "peer_id": MAX}
    adapter.answer_button(answer)
    vk.faults.add("status", method="messages.sendMessageEventAnswer", status=100)
    adapter.answer_button(answer)
    assert len(vk.methods.talks.answered) == 1


def test_names_are_asked_for(adapter: VkAdapter, vk: VkPeer) -> None:
    vk.max.last_name = "Miller"
    known, nobody, ourselves = (adapter.profile(key) for key in (str(MAX), "404", f"-{vk.community.id}"))
    assert known is not None
    assert (known.name, known.shown, known.key) == ("Max Miller", f"vk.com/id{MAX}", str(MAX))
    assert nobody is None
    assert ourselves is not None
    assert ourselves.name == "Shop of clocks"


def test_a_face_is_fetched_where_there_is_one(adapter: VkAdapter, vk: VkPeer) -> None:
    assert adapter.picture(str(MAX)) is None
    assert adapter.picture("404") is None
    vk.max.photo = vk.uploads.put("max.jpg", "image/jpeg", JPEG)
    picture = adapter.picture(str(MAX))
    assert picture is not None
    out = io.BytesIO()
    adapter.fetch_attachment(picture, out, 1_000_000)
    assert out.getvalue() == JPEG


def test_a_name_that_turns_lines_round_is_made_harmless(adapter: VkAdapter, vk: VkPeer) -> None:
    vk.max.first_name = "Max\u202e\u200b\n<b>"
    known = adapter.profile(str(MAX))
    assert known is not None
    assert known.name == "Max <b>"


def test_a_link_brings_a_token_once_the_name_of_the_community_is_known(outside: VkOutside) -> None:
    adapter = VkAdapter(outside.access)
    assert adapter.start_link("tok") == "https://vk.me/club216700001?ref=tok"
    assert VkAdapter(replace(outside.access, settings={})).start_link("tok") is None


@pytest.mark.parametrize("deed", ["reset_after", "garbage", "html"])
def test_the_key_stands_in_no_address_and_in_no_fault(outside: VkOutside, vk: VkPeer, deed: Any) -> None:
    outside.says("Hello")
    vk.community.rights[SECRET] = vk.community.rights[vk.token]
    with closing(VkAdapter(replace(outside.access, secrets={"token": SECRET}))) as adapter:
        vk.faults.add(deed, method="messages.send")
        faults = [refusal(adapter)]
        vk.community.revoke(SECRET)
        faults.append(refusal(adapter))
        assert SECRET not in f"{faults!r} {[each.detail for each in faults]} {adapter.__dict__['_access']!r}"
    for _, request in vk.calls:
        assert SECRET not in request.path
        assert SECRET not in str(request.fields)


def test_more_than_vk_allows_is_never_asked_by_one_message_with_many_files(
    adapter: VkAdapter, vk: VkPeer
) -> None:
    files = tuple(stored(f"{at}.pdf", f"%PDF {at}".encode(), "application/pdf") for at in range(3))
    (part,) = adapter.plan(message(files=files))
    before = len([name for name, _ in vk.calls if name not in ("upload", "a_check")])
    adapter.send(part)
    made = len([name for name, _ in vk.calls if name not in ("upload", "a_check")]) - before
    assert made == part.payload["cost"]
