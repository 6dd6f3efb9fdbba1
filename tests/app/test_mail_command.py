"""`emptyfeed mail show`: how a letter would be read, and never a failure."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.commands.mail import mail, read_file

LETTER = "From: Mia <mia@ok.example>\nSubject: =?utf-8?B?0J/RgNC4?=\n\nHello\n\n-- \nMia\n"


def run(*arguments: str, **options: object) -> Result:
    result = CliRunner().invoke(mail, ["show", *arguments], **options)  # type: ignore[arg-type]
    assert result.exit_code == 0, result.output
    return result


def told(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout_bytes.splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "letter.eml"
    path.write_text(LETTER)
    return path


def test_letter_is_one_object(file: Path) -> None:
    [letter] = told(run(str(file), "--json"))
    assert letter["class"] == "human"
    assert letter["from"] == {"name": "Mia", "address": "mia@ok.example"}
    assert (letter["subject"], letter["visible_text"], letter["folded_text"]) == ("При", "Hello", "-- \nMia")


def test_several_letters_are_one_object_a_line_in_order(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.eml"
    other.write_text("Subject: other\n\nx")
    assert [letter["subject"] for letter in told(run(str(file), str(other), str(file), "--json"))] == [
        "При",
        "other",
        "При",
    ]


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 1_000, bytes(range(256)), b"From: x\nContent-Type: multipart/mixed\n\n--"]
)
def test_hopeless_file_prints_what_could_be_saved(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hopeless.eml"
    path.write_bytes(content)
    [letter] = told(run(str(path), "--json"))
    assert letter["class"] == "human"


def test_missing_file_and_folder_are_told_in_their_place(file: Path, tmp_path: Path) -> None:
    letters = told(run(str(tmp_path / "none.eml"), str(tmp_path), str(file), "--json"))
    assert [bool(letter["defects"]) for letter in letters] == [True, True, False]


def test_letter_that_cannot_be_read_in_time_is_told_with_its_first_words(file: Path, tmp_path: Path) -> None:
    file.write_text("Subject: long\nContent-Type: text/html\n\n" + "<p>word <b>word</b></p>" * 80_000)
    letter = read_file(str(file), tmp_path, cpu_seconds=-1)
    assert (letter.subject, letter.defects) == ("long", ("unreadable_time",))
    assert letter.text.startswith("<p>word")


def test_letter_comes_by_standard_input_too() -> None:
    [letter] = told(run("-", "--json", input=LETTER.encode()))
    assert letter["subject"] == "При"


def test_page_for_people_shows_what_the_writer_wrote(file: Path) -> None:
    page = run(str(file)).stdout
    assert "mia@ok.example" in page
    assert "Hello" in page
    assert "-- " not in page
