"""Messages cut into calls of MAX."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from channels.adapter import BadContent
from channels.cutting import cut_text, units
from channels.max.planning import MOST_BYTES, MOST_TEXT, plan
from inbox.border import Outgoing, OutgoingFile


def outgoing(text: str = "", *files: OutgoingFile, **more: Any) -> Outgoing:
    conversation = more.pop("conversation", "70001")
    return Outgoing("key", 7, 5, conversation, text, None, files, {}, **more)


def file(mime: str, name: str = "a", size: int = 5) -> OutgoingFile:
    return OutgoingFile(name, mime, size, f"sha-{name}")


@pytest.mark.parametrize(
    ("length", "parts"), [(MOST_TEXT - 1, 1), (MOST_TEXT, 1), (MOST_TEXT + 1, 2), (12_000, 4)]
)
def test_a_long_text_goes_in_as_many_messages_as_it_needs(length: int, parts: int) -> None:
    planned = plan(outgoing("я" * length))
    assert [units(each.payload["text"]) <= MOST_TEXT for each in planned] == [True] * parts
    assert "".join(each.payload["text"] for each in planned) == "я" * length
    assert len({each.key for each in planned}) == parts


def test_a_text_is_cut_where_a_reader_would_pause() -> None:
    text = f"{'a' * 2500}.\n\n{'b' * 2500}. {'c' * 1000}"
    assert [each[0] for each in cut_text(text, MOST_TEXT)] == ["a", "b"]
    words = " ".join(["слово"] * 1000)
    assert all(set(piece.split()) == {"слово"} for piece in cut_text(words, MOST_TEXT))


@given(text=some.text(alphabet="a \n.😀👍🏽é\u0301🇷🇺", max_size=300), longest=some.integers(8, 50))
def test_cutting_loses_nothing_but_white_space(text: str, longest: int) -> None:
    pieces = cut_text(text, longest)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(0 < units(piece) <= longest for piece in pieces)


@pytest.mark.requirement("CHN-15")
def test_pictures_go_together_and_every_other_file_alone_with_the_words_first() -> None:
    paper, voice = file("application/pdf", "p"), file("audio/ogg", "v")
    planned = plan(outgoing("Look", file("image/png", "1"), paper, file("video/mp4", "2"), voice))
    found = [(each.payload["text"], [one["name"] for one in each.payload["files"]]) for each in planned]
    assert found == [("Look", ["p"]), ("", ["v"]), ("", ["1", "2"])]
    pictures = plan(outgoing("", *(file("image/jpeg", str(number)) for number in range(12))))
    assert [len(each.payload["files"]) for each in pictures] == [10, 2]


def test_the_plainest_form_answers_nothing_and_sends_documents_only() -> None:
    message = outgoing("Look", file("image/png"), reply_to_key="mid.1")
    first, plain = plan(message)[0], plan(message, fallback=True)[0]
    assert (first.payload["reply_to"], first.payload["files"][0]["kind"]) == ("mid.1", "image")
    assert ("reply_to" in plain.payload, plain.payload["files"][0]["kind"]) == (False, "file")
    assert first.key != plain.key


def test_buttons_stand_below_the_last_message() -> None:
    planned = plan(outgoing("a" * 5000, buttons=(("Yes", "yes"), ("  ", "no"), ("Long", "x" * 2000))))
    assert [each.payload.get("buttons") for each in planned] == [None, [["Yes", "yes"]]]


def test_a_picture_that_is_too_big_goes_as_a_document_and_what_is_too_big_for_that_not_at_all() -> None:
    big = plan(outgoing("", file("image/png", size=MOST_BYTES["image"] + 1)))
    assert big[0].payload["files"][0]["kind"] == "file"
    with pytest.raises(BadContent) as refused:
        plan(outgoing("", file("application/zip", size=MOST_BYTES["file"] + 1)))
    assert refused.value.code == "media_too_big"


@pytest.mark.parametrize(
    ("text", "conversation", "code"),
    [
        ("", "70001", "nothing_to_send"),
        (" \n ", "70001", "nothing_to_send"),
        ("hi", None, "conversation_unknown"),
        ("hi", "talk-Max", "conversation_unknown"),
    ],
)
def test_what_cannot_be_sent_says_why(text: str, conversation: str | None, code: str) -> None:
    with pytest.raises(BadContent) as refused:
        plan(outgoing(text, conversation=conversation))
    assert refused.value.code == code
