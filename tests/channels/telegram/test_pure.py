"""Reading and planning know no network, no database and no clock; the web process never loads a client."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "channels/telegram"
PURE = "../json_fields cards cutting formatting keys markup media messages people planning updates".split()
OUTSIDE = {
    "asyncio",
    "channels.event_loop",
    "channels.telegram.connection",
    "core.clock",
    "core.db",
    "core.files",
    "httpx",
    "socket",
    "sqlalchemy",
    "telegram",
    "threading",
    "time",
}
WEB = """
import sys
from channels.adapter import ChannelAccess, StoredEvent
from channels.registry import adapter_for, words_of
adapter = adapter_for(ChannelAccess(1, "telegram", "Shop", "", {}, {"token": "1:x", "hook_secret": "secret"}))
words_of("telegram")
body = b'{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":7,"type":"private"},"text":"x"}}'
reply = adapter.webhook({"x-telegram-bot-api-secret-token": "secret"}, body)
assert len(reply.events) == 1, reply
adapter.start_link("token")
adapter.close()
print(sorted(name for name in ("telegram", "httpx") if name in sys.modules))
"""


@pytest.mark.parametrize("name", PURE)
def test_module_reaches_nothing_outside(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    assert {each for each in found if each in OUTSIDE or each.partition(".")[0] in OUTSIDE} == set()
    assert "now(" not in ast.unparse(tree)


def test_what_the_web_process_asks_loads_no_client() -> None:
    done = subprocess.run([sys.executable, "-c", WEB], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
