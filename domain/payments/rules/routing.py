"""Which channel a payment goes through: those that can take it, the one first that costs least until it has succeeded."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from domain.payments.ports import Capabilities, Product
from domain.payments.rules.faring import MICRO, Fared
from domain.payments.rules.pricing import Hours, RoutingRules, Terms, rest_over_at
from domain.shared.days import business_day, end_of
from domain.shared.money import CURRENCY, MOST_FEN

ABLE = Capabilities(products=frozenset(Product), autodebit=True, max_fen=MOST_FEN)
"""What a channel may be able to do, for whoever chooses where no plugin can be asked."""


class Barrier(StrEnum):
    """Why a channel is not taken for a payment."""

    NOT_READY = "NOT_READY"
    PRODUCT = "PRODUCT"
    CURRENCY = "CURRENCY"
    AMOUNT = "AMOUNT"
    MAINTENANCE = "MAINTENANCE"
    PAYMENT_LIMIT = "PAYMENT_LIMIT"
    DAY_LIMIT = "DAY_LIMIT"
    TRIED = "TRIED"


HOUSE_RULES = frozenset({Barrier.MAINTENANCE, Barrier.PAYMENT_LIMIT, Barrier.DAY_LIMIT})
"""What stands in the way although the channel itself would be able to: these end, or another sum passes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A channel that might be taken. `resting`: its breaker lets nothing through in the process that asks."""

    code: str
    capabilities: Capabilities = ABLE
    ready: bool = True
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be paid, how and when. No product and no debit: any way. No sum: any sum."""

    at: datetime
    amount_fen: int | None = None
    product: Product | None = None
    debit: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A channel that can take it. `cost`: the fen it costs until it has succeeded; `success`: how likely one try does."""

    code: str
    fee_fen: int
    success: Fraction
    cost: Fraction
    tries: int
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Excluded:
    """A channel that cannot. `until`: when what stands in the way ends, where that is known."""

    code: str
    barrier: Barrier
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """All channels for a payment: those that can take it, the best one first, and those that cannot, by code."""

    ranked: tuple[Ranked, ...]
    excluded: tuple[Excluded, ...] = field(default=())

    @property
    def best(self) -> str | None:
        return self.ranked[0].code if self.ranked else None

    def barrier(self, code: str) -> Excluded | None:
        return next((each for each in self.excluded if each.code == code), None)

    def facts(self) -> dict[str, Any]:
        """As it is kept beside the order, so that "why this channel" has an answer later."""
        return {
            "ranked": [
                {
                    "channel": each.code,
                    "fee_fen": each.fee_fen,
                    "success": str(rounded(each.success)),
                    "cost_fen": str(rounded(each.cost)),
                    "tries": each.tries,
                    **({"resting": True} if each.resting else {}),
                }
                for each in self.ranked
            ],
            "excluded": [
                {
                    "channel": each.code,
                    "reason": each.barrier.value,
                    **({"until": each.until.isoformat()} if each.until else {}),
                }
                for each in self.excluded
            ],
        }


def choose(
    candidates: Iterable[Candidate],
    need: Need,
    rules: RoutingRules,
    fared: Mapping[str, Fared],
    *,
    spent_fen: Mapping[str, int] | None = None,
    tried: Collection[str] = (),
) -> Choice:
    """Order the channels for a payment by what it costs until it has succeeded: fee + failure_costs * (1 - p) / p.

    The fee is taken of what succeeds only, a failure costs its price each time, and (1 - p) / p of them are to be
    expected before the first success. To try channels one after the other in this order is also cheapest of all orders:
    swapping two neighbours i, j changes the sum by p_i * p_j * (cost_i - cost_j) (Smith's rule; decision 0022).
    A channel that rests comes after all that do not; what costs the same goes by its code. `spent_fen` is what of this
    borrower goes through each channel today, `tried` are those that had their turn.
    """
    ranked: list[Ranked] = []
    excluded: list[Excluded] = []
    for candidate in {each.code: each for each in candidates}.values():
        if barrier := _barrier(candidate, need, rules, (spent_fen or {}).get(candidate.code, 0), tried):
            excluded.append(barrier)
        else:
            ranked.append(_ranked(candidate, need, rules, fared.get(candidate.code, Fared())))
    return Choice(
        tuple(sorted(ranked, key=lambda each: (each.resting, each.cost, each.code))),
        tuple(sorted(excluded, key=lambda each: each.code)),
    )


def success_of(rules: RoutingRules, fared: Fared) -> Fraction:
    """How likely one try by a channel succeeds: the mean of the prior after the tries of late. Never 0."""
    good = Fraction(rules.prior_good) + Fraction(fared.good, MICRO)
    bad = Fraction(rules.prior_bad) + Fraction(fared.bad, MICRO)
    return good / (good + bad)


def rounded(figure: Fraction) -> Decimal:
    """A figure as it is shown and kept: four places, half up."""
    scaled = (figure * 10_000 * 2 + 1) // 2
    return Decimal(scaled).scaleb(-4)


def _barrier(
    candidate: Candidate, need: Need, rules: RoutingRules, spent_fen: int, tried: Collection[str]
) -> Excluded | None:
    """The first thing that stands in the way, in the order in which a person would ask."""
    code, can, terms = candidate.code, candidate.capabilities, rules.terms(candidate.code)
    fen = need.amount_fen
    until = _rests_until(can, terms, need.at)
    found: Iterable[tuple[bool, Excluded]] = (
        (not candidate.ready, Excluded(code, Barrier.NOT_READY)),
        (code in tried, Excluded(code, Barrier.TRIED)),
        (not _offers(can, need), Excluded(code, Barrier.PRODUCT)),
        (CURRENCY not in can.currencies, Excluded(code, Barrier.CURRENCY)),
        (fen is not None and not can.min_fen <= fen <= can.max_fen, Excluded(code, Barrier.AMOUNT)),
        (until is not None, Excluded(code, Barrier.MAINTENANCE, until)),
        (fen is not None and fen > terms.payment_fen, Excluded(code, Barrier.PAYMENT_LIMIT)),
        (
            spent_fen + (fen or 1) > terms.borrower_day_fen,
            Excluded(code, Barrier.DAY_LIMIT, end_of(business_day(need.at))),
        ),
    )
    return next((barrier for stands, barrier in found if stands), None)


def _rests_until(can: Capabilities, terms: Terms, at: datetime) -> datetime | None:
    """When a channel that does not work at this moment, by its own hours or by ours, does again; None: it works."""
    own = (Hours(*can.cutoff),) if can.cutoff and can.cutoff[0] != can.cutoff[1] else ()
    return rest_over_at((*own, *terms.maintenance), at)


def _offers(can: Capabilities, need: Need) -> bool:
    if need.debit:
        return can.autodebit
    return need.product is None or (need.product is not Product.OTHER and need.product in can.products)


_ANY_FEN = 100_000
"""Where no sum is said, channels are compared by what 1,000.00 yuan cost."""


def _ranked(candidate: Candidate, need: Need, rules: RoutingRules, fared: Fared) -> Ranked:
    fee_fen = rules.terms(candidate.code).fee.of(_ANY_FEN if need.amount_fen is None else need.amount_fen)
    success = success_of(rules, fared)
    cost = fee_fen + rules.failure_costs_fen * (1 - success) / success
    return Ranked(candidate.code, fee_fen, success, cost, fared.tries, candidate.resting)
