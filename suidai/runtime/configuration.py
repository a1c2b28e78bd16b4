"""The settings of a start: read, judged, completed for development, handed down to children and to other commands."""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from domain.shared.settings import Environment, Settings, driver_url
from suidai.runtime import channel_keys
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import running_in
from suidai.runtime.keys import Keys

PRODUCTION = Environment.PRODUCTION


def read_settings() -> Settings:
    """The settings as the environment has them, addresses in the driver's form. Raises CannotStart if unusable."""
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(["SUIDAI", *(str(part).upper() for part in wrong["loc"][:1])])
        raise CannotStart(f"{name} cannot be used: {wrong['msg']}.") from error
    except ValueError as error:  # a JSON setting that is not JSON
        raise CannotStart(f"A setting cannot be read: {error}.") from error
    if wrongs := refusals(settings):
        raise CannotStart("\n".join(wrongs))
    if settings.database_url:
        return settings.model_copy(update={"database_url": _with_driver(settings.database_url)})
    return settings


def refusals(settings: Settings) -> list[str]:
    """Why these settings must not be run with, a sentence each. Production trusts nothing that was made up for it."""
    keys = {"SUIDAI_MASTER_KEY": settings.master_key, "SUIDAI_TOKEN_KEY": settings.token_key}
    wrong = [
        f"{name} is not 32 bytes in base64: make one with `openssl rand -base64 32`."
        for name, key in keys.items()
        if key and not _is_32_bytes(key.get_secret_value())
    ]
    if settings.env is not PRODUCTION:
        return wrong
    wrong += [
        f"{name} is not set, and production does not run on a generated key: make one with `openssl rand -base64 32`."
        for name, key in keys.items()
        if key is None
    ]
    if settings.sandbox:
        wrong.append("SUIDAI_SANDBOX is set, and production has no sandbox: unset it.")
    wrong += [
        f"SUIDAI_PROVIDERS has the sandbox as {kind} provider, and production has no sandbox: name a real one."
        for kind, provider in settings.providers.items()
        if provider.get("name") == "sandbox"
    ]
    if settings.failpoints:
        wrong.append("SUIDAI_FAILPOINTS is set, and production does not kill itself on purpose: unset it.")
    return wrong


def completed(settings: Settings, home: Path, keys: Keys | None, database_url: str, redis_url: str) -> Settings:
    """The settings every process runs with. In development whatever was not given comes from the folder's keys."""
    found: dict[str, Any] = {"home": home, "database_url": SecretStr(database_url), "redis_url": SecretStr(redis_url)}
    if keys:
        outside = settings.outside_url
        found["master_key"] = settings.master_key or SecretStr(keys.master_key)
        found["token_key"] = settings.token_key or SecretStr(keys.token_key)
        found["channels"] = channel_keys.channels(keys.channels, outside) | settings.channels
        found["providers"] = {
            kind: {"name": "sandbox", "base_url": f"{outside}/{kind}", "secret": secret}
            for kind, secret in keys.providers.items()
        } | settings.providers
        found["sandbox"] = _sandbox(keys, settings.base_url) | settings.sandbox
    return settings.model_copy(update=found)


def _sandbox(keys: Keys, api: str) -> dict[str, dict[str, Any]]:
    providers = {
        kind: {"secret": secret, "callback_url": f"{api}/notify/{kind}/sandbox"}
        for kind, secret in keys.providers.items()
    }
    return {**channel_keys.parties(keys.channels), **providers}


def revealed(settings: Settings) -> dict[str, Any]:
    """The settings as plain values, secrets included: for a file only we can read, and for our children's eyes."""
    values = settings.model_dump(mode="json", exclude_none=True)
    values["home"] = str(settings.home)
    for name in ("database_url", "redis_url", "master_key", "token_key"):
        if secret := getattr(settings, name):
            values[name] = secret.get_secret_value()
    return values


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables from which another process reads the same ones."""
    return {
        f"SUIDAI_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in revealed(settings).items()
    }


def attached() -> Settings:
    """The settings of the suidai that runs in this folder, for commands that work beside it.

    An environment that names a database and its master key has the last word. Raises CannotStart if there is neither.
    """
    settings = read_settings()
    if settings.database_url and settings.master_key:
        return settings
    if running := running_in(settings.home):
        return Settings(**running.settings)
    if settings.database_url:
        return settings
    raise CannotStart(
        f"No suidai runs in {settings.home.absolute()}: start it with `suidai up`, or set SUIDAI_DATABASE_URL."
    )


def known(setting: SecretStr | None) -> str:
    """A setting that is there by now, in plain."""
    if setting is None:
        raise LookupError("a setting that should be complete by now is not")
    return setting.get_secret_value()


def _with_driver(url: SecretStr) -> SecretStr:
    address = driver_url(url.get_secret_value())
    if not address.startswith("postgresql+asyncpg://") or address.endswith("://"):
        raise CannotStart(
            "SUIDAI_DATABASE_URL is no PostgreSQL address: write postgresql://USER:PASSWORD@HOST/DATABASE."
        )
    return SecretStr(address)


def _is_32_bytes(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except binascii.Error:
        return False
