"""A channel that keeps everybody waiting is found, on a stop-watch of the test's own."""

import asyncio
from typing import Any

import pytest

from plugins.testing import nobody_waits_for_it, pace
from suidai.contract import HttpAnswer, NoticeOutcome, PaymentResult, PaymentState
from tests.plugins.testing.till import Cash, spoiled


class Watch:
    """A stop-watch that goes on only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def blocks(self, *_: Any) -> PaymentResult:
        self.now += 0.3
        return PaymentResult(PaymentState.UNKNOWN)

    async def blocks_when_answered(self, *_: Any) -> PaymentResult:
        await asyncio.sleep(0)
        return await self.blocks()

    async def waits(self, *_: Any) -> PaymentResult:
        passing = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(self._pass, passing)
        return await passing

    def _pass(self, waiting: asyncio.Future[PaymentResult]) -> None:
        self.now += 5
        waiting.set_result(PaymentResult(PaymentState.UNKNOWN))

    async def blocks_once(self, *_: Any) -> PaymentResult:
        self.now += 5 if self.now == 0 else 0.1
        return PaymentResult(PaymentState.UNKNOWN)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    stopped = Watch()
    monkeypatch.setattr(pace, "perf_counter", stopped)
    return stopped


@pytest.mark.parametrize("how", ["blocks", "blocks_when_answered"])
@pytest.mark.parametrize("operation", ["create_payment", "query_payment", "parse_notification", "health", "fetch_bill"])
async def test_a_method_that_keeps_the_thread_is_found(watch: Watch, operation: str, how: str) -> None:
    async def spoil(_: Cash, *__: Any) -> PaymentResult:
        return await getattr(watch, how)()

    with pytest.raises(AssertionError, match=rf"{operation}.* holds the thread for 0\.3 s"):
        await nobody_waits_for_it(spoiled(**{operation: spoil}))


async def test_an_answer_to_a_notice_that_keeps_the_thread_is_found(watch: Watch) -> None:
    def spoil(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
        watch.now += 0.3
        return Cash.answer_notification(self, outcome)

    with pytest.raises(AssertionError, match="answer_notification holds the thread"):
        await nobody_waits_for_it(spoiled(answer_notification=spoil))


@pytest.mark.parametrize("how", ["waits", "blocks_once"])
async def test_a_method_that_waits_or_is_slow_once_keeps_nobody(watch: Watch, how: str) -> None:
    async def patient(_: Cash, __: Any) -> PaymentResult:
        return await getattr(watch, how)()

    await nobody_waits_for_it(spoiled(query_payment=patient))
