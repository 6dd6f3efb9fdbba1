"""Moving the embedded database to a newer PostgreSQL."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.embedded import EmbeddedFault, embedded_services
from app.move import move
from core.config import Settings, read_settings

OLD = Path("/usr/lib/postgresql/15/bin")
pytestmark = pytest.mark.skipif(not OLD.is_dir(), reason="needs Debian's PostgreSQL 15")


@pytest.fixture
def data() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="emptyfeed-move-"))
    place.chmod(0o711)
    yield place / "data"
    shutil.rmtree(place)


def settings(data: Path, postgres_bin: Path | None = None) -> Settings:
    return read_settings(_env_file=None, data=data, redis_url="unix:///unused", postgres_bin=postgres_bin)


def query(url: str, *statements: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def test_everything_is_there_afterwards_and_the_old_cluster_is_kept(data: Path) -> None:
    with embedded_services(settings(data, OLD)) as old:
        query(
            old.database_url,
            "CREATE EXTENSION pg_trgm",
            "CREATE TABLE letters (id bigint GENERATED ALWAYS AS IDENTITY, text text)",
            "CREATE INDEX letters_text ON letters USING gin (text gin_trgm_ops)",
            "INSERT INTO letters (text) SELECT 'письмо ' || n FROM generate_series(1, 1000) n",
        )
    said = move(settings(data), OLD)
    assert "PostgreSQL 18" in said
    assert (data / "postgresql/moved-from-15/PG_VERSION").exists()
    with embedded_services(settings(data)) as new:
        assert str(query(new.database_url, "SHOW server_version")).startswith("18")
        assert query(new.database_url, "SELECT count(*) FROM letters WHERE text ILIKE '%ПИСЬМО 10%'") == 12
        assert query(new.database_url, "INSERT INTO letters (text) VALUES ('x') RETURNING id") == 1001
        assert (
            query(new.database_url, "SELECT tableowner FROM pg_tables WHERE tablename = 'letters'")
            == "emptyfeed"
        )


def test_a_move_that_was_interrupted_can_be_begun_again(data: Path) -> None:
    with embedded_services(settings(data, OLD)) as old:
        query(old.database_url, "CREATE TABLE letters (text text)", "INSERT INTO letters VALUES ('письмо')")
    (data / "postgresql/moving").mkdir()
    (data / "postgresql/moving/PG_VERSION").write_text("18\n")
    move(settings(data), OLD)
    with embedded_services(settings(data)) as new:
        assert query(new.database_url, "SELECT text FROM letters") == "письмо"


def test_what_cannot_be_moved_is_left_as_it_was(data: Path) -> None:
    with pytest.raises(EmbeddedFault, match="no embedded database"):
        move(settings(data))
    with embedded_services(settings(data)):
        pass
    with pytest.raises(EmbeddedFault, match="nothing to move"):
        move(settings(data))
    with embedded_services(settings(data)) as same:
        assert query(same.database_url, "SELECT 1") == 1
