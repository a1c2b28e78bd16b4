"""Batches at the sandbox's UnionPay, over real HTTP: taken in one file, carried out, told only to who asks."""

from datetime import timedelta
from typing import Any

from plugins.sandbox.faults import Fault
from suidai.contract import (
    BatchRef,
    BatchResult,
    Debit,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    PaymentRef,
    PaymentState,
)
from tests.plugins.sandbox.unionpay.bank import MANDATE, Bank, bound, debit, rows_of

BATCH_NO = "BA20261121000007a1b2c3d4"
NUMBERS = tuple(f"WD2026112100001{n}" for n in range(3))


def a_batch(bank: Bank, *sums: int, tokens: tuple[str, ...] = (), batch_no: str = BATCH_NO) -> DebitBatch:
    at = bank.clock()
    named = tokens or (MANDATE,) * 3
    items = [
        Debit(number, fen, "CNY", token, at.date(), "第3期", submitted_at=at)
        for number, fen, token in zip(NUMBERS, sums or (51233,) * 3, named, strict=True)
    ]
    return DebitBatch(batch_no, tuple(items), submitted_at=at)


def ref_of(batch: DebitBatch) -> BatchRef:
    assert batch.submitted_at
    items = [
        PaymentRef(item.order_no, batch.submitted_at, batch_no=batch.batch_no, batch_position=at)
        for at, item in enumerate(batch.items)
    ]
    return BatchRef(batch.batch_no, batch.submitted_at, items=tuple(items))


async def carried_out(bank: Bank, batch: DebitBatch) -> BatchResult:
    bank.decide_in(0)
    await bank.channel.debit_batch(batch)
    return await bank.channel.query_batch(ref_of(batch))


async def paid_fen(bank: Bank) -> int:
    shown: dict[str, Any] = (await bank.http.get(f"{bank.url}/bank_withholding/trades")).json()
    return shown["paid_fen"]


async def test_what_is_taken_is_decided_later_and_told_to_who_asks(bank: Bank) -> None:
    await bound(bank)
    bank.decide_in(3600)
    batch = a_batch(bank)

    accepted = await bank.channel.debit_batch(batch)
    early = await bank.channel.query_batch(ref_of(batch))
    alone = await bank.channel.query_payment(ref_of(batch).items[0])

    assert ({told.state for told in accepted.items.values()}, accepted.error) == ({PaymentState.PROCESSING}, None)
    assert early.error
    assert (dict(early.items), early.complete, early.error.code) == ({}, False, ErrorCode.PROCESSING)
    assert (alone.state, await paid_fen(bank)) == (PaymentState.UNKNOWN, 0)


async def test_each_ends_as_it_would_alone(bank: Bank) -> None:
    await bound(bank, "6216261000000005151", "MD20261121000002")
    await bound(bank)
    batch = a_batch(bank, 51233, 100, 50_000_01, tokens=(MANDATE, "MD20261121000002", MANDATE))

    result = await carried_out(bank, batch)

    first, empty, large = (result.items[number] for number in NUMBERS)
    assert (first.state, first.amount_fen, first.currency) == (PaymentState.SUCCEEDED, 51233, "CNY")
    assert first.paid_at == bank.clock()
    assert [told.error.code for told in (empty, large) if told.error] == [
        ErrorCode.INSUFFICIENT_FUNDS,
        ErrorCode.LIMIT_EXCEEDED,
    ]
    assert (result.complete, await paid_fen(bank), bank.ear.heard) == (True, 51233, [])


async def test_one_that_is_not_bound_is_refused_and_the_others_are_taken(bank: Bank) -> None:
    await bound(bank)

    result = await carried_out(bank, a_batch(bank, tokens=(MANDATE, "MD20261121000099", MANDATE)))

    states = [result.items[number].state for number in NUMBERS]
    assert states == [PaymentState.SUCCEEDED, PaymentState.DECLINED, PaymentState.SUCCEEDED]
    refused = result.items[NUMBERS[1]].error
    assert refused
    assert refused.code is ErrorCode.MANDATE_INVALID


async def test_a_batch_sent_twice_takes_the_money_once_and_says_so(bank: Bank) -> None:
    await bound(bank)
    bank.decide_in(0)
    batch = a_batch(bank)

    await bank.channel.debit_batch(batch)
    bank.clock.advance(timedelta(minutes=3))
    again = await bank.channel.debit_batch(batch)

    assert {told.state for told in again.items.values()} == {PaymentState.SUCCEEDED}
    assert await paid_fen(bank) == 3 * 51233


