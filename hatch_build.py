"""Builds what goes with the Python code: the browser's bundle, compiled translations, third-party notices.

Hatchling calls it for every wheel and for `pip install -e .`; `python hatch_build.py` builds what is stale.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DENO = "deno==2.9.8"
BABEL = "babel==2.18.0"
_BUNDLE = "app/static/dist"
_NOTICES = "app/static/NOTICES.txt"
_LEFT_OUT = {"node_modules", "dist", ".vite"}


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """A wheel without a bundle would install and then show empty pages, so it is not built."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What an isolated build must install first; nothing when all is built."""
        root = Path(self.root)
        needed = [] if is_fresh(root) else [DENO]
        return [*needed, BABEL] if _catalogues(root) else needed

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and put the Procfile where an installed Emptyfeed finds it."""
        root = Path(self.root)
        build(root)
        if version != "editable":
            if not (root / _BUNDLE / "manifest.json").exists():
                raise RuntimeError("the front end is missing, so this wheel would serve empty pages")
            build_data["force_include"][str(root / "Procfile")] = "app/Procfile"


def build(root: Path) -> None:
    """Build what is older than its sources; two builds at once wait for each other."""
    compile_translations(root)
    if is_fresh(root) or not (root / "frontend/package.json").exists():
        return
    with (root / "frontend/package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if is_fresh(root):
            return
        _build_bundle(root)
        write_notices(root)
        (root / _BUNDLE / ".stamp").write_text(_sources_hash(root), encoding="ascii")


def is_fresh(root: Path) -> bool:
    """Whether the bundle was built from exactly these sources and this lock."""
    stamp = root / _BUNDLE / ".stamp"
    if (
        not stamp.exists()
        or not (root / _NOTICES).exists()
        or not (root / _BUNDLE / "manifest.json").exists()
    ):
        return False
    return stamp.read_text(encoding="ascii") == _sources_hash(root)


def compile_translations(root: Path) -> None:
    """Compile each catalogue that is newer than what was compiled from it."""
    for source in _catalogues(root):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as po:
            catalogue = read_po(po, locale=source.parent.parent.name)
        unfinished = target.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as mo:
            write_mo(mo, catalogue)
        unfinished.replace(target)


def write_notices(root: Path) -> None:
    """Name every package we stand on; of those inside our bundle, their licences in full."""
    parts = [
        "Emptyfeed is made with the following software of others.\n",
        "PYTHON PACKAGES (installed beside it)\n",
    ]
    listed = root / "requirements/licences.txt"
    parts.append(listed.read_text(encoding="utf-8") if listed.exists() else "")
    parts.append("BROWSER PACKAGES (inside app/static/dist)\n")
    for folder, description in sorted(_shipped_packages(root / "frontend"), key=lambda pair: pair[1]["name"]):
        parts.append(
            f"{description['name']} {description['version']} - {description.get('license', 'see below')}\n"
        )
        parts += _licence_texts(folder)
    (root / _NOTICES).write_text("\n".join(parts), encoding="utf-8")


def _build_bundle(root: Path) -> None:
    deno = _find_deno()
    environment = {"DENO_TLS_CA_STORE": "system,mozilla", "DENO_NO_UPDATE_CHECK": "1", **os.environ}
    for command in (
        ["install", "--frozen", "--quiet"],
        ["run", "-A", "--quiet", "npm:vite", "build", "--logLevel=warn"],
    ):
        subprocess.run([deno, *command], cwd=root / "frontend", env=environment, check=True)


def _find_deno() -> str:
    beside = Path(sys.executable).parent / "deno"
    found = str(beside) if beside.exists() else shutil.which("deno")
    if found is None:
        raise RuntimeError(f"building the front end needs Deno: pip install {DENO}")
    return found


def _sources_hash(root: Path) -> str:
    digest = hashlib.sha256()
    for file in _sources(root):
        digest.update(f"{file.relative_to(root)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield root / "hatch_build.py"
    if (root / "requirements/licences.txt").exists():
        yield root / "requirements/licences.txt"
    yield from _catalogues(root)
    for folder, names, files in os.walk(root / "frontend"):
        names[:] = sorted(set(names) - _LEFT_OUT)
        yield from (Path(folder, name) for name in sorted(files))


def _catalogues(root: Path) -> list[Path]:
    return sorted(root.glob("translations/*/LC_MESSAGES/*.po"))


def _shipped_packages(frontend: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The packages that Vite puts into the bundle: our dependencies and theirs, not the build tools."""
    waiting = [(name, frontend) for name in _read_json(frontend / "package.json").get("dependencies", {})]
    seen: set[str] = set()
    while waiting:
        name, user = waiting.pop()
        folder = _package_folder(name, user, frontend)
        if name in seen or folder is None:
            continue
        seen.add(name)
        description = _read_json(folder / "package.json")
        waiting += [(inner, folder) for inner in description.get("dependencies", {})]
        yield folder, description


def _package_folder(name: str, user: Path, frontend: Path) -> Path | None:
    """Where a package's own dependency lies: beside it in Deno's store, or at the top."""
    places = [user / "node_modules", *(parent for parent in user.parents if parent.name == "node_modules")]
    for place in [*places, frontend / "node_modules"]:
        if (place / name / "package.json").exists():
            return (place / name).resolve()
    return None


def _licence_texts(folder: Path) -> list[str]:
    names = sorted(
        file
        for file in folder.iterdir()
        if file.name.upper().startswith(("LICENSE", "LICENCE", "OFL", "NOTICE"))
    )
    return [
        file.read_text(encoding="utf-8", errors="replace").strip() + "\n" for file in names if file.is_file()
    ]


def _read_json(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    build(Path(__file__).parent)
