"""`emptyfeed web`: pages, the API and sockets, served by gunicorn with gevent (see `app.early`)."""

import os
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

import app.factory
from app.processes import name_process
from app.websockets import Worker
from core.config import Settings, get_settings
from core.db import connect

POOL_SIZE = 10
CONNECTIONS = 20_000
GRACE = 3


class PlainLogger(Logger):  # type: ignore[misc]
    """gunicorn's words in our own log; requests are noted by the application itself."""

    def setup(self, cfg: Any) -> None:
        """Leave the handlers alone; they are set for the whole process."""
        self.cfg = cfg

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: our line says more and hides what is secret."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured by our settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what our settings say."""
        host, port = self._settings.host, self._settings.port
        for name, value in {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": self._settings.web_workers,
            "worker_class": Worker,
            "worker_connections": CONNECTIONS,
            "timeout": 60,
            "graceful_timeout": GRACE,
            "logger_class": PlainLogger,
            "control_socket_disable": True,
            "post_fork": _begin,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each worker; what it imports is shared from the master."""
        return app.factory.create_app(self._settings)


def main() -> None:
    """Serve until told to stop."""
    Server(get_settings()).run()


def _begin(_arbiter: Any, _worker: Any) -> None:
    """A worker opens its own connections."""
    name_process("emptyfeed web")
    connect(str(get_settings().database_url), pool_size=POOL_SIZE)
