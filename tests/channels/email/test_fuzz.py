"""A short run of the coverage-guided fuzzer; `python -m tests.fuzz.letters` runs as long as one likes."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris has no wheel for this platform or this Python"
)
@pytest.mark.requirement("I3")
def test_a_few_hundred_letters_found_by_following_branches_break_nothing(tmp_path: Path) -> None:
    """The same ones each time: a failure is the fault of what changed since."""
    (tmp_path / "learned").mkdir()
    command = [sys.executable, "-m", "tests.fuzz.letters", str(tmp_path / "learned"), "-seed=4", "-runs=600"]
    ran = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "Done 600 runs" in ran.stderr
