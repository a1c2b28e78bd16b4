"""Whatever goes wrong, in whatever order: nobody is charged twice, and what we say of an order is true of it."""

import random

import pytest
from allinpay_cases import NOW, debit, town
from suidai_allinpay import codes
from suidai_allinpay.sandbox import Allinpay, Fault

from suidai.contract import PaymentRef, PaymentResult, PaymentState

IN_BETWEEN = sorted(codes.UNDER_WAY | codes.UNSURE)
FAILED = ["3004", "3008", "3013", "3059", "3999", "1000", "0001"]
FAULTS = [
    Fault(Fault.LOSE_ANSWER),
    Fault(Fault.BREAK),
    Fault(Fault.BAD_SIGNATURE),
    Fault(Fault.OTHER_ANSWER),
    *(Fault(Fault.INFO, code) for code in [*IN_BETWEEN, "1000", "3999", "9999"]),
    *(Fault(Fault.DETAIL, code) for code in [*IN_BETWEEN, *FAILED]),
]


def is_true(told: PaymentResult, gateway: Allinpay, order_no: str, amount_fen: int) -> bool:
    """What a channel may say of an order, given what is so."""
    trade = gateway.trades.get((order_no, 0))
    match told.state:
        case PaymentState.SUCCEEDED:
            return trade is not None and trade.code in codes.OK and told.amount_fen == trade.amount_fen == amount_fen
        case PaymentState.DECLINED:
            return trade is None or trade.code in FAILED
        case PaymentState.NOT_FOUND:
            return trade is None
        case _:
            return not told.not_executed


@pytest.mark.parametrize("seed", range(8))
async def test_nobody_is_charged_twice_and_all_that_is_said_is_true(seed: int) -> None:
    chance = random.Random(seed)
    here = town()
    token = (await here.agreement()).token or ""
    came = 0
    for n in range(20):
        order_no, amount_fen = f"PO{seed}X{n}", chance.randrange(1, 10**8)
        here.gateway.plan(order_no, *chance.choices(FAULTS, k=chance.randrange(3)))
        here.gateway.plan("200004", *chance.choices(FAULTS[:12], k=chance.randrange(3)))
        for _ in range(4):
            asks = chance.random() < 0.4
            told = await (
                here.channel.query_payment(PaymentRef(order_no, NOW))
                if asks
                else here.channel.debit(debit(token, amount_fen, order_no))
            )
            # As of now: what nobody knows yet may be there a moment later.
            assert is_true(told, here.gateway, order_no, amount_fen), f"seed {seed}, order {n}: {told}"

        here.gateway.faults.clear()
        if (order_no, 0) in here.gateway.trades and here.gateway.trades[order_no, 0].code in IN_BETWEEN:
            here.gateway.settle(order_no, chance.choice(["0000", "4000", *FAILED]))
        last = await here.channel.query_payment(PaymentRef(order_no, NOW))
        assert last.state in {PaymentState.SUCCEEDED, PaymentState.DECLINED, PaymentState.NOT_FOUND}
        assert is_true(last, here.gateway, order_no, amount_fen)
        came += last.amount_fen or 0

    assert came == sum(trade.amount_fen for trade in here.gateway.trades.values() if trade.code in codes.OK)
