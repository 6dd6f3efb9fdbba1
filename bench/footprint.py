"""What the product weighs: memory at rest, seconds to serving, bytes to load."""

import gzip
import subprocess
import sys
import time
from pathlib import Path

import orjson

from bench.chat_page import chat_starts, chat_weighs
from bench.report import Report, Row, measured
from bench.stack import scratch
from tests.product import ROOT, Product, resident_bytes

STATIC = ROOT / "app/static/dist"
REST = 12.0
BUNDLE = {"inbox": 95.0}


def measure(_: int) -> Report:
    """A fresh installation with servers of its own: first start, second start, at rest."""
    product = Product()
    try:
        first = product.start()
        product.stop()
        second = product.start()
        time.sleep(REST)
        memory = {name: resident_bytes(pid) / 2**20 for name, pid in product.programs().items()}
        total = resident_bytes(product.pid) / 2**20
        chat = chat_starts(product)
    finally:
        product.stop()
        product.clear()
    rows = [
        measured("first start until serving", first, "s"),
        measured("second start until serving", second, "s", at_most=6, goal="≤ 6 s"),
        measured("memory at rest, all", total, "MiB PSS", at_most=600, goal="≤ 600 MB PSS"),
        *(measured(f"memory at rest, {name}", size, "MiB PSS") for name, size in sorted(memory.items())),
        *_bundles(),
        *chat,
        _wheel(),
    ]
    return Report("footprint", {"processes": len(memory)}, rows)


def _bundles() -> list[Row]:
    """What a browser loads for each entry, compressed as it is sent."""
    manifest = orjson.loads((STATIC / "manifest.json").read_bytes())
    rows = chat_weighs(manifest, STATIC)
    for each in manifest.values():
        if not each.get("isEntry") or not each["file"].endswith(".js"):
            continue
        files = _files(manifest, each)
        size = sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files) / 1000
        name = each.get("name", each["file"])
        limit = BUNDLE.get(name)
        goal = f"≤ {limit:g} kB gz" if limit else ""
        rows.append(measured(f"bundle {name}", size, "kB gz", n=len(files), at_most=limit, goal=goal))
    return rows


def _files(manifest: dict[str, dict[str, object]], entry: dict[str, object]) -> set[str]:
    """An entry's script with all it imports at once, and their styles."""
    found = {str(entry["file"]), *entry.get("css", ())}  # type: ignore[misc]
    for name in entry.get("imports", ()):  # type: ignore[attr-defined]
        found |= _files(manifest, manifest[name])
    return found


def _wheel() -> Row:
    with scratch() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            ROOT,
        ]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        (wheel,) = Path(folder).glob("*.whl")
        return measured("wheel", wheel.stat().st_size / 1e6, "MB")
