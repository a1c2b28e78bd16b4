"""Refunds and the daily file of the sandbox's UnionPay, its keys and its certificates."""

from datetime import date, datetime, timedelta

from plugins.registry import Registry
from plugins.sandbox.faults import Fault
from suidai.contract import (
    BillEmpty,
    BillKind,
    BillNotReady,
    BillRequest,
    ErrorCode,
    ErrorKind,
    NotificationKind,
    PaymentState,
    Refund,
    RefundRef,
    RefundResult,
    RefundState,
)
from tests.plugins.sandbox.unionpay.bank import ORDER, Bank, Keys, bound, debit, ref, rows_of, settings_at, withheld


async def test_refunds_in_parts_are_trades_of_their_own(bank: Bank) -> None:
    await bound(bank)
    paid = await withheld(bank)
    payment = ref(bank, provider_no=paid.provider_no, channel_state=paid.channel_state)
    part = Refund("RF20261121000001", payment, 1233, 51233, submitted_at=bank.clock())

    accepted = await bank.channel.refund(part)
    # Without UnionPay's number the payment is asked about first.
    rest = await bank.channel.refund(Refund("RF20261121000002", ref(bank), 50000, 51233, submitted_at=bank.clock()))
    too_much = await bank.channel.refund(Refund("RF20261121000003", payment, 1, 51233))
    # They are posted at once, and arrive as they like.
    heard = [await bank.channel.parse_notification(one) for one in (await bank.hears(3))[1:]]
    heard.sort(key=lambda notice: str(notice.refund_no))
    repeated = await bank.channel.refund(part)
    known = await bank.channel.query_refund(
        RefundRef("RF20261121000001", payment, channel_state=accepted.channel_state)
    )

    assert (accepted.state, rest.state) == (RefundState.PROCESSING, RefundState.PROCESSING)
    assert too_much.state is RefundState.DECLINED
    assert [(one.kind, one.refund_no) for one in heard] == [
        (NotificationKind.REFUND, "RF20261121000001"),
        (NotificationKind.REFUND, "RF20261121000002"),
    ]
    for result in (heard[0].result, repeated, known):
        assert isinstance(result, RefundResult)
        assert (result.state, result.amount_fen, result.cumulative) == (RefundState.SUCCEEDED, 1233, False)
        assert result.refunded_at == bank.clock()
    never = await bank.channel.query_refund(RefundRef("RF20261121000009", payment, bank.clock()))
    no_time = await bank.channel.query_refund(RefundRef("RF20261121000009", payment))
    assert (never.state, no_time.state) == (RefundState.NOT_FOUND, RefundState.UNKNOWN)


async def test_a_refund_of_what_was_never_paid_is_not_sent(bank: Bank) -> None:
    result = await bank.channel.refund(Refund("RF20261121000001", ref(bank), 100, 100))

    assert result.error
    assert (result.state, result.error.kind) == (RefundState.UNKNOWN, ErrorKind.NOT_EXECUTED)


async def test_the_file_of_the_day_has_every_trade_to_the_fen(bank: Bank) -> None:
    await bound(bank)
    paid = await withheld(bank)
    await withheld(bank, "WD20261121000002", 100)
    bank.plan(Fault.INSUFFICIENT_FUNDS, "WD20261121000003")
    await bank.channel.debit(debit(bank, "WD20261121000003"))
    await bank.channel.refund(Refund("RF20261121000001", ref(bank), 1233, 51233, submitted_at=bank.clock()))
    await bank.hears(4)
    today, happened = date(2026, 11, 21), bank.clock()

    assert isinstance(await bank.channel.fetch_bill(BillRequest(today)), BillNotReady)
    bank.clock.at = datetime.fromisoformat("2026-11-22T08:59:59+08:00")
    early = await bank.channel.fetch_bill(BillRequest(today))
    assert early == BillNotReady(timedelta(seconds=1))
    bank.clock.advance(timedelta(seconds=1))

    rows = await rows_of(bank, today)
    assert [(row.kind, row.order_no, row.refund_no, row.amount_fen, row.fee_fen, row.received_fen) for row in rows] == [
        (BillKind.PAYMENT, ORDER, None, 51233, 100, 51133),
        (BillKind.PAYMENT, "WD20261121000002", None, 100, 100, 0),
        (BillKind.REFUND, ORDER, "RF20261121000001", 1233, 0, 1233),
    ]
    assert rows[0].provider_no == paid.provider_no
    assert {row.occurred_at for row in rows} == {happened}
    bank.clock.advance(timedelta(days=1))
    assert await bank.channel.fetch_bill(BillRequest(date(2026, 11, 22))) == BillEmpty()


async def test_the_file_of_new_years_eve_has_the_old_year(bank: Bank) -> None:
    bank.clock.at = datetime.fromisoformat("2028-12-31T23:59:58+08:00")
    await bound(bank)
    await withheld(bank)
    bank.clock.at = datetime.fromisoformat("2029-01-01T09:30:00+08:00")

    (row,) = await rows_of(bank, date(2028, 12, 31))

    assert row.occurred_at == datetime.fromisoformat("2028-12-31T23:59:58+08:00")


async def test_a_gateway_that_does_not_know_our_key_is_a_fault_of_configuration(bank: Bank, keys: Keys) -> None:
    foreign = keys["channel"] | {"private_key": keys["sandbox"]["sign_private_key"]}
    stranger = Registry.discover(
        {"bank_withholding": settings_at(bank.url, {"channel": foreign})},
        {},
        clock=bank.clock,
        notify_base_url=bank.url,
        allow_sandbox=True,
    )
    channel = stranger.channel("bank_withholding")

    result = await channel.debit(debit(bank))
    health = await channel.health()
    await stranger.close()

    assert result.error
    assert (result.state, result.error.kind) == (PaymentState.UNKNOWN, ErrorKind.CONFIG)
    assert result.error.code is ErrorCode.SIGN_ERROR
    assert not health.ok
    assert (await bank.channel.health()).ok


async def test_the_certificates_last_as_long_as_the_business_clock_may_run(bank: Bank) -> None:
    bank.clock.advance(timedelta(days=36 * 31))

    await bound(bank)
    await withheld(bank)


async def test_the_sandbox_shows_unionpay_among_its_parties(bank: Bank) -> None:
    index = (await bank.http.get(bank.url)).text

    assert "UnionPay" in index
    assert '"bank_withholding/trades"' in index
