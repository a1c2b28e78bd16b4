"""Whatever a channel is told to do wrong, each payment and refund comes to its right end, and is counted once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.payments import flows
from domain.payments.models import AttemptState, OrderStatus, RefundState, UnplacedReason
from domain.reconciliation.models import Bill
from domain.reconciliation.rules.states import BillState, DiscrepancyState, Finding
from domain.shared.crypto import Keyring
from domain.shared.db import make_engine, make_sessions
from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.mishaps import strange
from tests.database import Servers, create_database, drop_database
from tests.plugins.sandbox.city import ALIPAY, BANK, CHANNELS, FEN, WECHAT, City, Payment, city_at

ANSWERS = (Fault.BREAK, Fault.LOSE_ANSWER, Fault.DROP_CONNECTION, Fault.SLOW, Fault.BAD_SIGNATURE)
NOTICES = (Fault.LOSE_NOTICE, Fault.REPEAT_NOTICE, Fault.DELAY_NOTICE)
OF_REFUNDS = (
    Fault.BREAK,
    Fault.LOSE_ANSWER,
    Fault.DROP_CONNECTION,
    Fault.BAD_SIGNATURE,
    Fault.LOSE_NOTICE,
    Fault.FORGED_NOTICE,
)
PAGES = (ALIPAY, WECHAT)
SECONDS = {Fault.DELAY_NOTICE: 0.1, Fault.SLOW: 0.3}


@pytest.fixture(scope="module")
async def _city(servers: Servers, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    name = f"test_{uuid4().hex}"
    engine = make_engine(await create_database(servers, name))
    async with city_at(tmp_path_factory.mktemp("city"), make_sessions(engine, keyring)) as city:
        yield city
    await engine.dispose()
    await drop_database(servers, name)


@pytest.fixture
def city(_city: City) -> City:
    """One city for all: each test pays its own loan, and leaves nothing to go wrong for the next."""
    _city.house.faults.forget()
    _city.heard.clear()
    _city.line.patience = 15
    return _city


def said(city: City, channel: str, fault: Fault, of: Of = Of.PAYMENT) -> None:
    city.plan(channel, fault, of=of, seconds=SECONDS.get(fault))
    if fault is Fault.SLOW:
        city.line.patience = 0.15


async def paid_once(city: City, payment: Payment, fen: int = FEN) -> None:
    """The books have of it what the channel has, and every fault that was planned has happened."""
    there = await payment.there()
    assert (there["paid_fen"], await payment.booked_fen()) == (fen, fen)
    assert city.house.faults.to_come() == []


@pytest.mark.parametrize("fault", ANSWERS + NOTICES)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_payment_is_booked_once_whatever_goes_wrong(city: City, channel: str, fault: Fault) -> None:
    said(city, channel, fault)

    payment = await city.pays(channel)
    attempt = await city.ends(payment)

    if (channel, fault) == (BANK, Fault.BREAK):
        # Nothing was done, and it is said so only when it is final: the debit may be made anew, under a new number.
        assert attempt.state is AttemptState.NOT_FOUND
        assert await payment.booked_fen() == 0
        return
    assert attempt.state is AttemptState.SUCCEEDED
    assert (await payment.order()).status is OrderStatus.PAID
    await paid_once(city, payment)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_payment_told_after_the_next_one_is_booked_with_it(city: City, channel: str) -> None:
    city.plan(channel, Fault.REORDER_NOTICES)

    first = await city.pays(channel)
    heard_before = len(city.heard)
    second = await city.pays(channel)

    assert (heard_before, len(city.heard)) == (0, 2)
    for payment in (first, second):
        assert (await payment.attempt()).state is AttemptState.SUCCEEDED
        await paid_once(city, payment)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_forged_notice_moves_nothing_and_the_proper_one_does(city: City, channel: str) -> None:
    city.plan(channel, Fault.FORGED_NOTICE)

    payment = await city.pays(channel)

    assert len(city.heard) == 2
    assert (await payment.attempt()).state is AttemptState.SUCCEEDED
    await paid_once(city, payment)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_one_fen_less_is_put_aside_and_never_applied(city: City, channel: str) -> None:
    city.plan(channel, Fault.WRONG_AMOUNT)

    payment = await city.pays(channel)
    await city.ends(payment)

    row = await payment.put_aside()
    assert row is not None
    assert (row.reason, row.amount_fen) == (UnplacedReason.WRONG_AMOUNT, FEN - 1)
    assert (await payment.order()).status is OrderStatus.MISMATCH
    await paid_once(city, payment, FEN - 1)


async def test_a_debit_of_an_empty_account_takes_nothing(city: City) -> None:
    city.plan(BANK, Fault.INSUFFICIENT_FUNDS)

    payment = await city.pays(BANK)

    assert (await city.ends(payment)).state is AttemptState.DECLINED
    await paid_once(city, payment, 0)


@pytest.mark.parametrize("channel", PAGES)
async def test_money_of_an_order_that_was_closed_is_booked_as_late(city: City, channel: str) -> None:
    city.plan(channel, Fault.LATE_SUCCESS)
    payment = await city.asks(channel)
    await city.opened(payment)

    channel_of_ours = city.registry.channel(channel)
    # The money comes right after the answer: its notice must not be quicker than the end of our closing.
    city.door.clear()
    order = await flows.close(city.sessions, city.clock, channel_of_ours, order_id=payment.order_id)
    city.door.set()
    assert order.status is OrderStatus.CLOSED
    await city.all_is_told()

    attempt = await payment.attempt()
    assert (attempt.state, attempt.late) == (AttemptState.SUCCEEDED, True)
    await paid_once(city, payment)


@pytest.mark.parametrize("fault", ANSWERS)
async def test_debits_in_a_batch_are_booked_once_each_whatever_goes_wrong(city: City, fault: Fault) -> None:
    said(city, BANK, fault, Of.BATCH)

    payments = await city.debits_together()

    assert len({(await payment.attempt()).batch_no for payment in payments} - {None}) == 1
    for payment in payments:
        attempt = await city.ends(payment, asking_every=timedelta(minutes=30))
        if fault is Fault.BREAK:
            assert (attempt.state, await payment.booked_fen()) == (AttemptState.NOT_FOUND, 0)
        else:
            assert attempt.state is AttemptState.SUCCEEDED
            await paid_once(city, payment)


# Refunds


@pytest.mark.parametrize("fault", OF_REFUNDS)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_money_goes_back_once_whatever_goes_wrong(city: City, channel: str, fault: Fault) -> None:
    city.plan(channel, Fault.WRONG_AMOUNT)
    payment = await city.pays(channel)
    await city.ends(payment)
    said(city, channel, fault, Of.REFUND)

    refund = await city.gives_back(payment)

    assert (refund.state, refund.amount_fen) == (RefundState.SUCCEEDED, FEN - 1)
    assert (await payment.there())["refunded_fen"] == FEN - 1
    assert await payment.booked_fen() == FEN - 1
    assert city.house.faults.to_come() == []


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_refund_that_is_told_of_before_its_payment_is_booked_all_the_same(city: City, channel: str) -> None:
    city.plan(channel, Fault.WRONG_AMOUNT)
    city.plan(channel, Fault.REORDER_NOTICES, of=Of.PAYMENT)
    payment = await city.pays(channel)
    assert city.heard == []

    await city.ends(payment)
    refund = await city.gives_back(payment)
    await city.all_is_told()

    assert len(city.heard) == 2
    assert refund.state is RefundState.SUCCEEDED
    assert await payment.booked_fen() == FEN - 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_refund_we_have_no_money_for_is_declined_and_waits_for_a_person(city: City, channel: str) -> None:
    city.plan(channel, Fault.WRONG_AMOUNT)
    payment = await city.pays(channel)
    await city.ends(payment)
    city.plan(channel, Fault.REFUSE_REFUND, of=Of.REFUND)

    refund = await city.gives_back(payment)

    row = await payment.put_aside()
    assert row is not None
    assert (refund.state, row.resolution) == (RefundState.DECLINED, None)
    assert (await payment.there())["refunded_fen"] == 0


# Bills


async def a_day(city: City, channel: str) -> tuple[Payment, Payment]:
    """Two payments on a day of their own, and the morning after it."""
    await city.next_day()
    first, second = await city.pays(channel), await city.pays(channel)
    await city.next_day()
    return first, second


async def found(city: City, bill: Bill) -> list[tuple[Finding, DiscrepancyState, str]]:
    """What differs in a bill, and by whose number."""
    return [(row.finding, row.state, row.subject) for row in await city.differing(bill)]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_bill_that_is_not_there_yet_is_compared_when_it_is(city: City, channel: str) -> None:
    payments = await a_day(city, channel)
    city.plan(channel, Fault.BILL_NOT_READY, order=str(city.yesterday))

    early = await city.compares(channel)
    # Two of the three have one word for "not yet" and "none": a bill without what we have is asked for again.
    if early.state is BillState.EMPTY:
        waiting = {f"payment:{(await payment.attempt()).order_no}" for payment in payments}
        assert {subject for _, _, subject in await found(city, early)} == waiting
    await city.next_day()
    late = await city.compares(channel, days_ago=2)

    assert early.state in {BillState.NOT_READY, BillState.EMPTY}
    assert late.state is BillState.PARSED
    assert {state for _, state, _ in await found(city, late)} <= {DiscrepancyState.SELF_RESOLVED}


@pytest.mark.parametrize("fault", ANSWERS)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_bill_whose_answer_goes_wrong_is_fetched_once_more(city: City, channel: str, fault: Fault) -> None:
    await a_day(city, channel)
    said(city, channel, fault, Of.BILL)

    first = await city.compares(channel)
    assert city.house.faults.to_come() == []
    city.business_time.advance(timedelta(hours=1))
    second = await city.compares(channel)

    assert (first.state, second.state) == (BillState.NOT_READY, BillState.PARSED)
    assert await found(city, second) == []


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_row_that_is_missing_waits_for_the_bills_beside(city: City, channel: str) -> None:
    first, _ = await a_day(city, channel)
    city.plan(channel, Fault.BILL_MISSING_ROW)

    bill = await city.compares(channel)

    order_no = (await first.attempt()).order_no
    assert await found(city, bill) == [(Finding.ONLY_OURS, DiscrepancyState.WAITING, f"payment:{order_no}")]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_row_too_many_is_a_strangers_money_and_put_aside(city: City, channel: str) -> None:
    _, second = await a_day(city, channel)
    order_no = (await second.attempt()).order_no
    city.plan(channel, Fault.BILL_EXTRA_ROW, order=order_no)

    bill = await city.compares(channel)

    stranger = strange(order_no)
    assert await found(city, bill) == [(Finding.ONLY_CHANNEL, DiscrepancyState.SELF_RESOLVED, f"payment:{stranger}")]
    assert await city.stray_fen(stranger) == FEN


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_row_with_another_sum_is_for_a_person(city: City, channel: str) -> None:
    _, second = await a_day(city, channel)
    order_no = (await second.attempt()).order_no
    city.plan(channel, Fault.BILL_OTHER_AMOUNT, order=order_no)

    bill = await city.compares(channel)

    (row,) = await city.differing(bill)
    assert (row.finding, row.state, row.subject) == (
        Finding.AMOUNT_DIFF,
        DiscrepancyState.OPEN,
        f"payment:{order_no}",
    )
    assert await second.booked_fen() == FEN


@pytest.mark.parametrize("channel", PAGES)
async def test_totals_that_are_not_what_the_rows_add_up_to_are_for_a_person(city: City, channel: str) -> None:
    await a_day(city, channel)
    city.plan(channel, Fault.BILL_BAD_TOTAL, order=str(city.yesterday))

    bill = await city.compares(channel)

    assert (Finding.TOTALS_DIFF, DiscrepancyState.OPEN, "totals:payments_fen") in await found(city, bill)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_notice_that_says_one_fen_less_is_found_out_by_asking_and_the_bill_agrees(
    city: City, channel: str
) -> None:
    await city.next_day()
    city.plan(channel, Fault.WRONG_NOTICE)
    payment = await city.pays(channel)
    heard = await payment.attempt()
    assert (heard.received_fen, heard.doubted_at is None) == (None, False)

    assert (await city.ends(payment)).state is AttemptState.SUCCEEDED
    assert await payment.put_aside() is None
    assert (await payment.order()).status is OrderStatus.PAID
    await paid_once(city, payment)
    await city.next_day()
    assert await found(city, await city.compares(channel)) == []
