"""Logs: one form for all, no secret and no customer's words in them."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from core.config import read_settings
from core.logs import HIDDEN, configure_logging, log_uncaught, redact, redacted


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging(read_settings(log_format="json"), "relay", stream=stream)
    yield stream
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_what_happened_when_and_where(lines: io.StringIO) -> None:
    structlog.get_logger("app.relay").info("frame.sent", audience=3)
    (line,) = written(lines)
    assert (line["event"], line["audience"], line["level"]) == ("frame.sent", 3, "info")
    assert (line["process"], line["logger"]) == ("relay", "app.relay")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "name",
    [
        "password", "smtp_password", "token", "_token", "api_key", "Authorization", "Cookie", "set_cookie",
        "client_secret", "secret_keys", "passphrase", "session_id", "private_key",
    ],
)  # fmt: skip
def test_a_secret_is_hidden_by_its_name(name: str, lines: io.StringIO) -> None:
    structlog.get_logger().info("tried", **{name: "hunter2"}, inner={"deeper": [{name: "hunter2"}]})
    assert "hunter2" not in lines.getvalue()


@pytest.mark.parametrize(
    "name", ["body", "text", "html", "raw", "subject", "preview", "text_body", "content"]
)
def test_of_a_customers_words_only_the_length_is_told(name: str, lines: io.StringIO) -> None:
    structlog.get_logger().info("letter.stored", dialog=17, **{name: "Где мой заказ?"})
    assert "заказ" not in lines.getvalue()
    assert written(lines)[0][name] == "[14 long]"
    assert written(lines)[0]["dialog"] == 17


def test_a_librarys_own_line_passes_the_same_redactor(lines: io.StringIO) -> None:
    logging.getLogger("imapclient").warning("login to %s, password=%s", "imaps://ann:hunter2@mail", "hunter2")
    assert "hunter2" not in lines.getvalue()
    assert written(lines)[0]["event"].startswith("login to imaps://")


def test_an_exception_keeps_its_place_and_loses_the_row_it_quotes(lines: io.StringIO) -> None:
    try:
        raise ValueError("cannot be stored\nDETAIL:  Failing row contains (7, Где мой заказ?)")
    except ValueError:
        structlog.get_logger().exception("receive.failed")
    (line,) = written(lines)
    assert "ValueError: cannot be stored" in line["exception"]
    quoted = line["exception"].split("ValueError: cannot be stored")[-1]
    assert "заказ" not in quoted


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:hunter2@db/desk is down",
        "Authorization: Bearer hunter2hunter2",
        "GET /hook?token=hunter2&x=1",
        '{"access_token": "hunter2"}',
        "bot 123456789:AAhunter2hunter2hunter2hunter2hunter2 answered",
        "[parameters: {'text': 'hunter2'}]",
    ],
)
def test_a_secret_is_hidden_by_its_look(text: str) -> None:
    assert "hunter2" not in redacted(text)
    assert HIDDEN in redacted(text)


@pytest.mark.parametrize(
    "text", ["dialog 17 was assigned", "at 12:30:45", "took: 15 ms", "https://example.com/a?b=c"]
)
def test_plain_lines_stay_as_they_are(text: str) -> None:
    assert redacted(text) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_redactor_bears_whatever_it_is_given(value: object) -> None:
    json.dumps(redact(None, "info", {"event": "x", "value": value}))


def test_what_ends_a_process_or_a_thread_is_one_line_without_secrets(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log_uncaught()

    def fail() -> None:
        raise OSError("imaps://ann:hunter2@mail is away")

    try:
        fail()
    except OSError as fault:
        sys.excepthook(OSError, fault, fault.__traceback__)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    told = written(lines)
    assert [line["event"] for line in told] == ["process.broke", "thread.broke"]
    assert all("mail is away" in line["exception"] for line in told)
    assert "hunter2" not in lines.getvalue()


def test_on_a_console_lines_are_for_people() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_logging(read_settings(log_format="console"), "web", stream=stream)
    structlog.get_logger().warning("letter.parked", reason="too large", password="hunter2")
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()
    assert "letter.parked" in stream.getvalue()
    assert "too large" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()
