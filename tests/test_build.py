"""The build hook: builds what is stale, and refuses a wheel that would show empty pages."""

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import hatch_build

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Reply"\nmsgstr "{answer}"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which everything was built just now."""
    for name, text in {
        "hatch_build.py": "",
        "frontend/package.json": '{"dependencies": {"svelte": "5"}}',
        "frontend/deno.lock": "one",
        "frontend/src/main.ts": "let one",
        "frontend/node_modules/svelte/package.json": '{"name": "svelte", "version": "5.0", "license": "MIT"}',
        "frontend/node_modules/svelte/LICENSE.md": "Permission is hereby granted",
        "requirements/licences.txt": "flask 3.1.3 - BSD-3-Clause\n",
        "translations/ru/LC_MESSAGES/messages.po": PO.replace("{answer}", "Ответить"),
        "app/static/dist/manifest.json": "{}",
        "app/static/NOTICES.txt": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "app/static/dist/.stamp").write_text(hatch_build._sources_hash(tmp_path))
    return tmp_path


def test_what_was_built_from_the_same_sources_is_not_built_again(checkout: Path) -> None:
    assert hatch_build.is_fresh(checkout)
    hatch_build.build(checkout)  # would fail: there is no Vite here
    (checkout / "frontend/node_modules/svelte/package.json").write_text("{}")
    assert hatch_build.is_fresh(checkout)


@pytest.mark.parametrize(
    "changed",
    [
        "frontend/src/main.ts",
        "frontend/deno.lock",
        "frontend/package.json",
        "translations/ru/LC_MESSAGES/messages.po",
        "requirements/licences.txt",
        "hatch_build.py",
    ],
)
def test_any_change_of_what_it_is_made_from_makes_it_stale(changed: str, checkout: Path) -> None:
    with (checkout / changed).open("a") as file:
        file.write("more")
    assert not hatch_build.is_fresh(checkout)


@pytest.mark.parametrize(
    "missing", ["app/static/dist/.stamp", "app/static/dist/manifest.json", "app/static/NOTICES.txt"]
)
def test_a_part_that_is_missing_makes_it_stale(missing: str, checkout: Path) -> None:
    (checkout / missing).unlink()
    assert not hatch_build.is_fresh(checkout)


def test_a_new_source_makes_it_stale(checkout: Path) -> None:
    (checkout / "frontend/src/new.ts").write_text("let two")
    assert not hatch_build.is_fresh(checkout)


def test_translations_are_compiled_when_they_changed(checkout: Path) -> None:
    source = checkout / "translations/ru/LC_MESSAGES/messages.po"
    hatch_build.compile_translations(checkout)
    assert "Ответить".encode() in source.with_suffix(".mo").read_bytes()
    source.write_text(PO.replace("{answer}", "Написать"))
    hatch_build.compile_translations(checkout)
    assert "Написать".encode() in source.with_suffix(".mo").read_bytes()
    with source.open("rb") as file:
        assert len(read_po(file)) == 1


def test_the_notices_hold_names_of_the_installed_and_licences_of_the_bundled(checkout: Path) -> None:
    hatch_build.write_notices(checkout)
    notices = (checkout / "app/static/NOTICES.txt").read_text()
    assert "flask 3.1.3 - BSD-3-Clause" in notices
    assert "svelte 5.0 - MIT" in notices
    assert "Permission is hereby granted" in notices


def test_without_a_front_end_no_wheel_is_made(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "empty"\nversion = "1"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["app"]\n'
        '[tool.hatch.build.targets.wheel.hooks.custom]\npath = "hatch_build.py"\n'
    )
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").write_text("")
    (tmp_path / "hatch_build.py").write_text(Path(hatch_build.__file__).read_text())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        tmp_path,
        tmp_path,
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode != 0
    assert "the front end is missing" in built.stdout + built.stderr
    assert list(tmp_path.glob("*.whl")) == []
