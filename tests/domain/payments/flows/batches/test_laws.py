"""Whatever a channel says of batches, in whatever order, and whoever dies: each debit once, and the books hold what it took."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.payments.ports import (
    BatchRef,
    BatchResult,
    ChannelError,
    Debit,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
)
from domain.payments.rules.batching import OVER
from domain.payments.rules.states import OPEN
from domain.shared.db import Sessions
from tests.domain.payments.batches import HOUR, BatchChannel, Town, a_town
from tests.domain.payments.builders import NOT_FOUND, PROCESSING, UNKNOWN, paid
from tests.domain.payments.mandates import refused

NEVER_SENT = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)
NO_SUCH_BATCH = ChannelError(ErrorKind.UNKNOWN, ErrorCode.OTHER, "no such batch")


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


class Bank(BatchChannel):
    """A channel with a truth of its own: what it took by which number, which it tells with any noise, or not at all."""

    def __init__(self, code: str, dice: random.Random) -> None:
        super().__init__(code)
        self.dice = dice
        self.ended: dict[str, PaymentResult] = {}
        self.known: dict[str, tuple[Debit, ...]] = {}
        self.calm = False

    async def debit(self, request: Debit) -> PaymentResult:
        return self._said(lambda: self._end(request), request.order_no)

    async def debit_batch(self, request: DebitBatch) -> BatchResult:
        if (before := self.known.get(request.batch_no)) is not None:
            assert before == request.items
        trouble = None if self.calm else self.dice.choice((None, None, "refused", "lost", "dies before", "dies after"))
        if trouble == "refused":
            return BatchResult(error=NEVER_SENT)
        if trouble == "dies before":
            raise Killed
        self.known[request.batch_no] = request.items
        for item in request.items:
            self._end(item)
        if trouble == "dies after":
            raise Killed
        return self._lost() if trouble == "lost" else self._told([item.order_no for item in request.items])

    async def query_batch(self, ref: BatchRef) -> BatchResult:
        if not self.calm and self.dice.random() < 0.3:
            return self._lost()
        if ref.batch_no not in self.known:
            return BatchResult({item.order_no: NOT_FOUND for item in ref.items}, error=NO_SUCH_BATCH)
        return self._told([item.order_no for item in ref.items])

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        if not self.calm and self.dice.random() < 0.3:
            return UNKNOWN
        return self.ended.get(ref.order_no, NOT_FOUND)

    def taken_fen(self) -> int:
        return sum(told.amount_fen or 0 for told in self.ended.values())

    def _end(self, debit: Debit) -> PaymentResult:
        """Once, however often it is asked for."""
        how = self.dice.choice((paid(debit.amount_fen), paid(debit.amount_fen), refused()))
        return self.ended.setdefault(debit.order_no, how)

    def _said(self, do: Callable[[], PaymentResult], order_no: str) -> PaymentResult:
        trouble = None if self.calm else self.dice.choice((None, "refused", "lost"))
        if trouble == "refused":
            return PaymentResult(PaymentState.UNKNOWN, error=NEVER_SENT)
        do()
        return UNKNOWN if trouble == "lost" else self.ended[order_no]

    def _told(self, numbers: list[str]) -> BatchResult:
        told: dict[str, Any] = {number: self.ended[number] for number in numbers if number in self.ended}
        if self.calm:
            return BatchResult(told, complete=True)
        for number in [each for each in told if self.dice.random() < 0.4]:
            told[number] = self.dice.choice((PROCESSING, UNKNOWN, "nonsense", None))
        named = {number: each for number, each in told.items() if each is not None}
        return BatchResult(named, complete=self.dice.random() < 0.3)

    def _lost(self) -> BatchResult:
        if self.dice.random() < 0.5:
            raise TimeoutError
        return BatchResult(error=replace(NO_SUCH_BATCH, code=ErrorCode.TIMEOUT))


async def _quietly(work: Any) -> None:
    with suppress(Killed):
        await work


async def _look(town: Town) -> None:
    """What a worker does with what is due."""
    _, together = await town.due()
    for batch in [each for each in await town.batches() if each.id in together or town.hand.at >= each.final_at]:
        await _quietly(town.ask(batch))
    for attempt in await town.attempts():
        if attempt.state in OPEN and attempt.ask_at and attempt.ask_at <= town.hand.at:
            await town.ask_alone(attempt.order_id)


@pytest.mark.parametrize("seed", range(3))
async def test_each_debit_is_made_once_and_the_books_hold_what_the_channel_took(sessions: Sessions, seed: int) -> None:
    dice = random.Random(seed)
    town = await a_town(sessions, borrowers=4)
    town.channel = bank = Bank(town.code, dice)
    for _ in range(2):
        order_ids = await town.request()
        for _ in range(3):
            town.unwanted = {each for each in order_ids if dice.random() < 0.1}
            for each in dice.sample(order_ids, len(order_ids)):
                await _quietly(town.withhold(each))
            town.hand.move(timedelta(minutes=dice.choice((1, 20, 90))))
            await _look(town)
        town.hand.move(8 * HOUR)
        await _look(town)

    bank.calm = True
    for _ in range(4):
        town.hand.move(26 * HOUR)
        for batch in await town.batches():
            await town.ask(batch)
        for attempt in await town.attempts():
            await town.ask_alone(attempt.order_id)

    assert sum(await town.booked()) == bank.taken_fen()
    assert {batch.state for batch in await town.batches()} <= OVER
    assert not {attempt.state for attempt in await town.attempts()} & OPEN
    numbers = [item.order_no for batch in bank.known.values() for item in batch]
    assert len(numbers) == len(set(numbers))
