"""`--directed`: processes are killed while a page, a refund, a mandate, a debit, a batch or a bill is under way.

Each is killed at one certain moment (`aiming`): the other party has done it, and the answer is not heard, or not recorded.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import text

from plugins.sandbox.faults import Fault, Of
from suidai.demo.stage import at
from tests.journeys.chaos.agreeing import BATCHES, MANDATE
from tests.journeys.chaos.aiming import PATIENCE, Aim, Call, Moment
from tests.journeys.chaos.doors import Json, Surprise
from tests.journeys.chaos.paying import ORDER
from tests.journeys.chaos.plan import ALIPAY, API, BANK, WECHAT, WORKER, Agreement, Loan, Plan
from tests.journeys.chaos.play import UNPLACED, Play
from tests.journeys.chaos.town import Resident

BATCHED_DAYS, DEBITED_ALONE, AGREED, TO_GIVE_BACK = (0, 1, 2, 3), (4, 5), (6, 7), (8, 9)
"""Days on which a loan falls due whose borrower is debited: several by the bank together, one by it, one by Alipay."""
TOGETHER = 3
OTHERS = 15
"""Borrowers who owe nothing soon."""

SENT = "SELECT id FROM payment_attempts WHERE state = 'SUBMITTING' ORDER BY order_no DESC"
LAST_OF_BATCH = f"{SENT} LIMIT 1"
LAST_OPEN = (
    "SELECT id FROM payment_attempts WHERE batch_id IS NOT NULL AND state IN ('SUBMITTING', 'UNKNOWN', 'PROCESSING')"
    " ORDER BY order_no DESC LIMIT 1"
)
BATCH = "SELECT id FROM payment_batches WHERE state = 'SUBMITTING'"
REFUND = "SELECT id FROM refunds WHERE state = 'SUBMITTING'"
MANDATE_SENT = "SELECT id FROM mandates WHERE status IN ('REQUESTED', 'CONFIRMING', 'REVOKING')"
BILL = "SELECT id FROM bills WHERE file_id IS NULL"
POSTINGS = "LOCK TABLE settlements IN SHARE MODE"

LEFT = {
    "attempts": text(
        "SELECT o.number, a.channel, a.order_no, a.state, a.batch_no FROM payment_attempts a"
        " JOIN payment_orders o ON o.id = a.order_id WHERE a.live OR a.ask_at IS NOT NULL"
    ),
    "orders": text("SELECT number, status FROM payment_orders WHERE status IN ('CREATED', 'PROCESSING')"),
    "refunds": text("SELECT number, state FROM refunds WHERE state NOT IN ('SUCCEEDED', 'DECLINED')"),
    "mandates": text(
        "SELECT number, status FROM mandates"
        " WHERE status NOT IN ('ACTIVE', 'SUSPENDED', 'REVOKED', 'DECLINED', 'EXPIRED')"
    ),
    "batches": text("SELECT batch_no, state FROM payment_batches WHERE state NOT IN ('DONE', 'NOT_SENT')"),
    "bills": text("SELECT channel, day, state FROM bills WHERE state IN ('WANTED', 'NOT_READY', 'FETCHED', 'FAILED')"),
    "debits of batches": text(
        "SELECT order_no, state FROM payment_attempts WHERE batch_id IS NOT NULL AND state NOT IN ('SUCCEEDED', 'NOT_FOUND')"
    ),
}
"""What must be empty at the end."""


def plan(seed: int) -> Plan:
    """The loans that the shots are about; the first batch dies before it is sent."""
    agreed = Agreement.SIGNS_UNHEARD, Agreement.SIGNS
    loans = [Loan(100_00 * 90, 12, day, "8000", None) for day in BATCHED_DAYS for _ in range(TOGETHER)]
    loans += [Loan(100_00 * 80, 12, day, "8000", None) for day in (*DEBITED_ALONE, *TO_GIVE_BACK)]
    loans += [Loan(100_00 * 70, 12, day, None, signs) for day, signs in zip(AGREED, agreed, strict=True)]
    loans += [Loan(100_00 * 60, 12, 25, None, Agreement.SIGNS)] * 2
    loans += [Loan(100_00 * 60, 12, 25, None, None)] * OTHERS
    return Plan(seed, tuple(loans), ("payments.after_batch_claim",), (), 0, ())


class Directed:
    """The shots of one run, one after another."""

    def __init__(self, play: Play) -> None:
        self._play, self._aim = play, Aim(play)
        self._others = iter(())

    async def run(self) -> None:
        play = self._play
        await play.desk.set_up(BANK, BATCHES)
        revoking = [who for who, loan in zip(play.residents, play.plan.loans, strict=True) if loan.agreement][2:]
        self._others = iter(play.residents[-OTHERS:])
        await play.clock_to(at(play.first_day, 8, 0))
        for moment, channel in ((Moment.UNHEARD, ALIPAY), (Moment.UNRECORDED, WECHAT)):
            await self._a_page_is_made(channel, moment)
        for channel, moment in ((ALIPAY, Moment.UNHEARD), (ALIPAY, Moment.UNRECORDED), (WECHAT, Moment.UNHEARD)):
            await self._a_page_is_closed(channel, moment)
        for moment, agreed in zip(Moment, revoking, strict=True):
            for channel in (ALIPAY, WECHAT):
                await self._money_goes_back(channel, moment)
            await self._a_mandate_is_begun(moment)
            await self._a_mandate_is_confirmed(moment)
            await self._a_mandate_is_revoked(BANK, next(self._others), moment)
            await self._a_mandate_is_revoked(ALIPAY, agreed, moment)
        await self._debits()

    async def _later(self, by: timedelta) -> None:
        await self._play.clock_to(await self._play.now() + by)

    # At a cashier

    async def _a_page_is_made(self, channel: str, moment: Moment) -> None:
        who = next(self._others)
        made: list[Json] = []

        async def asks() -> None:
            made.append(await self._order(who, channel))

        await self._aim.shoot("a page is made", Call(API, channel, Of.PAYMENT, SENT), moment, asks)
        order = made[0]
        while not order["action"] and order["status"] in ("CREATED", "PROCESSING"):
            await self._later(timedelta(seconds=20))
            order = await self._look(who, order)
        await self._pays(order)

    async def _a_page_is_closed(self, channel: str, moment: Moment) -> None:
        """It is closed at its channel, and paid all the same; nobody tells us."""
        play, who = self._play, next(self._others)
        order = await self._order(who, channel)
        await play.till.cashier(order)
        await self._later(timedelta(minutes=4))  # so that nobody asks about it meanwhile
        number = order["attempts"][-1]["orderNo"]
        for fault in (Fault.LATE_SUCCESS, Fault.LOSE_NOTICE):
            await play.till.plan_fault(channel, fault, number)
        rows = f"SELECT id FROM payment_attempts WHERE order_no = '{number}'"
        call = Call(API, channel, Of.PAYMENT, rows, number)
        closes = partial(self._closes, who, order)
        # Who closes again hears that it is paid; of one that is left alone we hear by asking.
        await self._aim.shoot("a page is closed", call, moment, closes, walks_away=moment is Moment.UNHEARD)

    async def _closes(self, who: Resident, order: Json) -> None:
        await self._play.doors.do(who, "closeRepayment", {"orderId": order["id"]}, ORDER)

    async def _money_goes_back(self, channel: str, moment: Moment) -> None:
        who = next(self._others)
        order = await self._order(who, channel)
        number = order["attempts"][-1]["orderNo"]
        await self._play.till.plan_fault(channel, Fault.WRONG_AMOUNT, number)
        await self._pays(order)
        await self._gives_back(channel, moment)

    async def _gives_back(self, channel: str, moment: Moment) -> None:
        play = self._play
        row: Json = await play.until(self._put_aside, "a wrong amount on the work list", PATIENCE)
        asked = {
            "unplacedPaymentId": row["id"],
            "action": "REFUND",
            "reason": "looked into",
            "idempotencyKey": f"directed-{row['id']}"[:64],
        }

        async def decides() -> None:
            answer = await play.doors.do("cashier", "resolveUnplacedPayment", asked, "... on UnplacedPayment { id }")
            if answer["__typename"] == "Problem":
                raise Surprise(f"it is not given back: {answer}")

        await play.till.plan_fault(channel, Fault.LOSE_NOTICE, of=Of.REFUND)
        await self._aim.shoot("a refund is sent", Call(WORKER, channel, Of.REFUND, REFUND), moment, decides)

    async def _put_aside(self) -> Json | None:
        listed = (await self._play.doors.ask("cashier", UNPLACED))["unplacedPayments"]["nodes"]
        return next((row for row in listed if row["reason"] == "WRONG_AMOUNT" and not row["refund"]), None)

    async def _order(self, who: Resident, channel: str) -> Json:
        play = self._play
        asked = {
            "loanId": who.loan_id,
            "intent": "PREPAY",
            "amount": "300.00",
            "channel": channel,
            "product": "QR",
            "idempotencyKey": f"directed-{play.plan.seed}-{who.n}",
        }
        order = await play.doors.do(who, "createRepayment", asked, ORDER)
        if "id" not in order:
            raise Surprise(f"no order: {order}")
        return order

    async def _look(self, who: Resident, order: Json) -> Json:
        document = f"query($id: ID!) {{ node(id: $id) {{ {ORDER} }} }}"
        return (await self._play.doors.ask(who, document, {"id": order["id"]}))["node"]

    async def _pays(self, order: Json) -> None:
        cashier = await self._play.till.cashier(order) if order["action"] else None
        if cashier is None:
            raise Surprise(f"{order['number']} has no cashier")
        await self._play.till.press(order, cashier, notices="1")

    # Mandates

    async def _a_mandate_is_begun(self, moment: Moment) -> None:
        """The code came, and it is of no use: we do not know for what. He begins anew."""
        who = next(self._others)

        async def begins() -> None:
            await self._asks_to_sign(who, "first")

        call = Call(API, BANK, Of.MANDATE, MANDATE_SENT)
        await self._aim.shoot("a mandate is begun", call, moment, begins)
        await self._later(timedelta(minutes=3))
        mandate = await self._play.doors.do(who, "signMandate", self._to_sign(who, "again"), MANDATE)
        while mandate.get("code") == "MANDATE_PENDING":
            await self._later(timedelta(minutes=10))
            mandate = await self._play.doors.do(who, "signMandate", self._to_sign(who, "again"), MANDATE)
        await self._confirms(who, mandate, "ACTIVE")

    async def _a_mandate_is_confirmed(self, moment: Moment) -> None:
        who = next(self._others)
        mandate = await self._asks_to_sign(who, "first")

        call = Call(API, BANK, Of.MANDATE, MANDATE_SENT)
        await self._aim.shoot("a mandate is confirmed", call, moment, lambda: self._confirms(who, mandate))
        await self._later(timedelta(minutes=3))
        await self._must_be(who, mandate, "ACTIVE")

    async def _a_mandate_is_revoked(self, channel: str, who: Resident, moment: Moment) -> None:
        play = self._play
        if channel == BANK:
            mandate = await self._asks_to_sign(who, "first")
            await self._confirms(who, mandate, "ACTIVE")
        else:
            mandate = {"id": play.desk.mandates[who.n]}
            await self._must_be(who, mandate, "ACTIVE")
            await play.till.plan_fault(channel, Fault.LOSE_NOTICE, of=Of.MANDATE)

        async def revokes() -> None:
            await play.doors.do(who, "revokeMandate", {"mandateId": mandate["id"]}, MANDATE)

        await self._aim.shoot("a mandate is revoked", Call(API, channel, Of.MANDATE, MANDATE_SENT), moment, revokes)
        await self._later(timedelta(minutes=3))
        await self._must_be(who, mandate, "REVOKED")

    def _to_sign(self, who: Resident, which: str) -> Json:
        return {
            "bankCardId": who.card_id,
            "channel": BANK,
            "idempotencyKey": f"directed-{self._play.plan.seed}-{who.n}-{which}",
        }

    async def _asks_to_sign(self, who: Resident, which: str) -> Json:
        mandate = await self._play.doors.do(who, "signMandate", self._to_sign(who, which), MANDATE)
        if "id" not in mandate:
            raise Surprise(f"no mandate: {mandate}")
        return mandate

    async def _confirms(self, who: Resident, mandate: Json, ends: str = "") -> None:
        play = self._play
        if "id" not in mandate:
            raise Surprise(f"no mandate: {mandate}")
        code = await play.until(lambda: play.code_of(who), "the code of a mandate", PATIENCE)
        told = await play.doors.do(who, "confirmMandate", {"mandateId": mandate["id"], "code": code}, MANDATE)
        if ends and told.get("status") != ends:
            raise Surprise(f"a mandate is not {ends}: {told}")

    async def _must_be(self, who: Resident, mandate: Json, status: str) -> None:
        document = f"query($id: ID!) {{ node(id: $id) {{ __typename {MANDATE} }} }}"
        told = (await self._play.doors.ask(who, document, {"id": mandate["id"]}))["node"]
        if told["status"] != status:
            raise Surprise(f"a mandate is {told['status']}, not {status}")

    # Debits, and the bills of the mornings

    async def _debits(self) -> None:
        for day in (*BATCHED_DAYS, *DEBITED_ALONE, *AGREED, *TO_GIVE_BACK):
            await self._play.clock_to(at(self._play.first_day + timedelta(days=day), 9, 59))
            await self._of_a_morning(day)
            await self._play.clock_to(at(self._play.first_day + timedelta(days=day), 18, 5))

    async def _of_a_morning(self, day: int) -> None:
        batch, alone = Call(WORKER, BANK, Of.BATCH, BATCH), Call(WORKER, BANK, Of.PAYMENT, SENT)
        of_alipay = Call(WORKER, ALIPAY, Of.PAYMENT, SENT)
        run = self._crossing(day, 10, 1)
        match day:
            case 0:
                # The worker dies by itself, before the batch is sent; it never was, and in the evening there is another.
                for hour, minute in ((10, 1), (13, 0), (18, 5)):
                    await self._play.clock_to(at(self._play.first_day + timedelta(days=day), hour, minute))
                asked = Call(WORKER, BANK, Of.BATCH, LAST_OPEN)
                await self._aim.shoot("a batch is asked about", asked, Moment.UNRECORDED, self._crossing(day, 19, 8))
            case 1:
                await self._aim.shoot("a batch is sent", batch, Moment.UNHEARD, run)
                call = Call(WORKER, WECHAT, Of.BILL, BILL)
                await self._aim.shoot("a bill is fetched", call, Moment.UNHEARD, self._crossing(day, 10, 31))
            case 2:
                half = Call(WORKER, BANK, Of.BATCH, LAST_OF_BATCH)
                await self._aim.shoot("a batch is sent, and half recorded", half, Moment.UNRECORDED, run)
                call = Call(WORKER, BANK, Of.BILL, BILL)
                await self._aim.shoot("a bill is fetched", call, Moment.UNRECORDED, self._crossing(day, 10, 31))
            case 3:
                await self._aim.shoot("a batch is sent, its debits recorded", batch, Moment.UNRECORDED, run)
                await self._aim.shoot_before("a bill is settled", WORKER, POSTINGS, self._crossing(day, 10, 31))
            case 4 | 5:
                moment = Moment.UNHEARD if day == 4 else Moment.UNRECORDED
                await self._play.till.plan_fault(BANK, Fault.LOSE_NOTICE, of=Of.PAYMENT)
                await self._aim.shoot("a debit is sent", alone, moment, run)
            case 6 | 7:
                moment = Moment.UNHEARD if day == 6 else Moment.UNRECORDED
                await self._play.till.plan_fault(ALIPAY, Fault.LOSE_NOTICE, of=Of.PAYMENT)
                await self._aim.shoot("a debit is sent", of_alipay, moment, run)
            case _:
                moment = Moment.UNHEARD if day == 8 else Moment.UNRECORDED
                await self._play.till.plan_fault(BANK, Fault.WRONG_AMOUNT, of=Of.PAYMENT)
                await run()
                await self._gives_back(BANK, moment)

    def _crossing(self, day: int, hour: int, minute: int) -> Callable[[], Awaitable[None]]:
        moment = at(self._play.first_day + timedelta(days=day), hour, minute)
        return lambda: self._play.advance(moment)

    async def left(self) -> list[str]:
        """What is not over although it should be."""
        found: list[str] = []
        async with self._play.engine.connect() as connection:
            for what, rows in LEFT.items():
                found += [f"{what}: {tuple(row)} is not over" for row in await connection.execute(rows)]
        return found
