"""The sandbox's Alipay told to go wrong, and what the adapter makes of it."""

from suidai.contract import (
    CloseResult,
    ErrorCode,
    ErrorKind,
    PaymentResult,
    PaymentState,
    Product,
    Refund,
    RefundResult,
    RefundState,
)
from tests.plugins.sandbox.conftest import Town
from tests.plugins.sandbox.test_alipay import ORDER, opened, ordered, pay, ref


async def plan(town: Town, fault: str, *, order: str = ORDER, times: int = 1) -> None:
    asked = {"party": "alipay", "fault": fault, "order": order, "times": times}
    assert (await town.http.post(f"{town.url}/faults", json=asked)).status_code == 201


def said(result: PaymentResult | RefundResult) -> tuple[ErrorKind, ErrorCode]:
    assert result.error
    return result.error.kind, result.error.code


async def test_a_notice_that_is_lost_is_found_by_the_query(town: Town) -> None:
    await plan(town, "LOSE_NOTICE")
    await pay(town, await opened(town, await ordered(town)))

    assert await town.ear.hears(0) == []
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.SUCCEEDED


async def test_the_notice_of_another_order_is_not_lost(town: Town) -> None:
    await plan(town, "LOSE_NOTICE", order="RP2")
    await pay(town, await opened(town, await ordered(town)))

    assert len(await town.ear.hears(1)) == 1


async def test_a_notice_is_repeated(town: Town) -> None:
    await plan(town, "REPEAT_NOTICE")
    await pay(town, await opened(town, await ordered(town)))

    assert len({one.body for one in await town.ear.hears(3)}) == 1


async def test_an_answer_signed_by_nobody_changes_nothing(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)))
    await plan(town, "BAD_SIGNATURE")

    first = await town.alipay.query_payment(ref(town))

    assert first.state is PaymentState.UNKNOWN
    assert said(first) == (ErrorKind.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.SUCCEEDED


async def test_a_refund_whose_answer_is_lost_was_done_all_the_same(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)))
    await plan(town, "LOSE_ANSWER")
    part = Refund("RF1", ref(town), 8000, 48000)

    lost, repeat = await town.alipay.refund(part), await town.alipay.refund(part)

    assert lost.state is RefundState.UNKNOWN
    assert said(lost) == (ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR)
    assert repeat.state is RefundState.PROCESSING
    assert (await town.http.get(f"{town.url}/alipay/trades")).json()["trades"][0]["refunded_fen"] == 8000


async def test_a_gateway_that_breaks_has_done_nothing_and_nobody_can_know(town: Town) -> None:
    await opened(town, await ordered(town, Product.QR))
    await plan(town, "BREAK")

    assert await town.alipay.close_payment(ref(town)) is CloseResult.UNKNOWN
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.PROCESSING


async def test_one_fen_less_is_seen_everywhere_it_is_told(town: Town) -> None:
    await plan(town, "WRONG_AMOUNT")
    await pay(town, await opened(town, await ordered(town)))

    (heard,) = await town.ear.hears(1)
    notice = (await town.alipay.parse_notification(heard)).result
    assert isinstance(notice, PaymentResult)
    assert notice.amount_fen == 47999
    assert (await town.alipay.query_payment(ref(town))).amount_fen == 47999


async def test_what_is_about_no_order_always_goes_well(town: Town) -> None:
    await plan(town, "BREAK", order="")
    answer = await town.http.post(f"{town.url}/alipay/gateway.do", data={"method": "alipay.trade.query"})

    assert answer.status_code == 200
    assert len((await town.http.get(f"{town.url}/faults")).json()["to_come"]) == 1
