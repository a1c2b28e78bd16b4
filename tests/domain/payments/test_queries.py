"""Lists of payments, a page at a time."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.models import OrderStatus
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.shared.paging import Window, rows_in, total
from tests.domain.payments.builders import CLOSED, DECLINED, NOW, a_loan, an_order


async def test_orders_come_newest_first_and_go_on_where_the_page_ended(session: AsyncSession) -> None:
    debt = await a_loan(session)
    made = [(await an_order(session, debt)).id for _ in range(5)]
    await an_order(session, await a_loan(session))
    listed = queries.listed(borrower_id=debt.borrower_id)

    first = await rows_in(session, listed, queries.BY_CREATION, Window(3))
    rest = await rows_in(session, listed, queries.BY_CREATION, Window(3, cursor=queries.BY_CREATION.key(first[-1])))

    assert [order.id for order in (*first, *rest)] == made[::-1]
    assert await total(session, queries.listed(borrower_id=debt.borrower_id, status=OrderStatus.PAID)) == 0
    assert [order.id for order in (await queries.orders_by_loan(session, [debt.loan_id]))[debt.loan_id]] == made


async def test_attempts_of_many_orders_come_in_one_go_oldest_first(session: AsyncSession) -> None:
    one, other = await an_order(session), await an_order(session)
    tried = []
    for answer in (DECLINED, CLOSED):
        attempt = (await attempts.claim(session, order_id=one.id, at=NOW)).attempt
        await attempts.apply_result(session, attempt_id=attempt.id, result=answer, source=Source.ANSWER, at=NOW)
        tried.append(attempt)

    assert await queries.attempts_of(session, [one.id, other.id]) == {one.id: tried, other.id: []}


async def test_what_is_open_for_long_is_shown_to_a_person(session: AsyncSession) -> None:
    order = await an_order(session)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt

    late = await queries.long_open(session, before=NOW + timedelta(days=2), limit=1000)

    assert attempt in late
    assert attempt not in await queries.long_open(session, before=NOW, limit=1000)
