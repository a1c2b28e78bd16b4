"""The table of repayment methods, filled once when a process starts; a loan's terms name a method by its code."""

from domain.lending.rules.methods.equal_installment import EqualInstallment
from domain.lending.rules.methods.equal_principal import EqualPrincipal
from domain.lending.rules.methods.method import Periods, RepaymentMethod
from domain.lending.rules.methods.principal_last import Bullet, InterestOnly

__all__ = ["BUILT_IN", "Periods", "RepaymentMethod", "method_named", "methods", "register"]

BUILT_IN: tuple[RepaymentMethod, ...] = (EqualInstallment(), EqualPrincipal(), InterestOnly(), Bullet())

_methods: dict[str, RepaymentMethod] = {}


def register(method: RepaymentMethod) -> None:
    """Make a method known by its code. The same object again is no news; another under a code that is taken is an error."""
    if _methods.setdefault(method.code, method) is not method:
        raise ValueError(f"two repayment methods call themselves {method.code}")


def method_named(code: str) -> RepaymentMethod:
    """The method of that code; LookupError if no package registered one."""
    try:
        return _methods[code]
    except KeyError:
        raise LookupError(f"{code!r} is not a repayment method; known are {', '.join(_methods)}") from None


def methods() -> tuple[RepaymentMethod, ...]:
    """All methods known, in the order in which they were registered."""
    return tuple(_methods.values())


for _method in BUILT_IN:
    register(_method)
