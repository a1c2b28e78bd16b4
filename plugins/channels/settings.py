"""Settings as JSON and forms bring them: a number where a name belongs, a text where a yes or a no does."""

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, cast, get_origin

from domain.shared.secret import SecretStr


def typed(config: object) -> None:
    """Make each field of a new frozen dataclass what its type says, where nothing is lost by that; whole numbers are left.

    An id that is written as a number would never equal the text that a provider sends, and each of his notices would be
    another merchant's. Blanks around a text are nobody's. Raises ValueError, naming the setting, for anything else.
    """
    for one in dataclasses.fields(cast("Any", config)):
        value = getattr(config, one.name)
        object.__setattr__(config, one.name, _typed(one.type, value, one.name))


def _typed(kind: object, value: object, setting: str) -> object:
    if kind is str:
        return _text("" if value is None else value, setting)
    if kind is SecretStr:
        return _secret(value, setting)
    if kind is bool and not isinstance(value, bool):
        raise ValueError(f"{setting} is neither true nor false")
    if isinstance(kind, types.UnionType):
        return None if value is None else _text(value, setting)
    if get_origin(kind) is Mapping:
        return _texts(value or {}, setting)
    return value


def _text(value: object, setting: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{setting} is not a text")
    return value.strip()


def _secret(value: object, setting: str) -> SecretStr:
    # Its blanks are left: in a secret they may be part of it.
    secret = SecretStr(cast("Any", value))
    if not isinstance(cast("object", secret.reveal()), str):
        raise ValueError(f"{setting} is not a text")
    return secret


def _texts(value: object, setting: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{setting} is not texts by name")
    named = cast("Mapping[object, object]", value)
    return {_text(name, setting): _text(text, setting) for name, text in named.items()}
