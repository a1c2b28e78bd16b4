"""A repayment method under test: held to what every method promises, and lent to the arithmetic for a while."""

from collections.abc import Generator
from contextlib import contextmanager

from domain.lending.rules.methods import HOUSE, RepaymentMethod, forget, register
from domain.lending.rules.methods.trial import wrong_with
from domain.lending.rules.plan import make_plan, plan_level_fen
from plugins.testing.subject import must


def method_is_sound(method: RepaymentMethod) -> None:
    """It passes the trial that every method passes before a process takes it: code, name, and a handful of loans."""
    wrong = wrong_with(method)
    must(not wrong, wrong)


@contextmanager
def registered(method: RepaymentMethod, *, provider: str = HOUSE) -> Generator[RepaymentMethod]:
    """The method is in the table until the block ends, as if its package were installed and then were not."""
    register(method, provider=provider)
    try:
        yield method
    finally:
        forget(method.code)
        make_plan.cache_clear()
        plan_level_fen.cache_clear()
