"""How an answer is written: `k=v&k=v`, not URL-encoded, where `&` in a group `{...}` or `[...]` separates nothing.

Values are base64 and certificates too, so `=` and `+` stand for themselves.
"""

from collections.abc import Iterator, Mapping

_CLOSES = {"{": "}", "[": "]"}


class Malformed(ValueError):
    """The text is not fields of which each has a name and comes once."""


def read(text: str) -> dict[str, str]:
    """The fields of an answer. Raises Malformed."""
    fields: dict[str, str] = {}
    for part in _parts(text):
        name, equals, value = part.partition("=")
        if not (name and equals) or name in fields:
            raise Malformed("a field has no name, no value, or comes twice")
        fields[name] = value
    return fields


def write(fields: Mapping[str, str]) -> str:
    """The inverse of `read`."""
    return "&".join(f"{name}={value}" for name, value in fields.items())


def _parts(text: str) -> Iterator[str]:
    begin, awaited = 0, list[str]()
    for at, letter in enumerate(text):
        if awaited and letter == awaited[-1]:
            awaited.pop()
        elif letter in _CLOSES:
            awaited.append(_CLOSES[letter])
        elif letter == "&" and not awaited:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]
