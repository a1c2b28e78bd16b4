"""A lender in one process whose doors are open: people ask the API, the bank writes to it, workers work behind it."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from domain.payments.ports import Notification, NotificationKind, RawRequest
from domain.shared.db import Sessions
from graph.ids import global_id
from jobs.ticks import install
from jobs.timetable import TIMETABLE
from suidai.contract import ChannelSpec, hookimpl
from suidai.seed import seed
from tests.domain.borrowers.builders import Hands
from tests.domain.payments.builders import notice
from tests.graph.api import Api, Json, Parties, api_of, house_of
from tests.graph.town import key
from tests.journeys.lender import CAN, Bank, Lender


class LateBank(Bank):
    """Its notices say when the money was paid, however long ago that is."""

    @override
    async def parse_notification(self, request: RawRequest) -> Notification:
        told = await super().parse_notification(request)
        assert told.kind is NotificationKind.PAYMENT
        assert told.result is not None
        paid_at = datetime.fromisoformat(json.loads(request.body)["paid_at"])
        return replace(told, result=replace(told.result, paid_at=paid_at))


@dataclass(eq=False)
class Plugin(Parties):
    """The bank, as a plugin brings it."""

    bank: Any = None

    @hookimpl
    def payment_channels(self) -> Iterable[Any]:
        return [
            ChannelSpec("fake", "测试", "Test", lambda **settings: settings, CAN, lambda config, runtime: self.bank)
        ]


class Counter(Lender):
    """Whoever borrows here is known by a name; staff by what they are."""

    api: Api

    @override
    async def begin(self) -> None:
        self.outside.bank = LateBank()
        await seed(self.sessions, with_staff=True)
        async with self.sessions.begin() as session:
            await install(session, TIMETABLE, self.now)

    def token(self, name: str) -> str:
        return self.api.speaks(self.loans[name].borrower_id)

    async def asks_to_pay(self, name: str, intent: str) -> str:
        """He asks for a page to pay at; returns what the bank calls the payment."""
        asked = {"loanId": self.id(name), "intent": intent, "channel": "fake", "product": "PAGE"}
        told = await self.api.do(
            "createRepayment",
            asked | {"idempotencyKey": key()},
            "... on RepaymentOrder { status }",
            token=self.token(name),
        )
        assert told["__typename"] == "RepaymentOrder", told
        operation, number = self.outside.bank.asked[-1]
        assert operation == "create"
        return number

    async def bank_writes(self, number: str, fen: int, *, paid_at: datetime) -> None:
        """The bank's notice arrives now; then the workers do what follows from it."""
        written = json.loads(notice(number, fen=fen).body) | {"paid_at": paid_at.isoformat()}
        answer = await self.api.http.post("/notify/payments/fake", content=json.dumps(written))
        assert answer.status_code == 200, answer.text
        await self.deliver()

    async def seen(self, name: str, selection: str, *, by: str | None = None) -> Json:
        """A loan, as its borrower or a member of staff sees it."""
        token = await self.api.staff(by) if by else self.token(name)
        document = f"query($id: ID!) {{ loan(id: $id) {{ {selection} }} }}"
        return (await self.api.ask(document, {"id": self.id(name)}, token=token))["loan"]

    def id(self, name: str) -> str:
        return global_id("Loan", self.loans[name].id)


@asynccontextmanager
async def counter(engine: AsyncEngine, sessions: Sessions, now: datetime) -> AsyncIterator[Counter]:
    """Seeded, with members of staff and nobody else; the API's clock and the workers' are one."""
    made = Counter(engine, sessions, now)
    await made.begin()
    plugin, hands = Plugin(bank=made.outside.bank), Hands()
    async with (
        house_of(sessions, made.clock, plugin, channels=("fake",), kinds=()) as house,
        api_of(house, hands, plugin) as made.api,
    ):
        yield made
