"""Where a payment would go, by the policy in the database and by how each channel fared there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import ChannelAtRest, ChannelLimitReached, NoChannel
from domain.payments.ports import Capabilities, ErrorCode, PaymentResult, Product
from domain.payments.queries import routing as queries
from domain.payments.rules.faring import MICRO, Fared, fared_of
from domain.payments.rules.routing import Candidate, Choice, Need
from domain.payments.services import attempts, orders, routing
from domain.payments.services.attempts import Source
from tests.domain.payments.builders import (
    ACTION,
    CLOSED,
    NOT_EXECUTED,
    NOW,
    UNKNOWN,
    Debt,
    Offer,
    a_loan,
    an_order,
    paid,
    routed,
)
from tests.domain.payments.mandates import refused

DAY = timedelta(days=1)
CAN = Capabilities(products=frozenset({Product.PAGE}))
NEED = Need(NOW, 1000_00, Product.PAGE)


async def tried(
    session: AsyncSession, channel: str, *results: PaymentResult, ago: timedelta = timedelta(), debt: Debt | None = None
) -> None:
    """A try by a channel, what was answered to the call, and what queries told after that."""
    at = NOW - ago
    order = await an_order(session, debt, offer=Offer(channel), at=at)
    attempt = (await attempts.claim(session, order_id=order.id, at=at)).attempt
    for n, result in enumerate(results):
        source = Source.QUERY if n else Source.ANSWER
        await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=source, at=at)


async def fared(session: AsyncSession, *codes: str, since: timedelta = 8 * DAY) -> dict[str, Fared]:
    return fared_of(await queries.tries_of(session, codes, since=NOW - since, at=NOW), DAY)


async def chosen(session: AsyncSession, *codes: str, need: Need = NEED, **facts: Any) -> Choice:
    return await routing.chosen(session, [Candidate(code, CAN) for code in codes], need, **facts)


async def test_a_channel_is_judged_by_what_its_tries_came_to(session: AsyncSession) -> None:
    await tried(session, "good", paid())
    await tried(session, "good", ACTION, CLOSED, ago=DAY)
    await tried(session, "good", refused(ErrorCode.INSUFFICIENT_FUNDS), ago=DAY)
    await tried(session, "bad", NOT_EXECUTED)
    await tried(session, "bad", refused(ErrorCode.LIMIT_EXCEEDED), ago=2 * DAY)
    await tried(session, "bad", UNKNOWN, paid())
    await tried(session, "bad")

    assert await fared(session, "good", "bad", "new") == {
        "good": Fared(2 * MICRO, 0, 3),
        "bad": Fared(0, 2 * MICRO + MICRO // 4, 3),
    }


async def test_what_is_long_ago_or_still_to_come_or_of_another_channel_is_not_looked_at(session: AsyncSession) -> None:
    await tried(session, "x", paid(), ago=9 * DAY)
    await tried(session, "x", paid(), ago=-DAY)
    await tried(session, "y", paid())

    assert await fared(session, "x") == {}
    assert await fared(session) == {}


async def test_of_many_tries_the_newest_are_enough(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "NEWEST", 2)
    for hours, result in enumerate((paid(), paid(), UNKNOWN, UNKNOWN)):
        await tried(session, "x", result, ago=timedelta(hours=hours))

    assert (await fared(session, "x"))["x"].bad == 0


async def test_whoever_fails_is_left_and_comes_back_by_itself(session: AsyncSession) -> None:
    await routed(session)
    for _ in range(3):
        await tried(session, "aa", UNKNOWN)

    assert (await chosen(session, "aa", "bb")).best == "bb"
    assert (await chosen(session, "aa", "bb", need=Need(NOW + 9 * DAY, 1000_00, Product.PAGE))).best == "aa"


async def test_a_borrower_s_limit_counts_what_went_or_may_yet_go_today(session: AsyncSession) -> None:
    await routed(session, channels={"aa": {"limits": {"borrower_day_fen": 3000_00}}})
    debt = await a_loan(session)
    await tried(session, "aa", paid(), debt=debt)
    await tried(session, "aa", paid(), debt=debt, ago=DAY)
    await tried(session, "aa", refused(), debt=debt)
    assert (await chosen(session, "aa", borrower_id=debt.borrower_id)).best == "aa"

    await tried(session, "aa", UNKNOWN, debt=debt)
    await tried(session, "aa", paid())
    exactly = Need(NOW, 1000_00, Product.PAGE)
    assert (await chosen(session, "aa", need=exactly, borrower_id=debt.borrower_id)).best == "aa"
    more = await chosen(session, "aa", need=Need(NOW, 1000_01, Product.PAGE), borrower_id=debt.borrower_id)
    assert more.best is None
    with pytest.raises(ChannelLimitReached):
        routing.must_take(more, "aa")
    assert (await chosen(session, "aa", need=Need(NOW, 1000_01, Product.PAGE))).best == "aa", "nobody in particular"


async def test_a_refusal_says_until_when_and_what_else_there_is(session: AsyncSession) -> None:
    # 10:00 in Beijing.
    await routed(session, channels={"aa": {"maintenance": [{"from": "09:30", "to": "10:15"}]}})
    choice = await chosen(session, "aa", "bb")

    with pytest.raises(ChannelAtRest, match=r"Channel aa does not work until 2026-03-02 10:15, .*: bb\."):
        routing.must_take(choice, "aa")
    routing.must_take(choice, "bb")
    with pytest.raises(NoChannel, match=r"1000\.00 yuan by PAGE now; .* 2026-03-02 10:15\."):
        routing.must_have(await chosen(session, "aa"), NEED)


async def test_what_takes_the_place_of_an_order_is_the_same_wish(session: AsyncSession) -> None:
    await routed(session)
    order = await an_order(session)
    choice = await chosen(session, "bb")

    made = await orders.create_instead(session, order, channel=Candidate("bb", CAN), choice=choice.facts(), at=NOW)

    assert (made.wish_id, made.instead_of_id, made.amount_fen, made.channel) == (order.id, order.id, 1000_00, "bb")
    assert (made.expires_at, made.choice) == (order.expires_at, choice.facts())
    assert [each.id for each in await queries.tried_before(session, made)] == [made.id, order.id]
    assert (await queries.last_instead(session, order)).id == made.id
