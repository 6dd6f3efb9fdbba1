"""A message of ours, cut into what VK takes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapter import BadContent
from channels.vk.keys import client_key, is_chat, numbers_of, random_id_of
from channels.vk.planning import keyboard, plan_parts
from inbox.border import Outgoing, OutgoingFile

MESSAGE = Outgoing("key-of-the-message", 1, 2, "7001", "Hello", None, (), {})


def file(name: str, mime: str = "application/pdf", size: int = 1000) -> OutgoingFile:
    return OutgoingFile(name, mime, size, f"hash-of-{name}")


def texts(message: Outgoing, *, plain: bool = False) -> list[str]:
    return [part.payload["text"] for part in plan_parts(message, plain=plain)]


@pytest.mark.parametrize(("length", "pieces"), [(4095, 1), (4096, 1), (4097, 2), (3 * 4096, 3)])
def test_a_long_text_leaves_in_pieces(length: int, pieces: int) -> None:
    found = texts(replace(MESSAGE, text="ж" * length))
    assert len(found) == pieces
    assert "".join(found) == "ж" * length


def test_a_text_is_cut_where_a_reader_pauses() -> None:
    paragraph = "Слово за словом. " * 200
    found = texts(replace(MESSAGE, text=f"{paragraph}\n\n{paragraph}"))
    assert [each.strip() for each in found] == [paragraph.strip()] * 2


@given(st.text(alphabet=st.sampled_from("ab \n.👨‍👩‍👧🇷🇺é\u0301אב"), max_size=9000))
def test_nothing_but_white_space_is_lost_by_cutting(text: str) -> None:
    if not text.strip():
        with pytest.raises(BadContent, match="nothing"):
            texts(replace(MESSAGE, text=text))
        return
    found = texts(replace(MESSAGE, text=text))
    assert all(0 < len(each) <= 4096 for each in found)
    assert "".join("".join(found).split()) == "".join(text.split())


@pytest.mark.parametrize("sign", ["👨‍👩‍👧", "🇷🇺", "👍🏽", "é"])
def test_a_sign_is_never_cut_in_two(sign: str) -> None:
    for lead in range(4096 - 8, 4097):
        first, *rest = texts(replace(MESSAGE, text="x" * lead + sign * 4 + "y" * 50))
        assert (len(first) - lead) % len(sign) == 0
        assert "".join(rest).rstrip("y") in (sign * 4, sign * 3, sign * 2, sign, "")


def test_files_go_with_the_last_words_ten_at_a_time_and_a_voice_alone() -> None:
    files = (*(file(f"{number}.pdf") for number in range(11)), file("voice.ogg", "audio/ogg"), file("z.pdf"))
    parts = plan_parts(replace(MESSAGE, text="x" * 5000, files=files))
    assert [len(part.payload["files"]) for part in parts] == [0, 10, 1, 1, 1]
    assert [bool(part.payload["text"]) for part in parts] == [True, True, False, False, False]
    assert [part.payload["files"][0]["as"] for part in parts[2:]] == ["doc", "voice", "doc"]


@pytest.mark.parametrize(
    ("given", "sent_as", "plainly"),
    [
        (file("a.jpg", "image/jpeg"), "photo", "doc"),
        (file("a.png", "image/png"), "photo", "doc"),
        (file("a.gif", "image/gif"), "doc", "doc"),
        (file("a.svg", "image/svg+xml"), "doc", "doc"),
        (file("big.jpg", "image/jpeg", 51 * 1024 * 1024), "doc", "doc"),
        (file("a.ogg", "audio/ogg"), "voice", "doc"),
        (file("отчёт.pdf"), "doc", "doc"),
    ],
)
def test_files_leave_as_what_they_are(given: OutgoingFile, sent_as: str, plainly: str) -> None:
    message = replace(MESSAGE, files=(given,))
    assert plan_parts(message)[-1].payload["files"][0]["as"] == sent_as
    assert plan_parts(message, plain=True)[-1].payload["files"][0]["as"] == plainly


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (replace(MESSAGE, text=" \n "), "empty_message"),
        (replace(MESSAGE, conversation_key=None), "no_recipient"),
        (replace(MESSAGE, files=(file("a.pdf", size=0),)), "file_empty"),
        (replace(MESSAGE, files=(file("a.pdf", size=201 * 1024 * 1024),)), "too_big"),
        (replace(MESSAGE, buttons=tuple(("x", "y") for _ in range(31))), "bad_buttons"),
    ],
)
def test_what_can_be_sent_in_no_form_is_said_before_anything_is(message: Outgoing, code: str) -> None:
    for plain in (False, True):
        with pytest.raises(BadContent) as refused:
            plan_parts(message, plain=plain)
        assert refused.value.code == code


def test_only_the_first_part_answers_and_only_in_its_own_conversation() -> None:
    message = replace(MESSAGE, text="x" * 5000, reply_to_key="7001/5")
    assert [part.payload.get("answers") for part in plan_parts(message)] == [5, None]
    assert [part.payload.get("answers") for part in plan_parts(message, plain=True)] == [None] * 3
    strange = replace(message, reply_to_key="7002/5")
    assert plan_parts(strange)[0].payload.get("answers") is None


def test_buttons_stand_below_the_last_part_within_the_limits() -> None:
    buttons = tuple((f"Button number {number} with far too many words", str(number)) for number in range(30))
    first, last = plan_parts(replace(MESSAGE, text="x" * 5000, buttons=buttons))
    rows = json.loads(last.payload["keyboard"])["buttons"]
    assert "keyboard" not in first.payload
    assert len(rows) <= 6
    assert all(len(row) <= 5 for row in rows)
    assert all(len(button["action"]["label"]) <= 40 for row in rows for button in row)
    assert json.loads(json.loads(keyboard((("Yes", "y"),)))["buttons"][0][0]["action"]["payload"]) == {
        "button": "y",
        "label": "Yes",
    }


def test_a_plainer_form_has_keys_of_its_own() -> None:
    usual, plain = plan_parts(MESSAGE), plan_parts(MESSAGE, plain=True)
    assert not {part.key for part in usual} & {part.key for part in plain}
    assert usual[0].payload["client_key"] == client_key(7001, usual[0].payload["random_id"])


@given(st.text(max_size=50))
def test_keys_are_numbers_that_vk_takes_and_never_nought(text: str) -> None:
    assert 0 < random_id_of(text) < 2**31
    assert random_id_of(text) == random_id_of(text)


def test_chats_are_told_from_people_by_their_range() -> None:
    assert not is_chat(2_000_000_000)
    assert is_chat(2_000_000_001)
    assert is_chat(2_100_000_000)
    assert not is_chat(2_100_000_001)
    assert not is_chat(7001)
    assert not is_chat(-7001)


@pytest.mark.parametrize("key", ["", "7001", "a/b", "7001/", "/5"])
def test_what_is_no_name_of_a_message_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        numbers_of(key)
