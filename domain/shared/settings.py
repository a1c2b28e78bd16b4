"""What an operator decides: read from the environment (`SUIDAI_...`) by entry points only, handed down as arguments."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Where this runs. Only `production` is strict; only the others may move the clock or play the outside parties."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The settings of one process. Secrets are `SecretStr`: they do not show in a repr or a log."""

    # An empty variable is one that is not set: what composes containers cannot leave one out.
    model_config = SettingsConfigDict(env_prefix="SUIDAI_", extra="ignore", frozen=True, env_ignore_empty=True)

    env: Environment = Environment.DEVELOPMENT
    home: Path = Field(default=Path(".suidai"), description="Folder of the embedded servers' data, logs and keys.")

    database_url: SecretStr | None = Field(default=None, description="PostgreSQL 15+; unset: an embedded one.")
    redis_url: SecretStr | None = Field(default=None, description="Redis 6.2+ or Valkey; unset: an embedded one.")

    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    sandbox_host: str = "127.0.0.1"
    sandbox_port: int = Field(default=8001, ge=1, le=65535)
    sandbox_url: str | None = Field(
        default=None, description="Where the other processes reach the sandbox; unset: http://127.0.0.1:PORT."
    )
    public_url: str | None = Field(
        default=None, description="Where outside parties reach this API; unset: http://HOST:PORT of the API."
    )

    master_key: SecretStr | None = Field(
        default=None, description="Base64 of 32 bytes. Wraps the borrowers' data keys and keys the blind indexes."
    )
    token_key: SecretStr | None = Field(default=None, description="Base64 of 32 bytes. Signs access tokens.")

    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict, repr=False, description='JSON: {"alipay": {"app_id": ...}}; validated by the plugin.'
    )
    providers: dict[str, dict[str, Any]] = Field(
        default_factory=dict, repr=False, description='JSON: {"risk": {"name": "sandbox", ...}}; one per kind of party.'
    )
    sandbox: dict[str, Any] = Field(
        default_factory=dict, repr=False, description="JSON: the outside parties' own keys, for the sandbox process."
    )
    failpoints: str = Field(
        default="", description="Development only: comma-separated places at which the process kills itself once."
    )

    @property
    def base_url(self) -> str:
        """The address outside parties call back, without a closing slash."""
        return (self.public_url or f"http://{self.api_host}:{self.api_port}").rstrip("/")

    @property
    def outside_url(self) -> str:
        """The address of the sandbox, without a closing slash."""
        return (self.sandbox_url or f"http://127.0.0.1:{self.sandbox_port}").rstrip("/")


def driver_url(url: str) -> str:
    """The address for our driver; `postgresql://` and `postgres://` are taken as people write them."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+asyncpg{separator}{rest}" if scheme in {"postgresql", "postgres"} else url
