"""Money is withheld at the sandbox's UnionPay, over real HTTP: accepted, decided, told, asked about."""

from datetime import timedelta

import pytest
from starlette.responses import Response

from plugins.sandbox.faults import Fault
from suidai.contract import (
    ErrorCode,
    ErrorKind,
    NoticeOutcome,
    NotificationKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    Retry,
    SignatureError,
)
from tests.plugins.sandbox.unionpay.bank import CARD, MANDATE, ORDER, Bank, bound, debit, notices, ref, withheld


async def test_what_is_accepted_is_not_paid_before_it_is_decided(bank: Bank) -> None:
    await bound(bank)
    bank.decide_in(3600)

    accepted = await bank.channel.debit(debit(bank))
    known = await bank.channel.query_payment(ref(bank))
    repeated = await bank.channel.debit(debit(bank))

    assert (accepted.state, accepted.error) == (PaymentState.PROCESSING, None)
    assert known.error
    assert repeated.error
    assert (known.state, known.error.code) == (PaymentState.UNKNOWN, ErrorCode.PROCESSING)
    assert (repeated.state, repeated.error.kind) == (PaymentState.UNKNOWN, ErrorKind.CONFLICT)
    assert (await bank.http.get(f"{bank.url}/bank_withholding/trades")).json()["paid_fen"] == 0


async def test_what_was_decided_is_told_and_found(bank: Bank) -> None:
    await bound(bank)

    accepted = await bank.channel.debit(debit(bank))
    (told,) = await notices(bank, 1)
    known = await bank.channel.query_payment(ref(bank))

    for result in (told, known):
        assert isinstance(result, PaymentResult)
        assert (result.state, result.amount_fen, result.currency) == (PaymentState.SUCCEEDED, 51233, "CNY")
        assert (result.provider_no, result.paid_at) == (accepted.provider_no, bank.clock())
        assert result.payer_id_masked == "6216***********0018"
    assert (await bank.http.get(f"{bank.url}/bank_withholding/trades")).json()["paid_fen"] == 51233


async def test_a_notice_names_its_order_and_any_200_ends_it(bank: Bank) -> None:
    answers = [NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE, NoticeOutcome.ACCEPTED]

    def answer(_: RawRequest) -> Response:
        told = bank.channel.answer_notification(answers[len(bank.ear.heard) - 1])
        return Response(told.body, told.status, dict(told.headers))

    bank.ear.answer = answer
    await bound(bank)
    await bank.channel.debit(debit(bank))

    heard = await bank.hears(3)
    assert len(heard) == 3
    assert len({one.body for one in heard}) == 1
    assert heard[0].path == "/notify/payments/bank_withholding"
    notice = await bank.channel.parse_notification(heard[0])
    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, ORDER)


async def test_a_tampered_notice_proves_nothing(bank: Bank) -> None:
    await bound(bank)
    await bank.channel.debit(debit(bank))
    (heard,) = await bank.hears(1)

    body = heard.body.replace(b"txnAmt=51233", b"txnAmt=1")
    assert body != heard.body
    with pytest.raises(SignatureError):
        await bank.channel.parse_notification(RawRequest("POST", heard.path, "", heard.headers, body, bank.clock()))


