"""The doctor: says what is wrong and what to do about it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from app.cli import cli
from app.doctor import examine, look_at_cache, look_at_folder
from app.doctor.database import Finding, look_at_database, look_at_direct_connection
from app.embedded import Urls
from core.config import get_settings
from tests.ground.database import Cluster
from tests.ground.valkey import Valkey


def urls(database: str, cache: str = "unix:///nowhere") -> Urls:
    return Urls(database, database, cache)


def bad(findings: Iterator[Finding] | list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.is_bad]


@pytest.fixture
def fresh(cluster: Cluster) -> Iterator[str]:
    """A migrated database of the test's own."""
    url = cluster.make()
    yield url
    cluster.drop(url)


@pytest.fixture
def without_letters(cluster: Cluster) -> Iterator[str]:
    """A database with locale C, as a server set up without a locale makes them."""
    engine = create_engine(cluster.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "CREATE DATABASE without_letters TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER libc LC_CTYPE 'C' LC_COLLATE 'C'"
            )
        )
    url = cluster.address("without_letters")
    yield url
    cluster.drop(url)


def test_a_sound_installation_gets_no_complaint(fresh: str, valkey: Valkey) -> None:
    findings = examine(urls(fresh, valkey.url))
    assert bad(findings) == []
    assert len(findings) >= 10


def test_a_database_with_locale_c_is_found_out(without_letters: str) -> None:
    (complaint,) = bad(look_at_database(urls(without_letters)))
    assert "searches would silently find nothing" in complaint.sentence
    assert "(locale C)" in complaint.sentence
    assert "LOCALE 'C.UTF-8'" in complaint.advice


def test_the_advice_on_locales_works(cluster: Cluster, without_letters: str) -> None:
    (complaint,) = bad(look_at_database(urls(without_letters)))
    statement = complaint.advice.partition(": ")[2].partition(";")[0]
    engine = create_engine(cluster.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement.replace("DATABASE emptyfeed", "DATABASE advised")))
    advised = cluster.address("advised")
    assert bad(look_at_database(urls(advised))) == []
    cluster.drop(advised)


def test_a_database_not_yet_migrated_gets_a_hint(cluster: Cluster) -> None:
    empty = cluster.make(template="template0")
    hints = [finding for finding in look_at_database(urls(empty)) if finding.state == "doubtful"]
    cluster.drop(empty)
    assert [hint.advice for hint in hints if "revision" in hint.sentence] == ["Run: emptyfeed migrate"]


def test_a_database_that_does_not_answer_is_one_complaint() -> None:
    nowhere = urls("postgresql+psycopg://ann:hunter2@127.0.0.1:1/desk")
    (complaint,) = look_at_database(nowhere)
    assert complaint.is_bad
    assert "does not answer" in complaint.sentence
    assert "hunter2" not in complaint.sentence
    assert look_at_direct_connection(nowhere).is_bad


def test_notices_that_go_elsewhere_are_noticed(cluster: Cluster, fresh: str) -> None:
    other = cluster.make()
    finding = look_at_direct_connection(Urls(fresh, other, "unix:///nowhere"))
    cluster.drop(other)
    assert finding.is_bad
    assert "DATABASE_DIRECT_URL" in finding.advice


def test_a_user_without_rights_is_told_which(cluster: Cluster, fresh: str) -> None:
    own = make_url(fresh)
    engine = create_engine(own, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"REVOKE CREATE ON SCHEMA public FROM {own.username}"))
        is_owner = connection.execute(text("SELECT has_schema_privilege('public', 'CREATE')")).scalar_one()
    complaints = [finding.sentence for finding in bad(look_at_database(urls(fresh)))]
    assert complaints == ([] if is_owner else [f"The user {own.username} may not make tables."])


def test_a_cache_that_does_not_answer_is_a_complaint(valkey: Valkey) -> None:
    assert not look_at_cache(urls("unused", valkey.url)).is_bad
    valkey.stop()
    assert look_at_cache(urls("unused", valkey.url)).is_bad


def test_a_cache_that_forgets_gets_a_hint(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        finding = look_at_cache(urls("unused", valkey.url))
        client.config_set("maxmemory", "0")
        client.config_set("maxmemory-policy", "noeviction")
    assert finding.state == "doubtful"
    assert "noeviction" in finding.advice


def test_a_folder_that_is_a_file_is_a_complaint(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    assert look_at_folder(tmp_path / "taken").is_bad
    assert not look_at_folder(tmp_path / "new").is_bad


def test_the_command_ends_with_one_when_something_is_wrong(
    fresh: str, without_letters: str, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url, code in ((fresh, 0), (without_letters, 1)):
        monkeypatch.setenv("DATABASE_URL", url)
        get_settings.cache_clear()
        result = CliRunner().invoke(cli, ["doctor"])
        assert result.exit_code == code, result.output
        assert ("FAIL" in result.output) == bool(code)
