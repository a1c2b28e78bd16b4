"""The secrets of a development folder: made once, kept beside the data they protect, readable by their owner only."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from suidai.runtime.channel_keys import MAKERS, ChannelKeys, random_32_bytes
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Home, write_secret

PROVIDERS = ("identity", "bankcard", "risk", "esign", "funding", "sms", "bureau", "data")


@dataclass(frozen=True, slots=True)
class Keys:
    """What only this folder knows."""

    database_password: str = field(repr=False)
    master_key: str = field(repr=False)
    token_key: str = field(repr=False)
    channels: dict[str, ChannelKeys] = field(repr=False)
    providers: dict[str, str] = field(repr=False)
    """The secret each kind of provider signs its callbacks with."""


def keys_of(home: Home) -> Keys:
    """The folder's keys, made when it is new; a channel that came later gets its own when it is first met.

    Refuses to make new ones for data that only the old ones open.
    """
    if home.keys.exists():
        kept = home.keys.read_text("utf-8")
        try:
            keys = _read(json.loads(kept))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CannotStart(
                f"{home.keys} is damaged: put back a copy, or move {home.path} away to begin anew."
            ) from error
        if (text := _written(keys)) != kept:
            write_secret(home.keys, text)
        return keys
    if (home.postgres / "data").exists():
        raise CannotStart(
            f"{home.keys} is missing and the data beside it cannot be opened without it: "
            f"put it back, or move {home.path} away to begin anew."
        )
    made = new_keys()
    write_secret(home.keys, _written(made))
    return made


def new_keys() -> Keys:
    return Keys(
        database_password=secrets.token_hex(24),
        master_key=random_32_bytes(),
        token_key=random_32_bytes(),
        channels=_complete({}),
        providers={kind: random_32_bytes() for kind in PROVIDERS},
    )


def _read(told: dict[str, Any]) -> Keys:
    # The first folders have Alipay's keys alone, side by side; nothing lasting hangs on them, and they are made anew.
    channels = _complete(told.get("channels", {}))
    providers = {kind: told["providers"].get(kind) or random_32_bytes() for kind in PROVIDERS}
    return Keys(
        told["database_password"], told["master_key"], told["token_key"], channels=channels, providers=providers
    )


def _complete(known: Mapping[str, ChannelKeys]) -> dict[str, ChannelKeys]:
    return {code: known.get(code) or make() for code, make in MAKERS.items()}


def _written(keys: Keys) -> str:
    return json.dumps(asdict(keys), indent=2)
