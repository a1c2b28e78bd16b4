"""Whatever is supposed of whatever loan: committed, it comes out as it was simulated, or it was refused before."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Repayment
from domain.lending.rules.events import Intent
from domain.lending.rules.supposing import Supposed, SupposedKind
from domain.lending.services import journal
from domain.shared.errors import DomainError
from tests.domain.lending.loans import any_terms, sums
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.lending.services.suppositions import FINANCE, commit, is_as_simulated, suppose

KINDS = [*["pay"] * 8, *["waive"] * 3, *["reverse"] * 3, "off", "write off"]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_what_is_committed_comes_out_as_simulated(session: AsyncSession, data: st.DataObject) -> None:
    """Twice in a row, the second time with the first one's payments to reverse."""
    terms = data.draw(any_terms())
    today = terms.value_date + timedelta(days=data.draw(st.integers(20, 31 * terms.terms + 60)))

    def anything(repayments: list[Repayment]) -> Supposed:
        days_ago = data.draw(st.integers(0, (today - terms.value_date).days))
        on = today - timedelta(days=data.draw(st.sampled_from([0, days_ago])))
        kind = data.draw(st.sampled_from(KINDS))
        if kind == "reverse" and repayments:
            return Supposed(SupposedKind.REVERSAL, repayment_id=data.draw(st.sampled_from(repayments)).id)
        if kind == "waive":
            fen = data.draw(st.integers(0, 2_000))
            return Supposed(SupposedKind.WAIVER, on, penalty_fen=fen, interest_fen=data.draw(st.integers(0, 2_000)))
        if kind == "write off":
            return Supposed(SupposedKind.WRITE_OFF, on)
        intent = Intent.PAYOFF if kind == "off" else data.draw(st.sampled_from([Intent.INSTALLMENT, Intent.PREPAY]))
        return Supposed(SupposedKind.PAYMENT, on, None if kind == "off" else data.draw(sums(terms)), intent)

    outer = await session.begin_nested()
    try:
        loan = await running_loan(session, terms, at=noon(terms.value_date))
        for _ in range(2):
            made_before = (await journal.queries.repayments_of(session, [loan.id]))[loan.id]
            supposed = [anything(made_before) for _ in range(data.draw(st.integers(1, 4)))]
            try:
                made = await suppose(session, loan, *supposed, actor=FINANCE, at=noon(today))
            except DomainError:
                continue
            assert made.committable
            await commit(session, made, FINANCE, at=noon(today))
            assert await is_as_simulated(session, loan, made.would)
            assert await the_books_hold(session)
    finally:
        await outer.rollback()
