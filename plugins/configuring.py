"""What a plugin's config model says of its settings: which are secret, their schema, and why some cannot be used."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from domain.payments.rules.settings import RESERVED, Stored
from domain.shared.secret import SecretStr
from plugins.spec import ConfigModel

_SECRET = {"SecretStr", "SecretBytes"}
_JSON_TYPES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
    type(None): "null",
}
_LONGEST = 300
_TELLING = 8
"""Letters of a secret in a row that already tell something of it."""


class Origin(StrEnum):
    """Where the settings in force come from."""

    ENVIRONMENT = "ENVIRONMENT"
    DATABASE = "DATABASE"


@dataclass(frozen=True, slots=True)
class Given:
    """The settings of a channel, and where they come from. `version` is the database's."""

    settings: Mapping[str, Any] = field(repr=False)
    origin: Origin = Origin.ENVIRONMENT
    version: int = 0

    @property
    def enabled(self) -> bool:
        return bool(self.settings.get("enabled", True))

    @property
    def for_the_model(self) -> dict[str, Any]:
        return {name: value for name, value in self.settings.items() if name not in RESERVED}


def given_by(stored: Stored, environment: Given | None) -> Given | None:
    """What a version means beside what the environment says; None: what the environment says is in force."""
    if stored.settings is not None:
        return Given({**stored.settings, "enabled": stored.enabled}, Origin.DATABASE, stored.version)
    if stored.enabled or environment is None:
        return None
    return Given({**environment.settings, "enabled": False}, Origin.ENVIRONMENT, stored.version)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why settings cannot be used, in a sentence without any value. `setting` is empty where it is no single one."""

    setting: str
    why: str


def names_of(model: ConfigModel) -> frozenset[str] | None:
    """The settings a model knows; None where it does not say."""
    annotations = _annotations(model)
    return None if annotations is None else frozenset(annotations)


def secrets_of(model: ConfigModel, settings: Iterable[str] = ()) -> frozenset[str]:
    """The settings that are secret. Of a model that does not say, all are: `settings` names those there are."""
    annotations = _annotations(model)
    if annotations is None:
        return frozenset(settings)
    unknown = set(settings) - set(annotations)
    return frozenset(unknown | {name for name, kind in annotations.items() if _is_secret(kind)})


def schema_of(model: ConfigModel) -> dict[str, Any]:
    """The JSON schema of a form for these settings; secrets are `writeOnly`."""
    own = getattr(model, "model_json_schema", None)
    if own is not None:
        return own()
    annotations = _annotations(model)
    if annotations is None:
        return {"type": "object"}
    fields = {one.name: one for one in dataclasses.fields(cast("Any", model)) if one.name in annotations}
    described: dict[str, Any] = {
        "type": "object",
        "properties": {name: _described(fields[name], annotations[name]) for name in fields},
    }
    if needed := [name for name, one in fields.items() if not _has_default(one)]:
        described["required"] = needed
    return {**described, "additionalProperties": False}


def wrongs(error: BaseException, settings: Mapping[str, Any], secrets: Iterable[str] = ()) -> list[Wrong]:
    """What a model or a factory that raised said, a sentence for each setting it named."""
    hidden = frozenset(secrets)
    if (listed := getattr(error, "errors", None)) and callable(listed):
        try:
            told = cast("list[dict[str, Any]]", listed(include_url=False, include_input=False, include_context=False))
            return [Wrong(_top(each["loc"]), unquoted(str(each["msg"]), settings, hidden)) for each in told]
        except Exception:  # noqa: BLE001, S110 - an exception with an `errors` of its own: told like any other
            pass
    said = unquoted(told_by(error), settings, hidden)
    named = [name for name in settings if name and name in said]
    return [Wrong(max(named, key=len) if named else "", said)]


def unquoted(text: str, settings: Mapping[str, Any], secrets: Iterable[str] = ()) -> str:
    """The text without any setting's value in it: validators like to quote what they refuse, whole or in part."""
    for name in secrets:
        if any(_gives_away(text, value) for value in _texts(settings.get(name))):
            return "its plugin refuses it, in words that would show a secret"
    for value in settings.values():
        for shown in _texts(value):
            for form in _forms(shown):
                if len(form) > 3:
                    text = text.replace(form, "***")
    return text[:_LONGEST]


def told_by(error: BaseException) -> str:
    """An exception as one line for a person."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _gives_away(text: str, value: str) -> bool:
    if len(value) < _TELLING:
        return len(value) > 0 and value in text
    return any(
        form[start : start + _TELLING] in text for form in _forms(value) for start in range(len(form) - _TELLING + 1)
    )


def _forms(value: str) -> set[str]:
    """A value as it may stand in a message: as it is, on one line, with its line ends written out."""
    return {value, " ".join(value.split()), repr(value)[1:-1], json.dumps(value)[1:-1]}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in cast("Mapping[str, object]", value).values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("Iterable[object]", value):
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield value.reveal() if isinstance(value, SecretStr) else str(value)


def _top(location: Iterable[object]) -> str:
    return next((str(part) for part in location), "")


def _annotations(model: ConfigModel) -> dict[str, Any] | None:
    of_pydantic = cast("Mapping[str, Any] | None", getattr(model, "model_fields", None))
    try:
        if of_pydantic is not None:
            return {name: one.annotation for name, one in of_pydantic.items()}
        if dataclasses.is_dataclass(model):
            hints = typing.get_type_hints(model)
            return {one.name: hints[one.name] for one in dataclasses.fields(model) if one.init}
    except Exception:  # noqa: BLE001 - a model that cannot be read says nothing: all it takes is secret
        return None
    return None


def _is_secret(annotation: object) -> bool:
    return getattr(annotation, "__name__", "") in _SECRET or any(map(_is_secret, typing.get_args(annotation)))


def _described(one: "dataclasses.Field[Any]", annotation: object) -> dict[str, Any]:
    described = _kind(annotation)
    if one.default is not dataclasses.MISSING and isinstance(one.default, str | int | float | bool):
        described["default"] = one.default
    return described


def _kind(annotation: object) -> dict[str, Any]:
    if inner := [each for each in typing.get_args(annotation) if each is not Ellipsis]:
        return _composed(typing.get_origin(annotation), inner)
    if getattr(annotation, "__name__", "") in _SECRET:
        return {"type": "string", "format": "password", "writeOnly": True}
    if not isinstance(annotation, type):
        return {}
    if issubclass(annotation, StrEnum):
        return {"type": "string", "enum": [member.value for member in annotation]}
    known = _JSON_TYPES.get(annotation)  # pyright: ignore[reportUnknownArgumentType] - any type at all
    return {"type": known} if known else {}


def _composed(origin: Any, inner: list[Any]) -> dict[str, Any]:
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_kind(each) for each in inner]}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _kind(inner[-1])}
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return {"type": "array", "items": _kind(inner[0])}
    return {}


def _has_default(one: "dataclasses.Field[Any]") -> bool:
    return one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
