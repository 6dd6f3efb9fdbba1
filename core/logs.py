"""Structured logs on stderr, without secrets and without what customers wrote."""

import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from core.config import Settings

HIDDEN = "[hidden]"
_STRUCTLOGS_OWN = ("_record", "_from_structlog")

_SECRET_NAME = re.compile(
    r"passw|passphrase|token|secret|authoriz|authentication|cookie|credential|api_?key|private_?key|session_?(id|key)",
    re.IGNORECASE,
)
_WORDS_NAME = re.compile(
    r"(^|_)(body|text|html|raw|content|payload|subject|preview|quote|comment|draft|snippet)$", re.IGNORECASE
)
_ADDRESS_PASSWORD = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]+@", re.IGNORECASE)
_BEARER = re.compile(r"\b(?P<kind>bearer|basic|xoauth2|apikey)\s+[A-Za-z0-9._~+/=:-]{8,}", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<name>[\w.-]*(?:passw|token|secret|api_?key|signature)[\w.-]*['\"]?\s*[=:]\s*['\"]?)[^\s'\"&,;)}]+",
    re.IGNORECASE,
)
_TELEGRAM_TOKEN = re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{30,}\b")
# What a database driver quotes of a row, and SQLAlchemy of its parameters, is what customers wrote.
_QUOTED_ROW = re.compile(r"^(DETAIL:|CONTEXT:|\[parameters:|\[SQL:).*$", re.MULTILINE)


def configure_logging(settings: Settings, process: str = "web", *, stream: TextIO | None = None) -> None:
    """Send this process's logs, and those of the libraries in it, to stderr in one form.

    Every line passes the redactor: secrets are hidden by the name they are given and by their look,
    the words of customers by the name they are given; only their length is told.
    """
    out = stream or sys.stderr
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(process),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        redact,
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(settings, out)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for talkative in (
        "httpx",
        "httpcore",
        "engineio",
        "socketio",
        "asyncio",
        "rq",
        "alembic",
        "telegram",
        "imapclient",
    ):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a forked process names itself anew
    )


def log_uncaught() -> None:
    """Have whatever ends this process or one of its threads pass the redactor too, as one line."""
    log = structlog.get_logger("uncaught")

    def of_process(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("process.broke", exc_info=(kind, fault, trace))

    def of_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not issubclass(told.exc_type, SystemExit):
            log.critical("thread.broke", exc_info=(told.exc_type, told.exc_value, told.exc_traceback))

    sys.excepthook, threading.excepthook = of_process, of_thread


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Hide secrets and customers' words anywhere in a log line."""
    return {
        name: value if name in _STRUCTLOGS_OWN else _cleaned(name, value) for name, value in event.items()
    }


def redacted(text: str) -> str:
    """A text without what looks like a secret or like a quoted row."""
    text = _ADDRESS_PASSWORD.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _BEARER.sub(rf"\g<kind> {HIDDEN}", text)
    text = _ASSIGNED.sub(rf"\g<name>{HIDDEN}", text)
    text = _TELEGRAM_TOKEN.sub(HIDDEN, text)
    return _QUOTED_ROW.sub(HIDDEN, text)


def _cleaned(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET_NAME.search(name):
        return HIDDEN
    if _WORDS_NAME.search(name):
        return f"[{len(value)} long]" if hasattr(value, "__len__") else HIDDEN
    return _cleaned_value(value)


def _cleaned_value(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {key: _cleaned(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned_value(item) for item in value]
    return redacted(str(value))


def _named(process: str) -> Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    return add


def _renderer(settings: Settings, out: TextIO) -> Processor:
    is_console = settings.log_format == "console" or (settings.log_format == "auto" and out.isatty())
    if is_console:
        return structlog.dev.ConsoleRenderer(colors=out.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)