async def test_one_whose_answer_is_lost_is_found_by_what_was_known_before(bank: Bank) -> None:
    await bound(bank)
    bank.decide_in(0)
    batch = a_batch(bank)
    bank.plan(Fault.LOSE_ANSWER, "0007")

    lost = await bank.channel.debit_batch(batch)
    known = await bank.channel.query_batch(ref_of(batch))
    alone = [await bank.channel.query_payment(item) for item in ref_of(batch).items]

    assert {told.state for told in lost.items.values()} == {PaymentState.UNKNOWN}
    assert {told.state for told in known.items.values()} == {PaymentState.SUCCEEDED}
    assert {told.state for told in alone} == {PaymentState.SUCCEEDED}


async def test_one_that_broke_before_anything_was_done_is_not_found(bank: Bank) -> None:
    await bound(bank)
    batch = a_batch(bank)
    bank.plan(Fault.BREAK, "0007")

    broken = await bank.channel.debit_batch(batch)
    known = await bank.channel.query_batch(ref_of(batch))

    assert broken.error
    assert (broken.error.kind, {told.state for told in broken.items.values()}) == (
        ErrorKind.UNKNOWN,
        {PaymentState.UNKNOWN},
    )
    assert {told.state for told in known.items.values()} == {PaymentState.NOT_FOUND}


async def test_an_answer_signed_by_nobody_is_doubt(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.BAD_SIGNATURE, "0007")

    forged = await bank.channel.debit_batch(a_batch(bank))

    assert forged.error
    assert forged.error.code is ErrorCode.BAD_SIGNATURE_ON_ANSWER
    assert {told.state for told in forged.items.values()} == {PaymentState.UNKNOWN}


async def test_one_of_which_nobody_is_told_is_left_out_of_the_file_and_found_alone(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.LOSE_NOTICE, NUMBERS[1])
    batch = a_batch(bank)

    result = await carried_out(bank, batch)
    alone = await bank.channel.query_payment(ref_of(batch).items[1])

    assert (set(result.items), result.complete) == ({NUMBERS[0], NUMBERS[2]}, True)
    assert (alone.state, alone.amount_fen) == (PaymentState.SUCCEEDED, 51233)


async def test_a_wrong_sum_and_an_empty_account_can_be_planned_for_one_of_them(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.WRONG_AMOUNT, NUMBERS[0])
    bank.plan(Fault.INSUFFICIENT_FUNDS, NUMBERS[2])

    result = await carried_out(bank, a_batch(bank))

    assert [result.items[number].amount_fen for number in NUMBERS] == [51232, 51233, None]
    assert result.items[NUMBERS[2]].state is PaymentState.DECLINED


async def test_its_number_is_free_again_on_another_day(bank: Bank) -> None:
    await bound(bank)
    bank.decide_in(0)
    await bank.channel.debit_batch(a_batch(bank))
    bank.clock.advance(timedelta(days=1))
    tomorrow = a_batch(bank, batch_no="BA20261122000007a1b2c3d4")

    accepted = await bank.channel.debit_batch(tomorrow)

    assert {told.state for told in accepted.items.values()} == {PaymentState.PROCESSING}
    assert await paid_fen(bank) == 6 * 51233


async def test_the_file_of_the_day_has_what_a_batch_brought(bank: Bank) -> None:
    await bound(bank)
    await carried_out(bank, a_batch(bank))
    await bank.channel.debit(debit(bank, "WD20261121000099", 100))
    day = bank.clock().date()
    bank.clock.advance(timedelta(days=1))

    rows = await rows_of(bank, day)

    assert {row.order_no: row.amount_fen for row in rows} == dict.fromkeys(NUMBERS, 51233) | {"WD20261121000099": 100}


async def test_nothing_of_what_went_in_the_file_is_audited(bank: Bank) -> None:
    await bound(bank)
    batch = a_batch(bank)
    await carried_out(bank, batch)

    told = [one for one in bank.audited if "batchTrans" in one.url]
    assert len(told) == 2
    assert all("fileContent=***" in one.request or "fileContent" not in one.request for one in told)
    assert not any("eJ" in one.request.partition("fileContent=")[2][:4] for one in told)
