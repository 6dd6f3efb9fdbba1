"""Settings of a test: nothing of the developer's own, a data folder that is thrown away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import Settings, get_settings

_NEVER_INHERITED = (
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "REDIS_URL",
    "BASE_URL",
    "EMPTYFEED_CLOCK",
    "OUTSIDE_ALLOW",
)
SECRET_KEY = "a-key-that-only-tests-use-and-long-enough"


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Forget `.env` and what the shell says about an installation."""
    patch = pytest.MonkeyPatch()
    patch.setitem(Settings.model_config, "env_file", None)
    for name in _NEVER_INHERITED:
        patch.delenv(name, raising=False)
    patch.setenv("SECRET_KEYS", SECRET_KEY)
    # Two cores that run the tests of a whole product may be late without anything being wrong.
    patch.setenv("VALKEY_PATIENCE", "2")
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def data_folder(
    clean_environment: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """EMPTYFEED_DATA of this test alone."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("EMPTYFEED_DATA", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()
