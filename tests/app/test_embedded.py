"""The embedded PostgreSQL and Valkey: there when needed, closed to others, whole after a crash."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from app.embedded import (
    AlreadyRunning,
    EmbeddedFault,
    EmbeddedServices,
    connected,
    embedded_services,
    open_folder,
)
from app.embedded.binaries import find_postgres, find_valkey
from app.processes import spawn
from core.config import Settings, read_settings
from tests.app.waiting import is_alive, until

DEBIANS = Path("/usr/lib/postgresql/15/bin")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the servers a user of their own")


@pytest.fixture(scope="module")
def open_place() -> Iterator[Path]:
    """A folder that the servers' user can pass through, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="emptyfeed-embedded-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def settings(open_place: Path) -> Settings:
    return read_settings(
        _env_file=None, data=open_place / "data", database_url=None, redis_url=None, postgres_bin=None
    )


@pytest.fixture(scope="module")
def services(settings: Settings) -> Iterator[EmbeddedServices]:
    with embedded_services(settings) as services:
        yield services


def ask(services: EmbeddedServices, question: str) -> object:
    with psycopg.connect(services.database_url.replace("+psycopg", "")) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def cache(services: EmbeddedServices) -> redis.Redis:
    return redis.Redis.from_url(services.redis_url, decode_responses=True)


def test_both_answer_by_unix_socket_and_nowhere_else(services: EmbeddedServices) -> None:
    assert ask(services, "SELECT current_user || ' in ' || current_database()") == "emptyfeed in emptyfeed"
    assert ask(services, "SELECT current_setting('listen_addresses')") == ""
    with cache(services) as client:
        assert client.config_get("port") == {"port": "0"}


def test_the_sockets_lie_in_a_folder_closed_to_all_others(
    services: EmbeddedServices, settings: Settings
) -> None:
    assert (settings.data / "run").stat().st_mode & 0o777 == 0o700
    for part in ("postgresql", "valkey"):
        assert (settings.data / part).stat().st_mode & 0o077 == 0


