"""Whether capabilities are of the kinds they must be: all channels are shown together, and one's nonsense breaks no list."""

from collections.abc import Mapping
from dataclasses import fields
from typing import cast

from domain.payments.ports import Capabilities


def _kinds() -> Mapping[str, type[object]]:
    """The kind of each flag. Of what may be None, nothing is shown."""
    nothing = Capabilities()
    usual: Mapping[str, object] = {field.name: getattr(nothing, field.name) for field in fields(nothing)}
    return {name: value.__class__ for name, value in usual.items() if value is not None}


_KINDS = _kinds()


def wrong_with(capabilities: object) -> str:
    """What is nonsense in them; empty if nothing is."""
    if not isinstance(capabilities, Capabilities):
        return f"they are a {type(capabilities).__name__}"
    for name, kind in _KINDS.items():
        found: type[object] = getattr(capabilities, name).__class__
        if not issubclass(found, kind) or (found is bool and kind is int):
            return f"{name} is a {found.__name__}, where a {kind.__name__} belongs"
    pace = cast("object", capabilities.calls_per_second)
    if pace is not None and (isinstance(pace, bool) or not isinstance(pace, int | float) or pace <= 0):
        return "calls_per_second is no number above zero"
    return ""
