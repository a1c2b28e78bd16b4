"""The choice of a channel, from the policy and from how each channel fared; what was chosen is kept beside the order."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import ChannelAtRest, ChannelLimitReached, NoChannel
from domain.payments.queries import routing as queries
from domain.payments.rules.faring import LOOKED_BACK, Fared, fared_of
from domain.payments.rules.pricing import NAME, RoutingRules
from domain.payments.rules.routing import Barrier, Candidate, Choice, Excluded, Need, choose, success_of
from domain.shared import policy
from domain.shared.days import SHANGHAI, business_day, start_of
from domain.shared.money import MOST_FEN, yuan

_LIMITS = frozenset({Barrier.PAYMENT_LIMIT, Barrier.DAY_LIMIT})


@dataclass(frozen=True, slots=True)
class Lately:
    """The policy of a moment, and how channels fared until then: each is looked up once, for whoever chooses often."""

    rules: RoutingRules
    at: datetime
    _fared: dict[str, Fared] = field(default_factory=dict[str, Fared], repr=False)

    async def fared(self, session: AsyncSession, codes: Collection[str]) -> dict[str, Fared]:
        if new := set(codes) - set(self._fared):
            since = self.at - LOOKED_BACK * self.rules.half_life
            found = fared_of(await queries.tries_of(session, new, since=since, at=self.at), self.rules.half_life)
            self._fared.update({code: found.get(code, Fared()) for code in new})
        return {code: self._fared[code] for code in codes}


async def lately(session: AsyncSession, at: datetime) -> Lately:
    return Lately(RoutingRules.read(await policy.value(session, NAME, on=business_day(at))), at)


async def chosen(
    session: AsyncSession,
    candidates: Iterable[Candidate],
    need: Need,
    *,
    borrower_id: UUID | None = None,
    tried: Collection[str] = (),
    known: Lately | None = None,
) -> Choice:
    """Where a payment would go now, and why (`rules.routing.choose`). Takes no lock; who pays counts for his limits."""
    offers = list(candidates)
    known = known or await lately(session, need.at)
    codes = {candidate.code for candidate in offers if candidate.ready}
    fared = await known.fared(session, codes)
    limited = any(known.rules.terms(code).borrower_day_fen < MOST_FEN for code in codes)
    spent_fen: dict[str, int] = {}
    if borrower_id is not None and limited:
        spent_fen = await queries.through_today(session, borrower_id, start_of(business_day(need.at)))
    return choose(offers, need, known.rules, fared, spent_fen=spent_fen, tried=tried)


async def success_of_each(
    session: AsyncSession, codes: Collection[str], at: datetime
) -> dict[str, tuple[Fraction, int]]:
    """How likely one try succeeds by each of these channels that was tried of late, and how many tries say so."""
    known = await lately(session, at)
    fared = await known.fared(session, codes)
    return {code: (success_of(known.rules, each), each.tries) for code, each in fared.items() if each.tries}


def must_have(choice: Choice, need: Need) -> str:
    """The code of the best channel. Raises NoChannel where there is none."""
    if choice.best is not None:
        return choice.best
    ends = [each.until for each in choice.excluded if each.until is not None]
    raise NoChannel(
        product="-" if need.product is None else need.product.name,
        amount="-" if need.amount_fen is None else yuan(need.amount_fen),
        until=_written(min(ends, default=None)),
        fields=("product",),
    )


def must_take(choice: Choice, code: str) -> None:
    """Raises ChannelAtRest, ChannelLimitReached where our own rules forbid the channel that the borrower named."""
    match choice.barrier(code):
        case Excluded(_, Barrier.MAINTENANCE, until):
            raise ChannelAtRest(channel=code, until=_written(until), others=_others(choice), fields=("channel",))
        case Excluded(_, barrier, until) if barrier in _LIMITS:
            raise ChannelLimitReached(channel=code, others=_others(choice), fields=("channel",))
        case _:
            return


def _others(choice: Choice) -> str:
    return ", ".join(each.code for each in choice.ranked) or "-"


def _written(until: datetime | None) -> str:
    return until.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if until else "-"
