"""A message is cut into calls that Telegram takes, in the order in which it is read."""

from typing import Any

import pytest

from channels.adapter import BadContent, Part
from channels.telegram.keys import Place, is_of, message_id_of, place_of
from channels.telegram.planning import plan
from inbox.border import Outgoing, OutgoingFile


def file(name: str = "a.pdf", mime: str = "application/pdf", size: int = 10) -> OutgoingFile:
    return OutgoingFile(name, mime, size, f"{len(name):064x}")


def outgoing(text: str = "", *files: OutgoingFile, conversation: str = "7", **more: Any) -> Outgoing:
    html = more.pop("html", None)
    return Outgoing("key", 71, 5, conversation, text, html, files, {}, **more)


def methods(parts: list[Part]) -> list[str]:
    return [each.payload["method"] for each in parts]


PICTURE, FILM, SONG = (
    file("a.png", "image/png"),
    file("a.mp4", "video/mp4"),
    file("a.mp3", "audio/mpeg"),
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([file()], ["sendDocument"]),
        ([PICTURE], ["sendPhoto"]),
        ([file("a.png", "image/png", 11 * 2**20)], ["sendDocument"]),
        ([file("a.svg", "image/svg+xml")], ["sendDocument"]),
        ([file("a.gif", "image/gif")], ["sendAnimation"]),
        ([FILM], ["sendVideo"]),
        ([SONG], ["sendAudio"]),
        ([file("a.ogg", "audio/ogg; codecs=opus")], ["sendVoice"]),
        ([PICTURE, FILM], ["sendMediaGroup"]),
        ([PICTURE, file()], ["sendPhoto", "sendDocument"]),
        ([file(), file()], ["sendMediaGroup"]),
        ([PICTURE] * 11, ["sendMediaGroup", "sendPhoto"]),
        ([SONG, SONG, file()], ["sendMediaGroup", "sendDocument"]),
        ([file("a.gif", "image/gif")] * 2, ["sendAnimation", "sendAnimation"]),
    ],
)
def test_files_go_as_what_they_are_together_where_that_is_possible(
    files: list[OutgoingFile], expected: list[str]
) -> None:
    assert methods(plan(outgoing("", *files))) == expected


def test_short_words_stand_below_the_file_and_long_ones_follow_it() -> None:
    (below,) = plan(outgoing("Here it is", PICTURE))
    assert below.payload["text"] == "Here it is"
    assert methods(plan(outgoing("x" * 1024, PICTURE))) == ["sendPhoto"]
    first, second = plan(outgoing("x" * 1025, PICTURE))
    assert "text" not in first.payload
    assert second.payload["text"] == "x" * 1025
    assert methods(plan(outgoing("Both", PICTURE, file()))) == ["sendPhoto", "sendDocument", "sendMessage"]


def test_an_album_costs_as_many_calls_as_it_has_files() -> None:
    (album,) = plan(outgoing("", PICTURE, PICTURE, PICTURE))
    assert album.payload["cost"] == 3


def test_a_long_text_is_several_messages_of_which_the_first_answers_and_the_last_has_the_buttons() -> None:
    parts = plan(outgoing("word " * 2000, reply_to_key="7/42", buttons=(("Yes", "yes:1"), ("No", "no:1"))))
    assert len(parts) == 3
    assert [each.payload.get("reply_to") for each in parts] == [42, None, None]
    assert [each.payload.get("buttons") for each in parts] == [None, None, [["Yes", "yes:1"], ["No", "no:1"]]]
    assert len({each.key for each in parts}) == 3


def test_a_message_of_another_chat_is_not_answered_here() -> None:
    (part,) = plan(outgoing("x", reply_to_key="8/42"))
    assert "reply_to" not in part.payload


def test_buttons_whose_data_are_too_long_are_left_out() -> None:
    (part,) = plan(outgoing("x", buttons=(("Yes", "я" * 33), ("No", "no"))))
    assert part.payload["buttons"] == [["No", "no"]]


def test_the_plainest_form_has_no_marks_answers_nothing_and_sends_documents() -> None:
    given = outgoing("bold", PICTURE, html="<b>bold</b>", reply_to_key="7/42")
    (normal,), (plainest,) = plan(given), plan(given, fallback=True)
    assert normal.payload["marks"] == [{"type": "bold", "offset": 0, "length": 4}]
    assert plainest.payload["method"] == "sendDocument"
    assert not {"marks", "reply_to"} & set(plainest.payload)
    assert plainest.key != normal.key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (outgoing(" \n "), "empty"),
        (outgoing("", html="<p> </p>"), "empty"),
        (outgoing("x", file(size=0)), "empty_file"),
        (outgoing("x", file(size=51 * 2**20)), "too_big"),
        (outgoing("x", conversation="nonsense"), "bad_conversation"),
    ],
)
def test_what_cannot_be_sent_is_said_before_anything_is(given: Outgoing, code: str) -> None:
    with pytest.raises(BadContent) as refused:
        plan(given)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "place",
    [Place(7), Place(-1002100000001), Place(-1002100000001, 12), Place(7, None, "BC:1"), Place(7, 9)],
)
def test_a_place_is_found_again_by_its_name(place: Place) -> None:
    assert place_of(place.conversation_key) == place
    assert message_id_of(place.message_key(42)) == 42
    assert is_of(place.message_key(42), place)
    assert not is_of("8/42", place)


@pytest.mark.parametrize("key", ["", "seven", "biz:", "biz:BC", "7:tx", "7:t12:9"])
def test_a_name_of_nothing_is_refused(key: str) -> None:
    with pytest.raises(BadContent):
        place_of(key)
