"""How a wording is filled: `{name}` stands for a parameter, and a parameter that is missing is a bug."""

from collections.abc import Mapping
from string import Formatter


class ParamMissing(LookupError):
    """Whoever queued the message did not say what its wording speaks of."""


def params_of(body: str) -> frozenset[str]:
    """The parameters a wording speaks of."""
    return frozenset(name for _, name, _, _ in Formatter().parse(body) if name)


def rendered(body: str, params: Mapping[str, str]) -> str:
    """The text people read. Raises ParamMissing; parameters the wording does not speak of are left out."""
    if missing := sorted(params_of(body) - params.keys()):
        raise ParamMissing(f"the wording needs {', '.join(missing)}")
    return body.format_map(params)
