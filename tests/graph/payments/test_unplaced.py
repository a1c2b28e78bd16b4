"""Money that cannot be applied is seen by whoever keeps the books."""

from datetime import timedelta

from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.services import unplaced
from domain.shared.clock import real_now
from tests.graph.api import Api

LISTED = (
    "{ unplacedPayments(first: 1) { totalCount pageInfo { hasNextPage } nodes { channel orderNo amount reason } } }"
)


async def _stray(api: Api, order_no: str, amount_fen: int, *, waiting: timedelta) -> None:
    async with api.house.sessions.begin() as session:
        at = await api.house.clock.now(session) - waiting
        paid = PaymentResult(PaymentState.SUCCEEDED, amount_fen=amount_fen, currency="CNY", paid_at=real_now())
        await unplaced.keep_stray(session, channel="alipay", order_no=order_no, result=paid, paid_at=at, at=at)


async def test_who_waits_longest_comes_first_with_the_sum_in_suspense_and_the_reason(api: Api) -> None:
    await _stray(api, "YOUNG", 5, waiting=timedelta(minutes=1))
    await _stray(api, "OLD", 123_45, waiting=timedelta(hours=1))
    api.token = await api.staff("finance")

    listed = (await api.ask(LISTED))["unplacedPayments"]

    assert listed["nodes"] == [{"channel": "alipay", "orderNo": "OLD", "amount": "123.45", "reason": "UNKNOWN_ORDER"}]
    assert (listed["totalCount"], listed["pageInfo"]["hasNextPage"]) == (2, True)
