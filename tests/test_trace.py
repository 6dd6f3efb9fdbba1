"""`bin/trace`: which requirements no test is marked with."""

import subprocess
import sys
from pathlib import Path

import pytest

TRACE = Path(__file__).parents[1] / "bin" / "trace"

REQUIREMENTS = """# Requirements
**EAD-01** The feed shows open dialogs. See also EAD-09.
- **EAD-02** Complete takes a dialog out.
### SYS-03 Time zones
**Names in code.** This line names none.
"""
BEHAVIOURS = """
I17. Own token first.
I18b. References known from another dialog (I99 is only mentioned).
O9. Exactly once, nearly.
"""
TESTS = """
import pytest

pytestmark = pytest.mark.requirement("SYS-03")


@pytest.mark.requirement("EAD-01", "I17")
def test_feed(): ...


class TestSending:
    @pytest.mark.requirement("O9")
    def test_once(self): ...


# @pytest.mark.requirement("EAD-02")
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "tests/inbox").mkdir(parents=True)
    (tmp_path / "tests/inbox/test_feed.py").write_text(TESTS)
    (tmp_path / "requirements.md").write_text(REQUIREMENTS)
    (tmp_path / "email.md").write_text(BEHAVIOURS)
    return tmp_path


def trace(place: Path, file: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, TRACE, place / file, "--tests", place / "tests", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_ids_without_a_marked_test_are_listed(place: Path) -> None:
    result = trace(place, "requirements.md")
    assert result.stdout.split() == ["EAD-02"]
    assert "2 of 3 held" in result.stderr
    assert result.returncode == 1


def test_plain_ids_at_the_start_of_a_line_count_as_introduced(place: Path) -> None:
    assert trace(place, "email.md").stdout.split() == ["I18b"]


def test_with_all_held_it_ends_well(place: Path) -> None:
    (place / "one.md").write_text("**EAD-01** The feed shows open dialogs.\n")
    result = trace(place, "one.md")
    assert (result.stdout, result.returncode) == ("", 0)


def test_the_tests_that_hold_an_id_can_be_asked_for(place: Path) -> None:
    assert trace(place, "requirements.md", "--held").stdout.splitlines() == [
        "EAD-01  tests/inbox/test_feed.py:7",
        "SYS-03  tests/inbox/test_feed.py:4",
    ]


def test_nothing_is_run_while_looking(place: Path) -> None:
    (place / "tests/test_explosive.py").write_text("raise SystemExit('was imported')\n")
    assert "held" in trace(place, "requirements.md").stderr
