"""The wheel: one file that holds everything of ours and runs where there is no checkout."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Builds it, with the scripts, and runs the product from it.
pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="emptyfeed-wheel-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def wheel(place: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([*command, "--wheel-dir", place, ROOT], check=True, env={**os.environ, "PATH": scripts})
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(place: Path, wheel: Path) -> Path:
    """A venv with the wheel in it; what it depends on is lent from here, our own code is not."""
    venv = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    command = [venv / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(command, check=True)
    (site_packages,) = venv.glob("lib/python3.*/site-packages")
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return venv


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_all_that_is_read_at_run_time(wheel: Path) -> None:
    names = contents(wheel)
    assert {"app/Procfile", "app/static/dist/manifest.json", "app/static/NOTICES.txt"} <= names
    for folder in ("templates", "migrations", "translations"):
        ours = {str(file.relative_to(ROOT)) for file in (ROOT / folder).rglob("*") if file.is_file()}
        expected = {name for name in ours if "__pycache__" not in name and not name.endswith((".po", ".pot"))}
        assert expected <= names
        assert expected


def test_the_wheel_holds_neither_tests_nor_sources_of_the_bundle(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in contents(wheel)}
    assert tops.isdisjoint({"tests", "bench", "frontend", "bin", "docs", "requirements"})


def test_the_notices_name_every_package_and_quote_the_licences_of_the_bundled(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        notices = archive.read("app/static/NOTICES.txt").decode()
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE)
    assert [name for name in locked if f"{name} " not in notices] == []
    for name in ("svelte", "socket.io-client", "prosemirror-model", "@fontsource-variable/inter"):
        assert f"\n{name} " in notices
    assert "Permission is hereby granted" in notices
    assert "SIL OPEN FONT LICENSE" in notices


def test_it_serves_from_an_installed_wheel_in_any_folder(place: Path, installed: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"PATH": "/usr/bin:/bin", "EMPTYFEED_DATA": str(place / "data"), "PORT": str(port)}
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    with (place / "output").open("wb") as output:
        running = subprocess.Popen(
            [installed / "bin/emptyfeed", "run"], cwd=elsewhere, env=given, stdout=output, stderr=output
        )
    try:
        assert wait_for(port, running) == 200, (place / "output").read_text()[-2000:]
        assert subprocess.run(
            [installed / "bin/python", "-c", "import app; print(app.__file__)"],
            cwd=elsewhere,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.startswith(str(installed))
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.wait()


def wait_for(port: int, running: subprocess.Popen[bytes], patience: float = 60) -> int:
    """The status of /health/live once somebody answers; 0 when nobody does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and running.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    return 0
