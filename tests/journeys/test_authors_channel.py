"""What `suidai channels new` writes, offered to a lender as it comes: a borrower pays by it, and it is in the books."""

import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.days import business_day
from domain.shared.db import Sessions
from plugins.testing import runtime
from suidai.channel_template import write
from suidai.contract import ChannelSpec, hookimpl
from tests.domain.borrowers.builders import Hands
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.graph.api import Parties, api_of, house_of
from tests.graph.town import key
from tests.journeys.counter import Counter


@dataclass(eq=False)
class Author(Parties):
    """The author's package, its provider in memory."""

    fake: Any = None
    gateway: Any = None

    @hookimpl
    def payment_channels(self) -> Iterable[ChannelSpec]:
        sample = self.fake.sample()
        given = runtime(now=sample.now, transport=self.gateway.transport(), code=sample.spec.code)
        made = sample.spec.factory(sample.spec.config_model(**sample.settings), given)
        return [replace(sample.spec, config_model=lambda **_: None, factory=lambda _config, _runtime: made)]


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[ModuleType]:
    source = str(write("purse", tmp_path) / "src")
    sys.path.insert(0, source)
    yield import_module("suidai_purse.fake")
    sys.path.remove(source)


@pytest.fixture
async def house(engine: AsyncEngine, sessions: Sessions, fake: ModuleType) -> AsyncIterator[Counter]:
    made = Counter(engine, sessions, fake.NOW)
    await made.begin()
    author = Author(fake=fake, gateway=fake.Fake())
    async with (
        house_of(sessions, made.clock, author, channels=("purse",), kinds=()) as house,
        api_of(house, Hands(), author) as made.api,
    ):
        made.outside.bank = author.gateway
        yield made


async def test_a_borrower_pays_by_a_channel_that_was_just_begun(house: Counter, fake: ModuleType) -> None:
    gateway: Any = house.outside.bank
    await house.lends("Anna", business_day(fake.NOW))
    asked = {"loanId": house.id("Anna"), "intent": "PAYOFF", "channel": "purse", "product": "QR"}
    token = house.token("Anna")
    order = "... on RepaymentOrder { status amount action { ... on QrCodeAction { codeUrl } } }"

    told = await house.api.do("createRepayment", asked | {"idempotencyKey": key()}, order, token=token)
    ((number, trade),) = gateway.trades.items()
    await gateway.pay(number, None)
    (notice,) = gateway.notices()
    for _ in range(2):
        answer = await house.api.http.post(notice.path, content=notice.body, headers=dict(notice.headers.items()))
        assert (answer.status_code, answer.text) == (200, "ok")
    forged = await house.api.http.post(notice.path, content=notice.body + b" ", headers=dict(notice.headers.items()))
    await house.deliver()

    assert told["action"] == {"codeUrl": f"purse://pay?trade=T{number}"}
    assert forged.status_code == 500
    assert (await house.seen("Anna", "status"))["status"] == "SETTLED"
    async with house.sessions() as session:
        assert await the_books_hold(session)
        assert (await balances(session)).get("clearing.purse", 0) == trade.fen == gateway.taken_fen()
