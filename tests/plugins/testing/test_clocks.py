"""A channel that asks the computer's clock is found by what it sends."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plugins.testing import Subject, clocks, it_asks_the_runtimes_clock
from plugins.testing.subject import NothingToTry
from suidai.contract import PaymentRef, PaymentResult
from tests.plugins.testing.allinpay import altered

NOW = datetime(2031, 5, 6, 17, 8, 9, tzinfo=UTC)
"""What the computer says; in Beijing it is the next day already."""


@pytest.fixture(autouse=True)
def computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_computers", lambda: NOW)


@pytest.mark.parametrize(
    "written",
    [
        "2031-05-06 17:08:09",
        "2031-05-07T01:08:09+08:00",
        "2031/05/07",
        "20310507010809",
        "20310506",
        "1935853689",
        "1935853689123",
    ],
)
async def test_the_computers_time_is_found_in_what_is_sent(written: str, tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        gateway = self._gateway

        class Dated:
            async def ask(self, operation: str, number: str) -> Any:
                return await gateway.ask(operation, number, at=written)

        self._gateway = Dated()
        return await base.query_payment(self, ref)

    with pytest.raises(AssertionError, match=r"query_payment sends .*, the computer's time: ask runtime\.clock\(\)"):
        await it_asks_the_runtimes_clock(altered(tillpay, query_payment=query))


@pytest.mark.parametrize("written", ["PO203105071234", "120310506", "2031-05-16", "19358536891", "RF20310507a1b2"])
async def test_a_number_that_looks_like_one_is_no_time(written: str, tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        await self._gateway.ask("query", ref.order_no, at=written)
        return await base.query_payment(self, ref)

    await it_asks_the_runtimes_clock(altered(tillpay, query_payment=query))


async def test_two_clocks_that_agree_cannot_be_told_apart(tillpay: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "_computers", lambda: tillpay.now)

    with pytest.raises(NothingToTry, match="computer's"):
        await it_asks_the_runtimes_clock(tillpay)
