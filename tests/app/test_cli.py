"""The command line: every command is there, and none is imported before it is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import COMMANDS, cli
from core.config import get_settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_can_be_loaded(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: cli {name}")


def test_the_list_of_commands_needs_none_of_their_modules() -> None:
    program = (
        "import sys; from app.cli import main\ntry: main(['--help'])\nfinally: print(sorted(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert all(name in told.stdout for name in COMMANDS)
    for heavy in ("'flask'", "'app.factory'", "'channels.intake'", "'alembic'", "'sqlalchemy'"):
        assert heavy not in told.stdout


def test_settings_that_cannot_be_used_are_listed_and_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("REDIS_URL", "cache")
    get_settings.cache_clear()
    result = CliRunner().invoke(cli, ["migrate"])
    assert result.exit_code == 1
    assert "PORT: " in result.output
    assert "REDIS_URL: " in result.output


def test_what_a_process_dies_of_is_one_line_in_the_log() -> None:
    given = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://ann:hunter2@127.0.0.1:1/desk"}
    told = subprocess.run(
        [sys.executable, "-m", "app.cli", "owner-link"],
        env={**given, "REDIS_URL": "unix:///nowhere", "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert told.returncode == 1
    (line,) = told.stderr.strip().splitlines()
    assert '"event": "process.broke"' in line
    assert "hunter2" not in line
