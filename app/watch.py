"""Notice that the Python code changed, for those who work on it."""

import time
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_PACKAGES = ("app", "channels", "core", "inbox", "people", "tags", "tasks")
_LOOK_EVERY = 1.0


class Watch:
    """The newest change among our own modules, looked for once a second at most."""

    def __init__(self, root: Path = _ROOT) -> None:
        self._root = root
        self._seen = self._newest()
        self._looked_at = time.monotonic()

    def has_changed(self) -> bool:
        """Whether a module was written since the last time this was asked."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY:
            return False
        self._looked_at = time.monotonic()
        before, self._seen = self._seen, self._newest()
        return before != self._seen

    def _newest(self) -> tuple[int, int]:
        """How many modules there are and when the last of them was written."""
        files = [file for package in _PACKAGES for file in (self._root / package).rglob("*.py")]
        return len(files), max((file.stat().st_mtime_ns for file in files if file.exists()), default=0)
