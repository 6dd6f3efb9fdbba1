"""Letters nobody would write, found by following the branches of the code that reads them.

    python -m tests.fuzz.letters                          until it is stopped or finds something
    python -m tests.fuzz.letters FOLDER -max_total_time=3600   keeps what it learned in FOLDER

It begins with the letters of tests/letters. What breaks is written to a file `crash-…`, which belongs
among those letters once it is mended. Options are those of libFuzzer.
"""

import re
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["channels.email"]):
    from channels.email.bounces import read_bounce
    from channels.email.classify import classify
    from channels.email.envelope import believable_fields, normalised
    from channels.email.fold import fold_text
    from channels.email.forwards import find_forward, read_forwarded
    from channels.email.letters import Letter
    from channels.email.mime import read_parts
    from channels.email.wire import read_letter

LETTERS = Path(__file__).parent.parent / "letters"
LONGEST = 20_000


def try_letter(raw: bytes) -> None:
    """Whatever comes, a letter comes out, and all its texts are texts."""
    letter = read_letter(raw)
    unread = [defect for defect in letter.defects if defect.startswith("unread")]
    assert not unread, unread
    for text in _texts(letter):
        text.encode("utf-8")
        assert "\0" not in text
    _try_words(letter)
    _try_as_bounce(raw, letter)


def _try_words(letter: Letter) -> None:
    """Nothing of the text is lost between what is shown and what is folded, whatever the subject says."""
    folding = fold_text(letter.text, subject=letter.subject)
    _same_words(letter.text, f"{folding.visible}\n{folding.folded}")
    lines = letter.text.split("\n")
    for subject in (letter.subject, f"Fwd: {letter.subject}"):
        start = find_forward(lines, subject)
        if start is not None:
            read_forwarded(lines, start, subject)


def _try_as_bounce(raw: bytes, letter: Letter) -> None:
    """The reader of bounces survives letters that are none."""
    raw = normalised(raw)
    root = read_parts(raw, believable_fields(raw), [])
    classify(root, letter.text, letter.subject, letter.from_, letter.return_path)
    read_bounce(root, letter.text, letter.subject, raw)


def _same_words(whole: str, shown: str) -> None:
    assert sorted(re.findall(r"\S+", whole)) == sorted(re.findall(r"\S+", shown))


def _texts(letter: Letter) -> list[str]:
    told = letter.to_json()
    found = [value for value in told.values() if isinstance(value, str)]
    return [*found, letter.visible_text, letter.folded_text, *(value for _, value in letter.headers)]


def main() -> None:
    """Run with the letters we have as its first corpus."""
    corpora = [str(each) for each in sorted(LETTERS.iterdir()) if each.is_dir()]
    given = sys.argv[1:]
    if not any(not each.startswith("-") for each in given):
        given.insert(0, tempfile.mkdtemp(prefix="emptyfeed-fuzz-"))  # it learns into the first folder named
    atheris.Setup([sys.argv[0], *given, *corpora, f"-max_len={LONGEST}", "-timeout=5"], try_letter)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
