"""Folders that hold a letter's files while it is read; what a killed process left behind goes later."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "emptyfeed-letter-"
NAME = re.compile(PREFIX + r"(\d{1,10})-")
LONGEST_READING = 3600.0


@contextmanager
def letter_folder() -> Iterator[Path]:
    """A folder of this process, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as name:
        yield Path(name)


def sweep_letter_folders() -> int:
    """Remove the folders of processes that are no more, and those no letter can still need; how many."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid() or not _is_left(folder):
                continue
            shutil.rmtree(folder)
            removed += 1
        except OSError:
            continue  # somebody else was quicker
    return removed


def _is_left(folder: Path) -> bool:
    if time.time() - folder.stat().st_mtime > LONGEST_READING:
        return True
    name = NAME.match(folder.name)
    if name is None:
        return False
    try:
        os.kill(int(name[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False