@needs_root
def test_another_user_of_the_machine_gets_to_neither(services: EmbeddedServices, settings: Settings) -> None:
    for name in (".s.PGSQL.5432", "valkey.sock"):
        knock = f"import socket; socket.socket(socket.AF_UNIX).connect('{settings.data}/run/{name}')"
        tried = subprocess.run(
            ["/usr/bin/env", "python3", "-c", knock],
            user="nobody",
            group="nogroup",
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert "PermissionError" in tried.stderr or "Permission denied" in tried.stderr


@needs_root
def test_the_servers_run_as_a_user_of_their_own(services: EmbeddedServices) -> None:
    for name in ("postgres", "valkey"):
        assert Path(f"/proc/{services.pid(name)}").owner() == "emptyfeed"


def test_nobody_becomes_a_role_the_kernel_does_not_vouch_for(services: EmbeddedServices) -> None:
    address = services.database_url.replace("+psycopg", "").replace("emptyfeed@", "ann@")
    with pytest.raises(psycopg.OperationalError, match=r"[Pp]eer"):
        psycopg.connect(address)


def test_letters_beyond_a_to_z_are_letters(services: EmbeddedServices) -> None:
    assert ask(services, "SELECT 'Привет, мир' ILIKE '%ПРИВЕТ%'") is True
    assert ask(services, "SELECT upper('ё') || lower('Ñ')") == "Ёñ"
    assert ask(services, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'") == 1


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_durability_is_as_postgresql_has_it(name: str, services: EmbeddedServices) -> None:
    assert ask(services, f"SELECT current_setting('{name}')") == "on"


def test_what_was_stored_is_there_after_both_were_killed(services: EmbeddedServices) -> None:
    with psycopg.connect(services.database_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('письмо')")
    with cache(services) as client:
        client.set("kept", "hint")
        assert client.waitaof(1, 0, 3000)[0] == 1  # written to disk, as everysec does within a second
    services.kill("postgres")
    services.kill("valkey")
    services.start()
    assert ask(services, "SELECT word FROM kept") == "письмо"
    with cache(services) as client:
        assert client.get("kept") == "hint"


def test_an_error_in_the_log_quotes_no_row(services: EmbeddedServices, settings: Settings) -> None:
    with (
        psycopg.connect(services.database_url.replace("+psycopg", "")) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("CREATE TEMPORARY TABLE short (word text CHECK (length(word) < 5))")
        connection.execute("INSERT INTO short VALUES ('a secret letter')")
    log = (settings.data / "postgres.log").read_text()
    assert "violates check constraint" in log
    assert "a secret letter" not in log


def test_a_second_one_on_the_same_data_is_refused_and_told_by_whom(
    services: EmbeddedServices, settings: Settings
) -> None:
    with pytest.raises(AlreadyRunning, match=f"already runs on {settings.data} \\(process {os.getpid()}\\)"):
        open_folder(settings.data).__enter__()
    assert ask(services, "SELECT 1") == 1


def test_a_command_uses_the_servers_that_run_already(services: EmbeddedServices, settings: Settings) -> None:
    with connected(settings) as urls:
        assert urls == services.urls
    assert ask(services, "SELECT 1") == 1


def test_a_process_id_that_now_belongs_to_a_stranger_holds_up_nothing(
    services: EmbeddedServices, settings: Settings
) -> None:
    (cluster,) = (settings.data / "postgresql").iterdir()
    owner = cluster.stat()
    account = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None
    with Path(os.devnull).open("wb") as output:
        stranger = spawn(["/bin/sleep", "60"], output=output.fileno(), account=account)
    services.kill("postgres")
    for file in (cluster / "postmaster.pid", settings.data / "run/.s.PGSQL.5432.lock"):
        _, _, rest = file.read_text().partition("\n")
        file.write_text(f"{stranger.pid}\n{rest}")
    services.start()
    assert ask(services, "SELECT 1") == 1
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_server_left_behind_by_a_vanished_emptyfeed_is_ended(
    services: EmbeddedServices, settings: Settings
) -> None:
    (cluster,) = (settings.data / "postgresql").iterdir()
    left_behind = services.pid("postgres")
    process = services._running.pop("postgres")  # as if the one who started it had vanished
    services.start()
    assert process.wait(10) is not None
    assert services.pid("postgres") != left_behind
    assert ask(services, "SELECT 1") == 1
    assert (cluster / "postmaster.pid").read_text().startswith(f"{services.pid('postgres')}\n")


def test_a_half_made_cluster_is_made_again(open_place: Path) -> None:
    data = open_place / "half"
    (data / "postgresql/unfinished/base").mkdir(parents=True)
    (data / "postgresql/unfinished/PG_VERSION").write_text("18\n")
    with embedded_services(only_postgres(data)) as services:
        assert ask(services, "SELECT 1") == 1


def test_a_deep_folder_gets_its_sockets_near_by(open_place: Path) -> None:
    data = open_place / ("deep" * 30)
    with embedded_services(only_postgres(data)) as services:
        assert ask(services, "SELECT 1") == 1
        sockets = Path(services.database_url.partition("host=")[2])
        assert not sockets.is_relative_to(data)
        assert sockets.stat().st_mode & 0o777 == 0o700
    sockets.rmdir()


@needs_root
def test_a_folder_the_servers_cannot_reach_is_named_with_a_way_out(open_place: Path) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedFault, match=r"cannot pass .*closed.*/var/lib/emptyfeed"):
        embedded_services(only_postgres(closed / "data")).__enter__()


def test_without_any_server_programs_the_message_says_what_to_set(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.embedded.binaries.find_spec", lambda name: None)
    monkeypatch.setattr("app.embedded.binaries._USUAL_PLACES", ())
    monkeypatch.setenv("PATH", str(open_place))
    with pytest.raises(EmbeddedFault, match="set DATABASE_URL"):
        find_postgres(open_place / "servers")
    with pytest.raises(EmbeddedFault, match="set REDIS_URL"):
        find_valkey(open_place / "servers")


@pytest.mark.skipif(not DEBIANS.is_dir(), reason="needs Debian's PostgreSQL 15")
def test_an_older_postgresql_of_the_machine_serves_as_well(open_place: Path) -> None:
    data = open_place / "fifteen"
    with embedded_services(only_postgres(data, postgres_bin=DEBIANS)) as services:
        assert str(ask(services, "SHOW server_version")).startswith("15.")
        assert ask(services, "SELECT 'Привет' ILIKE '%ПРИВЕТ%'") is True
    with pytest.raises(EmbeddedFault, match="emptyfeed move-database"):
        embedded_services(only_postgres(data)).__enter__()


def test_a_server_that_keeps_failing_is_reported_with_its_last_words(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.embedded._START_PATIENCE", 0.5)
    options = {"shared_preload_libraries": "not_there"}
    with pytest.raises(EmbeddedFault, match="not_there"):
        embedded_services(only_postgres(open_place / "broken"), postgres_options=options).__enter__()


def test_a_server_ends_when_the_one_that_started_it_is_killed(open_place: Path) -> None:
    program = """if True:
        import sys, time, pathlib
        from app.embedded import embedded_services
        from core.config import read_settings
        with embedded_services(read_settings(_env_file=None, data=pathlib.Path(sys.argv[1]))) as services:
            print(services.pid("postgres"), services.pid("valkey"), flush=True)
            time.sleep(60)
    """
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(open_place / "orphaned")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment | {"POSTGRES_BIN": ""},
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    with parent.stdout as told:
        servers = [int(pid) for pid in told.readline().split()]
    assert len(servers) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    with embedded_services(only_postgres(open_place / "orphaned")) as services:
        assert ask(services, "SELECT 1") == 1
        until(lambda: not any(is_alive(pid) for pid in servers))


def only_postgres(data: Path, postgres_bin: Path | None = None) -> Settings:
    return read_settings(_env_file=None, data=data, redis_url="unix:///unused", postgres_bin=postgres_bin)
