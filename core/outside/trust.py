"""Whose certificates are believed."""

import ssl
from functools import cache
from pathlib import Path

import certifi


@cache
def trust(ca_file: Path | None = None, authority: str = "") -> ssl.SSLContext:
    """TLS that checks name and certificate, kept because loading the authorities takes 50 ms.

    Believed are the authorities of the machine, Mozilla's (a bare container has no others) and,
    where a server needs it, those in `ca_file` and those that `authority` holds as PEM; ssl.SSLError
    for what is no PEM.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    if authority:
        context.load_verify_locations(cadata=authority)
    return context
