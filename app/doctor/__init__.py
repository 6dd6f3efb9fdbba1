"""`emptyfeed doctor`: what would go wrong here, found before it does."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.doctor.database import Finding, look_at_database, look_at_direct_connection
from app.embedded import EmbeddedFault, Urls, connected
from core.config import get_settings

_NEEDED_SPACE = 1024**3
_MARKS = {"good": "  ok  ", "doubtful": " hint ", "bad": " FAIL "}


@click.command()
def main() -> None:
    """Look for what would go wrong here; ends with 1 when something would."""
    settings = get_settings()
    findings = [look_at_folder(settings.data)]
    try:
        with connected(settings) as urls:
            findings += examine(urls)
    except EmbeddedFault as fault:
        findings.append(Finding("bad", "The embedded servers do not start.", str(fault)))
    for finding in findings:
        click.echo(f"{_MARKS[finding.state]}{finding.sentence}")
        if finding.advice:
            click.echo(f"        {finding.advice}")
    raise SystemExit(any(finding.is_bad for finding in findings))


def examine(urls: Urls) -> list[Finding]:
    """Everything about the database and the cache."""
    return [*look_at_database(urls), look_at_direct_connection(urls), look_at_cache(urls)]


def look_at_folder(folder: Path) -> Finding:
    """Whether files can be kept where they shall be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.fsync(file.fileno())
    except OSError as fault:
        return Finding(
            "bad", f"Nothing can be written to {folder}: {fault.strerror}.", "Choose another EMPTYFEED_DATA."
        )
    free = shutil.disk_usage(folder).free
    if free < _NEEDED_SPACE:
        return Finding("doubtful", f"{folder} has only {free // 1024**2} MB left.", "Make room, or move it.")
    return Finding("good", f"Files can be written to {folder}.")


def look_at_cache(urls: Urls) -> Finding:
    """Whether the cache answers and keeps what it is given."""
    client = redis.Redis.from_url(
        urls.redis_url, socket_timeout=5, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0)
    )
    try:
        about: dict[str, Any] = client.info()
    except redis.RedisError as fault:
        return Finding("bad", f"Valkey does not answer: {fault}", "See REDIS_URL.")
    finally:
        client.close()
    name = "Valkey" if "valkey_version" in about else "Redis"
    version = about.get("valkey_version", about.get("redis_version"))
    if about.get("maxmemory", 0) and about.get("maxmemory_policy") != "noeviction":
        return Finding(
            "doubtful",
            f"{name} {version} forgets when it is full ({about['maxmemory_policy']}).",
            "Set maxmemory-policy to noeviction: forgotten wake-ups are found again, but late.",
        )
    return Finding("good", f"{name} {version} answers.")
