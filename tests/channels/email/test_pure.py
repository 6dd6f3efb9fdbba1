"""Reading and writing letters knows no database, no server, no clock."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "channels/email"
PURE = """
    addresses body bounce_prose bounce_status bounces charsets classify compose containers data_images
    dates envelope filenames fold fold_quotes fold_signatures folded_lines forwards handover headers
    html_text identity invitations labels letters machine_words message_ids mime pages quotes rtf
    sanitize signing subject text_forms tnef tokens wire
""".split()
OUTSIDE = {
    "sqlalchemy",
    "socket",
    "ssl",
    "asyncio",
    "imapclient",
    "aiosmtplib",
    "smtplib",
    "imaplib",
    "httpx",
    "requests",
    "subprocess",
    "threading",
    "time",
    "random",
    "pickle",
    "urllib.request",
    "inbox",
    "people",
    "core",
}


@pytest.mark.parametrize("name", PURE)
def test_module_reaches_nothing_outside(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    reached = {name for name in found if name in OUTSIDE or name.partition(".")[0] in OUTSIDE}
    assert reached == set()
    assert "now(" not in ast.unparse(tree)
