"""What a channel can do. The core refuses what the flags do not allow, and GraphQL does not show it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from domain.payments.ports.states import BillKind, MandateSigning, Product, RefundAbility
from domain.shared.tolerant import Tolerant


@dataclass(frozen=True, slots=True)
class OrderNoRule:
    """Which order numbers the channel takes."""

    pattern: str = r"[A-Za-z0-9_]+"
    max_length: int = 64

    def allows(self, order_no: str) -> bool:
        return len(order_no) <= self.max_length and re.fullmatch(self.pattern, order_no) is not None


_WORDS: Mapping[str, Callable[[str], Tolerant]] = {
    "products": Product,
    "mandate_sign": MandateSigning,
    "refund": RefundAbility,
    "bill": BillKind,
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The flags of a channel. What is not said is not offered.

    `query_final_after` is the time after an order's expiry from which NOT_FOUND is final. `cutoff` is the pair of
    Beijing times between which the channel does not work. `notify_answer` is the body it wants to read. `mandate_card`:
    a mandate is for a card of the borrower's; False where he signs for the account he has at the channel itself. No more
    than `calls_per_second` are begun by one process; one that would wait for its turn longer than a second is not sent.
    """

    products: frozenset[Product] = frozenset()
    autodebit: bool = False
    mandate_sign: frozenset[MandateSigning] = frozenset()
    batch_autodebit: int = 0
    query: bool = True
    close: bool = False
    refund: frozenset[RefundAbility] = frozenset()
    refund_query: bool = False
    notify: bool = True
    bill: frozenset[BillKind] = frozenset()
    currencies: frozenset[str] = frozenset({"CNY"})
    min_fen: int = 1
    max_fen: int = 100_000_000_00
    order_no: OrderNoRule = field(default_factory=OrderNoRule)
    cutoff: tuple[time, time] | None = None
    notify_answer: str = ""
    paid_after_close_possible: bool = False
    query_final_after: timedelta = timedelta(minutes=10)
    calls_per_second: float | None = None
    mandate_card: bool = True

    def __post_init__(self) -> None:
        # An author may write them as texts; one that is none of ours becomes OTHER, which is offered to nobody.
        for name, words in _WORDS.items():
            object.__setattr__(self, name, frozenset(words(word) for word in getattr(self, name)))
        object.__setattr__(self, "currencies", frozenset(self.currencies))
