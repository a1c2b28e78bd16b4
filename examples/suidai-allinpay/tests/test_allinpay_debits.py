"""A debit: paid, refused, in between, unheard of; and what a query makes of it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from allinpay_cases import NOW, ORDER, PERSON, REF, answering, channel, debit, posted, town
from suidai_allinpay.sandbox import Fault, papers

from suidai.contract import (
    CreatePayment,
    ErrorCode,
    ErrorKind,
    FourElements,
    NotOffered,
    PaymentRef,
    PaymentState,
    Product,
    Retry,
    SecretStr,
)

POOR = FourElements(PERSON.name, PERSON.id_number, SecretStr("6222000000000005151"), PERSON.phone)
IN_BETWEEN = ["2000", "2001", "2003", "2005", "2007", "2008", "0003", "0014"]


async def test_a_debit_is_paid_with_its_sum_and_its_time() -> None:
    here = town()

    paid = await here.channel.debit(await here.debit())

    assert (paid.state, paid.amount_fen, paid.currency) == (PaymentState.SUCCEEDED, 1022_50, "CNY")
    assert paid.paid_at == datetime(2026, 11, 22, 10, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert paid.payer_id_masked == "**** 0018"


async def test_what_is_sent_names_agreement_sum_time_and_where_to_tell() -> None:
    here = town()
    asked = await here.debit()

    await here.channel.debit(asked)

    sent = next(one for one in here.gateway.heard if one.trx_code == "310011")
    assert (sent.req_sn, sent.info["VERSION"]) == (ORDER, "04")
    fields = sent.one("FASTTRX")
    assert (fields["AGRMNO"], fields["AMOUNT"], fields["CURRENCY"]) == (asked.token, "102250", "CNY")
    assert fields["SUBMIT_TIME"] == "20261122101530"
    assert fields["NOTIFYURL"] == "https://suidai.example.com/notify/payments/allinpay"


async def test_a_sum_that_is_not_ours_is_told_as_it_is() -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.WRONG_AMOUNT))

    assert (await here.channel.debit(asked)).amount_fen == 1022_51


async def test_a_debit_sent_twice_is_one_debit() -> None:
    here = town()
    asked = await here.debit()

    first, again = await here.channel.debit(asked), await here.channel.debit(asked)

    assert first == again
    assert len(here.gateway.trades) == 1


async def test_a_card_without_money_is_declined_though_the_request_was_heard() -> None:
    here = town()

    told = await here.channel.debit(await here.debit(borrower=POOR))

    assert told.state is PaymentState.DECLINED
    assert told.error
    assert (told.error.code, told.error.retry) == (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
    assert told.error.provider_code == "3008"


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("3004", ErrorCode.ACCOUNT_INVALID),
        ("3012", ErrorCode.NOT_SUPPORTED_BANK),
        ("3013", ErrorCode.LIMIT_EXCEEDED),
        ("3017", ErrorCode.ACCOUNT_FROZEN),
        ("3018", ErrorCode.ACCOUNT_INVALID),
        ("3059", ErrorCode.MANDATE_INVALID),
    ],
)
async def test_a_refusal_says_what_is_wrong(code: str, ours: ErrorCode) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.DETAIL, code))

    told = await here.channel.debit(asked)

    assert told.state is PaymentState.DECLINED
    assert told.error
    assert told.error.code is ours


async def test_a_debit_under_an_agreement_that_is_over_is_declined_for_that() -> None:
    here = town()
    asked = await here.debit()
    here.gateway.end_at_the_bank("MD20261122000001a1b2c3d4")

    told = await here.channel.debit(asked)

    assert told.state is PaymentState.DECLINED
    assert told.error
    assert told.error.code is ErrorCode.MANDATE_INVALID


@pytest.mark.parametrize("level", [Fault.INFO, Fault.DETAIL])
@pytest.mark.parametrize("code", IN_BETWEEN)
async def test_a_code_in_between_decides_nothing_at_either_level(code: str, level: str) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(level, code))

    told = await here.channel.debit(asked)

    assert told.state in {PaymentState.PROCESSING, PaymentState.UNKNOWN}
    assert not told.not_executed


@pytest.mark.parametrize("code", IN_BETWEEN)
async def test_a_code_in_between_is_asked_about_until_it_is_decided(code: str) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.DETAIL, code))
    await here.channel.debit(asked)

    before = await here.channel.query_payment(REF)
    here.gateway.settle(ORDER)
    after = await here.channel.query_payment(REF)

    assert before.state in {PaymentState.PROCESSING, PaymentState.UNKNOWN}
    assert (after.state, after.amount_fen) == (PaymentState.SUCCEEDED, 1022_50)


async def test_success_has_two_codes() -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.DETAIL, "4000"))

    assert (await here.channel.debit(asked)).state is PaymentState.SUCCEEDED


@pytest.mark.parametrize("code", ["0001", "1000", "1999", "3028", "3999", "5000", "9999", "abcd", ""])
async def test_what_a_call_is_answered_and_we_cannot_place_is_doubt(code: str) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.INFO, code))

    told = await here.channel.debit(asked)

    assert told.state is PaymentState.UNKNOWN


@pytest.mark.parametrize("code", ["0001", "0002", "1000", "2004", "3028", "3999"])
async def test_a_trade_that_allinpay_says_failed_when_asked_has_failed(code: str) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.DETAIL, code))
    await here.channel.debit(asked)

    assert (await here.channel.query_payment(REF)).state is PaymentState.DECLINED


@pytest.mark.parametrize("code", ["1002", "4001", "5000", "A000", "00000"])
async def test_a_trade_in_a_state_nobody_has_heard_of_is_doubt_when_asked(code: str) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.DETAIL, code))
    await here.channel.debit(asked)

    assert (await here.channel.query_payment(REF)).state is PaymentState.UNKNOWN


@pytest.mark.parametrize("code", ["1000", "1001", "3008", "3999", "2008", "0003", "0014", ""])
async def test_a_query_that_failed_says_nothing_of_the_trade(code: str) -> None:
    here = town()
    await here.channel.debit(await here.debit())
    here.gateway.plan("200004", Fault(Fault.INFO, code))

    assert (await here.channel.query_payment(REF)).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "ours"),
    [
        (Fault(Fault.LOSE_ANSWER), ErrorCode.TIMEOUT),
        (Fault(Fault.BREAK), ErrorCode.SYSTEM_ERROR),
        (Fault(Fault.BAD_SIGNATURE), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (Fault(Fault.OTHER_ANSWER), ErrorCode.MALFORMED_ANSWER),
    ],
)
async def test_a_debit_without_a_proven_answer_is_unknown_and_its_query_finds_it(fault: Fault, ours: ErrorCode) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, fault)

    told = await here.channel.debit(asked)
    found = await here.channel.query_payment(REF)

    assert told.state is PaymentState.UNKNOWN
    assert told.error
    assert (told.error.kind, told.error.code) == (ErrorKind.UNKNOWN, ours)
    broken = fault.kind == Fault.BREAK
    assert found.state is (PaymentState.NOT_FOUND if broken else PaymentState.SUCCEEDED)


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
async def test_a_debit_that_never_left_did_nothing(failure: httpx.HTTPError) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise failure

    told = await channel(httpx.MockTransport(refuse)).debit(debit("AIP1"))

    assert told.not_executed


async def test_a_debit_that_was_taken_is_not_undone_by_a_query_that_never_left() -> None:
    here = town()
    asked = await here.debit()
    whole = here.gateway.transport()

    def only_debits(request: httpx.Request) -> httpx.Response:
        if b"<TRX_CODE>200004" in request.content:
            raise httpx.ConnectError("nobody there")
        return whole.handler(request)

    told = await channel(httpx.MockTransport(only_debits)).debit(asked)

    assert told.state is PaymentState.PROCESSING
    assert not told.not_executed


@pytest.mark.parametrize("detail", ["0000", "3008"])
async def test_info_in_between_makes_a_detail_that_is_certain_worth_nothing(detail: str) -> None:
    here = town()
    asked = await here.debit()
    answering(here, "310011", ("FASTTRXRET", {"RET_CODE": detail}), code="2000")

    assert (await here.channel.debit(asked)).state is PaymentState.PROCESSING


@pytest.mark.parametrize("bodies", [(), (("FASTTRXRET", {"ERR_MSG": "处理成功"}),)])
async def test_info_that_heard_us_without_a_detail_is_doubt_until_it_is_asked_about(bodies: Any) -> None:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, Fault(Fault.DETAIL, "2007"))
    answering(here, "310011", *bodies)

    assert (await here.channel.debit(asked)).state is PaymentState.UNKNOWN


async def test_an_answer_about_another_trade_says_nothing_of_this_one() -> None:
    here = town()
    await here.channel.debit(await here.debit())
    others = {**papers.detail(here.gateway.trades[ORDER, 0]), "BATCHID": "PO-another"}
    answering(here, "200004", ("QTRANSRSP", {"QTDETAIL": others}))

    assert (await here.channel.query_payment(REF)).state is PaymentState.UNKNOWN


async def test_a_success_without_a_sum_is_doubt() -> None:
    here = town()
    await here.channel.debit(await here.debit())
    for amount in ("", "0", "1022.50", "-1", "１"):
        detail = {**papers.detail(here.gateway.trades[ORDER, 0]), "AMOUNT": amount}
        answering(here, "200004", ("QTRANSRSP", {"QTDETAIL": detail}))

        assert (await here.channel.query_payment(REF)).state is PaymentState.UNKNOWN


async def test_a_debit_accepted_and_then_reported_as_failed_is_doubt() -> None:
    here = town()
    asked = await here.debit()
    answer = here.gateway.answer

    def two_faced(content: bytes) -> bytes:
        said = answer(content)
        if ORDER in {batch for batch, _ in here.gateway.trades}:
            here.gateway.settle(ORDER, "3999")
        return said

    here.gateway.answer = two_faced

    assert (await here.channel.debit(asked)).state is PaymentState.UNKNOWN


async def test_an_order_nobody_sent_is_not_found() -> None:
    told = await town().channel.query_payment(REF)

    assert told.state is PaymentState.NOT_FOUND
    assert told.error
    assert told.error.provider_code == "1002"


async def test_a_refund_is_not_taken_for_the_payment_under_its_number() -> None:
    here = town()
    await here.channel.debit(await here.debit())
    trade = here.gateway.trades[ORDER, 0]
    here.gateway.trades[ORDER, 0] = type(trade)(ORDER, 0, "0", trade.amount_fen, trade.finished)

    assert (await here.channel.query_payment(REF)).state is PaymentState.UNKNOWN


async def test_another_currency_is_not_sent() -> None:
    asked = debit("AIP1")
    told = await channel().debit(type(asked)(asked.order_no, 1, "USD", "AIP1", asked.due_date, "x"))

    assert told.error
    assert told.error.kind is ErrorKind.INVALID_REQUEST


async def test_nobody_pays_here_by_himself() -> None:
    asked = CreatePayment(ORDER, 1, "CNY", Product.PAGE, "x", NOW)

    with pytest.raises(NotOffered):
        await channel().create_payment(asked)


async def test_a_notice_says_what_the_answer_said_and_its_repeat_says_it_again() -> None:
    here = town()
    paid = await here.channel.debit(await here.debit())
    notice = posted(here.gateway.notice_of(ORDER))

    first = await here.channel.parse_notification(notice)
    again = await here.channel.parse_notification(notice)

    assert first == again
    assert (first.order_no, first.result) == (ORDER, paid)


async def test_health_is_a_proven_no_such_trade() -> None:
    here = town()

    well = await here.channel.health()
    here.gateway.plan("200004", Fault(Fault.BAD_SIGNATURE))
    ill = await here.channel.health()

    assert well.ok
    assert not ill.ok
    assert "BAD_SIGNATURE" in ill.problem


async def test_a_reference_with_a_foreign_state_is_still_asked_by_its_number() -> None:
    here = town()
    await here.channel.debit(await here.debit())

    told = await here.channel.query_payment(PaymentRef(ORDER, NOW, channel_state={"batch": None, "sn": "1"}))

    assert told.state is PaymentState.SUCCEEDED
