"""Money that is heard of late: what it would have spared its borrower is undone, to the fen, in the books as well."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.collections.models import CollectionCase, CollectionTask, PaymentPromise
from domain.collections.rules.case import CaseStatus
from domain.collections.rules.promise import PromiseStatus
from domain.reconciliation.services import verification
from domain.shared.db import Sessions
from graph.ids import global_id
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.graph.town import key
from tests.journeys.counter import Counter, counter
from tests.journeys.lender import ROW, at

LENT, DUE, HEARD = date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 7)
PAYOFF_DAY = date(2026, 2, 10)

FIGURES = """daysPastDue severity nextDueOn balance { due penalty accrued undue payoff excess daysPastDue }
plan { installments { n dueOn principal interest penalty paid outstanding status settledOn } }
repayments { amount valueDate parts { penalty interest principal excess } }"""
STANDING = "balance(%s) { penalty due daysPastDue } plan(%s) { installments { n status } }"
THEN = 'asOf: "2026-03-05"'
KNOWN_THEN = THEN + ', knownAt: "2026-03-05T12:00:00+08:00"'


@pytest.fixture
async def house(engine: AsyncEngine, sessions: Sessions) -> AsyncIterator[Counter]:
    """Everybody borrowed 12,000.00 yuan for twelve months."""
    async with counter(engine, sessions, at(LENT, 12)) as house:
        for name in ("Anna", "Ben", "Dora"):
            await house.lends(name, LENT)
        yield house


async def all_holds(house: Counter) -> None:
    async with house.sessions() as session:
        assert await the_books_hold(session)
        assert not await verification.verify(session)


async def stands_in(house: Counter, account: str) -> int:
    async with house.sessions() as session:
        return (await balances(session)).get(account, 0)


async def promises(house: Counter, name: str, amount: str, on: date) -> None:
    """What a debtor promises the collector who has taken his case."""
    (case,) = [case for case in await house.all(CollectionCase) if case.loan_id == house.loans[name].id]
    collector, case_id = await house.api.staff("collector"), global_id("CollectionCase", case.id)
    who = (await house.api.ask("{ staffMe { id } }", token=collector))["staffMe"]["id"]
    taken = await house.api.do("assignCase", {"caseId": case_id, "staffId": who}, token=collector)
    assert taken["__typename"] == "CollectionCase", taken
    asked = {"caseId": case_id, "amount": amount, "on": on.isoformat(), "idempotencyKey": key()}
    told = await house.api.do("recordPromise", asked, token=collector)
    assert told["__typename"] == "PaymentPromise", told


async def test_a_month_past_due_that_was_none_is_undone(house: Counter) -> None:
    """Ben's payment is heard of at once. Anna's and Dora's are of the same day; Anna's notice and Dora's transfer are late."""
    house.now = at(DUE, 13)
    numbers = {name: await house.asks_to_pay(name, "INSTALLMENT") for name in ("Anna", "Ben")}
    await house.bank_writes(numbers["Ben"], ROW, paid_at=at(DUE, 13, 5))
    for day in (DUE + timedelta(days=2), HEARD - timedelta(days=2), HEARD):
        await house.until(at(day, 12))
    late = [await house.seen(name, FIGURES) for name in ("Anna", "Dora")]
    in_time = await house.seen("Ben", FIGURES)

    assert [each["daysPastDue"] for each in late] == [20, 20]
    # 935.71 x 14.4 % x 1.5 x 20 / 360, posted night by night.
    assert [each["balance"]["penalty"] for each in late] == ["11.23", "11.23"]
    assert await stands_in(house, "income.penalty") == 2 * 11_23
    assert await house.cases() == {"Anna": CaseStatus.OPEN, "Dora": CaseStatus.OPEN}
    assert [task for task in await house.all(CollectionTask) if task.status == "OPEN"]
    await promises(house, "Anna", "500.00", HEARD + timedelta(days=3))
    known = await house.seen("Anna", STANDING % (THEN, THEN))

    await house.bank_writes(numbers["Anna"], ROW, paid_at=at(DUE, 13, 5))
    taken_down = {
        "loanId": house.id("Dora"),
        "amount": "1079.71",
        "intent": "INSTALLMENT",
        "valueDate": DUE.isoformat(),
        "idempotencyKey": key(),
    }
    cashier = await house.api.staff("cashier")
    told = await house.api.do("recordOfflineRepayment", taken_down, "... on Repayment { valueDate }", token=cashier)
    assert told["valueDate"] == "2026-02-15", told
    await house.deliver()

    assert [await house.seen(name, FIGURES) for name in ("Anna", "Dora")] == [in_time, in_time]
    assert in_time["plan"]["installments"][1]["interest"] == "132.77"
    assert await stands_in(house, "income.penalty") == 0
    assert await house.cases() == {"Anna": CaseStatus.CLOSED, "Dora": CaseStatus.CLOSED}
    assert [task for task in await house.all(CollectionTask) if task.status == "OPEN"] == []
    assert [promise.status for promise in await house.all(PaymentPromise)] == [PromiseStatus.KEPT]
    await all_holds(house)

    # What was thought then, and what is known of then now.
    assert await house.seen("Anna", STANDING % (KNOWN_THEN, KNOWN_THEN), by="finance") == known
    assert (known["balance"]["daysPastDue"], known["plan"]["installments"][0]["status"]) == (18, "DUE")
    now = await house.seen("Anna", STANDING % (THEN, THEN))
    assert now["balance"] == {"penalty": "0.00", "due": "0.00", "daysPastDue": 0}
    assert now["plan"]["installments"][0]["status"] == "PAID"

    # The nights after it charge nothing for it again.
    await house.until(at(HEARD + timedelta(days=2), 12))
    assert await stands_in(house, "income.penalty") == 0
    assert set((await house.cases()).values()) == {CaseStatus.CLOSED}
    await all_holds(house)


