"""What the browser loads: tags for the built bundle, icons from its sprite, and the files themselves."""

import gzip
import mimetypes
import os
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response, abort, request, send_from_directory
from markupsafe import Markup

from app.access import Whom, open_to
from app.guard import nonce

FOLDER = Path(__file__).parent / "static" / "dist"
BASE = "/static/dist/"
DEV_SERVER = "http://localhost:5173"

_ENTRIES = {"inbox": "src/inbox/main.ts", "pages": "src/pages/main.ts", "form": "src/widget/form.ts"}
_FOREVER = "public, max-age=31536000, immutable"
_PACKED = (".js", ".css", ".json", ".svg")


def install(app: Flask) -> None:
    """Serve the bundle and let templates name its parts."""
    app.jinja_env.globals.update(assets=tags, icon=icon)
    app.add_url_rule(f"{BASE}<path:name>", "bundle", _bundle)
    app.add_url_rule("/sw.js", "service_worker", _service_worker)
    app.add_url_rule("/icon.svg", "sign", _sign)
    if is_dev():
        app.config["EXTRA_POLICY"] = {
            "connect-src": f"'self' {DEV_SERVER} {DEV_SERVER.replace('http', 'ws')} ws:",
            "style-src": "'self' 'unsafe-inline'",
            "font-src": f"'self' {DEV_SERVER}",
            "img-src": f"'self' blob: data: {DEV_SERVER}",
        }


def is_dev() -> bool:
    """Whether Vite's own server brings the scripts, new with every change (VITE_DEV=1)."""
    return os.environ.get("VITE_DEV") == "1"


def tags(entry: str) -> Markup:
    """The tags that load an entry: its styles first, its script last, each with this page's nonce."""
    source = _ENTRIES[entry]
    if is_dev():
        return _script(f"{DEV_SERVER}{BASE}@vite/client") + _script(f"{DEV_SERVER}{BASE}{source}")
    chunk = _manifest().get(source)
    if chunk is None:
        raise RuntimeError("the front end is not built: run bin/run, or python hatch_build.py")
    styles = dict.fromkeys(style for part in _with_imports(source) for style in part.get("css", ()))
    fonts = [name for name in chunk.get("assets", ()) if name.endswith(".woff2")]
    return Markup("\n").join(
        [
            *(_link("preload", name, ' as="font" type="font/woff2" crossorigin') for name in fonts),
            *(_link("stylesheet", name) for name in styles),
            *(
                _link("modulepreload", part["file"], f' nonce="{nonce()}"')
                for part in _with_imports(source)[1:]
            ),
            _script(BASE + chunk["file"]),
        ]
    )


def address_of(key: str) -> str:
    """The address of a file of the bundle, such as "i18n/ru.json"."""
    if is_dev():
        return f"{DEV_SERVER}{BASE}{key}"
    entry = _manifest().get(key)
    return BASE + (entry["file"] if entry else key)


def text_of(key: str) -> str | None:
    """The text of a file of the bundle that goes into an answer of ours; None if there is no such file."""
    entry = _manifest().get(key)
    return _text(entry["file"]) if entry else None


def icon(name: str, size: int = 20) -> Markup:
    """An icon of the sprite; it says nothing by itself, so it is hidden from those who listen."""
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" aria-hidden="true">'
        '<use href="{1}#{2}"></use></svg>'
    ).format(size, address_of("icons.svg"), name)


@open_to(Whom.ANYBODY)
def _bundle(name: str) -> Response:
    """A file of the bundle; its name holds a hash of what is in it, so it is kept for ever."""
    path = FOLDER / name
    if name.endswith(_PACKED) and request.accept_encodings.quality("gzip") > 0:
        packed = _packed(name)
        if packed is None:
            abort(404)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = Response(packed, mimetype="text/javascript" if name.endswith(".js") else kind)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = send_from_directory(FOLDER, name, conditional=True)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "no-cache" if path.name in ("sw.js", "manifest.json") else _FOREVER
    return response


@open_to(Whom.ANYBODY)
def _service_worker() -> Response:
    """The service worker, from the root so that it may look after every page."""
    response = send_from_directory(FOLDER, "sw.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@open_to(Whom.ANYBODY)
def _sign() -> Response:
    """The product's own sign, for tabs and bookmarks."""
    response = send_from_directory(FOLDER.parent, "icon.svg", conditional=True)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@cache
def _packed(name: str) -> bytes | None:
    """A file, compressed once in a process; None if the bundle has no such file."""
    if name not in _names():
        return None
    return gzip.compress((FOLDER / name).read_bytes(), 9, mtime=0)


@cache
def _text(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text() if path.is_file() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())


@cache
def _manifest() -> dict[str, Any]:
    path = FOLDER / "manifest.json"
    found: dict[str, Any] = orjson.loads(path.read_bytes()) if path.exists() else {}
    return found


def _with_imports(key: str) -> list[dict[str, Any]]:
    """A chunk and everything it imports, each once."""
    seen: dict[str, dict[str, Any]] = {}
    waiting = [key]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen[name] = _manifest()[name]
            waiting += seen[name].get("imports", ())
    return list(seen.values())


def _script(address: str) -> Markup:
    return Markup('<script type="module" src="{}" nonce="{}"></script>').format(address, nonce())


def _link(relation: str, name: str, more: str = "") -> Markup:
    return Markup('<link rel="{}" href="{}"{}>').format(relation, BASE + name, Markup(more))
