"""What is read in an answer that Alipay signed: sums as texts or as numbers, names, and what a closed trade was."""

import json

import httpx
import pytest

from plugins.channels.alipay.signing import sign
from suidai.contract import ErrorCode, PaymentState
from tests.plugins.channels.alipay.test_channel import PAID, PLATFORM, REF, answering, channel


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("88.88", 8888),
        ("1.10", 110),
        ("0.1", 10),
        ("100", 10000),
        ("99999999.99", 9999999999),
        ("4503599627370497.5", 0),
    ],
)
async def test_a_sum_that_is_written_as_a_number_is_read_by_its_digits(written: str, fen: int) -> None:
    node = json.dumps(PAID).replace('"1.00"', written)
    raw = f'{{"alipay_trade_query_response": {node}, "sign": "{sign(node, PLATFORM)}"}}'

    told = await channel(lambda _: httpx.Response(200, text=raw)).query_payment(REF)

    assert (told.state, told.amount_fen or 0) == (PaymentState.SUCCEEDED if fen else PaymentState.UNKNOWN, fen)


@pytest.mark.parametrize("number", ["9" * 5000, "1e99999999999999999999"])
async def test_a_number_nobody_can_read_makes_an_answer_say_nothing(number: str) -> None:
    raw = f'{{"alipay_trade_query_response": {{"code": {number}}}, "sign": "AAAA"}}'

    told = await channel(lambda _: httpx.Response(200, text=raw)).query_payment(REF)

    assert told.error
    assert (told.state, told.error.code) == (PaymentState.UNKNOWN, ErrorCode.MALFORMED_ANSWER)


async def test_what_is_no_text_names_nobody() -> None:
    told = await channel(answering({**PAID, "trade_no": {}, "buyer_logon_id": 1})).query_payment(REF)

    assert (told.state, told.provider_no, told.payer_id_masked) == (PaymentState.SUCCEEDED, None, None)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"send_pay_date": "2026-11-21 10:16:09"}, PaymentState.SUCCEEDED),
        ({"refund_fee": "1.00"}, PaymentState.SUCCEEDED),
        ({"refund_fee": "0.00"}, PaymentState.CLOSED),
        ({}, PaymentState.CLOSED),
    ],
)
async def test_what_was_paid_and_given_back_is_not_read_as_never_paid(
    fields: dict[str, str], state: PaymentState
) -> None:
    told = await channel(answering({**PAID, "trade_status": "TRADE_CLOSED", **fields})).query_payment(REF)

    assert told.state is state
