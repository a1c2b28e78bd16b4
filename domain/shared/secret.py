"""A text that must not be seen by accident: keys, passwords, identity numbers, cards, phones."""

from typing import Protocol, final, runtime_checkable

_MASK = "**********"


@runtime_checkable
class _Pydantics(Protocol):
    def get_secret_value(self) -> str: ...


@final
class SecretStr:
    """Holds a text; printing, formatting and logging it shows a mask. Only `reveal()` gives it out.

    Made here rather than taken from pydantic because the ports load nothing but the standard library. Given one of
    pydantic's, it holds what that holds.
    """

    __slots__ = ("_text",)

    def __init__(self, text: "str | SecretStr | _Pydantics") -> None:
        if isinstance(text, SecretStr):
            text = text.reveal()
        self._text: str = text.get_secret_value() if isinstance(text, _Pydantics) else text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._text == other._text

    def __hash__(self) -> int:
        return hash((SecretStr, self._text))

    def __repr__(self) -> str:
        return f"SecretStr({str(self)!r})"

    def __str__(self) -> str:
        return _MASK if self._text else ""

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a SecretStr is not pickled: it would leave in the clear")
