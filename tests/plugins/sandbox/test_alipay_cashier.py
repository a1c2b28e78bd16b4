"""The buttons of the sandbox's cashier."""

from datetime import timedelta

from suidai.contract import CloseResult, PaymentResult, PaymentState, Refund
from tests.plugins.sandbox.conftest import Town
from tests.plugins.sandbox.test_alipay import opened, ordered, pay, ref


async def test_the_cashier_offers_what_can_be_pressed(town: Town) -> None:
    cashier = await opened(town, await ordered(town))

    waiting = (await town.http.get(cashier)).text
    assert await town.alipay.close_payment(ref(town)) is CloseResult.CLOSED
    closed = (await town.http.get(cashier)).text
    await pay(town, cashier, late="1")
    paid = (await town.http.get(cashier)).text

    assert [label in waiting for label in ("付款 Pay<", "连付两次 Pay twice<", "丢失通知", "仍然付款")] == [
        True,
        True,
        True,
        False,
    ]
    assert ("仍然付款 Pay all the same" in closed, "连付两次" in closed) == (True, False)
    assert "<button" not in paid


async def test_pressing_twice_at_once_takes_the_money_once_and_tells_twice(town: Town) -> None:
    cashier = await opened(town, await ordered(town))

    await pay(town, cashier, notices=2)

    assert len(await town.ear.hears(2)) == 2
    assert (await town.http.get(f"{town.url}/alipay/trades")).json()["paid_fen"] == 48000


async def test_a_page_that_was_open_when_we_closed_it_can_be_paid_all_the_same(town: Town) -> None:
    cashier = await opened(town, await ordered(town))
    assert await town.alipay.close_payment(ref(town)) is CloseResult.CLOSED
    town.clock.advance(timedelta(minutes=2))

    assert (await pay(town, cashier)).status_code == 409
    assert (await pay(town, cashier, late="1")).status_code == 200
    assert (await pay(town, cashier, late="1")).status_code == 409

    known = await town.alipay.query_payment(ref(town))
    assert (known.state, known.amount_fen, known.paid_at) == (PaymentState.SUCCEEDED, 48000, town.clock())
    (heard,) = await town.ear.hears(1)
    notice = (await town.alipay.parse_notification(heard)).result
    assert isinstance(notice, PaymentResult)
    assert (notice.state, notice.amount_fen) == (PaymentState.SUCCEEDED, 48000)


async def test_what_was_paid_and_wholly_refunded_is_not_paid_again_however_late(town: Town) -> None:
    cashier = await opened(town, await ordered(town))
    await pay(town, cashier)
    await town.alipay.refund(Refund("RF1", ref(town), 48000, 48000))

    assert (await pay(town, cashier, late="1")).status_code == 409


async def test_a_page_nobody_had_opened_can_still_be_opened_after_our_close_found_nothing(town: Town) -> None:
    result = await ordered(town)
    assert await town.alipay.close_payment(ref(town)) is CloseResult.NOT_FOUND

    assert (await pay(town, await opened(town, result))).status_code == 200
