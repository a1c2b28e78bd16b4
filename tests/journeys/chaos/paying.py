"""How a borrower of the run pays: he asks for an order, goes to the cashier, and does there what his habit is."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from plugins.sandbox.faults import Fault, Of
from tests.journeys.chaos.doors import Doors, Json, Surprise
from tests.journeys.chaos.plan import ON_A_BILL, SECONDS, Act, Habit, Way
from tests.journeys.chaos.town import Resident

ORDER = (
    "... on RepaymentOrder { id number status channel attempts { orderNo } action { __typename "
    "... on RedirectAction { url } ... on QrCodeAction { codeUrl } ... on AppAction { orderString } "
    "... on JsapiAction { params } } }"
)
REFUSALS = frozenset(
    {
        "ANOTHER_PAYMENT_LIVE",
        "PAYMENT_ALREADY_MADE",
        "ORDER_NOT_PAYABLE",
        "PAYMENT_STILL_OPEN",
        "NOTHING_DUE",
        "MORE_THAN_OWED",
        "PAYOFF_TOO_SMALL",
        "PAYMENT_NOT_POSITIVE",
        "LOAN_NOT_RUNNING",
        "LOAN_CLOSED",
    }
)
"""What a borrower may be told who pays here and there and at the same time."""

FORM = {"content-type": "application/x-www-form-urlencoded"}
LOOKS = 12
"""So often he looks for the way to the cashier before he gives up."""


@dataclass
class Till:
    """What borrowers did, by their own account."""

    doors: Doors
    seed: int
    took: Counter[str] = field(default_factory=Counter[str])
    """By the number the channel knows it by: how often its cashier said that it took the money."""
    perhaps: set[str] = field(default_factory=set[str])
    """Of whom a cashier broke off before it said whether it took the money."""
    planned: dict[Fault, set[str]] = field(
        default_factory=lambda: {Fault.LATE_SUCCESS: set[str](), Fault.WRONG_NOTICE: set[str]()}
    )
    """Orders that their channel pays by itself, and orders of which it tells another sum."""
    misprinted: list[tuple[str, Fault]] = field(default_factory=list[tuple[str, Fault]])
    refused: Counter[str] = field(default_factory=Counter[str])
    asked: int = 0
    unmade: int = 0
    """Orders of which he never saw a cashier."""

    async def act(self, who: Resident, act: Act) -> None:
        """Let one wish of the plan be tried."""
        if act.on_the_call:
            await self.plan_fault(act.way[0], act.on_the_call)
        await _HABITS[act.habit](self, who, act)

    async def plan_fault(self, party: str, fault: Fault, order_no: str = "", of: Of | None = None) -> None:
        asked: Json = {"party": party, "fault": fault, "order": order_no, "of": of}
        if fault in SECONDS:
            asked["seconds"] = SECONDS[fault]
        if fault in ON_A_BILL:
            self.misprinted.append((party, fault))
        if order_no and fault in (Fault.LATE_SUCCESS, Fault.WRONG_NOTICE):
            self.planned[fault].add(order_no)
        answer = await self.doors.outside("POST", "/faults", json=asked)
        if answer.status_code != 201:
            raise Surprise(f"{asked} cannot be planned: {answer.text[:200]}")

    # Asking

    async def order(self, who: Resident, act: Act, way: Way, page: int = 1) -> Json | None:
        """A new order as he sees it; None where he was refused. The same request several times makes the same order."""
        asked: Json = {
            "loanId": who.loan_id,
            "intent": act.intent,
            "amount": f"{act.amount_fen / 100:.2f}" if act.amount_fen else None,
            "channel": None if act.we_choose and page == 1 else way[0],
            "product": way[1],
            "payerId": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" if way[1] == "JSAPI" else None,
            "idempotencyKey": f"chaos-{self.seed}-{act.n}-{page}",
        }
        self.asked += 1
        answers = await asyncio.gather(
            *(self.doors.do(who, "createRepayment", asked, ORDER) for _ in range(act.repeats))
        )
        made = [answer for answer in answers if not self._is_refused(answer)]
        if len({answer["id"] for answer in made}) > 1 and not act.we_choose:
            raise Surprise(f"one key made several orders: {[answer['number'] for answer in made]}")
        # Where we choose, a repeat that comes while we go on to another channel is told of the order that is left behind.
        return await self._with_a_cashier(who, max(made, key=itemgetter("number")), act) if made else None

    async def _with_a_cashier(self, who: Resident, order: Json, act: Act) -> Json | None:
        for _ in range(LOOKS):
            if order["action"]:
                if act.on_the_order:
                    await self.plan_fault(order["channel"], act.on_the_order, order["attempts"][-1]["orderNo"])
                return order
            if order["status"] not in ("CREATED", "PROCESSING"):
                return None
            await asyncio.sleep(0.25)
            order = (
                await self.doors.ask(who, f"query($id: ID!) {{ node(id: $id) {{ {ORDER} }} }}", {"id": order["id"]})
            )["node"]
        self.unmade += 1
        return None

    def _is_refused(self, answer: Json) -> bool:
        if answer["__typename"] != "Problem":
            return False
        if answer["code"] not in REFUSALS:
            raise Surprise(f"refused: {answer['code']}: {answer['message']}")
        self.refused[answer["code"]] += 1
        return True

    # At the cashier

    async def cashier(self, order: Json) -> str | None:
        """Its address; None where the channel shows none, as the order cannot be paid any more."""
        action, channel = order["action"], order["channel"]
        match action["__typename"]:
            case "RedirectAction":
                shown = await self.doors.outside("GET", action["url"])
            case "QrCodeAction" if action["codeUrl"].startswith("http"):
                shown = await self.doors.outside("GET", action["codeUrl"])
            case "QrCodeAction":
                shown = await self.doors.outside("GET", f"/{channel}/scan", params={"code_url": action["codeUrl"]})
            case "AppAction":
                given = action["orderString"]
                headers = {} if given.startswith("{") else FORM
                shown = await self.doors.outside("POST", f"/{channel}/app/pay", content=given, headers=headers)
            case _:
                given = json.dumps(action["params"])
                shown = await self.doors.outside("POST", f"/{channel}/app/pay", content=given)
        return str(shown.url) if shown.status_code < 400 else None

    async def press(self, order: Json, cashier: str, **button: str) -> None:
        number = order["attempts"][-1]["orderNo"]
        pressed = await self.doors.outside(
            "POST",
            f"{cashier}/pay",
            broken=lambda: self.perhaps.add(number),
            data=button,
            headers={"accept": "application/json"},
        )
        if pressed.status_code == 200 and pressed.json().get("paid"):
            self.took[number] += 1

    async def close(self, who: Resident, order: Json) -> None:
        self._is_refused(await self.doors.do(who, "closeRepayment", {"orderId": order["id"]}, ORDER))

    async def at_the_cashier(self, who: Resident, act: Act, way: Way, page: int = 1) -> tuple[Json, str] | None:
        """A new order and its cashier, if he gets that far."""
        order = await self.order(who, act, way, page)
        cashier = await self.cashier(order) if order else None
        return (order, cashier) if order and cashier else None


async def _pays(till: Till, who: Resident, act: Act, notices: str = "1") -> None:
    if there := await till.at_the_cashier(who, act, act.way):
        await till.press(*there, notices=notices)


async def _presses_twice(till: Till, who: Resident, act: Act) -> None:
    if there := await till.at_the_cashier(who, act, act.way):
        await asyncio.gather(till.press(*there, notices="1"), till.press(*there, notices="2"))


async def _pays_unheard(till: Till, who: Resident, act: Act) -> None:
    await _pays(till, who, act, "0")


async def _is_heard_thrice(till: Till, who: Resident, act: Act) -> None:
    await _pays(till, who, act, "3")


async def _looks(till: Till, who: Resident, act: Act) -> None:
    await till.at_the_cashier(who, act, act.way)


async def _forgets(till: Till, who: Resident, act: Act) -> None:
    await till.order(who, act, act.way)


async def _closes(till: Till, who: Resident, act: Act) -> None:
    if there := await till.at_the_cashier(who, act, act.way):
        await till.close(who, there[0])


async def _pays_what_is_closed(till: Till, who: Resident, act: Act) -> None:
    if there := await till.at_the_cashier(who, act, act.way):
        await till.close(who, there[0])
        await till.press(*there, late="1")


async def _pays_while_closing(till: Till, who: Resident, act: Act) -> None:
    if there := await till.at_the_cashier(who, act, act.way):
        await asyncio.gather(till.close(who, there[0]), till.press(*there, notices="1", late="1"))


async def _goes_on(till: Till, who: Resident, act: Act) -> None:
    first = await till.at_the_cashier(who, act, act.way)
    if second := await till.at_the_cashier(who, act, act.other_way, 2):
        await till.press(*second, notices="1")
    if first:
        await till.press(*first, notices="1", late="1")


async def _races(till: Till, who: Resident, act: Act) -> None:
    pages = await asyncio.gather(
        till.at_the_cashier(who, act, act.way), till.at_the_cashier(who, act, act.other_way, 2)
    )
    await asyncio.gather(*(till.press(*there, notices="1", late="1") for there in pages if there))


_HABITS: Mapping[Habit, Callable[[Till, Resident, Act], Awaitable[None]]] = {
    Habit.PAYS: _pays,
    Habit.PRESSES_TWICE: _presses_twice,
    Habit.PAYS_UNHEARD: _pays_unheard,
    Habit.PAYS_AND_IS_HEARD_THRICE: _is_heard_thrice,
    Habit.LOOKS: _looks,
    Habit.FORGETS: _forgets,
    Habit.CLOSES: _closes,
    Habit.PAYS_WHAT_IS_CLOSED: _pays_what_is_closed,
    Habit.PAYS_WHILE_CLOSING: _pays_while_closing,
    Habit.GOES_ON: _goes_on,
    Habit.RACES: _races,
}
