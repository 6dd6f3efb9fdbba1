"""create_app(): the web application, put together."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from app import assets, faults, guard, languages, pages, requests, sockets
from app.api import api
from app.views import blueprints
from app.visitor_sockets import VisitorSeats
from core.config import Settings, get_settings
from core.secrets import derive_keys

ROOT = Path(__file__).parent.parent
LARGEST_UPLOAD = 30 * 1024 * 1024
LARGEST_FORM = 256 * 1024


class RowNumber(IntegerConverter):
    """A number in an address, as far as the database counts; a larger one names nothing."""

    def __init__(self, map: Map, **given: Any) -> None:
        super().__init__(map, max=2**63 - 1, **given)


def create_app(settings: Settings | None = None) -> Flask:
    """The application; it opens no connection before the first request."""
    settings = settings or get_settings()
    app = Flask("emptyfeed", template_folder=str(ROOT / "templates"), static_folder=None)
    app.url_map.converters["int"] = RowNumber
    _configure(app, settings)
    requests.install(app)
    guard.install(app, settings)
    requests.install_door(app)
    languages.install(app)
    assets.install(app)
    pages.install(app)
    faults.install(app)
    for blueprint in (api, *blueprints):
        app.register_blueprint(blueprint)
    requests.check_entrances(app)
    sockets.install(app, settings)
    app.extensions["visitor_seats"] = VisitorSeats(settings.redis_url)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    is_secure = urlsplit(settings.base_url).scheme == "https"
    newest, *older = [key.hex() for key in derive_keys("forms")]
    app.config.update(
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME="__Host-form" if is_secure else "form",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=500,
        SETTINGS=settings,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
