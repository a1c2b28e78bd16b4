"""Decisions on a loan made once more: under the policy of their day, or under that of another. Nothing is changed by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, Quote
from domain.lending.queries import applications
from domain.lending.queries.loans import version_of
from domain.lending.rules.exposure import Elsewhere, exposure_refusal, exposure_then_fen
from domain.lending.rules.limits import purpose_refusal
from domain.lending.rules.machine import OWED
from domain.lending.rules.quoting import Ceiling, ceiling_test, work_out
from domain.lending.services.history import history_of
from domain.lending.services.terms import terms_on
from domain.shared import policy
from domain.shared.days import business_day
from domain.shared.errors import DomainError
from domain.shared.money import yuan
from domain.shared.policy import DatedValue


class Decision(StrEnum):
    """What was decided on the way to a loan, and of one that runs on a day."""

    COST_CEILING = "COST_CEILING"
    PURPOSE = "PURPOSE"
    EXPOSURE_CAP = "EXPOSURE_CAP"
    SEVERITY = "SEVERITY"
    REMINDERS = "REMINDERS"


class Verdict(StrEnum):
    PASSED = "PASSED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Again:
    """A decision as it was and as it comes out now.

    `policies` are the values it is made by, in force on `under`; `figures` what was weighed, as texts. `then` is the
    verdict of its day, None for what was not written down as one.
    """

    decision: Decision
    decided_at: datetime
    under: date
    policies: tuple[DatedValue, ...]
    then: str | None
    verdict: str
    figures: Mapping[str, str]
    refusal: DomainError | None = None

    @property
    def same(self) -> bool:
        return self.then is None or self.then == self.verdict


async def on_the_way(session: AsyncSession, loan: Loan, *, under: date | None = None) -> Sequence[Again]:
    """The cost ceiling of its quote, its purpose, and what its borrower owed when he applied."""
    return [
        await _ceiling(session, loan, under),
        await _purpose(session, loan, under),
        await _exposure(session, loan, under),
    ]


async def value_of(session: AsyncSession, name: str, *, decided_at: datetime, under: date | None) -> DatedValue:
    """The value of the day of a decision as it was known then; or of another day, as all of it is known now."""
    day = under or business_day(decided_at)
    row = await policy.rule(session, name, on=day, known_at=None if under else decided_at)
    values = (await policy.histories(session, name))[name]
    return next(value for value in values if value.row.id == row.id)


async def _ceiling(session: AsyncSession, loan: Loan, under: date | None) -> Again:
    quote = await session.get_one(Quote, loan.quote_id)
    rule = await value_of(session, "lending.cost_ceiling", decided_at=quote.created_at, under=under)
    version = await version_of(session, loan)
    terms = terms_on(version, principal_fen=quote.principal_fen, terms=quote.terms, value_date=quote.value_date)
    tested = ceiling_test(Ceiling.read(rule.row.value, rule.row.source), work_out(terms))
    figures = {
        "measure": tested.ceiling.measure.value,
        "limit": str(tested.ceiling.limit),
        "planned": str(tested.planned_rate),
        "worstPath": tested.worst.path.value,
        "worstMonths": str(tested.worst.months),
        "worst": str(tested.worst.rate),
        "penaltyRate": str(tested.penalty_rate),
    }
    return Again(
        decision=Decision.COST_CEILING,
        decided_at=quote.created_at,
        under=under or business_day(quote.created_at),
        policies=(rule,),
        then=Verdict.PASSED,
        verdict=_verdict(tested.refusal()),
        figures=figures | _said_then(quote),
        refusal=tested.refusal(),
    )


def _said_then(quote: Quote) -> dict[str, str]:
    """What the quote said, word for word. One of an earlier release knew no worst case."""
    then = Ceiling.read(quote.ceiling, quote.ceiling["source"])
    nominal = f"{quote.cost_nominal:.6f}"  # as costs are rounded
    said = {"measureThen": then.measure.value, "limitThen": str(then.limit), "nominalThen": nominal}
    return said | ({"worstThen": quote.worst_case["rate"]} if quote.worst_case else {})


async def _purpose(session: AsyncSession, loan: Loan, under: date | None) -> Again:
    rule = await value_of(session, "lending.refused_purposes", decided_at=loan.applied_at, under=under)
    refusal = purpose_refusal(loan.purpose, rule.row.value)
    return _at_application(loan, under, Decision.PURPOSE, rule, {"purpose": loan.purpose}, refusal)


async def _exposure(session: AsyncSession, loan: Loan, under: date | None) -> Again:
    rule = await value_of(session, "lending.exposure_cap_fen", decided_at=loan.applied_at, under=under)
    cap_fen = int(rule.row.value)
    others = await applications.applied_before(session, loan)
    owed_fen = sum([await _owed_then_fen(session, other, loan.applied_at) for other in others])
    refusal = exposure_refusal(asked_fen=loan.principal_fen, owed_fen=owed_fen, cap_fen=cap_fen)
    figures = {"owed": yuan(owed_fen), "asked": yuan(loan.principal_fen), "cap": yuan(cap_fen)}
    return _at_application(loan, under, Decision.EXPOSURE_CAP, rule, figures, refusal)


async def _owed_then_fen(session: AsyncSession, loan: Loan, at: datetime) -> int:
    """What a loan counted for then, by what was recorded of it by then."""
    if loan.value_date is None:
        ended_at = None if loan.status in OWED else loan.updated_at
        return exposure_then_fen(Elsewhere(loan.principal_fen, ended_at=ended_at), at)
    known = await history_of(session, loan, at)
    return exposure_then_fen(Elsewhere(loan.principal_fen, terms=known.terms, events=known.events), at)


def _at_application(  # noqa: PLR0917 - one decision, part by part
    loan: Loan,
    under: date | None,
    decision: Decision,
    rule: DatedValue,
    figures: Mapping[str, str],
    refusal: DomainError | None,
) -> Again:
    """The loan is there, so that it passed then."""
    return Again(
        decision=decision,
        decided_at=loan.applied_at,
        under=under or business_day(loan.applied_at),
        policies=(rule,),
        then=Verdict.PASSED,
        verdict=_verdict(refusal),
        figures=figures,
        refusal=refusal,
    )


def _verdict(refusal: DomainError | None) -> Verdict:
    return Verdict.REFUSED if refusal else Verdict.PASSED
