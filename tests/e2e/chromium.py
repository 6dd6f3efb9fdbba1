"""Debian's browser, and what keeps it from looking for anything outside."""

from pathlib import Path

# The same browser without the windows around its pages: a new page costs a third of the time.
CHROMIUM = "/usr/bin/chromium-headless-shell"
_WHOLE = "/usr/bin/chromium"
# What is measured is the whole browser, where there is one.
MEASURED = _WHOLE if Path(_WHOLE).exists() else CHROMIUM
FLAGS = (
    "--no-sandbox",
    "--site-per-process",  # as the whole browser does: a frame of another site lives in a process of its own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
