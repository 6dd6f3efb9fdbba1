"""Settings, read once from the environment; all that is wrong with them is said together."""

import os
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network

_POSTGRES_SCHEMES = {"postgres", "postgresql", "postgresql+psycopg"}
_REDIS_SCHEMES = {"redis", "rediss", "unix", "valkey", "valkeys"}


class SettingsFault(Exception):
    """The environment cannot be used; the text lists every fault, one per line."""


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _network(value: Any) -> Any:
    return ip_network(value, strict=False) if isinstance(value, str) else value


def _default_data() -> Path:
    return Path("/var/lib/emptyfeed") if os.geteuid() == 0 else Path("var")


class Settings(BaseSettings):
    """Everything an installation may decide; `.env.example` explains each one.

    The name in the environment is the field's name in capitals, or the alias given here.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    base_url: str = ""
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    web_workers: int = Field(default=2, ge=1, le=64)

    data: Path = Field(default_factory=_default_data, validation_alias=AliasChoices("EMPTYFEED_DATA", "data"))
    database_url: str | None = Field(default=None, repr=False)
    database_direct_url: str | None = Field(default=None, repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    postgres_bin: Path | None = None
    valkey_patience: float = Field(default=0.2, gt=0, le=10)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "json", "console"] = "auto"

    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)] = ()
    mail_size_limit: int = Field(default=35 * 1024 * 1024, ge=64 * 1024, le=512 * 1024 * 1024)
    outside_allow: Annotated[
        tuple[Annotated[Network, BeforeValidator(_network)], ...], NoDecode, BeforeValidator(_split)
    ] = ()

    system_smtp_host: str | None = None
    system_smtp_port: int = Field(default=587, ge=1, le=65535)
    system_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    system_smtp_username: str | None = None
    system_smtp_password: SecretStr | None = None
    system_smtp_from: str | None = None

    clock: Path | None = Field(default=None, validation_alias=AliasChoices("EMPTYFEED_CLOCK", "clock"))

    @field_validator("data")
    @classmethod
    def _absolute_data(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper_level(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _postgres_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in _POSTGRES_SCHEMES:
            raise ValueError("must be an address of PostgreSQL, postgresql://user:password@host/database")
        return f"postgresql+psycopg://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in _REDIS_SCHEMES:
            raise ValueError("must be an address of Valkey or Redis, redis://host:6379/0 or unix:///path")
        return f"{scheme.replace('valkey', 'redis')}://{rest}"

    @field_validator("base_url")
    @classmethod
    def _public_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be the address people open, like https://desk.example.com")
        return value.rstrip("/")

    @field_validator("secret_keys")
    @classmethod
    def _long_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < 32 for key in value):
            raise ValueError("every key needs 32 characters or more; the newest comes first")
        return value

    def model_post_init(self, context: Any, /) -> None:
        """The address people open follows host and port until it is given."""
        if not self.base_url:
            host = f"[{self.host}]" if ":" in self.host else self.host
            object.__setattr__(self, "base_url", f"http://{host}:{self.port}")
        if self.database_direct_url is None:
            object.__setattr__(self, "database_direct_url", self.database_url)


def read_settings(**given: Any) -> Settings:
    """Settings from the environment, `.env` and what is given here; SettingsFault lists all that is wrong."""
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [f"  {_spoken_name(fault['loc'])}: {_sentence(fault)}" for fault in error.errors()]
        raise SettingsFault("\n".join(["These settings cannot be used:", *sorted(lines)])) from None


@cache
def get_settings() -> Settings:
    """The settings of this process, read the first time they are asked for."""
    return read_settings()


def _spoken_name(location: tuple[int | str, ...]) -> str:
    return str(location[0]).upper() if location else "settings"


def _sentence(fault: Any) -> str:
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
