"""Settings: read once, with every fault said at once."""

import os
import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from core.config import Settings, SettingsFault, get_settings, read_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*named_settings(), "SECRET_KEYS"):
        monkeypatch.delenv(name, raising=False)


def named_settings() -> set[str]:
    return {
        str(field.validation_alias.choices[0] if field.validation_alias else name.upper())  # type: ignore[union-attr]
        for name, field in Settings.model_fields.items()
    }


def test_an_empty_environment_serves_this_machine_only() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.trusted_proxies == 0


def test_every_fault_is_said_at_once_and_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "PORT": "eighty",
        "BASE_URL": "desk.example.com",
        "DATABASE_URL": "mysql://ann:hunter2@db/desk",
        "REDIS_URL": "cache.example.com",
        "OUTSIDE_ALLOW": "10.0.0.0/8, everywhere",
        "LOG_LEVEL": "loud",
        "SECRET_KEYS": "short,shorter",
        "SYSTEM_SMTP_SECURITY": "ssl",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault) as fault:
        read_settings()
    lines = str(fault.value).splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == sorted(wrong)


def test_a_fault_never_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://ann:hunter2@db/desk")
    monkeypatch.setenv("SECRET_KEYS", "hunter2")
    with pytest.raises(SettingsFault) as fault:
        read_settings()
    assert "hunter2" not in str(fault.value)


def test_settings_print_without_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:hunter2@db/desk")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@cache:6379/0")
    monkeypatch.setenv("SYSTEM_SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("SECRET_KEYS", "hunter2hunter2hunter2hunter2hunter2")
    assert "hunter2" not in repr(read_settings())


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_spelling_of_postgres_becomes_the_one_the_product_uses(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://ann@db/desk")
    assert read_settings().database_url == "postgresql+psycopg://ann@db/desk"


def test_the_direct_address_is_the_database_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann@pooler/desk")
    assert read_settings().database_direct_url == "postgresql+psycopg://ann@pooler/desk"
    monkeypatch.setenv("DATABASE_DIRECT_URL", "postgresql://ann@db/desk")
    assert read_settings().database_direct_url == "postgresql+psycopg://ann@db/desk"


def test_an_empty_value_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("DATABASE_URL", "")
    assert read_settings().port == 8000
    assert read_settings().database_url is None


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTSIDE_ALLOW", "10.1.2.3, fd00::/8,")
    monkeypatch.setenv("SECRET_KEYS", f"{'n' * 32},{'o' * 32}")
    settings = read_settings()
    assert settings.outside_allow == (ip_network("10.1.2.3/32"), ip_network("fd00::/8"))
    assert [key.get_secret_value()[0] for key in settings.secret_keys] == ["n", "o"]


def test_an_address_of_version_six_stands_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "::1")
    assert read_settings().base_url == "http://[::1]:8000"


def test_the_data_folder_does_not_move_with_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMPTYFEED_DATA", "here")
    settings = read_settings()
    monkeypatch.chdir("/")
    assert settings.data == tmp_path / "here"


def test_root_keeps_data_in_the_systems_place_and_others_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert read_settings().data == Path("/var/lib/emptyfeed")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert read_settings().data == Path.cwd() / "var"


def test_a_file_named_dot_env_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nHOST=::1\n")
    monkeypatch.setenv("PORT", "9002")
    settings = read_settings(_env_file=tmp_path / ".env")
    assert (settings.host, settings.port) == ("::1", 9002)


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = get_settings()
    monkeypatch.setenv("PORT", "9003")
    assert get_settings() is first


def test_the_example_names_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == named_settings()


def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    assert read_settings(_env_file=ROOT / ".env.example").port == 8000
