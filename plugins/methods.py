"""The four repayment methods of the house, through the same door as anyone's.

The arithmetic has them without a plugin being looked for, so a loan of theirs is replayed by rules alone; here they are
offered like another package's, and nothing but the name of who provides them sets them apart.
"""

from domain.lending.rules.methods import BUILT_IN, RepaymentMethod
from plugins.hookspecs import hookimpl


@hookimpl
def repayment_methods() -> tuple[RepaymentMethod, ...]:
    return BUILT_IN