async def test_a_payoff_that_was_paid_before_midnight_closes_the_loan_though_we_hear_after_it(house: Counter) -> None:
    """And one that was paid a minute after its quote had lapsed pays what it can; what is left is said to the fen."""
    house.now = at(PAYOFF_DAY, 23, 50)
    quotes = {name: (await house.seen(name, "payoff { amount validUntil }"))["payoff"] for name in ("Anna", "Ben")}
    numbers = {name: await house.asks_to_pay(name, "PAYOFF") for name in ("Anna", "Ben")}
    after = PAYOFF_DAY + timedelta(days=1)
    house.now = at(after, 0, 5)
    # 144.00 x 26 / 31 has accrued.
    assert {quote["amount"] for quote in quotes.values()} == {"12120.77"}
    assert {quote["validUntil"] for quote in quotes.values()} == {"2026-02-11T00:00:00+08:00"}

    await house.bank_writes(numbers["Anna"], 12120_77, paid_at=at(PAYOFF_DAY, 23, 59))
    await house.bank_writes(numbers["Ben"], 12120_77, paid_at=at(after, 0, 1))
    asked = "status settledOn settledEarly balance { due accrued undue payoff excess } repayments { valueDate }"
    closed, open_ = await house.seen("Anna", asked), await house.seen("Ben", asked)

    assert (closed["status"], closed["settledOn"], closed["settledEarly"]) == ("SETTLED", "2026-02-10", True)
    assert set(closed["balance"].values()) == {"0.00"}
    assert closed["repayments"] == [{"valueDate": "2026-02-10"}]
    # A day more is 144.00 x 27 / 31 = 125.42: so much less went to principal.
    assert (open_["status"], open_["repayments"]) == ("ACTIVE", [{"valueDate": "2026-02-11"}])
    assert open_["balance"] == {"due": "0.00", "accrued": "0.00", "undue": "4.65", "payoff": "4.65", "excess": "0.00"}
    await house.until(at(after, 12))
    assert (await house.seen("Anna", asked))["status"] == "SETTLED"
    await all_holds(house)