async def test_an_empty_account_is_declined_until_another_day(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.INSUFFICIENT_FUNDS)

    accepted = await bank.channel.debit(debit(bank))
    (told,) = await notices(bank, 1)
    known = await bank.channel.query_payment(ref(bank))

    assert accepted.state is PaymentState.PROCESSING
    for result in (told, known):
        assert isinstance(result, PaymentResult)
        assert result.error
        assert (result.state, result.error.kind) == (PaymentState.DECLINED, ErrorKind.DECLINED)
        assert (result.error.code, result.error.retry) == (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
    await withheld(bank, "WD20261121000002")


async def test_a_person_empties_and_fills_an_account_on_the_page(bank: Bank) -> None:
    await bound(bank)
    door = f"{bank.url}/bank_withholding/accounts/{MANDATE}"

    await bank.http.post(door, data={"money": "none"})
    await bank.channel.debit(debit(bank))
    await bank.hears(1)

    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.DECLINED
    listed = (await bank.http.get(f"{bank.url}/bank_withholding/accounts")).json()
    assert listed == {"accounts": [{"bind_id": MANDATE, "bound": True, "empty": True}]}
    page = (await bank.http.post(door, data={"money": "enough"}, follow_redirects=True)).text
    assert MANDATE in page
    assert ORDER in page
    assert CARD not in page
    await withheld(bank, "WD20261121000002")
    assert (await bank.http.post(f"{door}x", data={"money": "none"})).status_code == 404


@pytest.mark.parametrize(
    ("ending", "fen", "code"),
    [
        ("5151", 100, ErrorCode.INSUFFICIENT_FUNDS),
        ("6161", 100, ErrorCode.LIMIT_EXCEEDED),
        ("6262", 100, ErrorCode.NOT_SUPPORTED_BANK),
        ("1414", 100, ErrorCode.ACCOUNT_INVALID),
        ("0018", 50_000_01, ErrorCode.LIMIT_EXCEEDED),
    ],
)
async def test_cards_and_sums_that_are_refused(bank: Bank, ending: str, fen: int, code: ErrorCode) -> None:
    await bound(bank, f"621626100000000{ending}")

    await bank.channel.debit(debit(bank, fen=fen))
    (told,) = await notices(bank, 1)

    assert isinstance(told, PaymentResult)
    assert told.error
    assert (told.state, told.error.code) == (PaymentState.DECLINED, code)


async def test_a_timeout_at_the_bank_is_unknown_and_the_money_comes(bank: Bank) -> None:
    await bound(bank, "6216261000000000303")

    first = await bank.channel.debit(debit(bank))
    await bank.hears(1)

    assert first.state is PaymentState.UNKNOWN
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.SUCCEEDED


async def test_a_debit_sent_twice_takes_the_money_once(bank: Bank) -> None:
    await bound(bank)
    request = debit(bank)

    await bank.channel.debit(request)
    await bank.hears(1)
    bank.clock.advance(timedelta(minutes=3))
    later = await bank.channel.debit(request)

    assert (later.state, later.amount_fen) == (PaymentState.SUCCEEDED, 51233)
    assert (await bank.http.get(f"{bank.url}/bank_withholding/trades")).json()["paid_fen"] == 51233


async def test_a_debit_whose_answer_never_came_is_found_by_when_it_was_submitted(bank: Bank) -> None:
    await bound(bank)
    submitted_at = bank.clock()
    bank.clock.advance(timedelta(seconds=7))
    bank.plan(Fault.LOSE_ANSWER)

    lost = await bank.channel.debit(debit(bank, submitted_at=submitted_at))
    await bank.hears(1)
    known = await bank.channel.query_payment(PaymentRef(ORDER, submitted_at))
    another_time = await bank.channel.query_payment(PaymentRef(ORDER, bank.clock()))

    assert lost.state is PaymentState.UNKNOWN
    assert lost.error
    assert lost.error.kind is ErrorKind.UNKNOWN
    assert known.state is PaymentState.SUCCEEDED
    assert another_time.state is PaymentState.NOT_FOUND


async def test_a_debit_that_broke_before_anything_was_done_is_not_found(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.BREAK)

    broken = await bank.channel.debit(debit(bank))

    assert broken.state is PaymentState.UNKNOWN
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.NOT_FOUND


async def test_an_answer_signed_by_nobody_changes_nothing_and_the_query_tells(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.BAD_SIGNATURE)

    forged = await bank.channel.debit(debit(bank))
    await bank.hears(1)

    assert forged.error
    assert (forged.state, forged.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.SUCCEEDED


async def test_notices_are_lost_and_repeated_as_planned(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.LOSE_NOTICE)
    bank.plan(Fault.REPEAT_NOTICE, "WD20261121000002")

    await bank.channel.debit(debit(bank))
    await bank.channel.debit(debit(bank, "WD20261121000002"))

    heard = [await bank.channel.parse_notification(one) for one in await bank.hears(3)]
    assert [notice.order_no for notice in heard] == ["WD20261121000002"] * 3
    assert len({notice.event_id for notice in heard}) == 1
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.SUCCEEDED


async def test_a_wrong_sum_is_seen_as_it_is(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.WRONG_AMOUNT)

    assert (await withheld(bank)).amount_fen == 51232
