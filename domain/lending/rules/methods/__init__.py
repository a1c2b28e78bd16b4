"""The table of repayment methods, filled once when a process starts; a loan's terms name a method by its code.

The four of the house are in it from the first import: the arithmetic needs no plugin to be found. The others come
through the hook `repayment_methods()`, as do these, which are in it already.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.lending.errors import MethodUnknown
from domain.lending.rules.methods.asking import due_months, level_fen, spread
from domain.lending.rules.methods.equal_installment import EqualInstallment
from domain.lending.rules.methods.equal_principal import EqualPrincipal
from domain.lending.rules.methods.method import Periods, RepaymentMethod
from domain.lending.rules.methods.principal_last import Bullet, InterestOnly

__all__ = [
    "BUILT_IN",
    "HOUSE",
    "Known",
    "Periods",
    "RepaymentMethod",
    "due_months",
    "forget",
    "is_known",
    "known",
    "level_fen",
    "method_named",
    "methods",
    "name_of",
    "register",
    "spread",
]

BUILT_IN: tuple[RepaymentMethod, ...] = (EqualInstallment(), EqualPrincipal(), InterestOnly(), Bullet())

HOUSE = "suidai"
"""Who provides the built-in ones."""


@dataclass(frozen=True, slots=True)
class Known:
    """A method, the package that provides it, and its names as they were when it was taken."""

    method: RepaymentMethod
    provider: str
    name_zh: str
    name_en: str

    @classmethod
    def of(cls, method: RepaymentMethod, provider: str) -> "Known":
        return cls(method, provider, method.name["zh"], method.name["en"])


_known: dict[str, Known] = {}


def register(method: RepaymentMethod, *, provider: str = HOUSE) -> None:
    """Make a method known by its code. The same again from the same provider is no news, and the first one stays.

    Raises ValueError where the code is another method's.
    """
    first = _known.setdefault(method.code, Known.of(method, provider))
    if first.method is not method and (first.provider, type(first.method)) != (provider, type(method)):
        raise ValueError(f"two repayment methods call themselves {method.code}; the first is from {first.provider}")


def forget(code: str) -> None:
    """Take a package's method out of the table. Plans that were made stay known: for tests, not for running processes."""
    if any(method.code == code for method in BUILT_IN):
        raise ValueError(f"{code} is built in")
    _known.pop(code, None)


def method_named(code: str) -> RepaymentMethod:
    """The method of that code. Raises MethodUnknown if no package registered one."""
    try:
        return _known[code].method
    except KeyError:
        raise MethodUnknown(method=code, known=", ".join(_known)) from None


def is_known(code: str) -> bool:
    """Whether a package here provides the method."""
    return code in _known


def known() -> tuple[Known, ...]:
    """All methods with who provides them, in the order in which they were registered."""
    return tuple(_known.values())


def methods() -> tuple[RepaymentMethod, ...]:
    """All methods known, in the same order."""
    return tuple(each.method for each in _known.values())


def name_of(code: str) -> Mapping[str, str]:
    """The method's name in Chinese and English; its code, where no package provides it."""
    if each := _known.get(code):
        return {"zh": each.name_zh, "en": each.name_en}
    return {"zh": code, "en": code}


for _method in BUILT_IN:
    register(_method)
