"""What a process that was killed while it read a letter leaves behind."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from channels.email.letter_folders import letter_folder, sweep_letter_folders

pytestmark = pytest.mark.requirement("I10")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_of_a_process_that_was_killed_is_removed_at_the_next_start(temporary: Path) -> None:
    words = (
        "import os, signal\nfrom channels.email.letter_folders import letter_folder\n"
        "with letter_folder() as folder:\n    (folder / 'file').write_text('x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", words], env=environment, check=False)
    assert len(list(temporary.iterdir())) == 1
    assert sweep_letter_folders() == 1
    assert list(temporary.iterdir()) == []


def test_what_is_being_read_and_what_is_not_ours_stays(temporary: Path) -> None:
    (temporary / "emptyfeed-other").mkdir()
    with letter_folder() as folder:
        (temporary / "emptyfeed-letter-link").symlink_to(folder)
        assert sweep_letter_folders() == 0
        assert folder.exists()
    assert not folder.exists()


def test_one_that_no_letter_can_still_need_goes_whoever_made_it(temporary: Path) -> None:
    old = temporary / f"emptyfeed-letter-{os.getpid()}-x"
    old.mkdir()
    os.utime(old, (time.time() - 4000, time.time() - 4000))
    assert sweep_letter_folders() == 1
