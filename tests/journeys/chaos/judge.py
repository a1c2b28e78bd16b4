"""What must hold when a run is over: what the channels took, what we know of it and what the books say, to the fen.

Three sides that do not ask each other: the outside parties' own trades, our rows of payments and loans, and the ledger.
A finding is a sentence; a run without findings has kept every promise.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain.lending.services import verification
from domain.lending.services.verification import BrokenLaw
from domain.reconciliation.services import verification as reconciled
from domain.shared.days import business_day
from plugins.sandbox.faults import Fault
from tests.journeys.chaos.plan import ALIPAY
from tests.journeys.chaos.stores import CHANNELS, Row, Stores

OPEN = frozenset({"SUBMITTING", "ACTION_REQUIRED", "PROCESSING", "UNKNOWN"})
FINAL_ORDERS = frozenset({"PAID", "CLOSED", "FAILED", "MISMATCH"})
FINAL_MANDATES = frozenset({"ACTIVE", "SUSPENDED", "REVOKED", "DECLINED", "EXPIRED"})
FINAL_REFUNDS = frozenset({"SUCCEEDED", "DECLINED"})
FINAL_BATCHES = frozenset({"DONE", "NOT_SENT"})


@dataclass(frozen=True, slots=True)
class Witness:
    """What those say who did it: borrowers at the cashiers, and whoever planned faults that a channel then denies."""

    took: Mapping[str, int]
    """By order number, how often a cashier said that it took the money."""
    perhaps: Collection[str] = ()
    """Orders whose cashier broke off before it said whether it took the money."""
    came_late: Collection[str] = ()
    """Orders that their channel was to pay by itself after it had closed them."""
    today: date = date.max
    """The last day, of which no bill is here yet."""
    misprinted: Collection[tuple[str, Fault]] = ()
    """What was wrong with which channel's bill: once each."""


async def broken_laws(engine: AsyncEngine) -> list[BrokenLaw]:
    """What `suidai books verify` and `suidai loan verify` look at, read in one snapshot."""
    async with AsyncSession(engine.execution_options(isolation_level="REPEATABLE READ")) as session:
        return [*await verification.verify(session), *await reconciled.verify(session)]


def findings(stores: Stores, witness: Witness) -> list[str]:
    """What does not hold."""
    return [
        *_orders(stores),
        *_attempts(stores),
        *_refunds(stores),
        *_batches(stores),
        *_mandates(stores),
        *_trades(stores),
        *_sums(stores, witness),
        *_wishes(stores),
        *_given_up(stores),
        *_cashiers(stores, witness),
        *_loans(stores),
        *_books(stores),
        *_bills(stores, witness),
    ]


def _orders(stores: Stores) -> Iterator[str]:
    """Every order is final, or somebody asks about it."""
    asked = {row["order_id"] for row in stores.attempts if row["ask_at"]}
    for order in stores.orders:
        if order["status"] not in FINAL_ORDERS and order["id"] not in asked:
            yield f"order {order['number']} is {order['status']} and nobody asks"
    paid = {row["order_id"] for row in stores.attempts if row["state"] == "SUCCEEDED"}
    for order in stores.orders:
        if (order["status"] in ("PAID", "MISMATCH")) != (order["id"] in paid):
            yield f"order {order['number']} is {order['status']}, and its money {'came' if order['id'] in paid else 'did not'}"


def _attempts(stores: Stores) -> Iterator[str]:
    """Nothing is open about which nobody asks; what came is applied or on the work list, in one place only."""
    live = Counter(row["loan_id"] for row in stores.attempts if row["live"])
    for loan, count in live.items():
        if count > 1:
            yield f"loan {loan} has {count} live attempts"
    for row in stores.attempts:
        what = f"{row['channel']} {row['order_no']} ({row['state']})"
        if row["state"] in OPEN and row["ask_at"] is None:
            yield f"{what} is open and nobody asks"
        if (row["state"] == "SUCCEEDED") != (row["received_fen"] is not None):
            yield f"{what} received {row['received_fen']}"
        if row["state"] == "SUCCEEDED":
            placed = [row["applied_fen"] is not None, row["unplaced_id"] is not None and row["resolution"] != "APPLIED"]
            if sum(placed) != 1:
                yield f"{what} is applied: {placed[0]}, on the work list: {placed[1]}"
            if row["applied_fen"] not in (None, row["received_fen"]):
                yield f"{what} brought {row['received_fen']} fen, and {row['applied_fen']} are applied"
        elif row["applied_fen"] is not None:
            yield f"{what} brought nothing and is applied"


def _refunds(stores: Stores) -> Iterator[str]:
    """A refund is over or asked about; one that was refused leaves its money on the work list."""
    waits = {row["unplaced_id"] for row in stores.attempts if row["unplaced_id"] and row["resolved_at"] is None}
    for refund in stores.refunds:
        if refund["state"] not in FINAL_REFUNDS and refund["ask_at"] is None:
            yield f"refund {refund['number']} is {refund['state']} and nobody asks"
        if refund["state"] == "DECLINED" and refund["unplaced_id"] and refund["unplaced_id"] not in waits:
            yield f"refund {refund['number']} was refused, and its money waits nowhere"


def _batches(stores: Stores) -> Iterator[str]:
    """A batch is over or asked about."""
    for batch in stores.batches:
        if batch["state"] not in FINAL_BATCHES and batch["ask_at"] is None:
            yield f"batch {batch['batch_no']} is {batch['state']} and nobody asks"


def _mandates(stores: Stores) -> Iterator[str]:
    """What may be debited is the same here and at its channel, or asked about; after it was taken back nothing is."""
    for row in stores.mandates:
        what = f"{row['channel']} mandate {row['mandate_no']} ({row['status']})"
        if row["status"] not in FINAL_MANDATES and row["ask_at"] is None:
            yield f"{what} is not settled and nobody asks"
        if row["debited_after"]:
            yield f"{what} was over, and then was debited: {row['debited_after']}"
        if row["status"] not in FINAL_MANDATES or row["status"] == "SUSPENDED":
            continue
        if row["channel"] == ALIPAY:
            there = stores.agreements.get(row["mandate_no"], "") or "not signed"
        else:
            there = "NORMAL" if stores.bound.get(row["mandate_no"]) else "not bound"
        if (row["status"] == "ACTIVE") != (there == "NORMAL"):
            yield f"{what} is {there} there"


def _trades(stores: Stores) -> Iterator[str]:
    """Order by order: what the channels took and gave back is what we know of."""
    ours = {(row["channel"], row["order_no"]): row for row in stores.attempts}
    yield from (f"{number} is kept twice by its channel" for number in stores.twice)
    for key, trade in stores.theirs.items():
        if row := ours.get(key):
            if trade.taken_fen != (row["received_fen"] or 0):
                yield f"{key} took {trade.taken_fen} fen, we know of {row['received_fen']} ({row['state']})"
            if trade.refunded_fen != row["refunded_fen"]:
                yield f"{key} gave {trade.refunded_fen} fen back, we know of {row['refunded_fen']}"
        elif trade.taken_fen:
            yield f"{key} took {trade.taken_fen} fen that we know nothing of"
    for key, row in ours.items():
        if row["received_fen"] and key not in stores.theirs:
            yield f"{key} brought {row['received_fen']} fen that its channel knows nothing of"


def _sums(stores: Stores, witness: Witness) -> Iterator[str]:
    """Of each channel: what is there, what is known, what is booked; and all settled, as its bills are here.

    What a channel denies or invents in a bill stands on a work list, to the fen, and that much and no more is between us.
    """
    for channel in CHANNELS:
        theirs = sum(t.taken_fen - t.refunded_fen for (code, _), t in stores.theirs.items() if code == channel)
        known = sum((r["received_fen"] or 0) for r in stores.attempts if r["channel"] == channel)
        known -= sum(r["amount_fen"] for r in stores.refunds if (r["channel"], r["state"]) == (channel, "SUCCEEDED"))
        invented = sum(r["amount_fen"] for r in stores.strays if r["channel"] == channel)
        held, settled = stores.clearing.get(channel, 0), stores.settled.get(channel, 0)
        if not theirs == known == held + settled - invented:
            yield f"{channel}: {theirs} fen are there, {known} are known, {held + settled - invented} are booked"
        unbilled = sum(
            r["received_fen"]
            for r in stores.attempts
            if r["channel"] == channel and _is_on(r["paid_at"], witness.today)
        ) - sum(
            r["amount_fen"]
            for r in stores.refunds
            if r["channel"] == channel and _is_on(r["refunded_at"], witness.today)
        )
        disputed = sum(r["ours_fen"] for r in stores.unsettled if r["channel"] == channel)
        if held != unbilled + disputed:
            yield f"{channel} has not settled {held - unbilled - disputed} fen although its bills are here"


def _is_on(moment: datetime | None, day: date) -> bool:
    return moment is not None and business_day(moment) == day


def _wishes(stores: Stores) -> Iterator[str]:
    """A wish that was paid twice is applied once, unless the loan still owed what the second payment was for."""
    wishes: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in stores.attempts:
        if row["state"] == "SUCCEEDED":
            wishes[row["wish_id"]].append(row)
    for paid in wishes.values():
        applied = sorted((row for row in paid if row["applied_at"]), key=lambda row: row["applied_at"])
        for later in applied[1:]:
            if why := _charged_twice(applied[0], later):
                yield f"the wish of {later['order_no']} was paid by {applied[0]['order_no']}, and is applied again: {why}"
        for row in paid:
            if row["unplaced_reason"] == "DOUBLE" and not row["refunded_fen"] and row["resolved_at"]:
                yield f"{row['order_no']} is paid double, off the list, and did not go back"


def _charged_twice(first: Row, later: Row) -> str | None:
    """Why a second payment of one wish should not have been applied."""
    if later["resolution"] == "APPLIED":  # by a person
        return None
    if not any(row["late"] or row["superseded_at"] for row in (first, later)):
        return "neither was given up"
    return _done_before(first, later)


def _done_before(first: Row, later: Row) -> str | None:
    if later["intent"] == "INSTALLMENT" and not later["paid_what_was_due"]:
        return "nothing was due"
    if (later["intent"], later["amount_fen"]) == ("PREPAY", first["amount_fen"]) and first["intent"] == "PREPAY":
        return "the same was prepaid"
    return None


def _given_up(stores: Stores) -> Iterator[str]:
    """What came after we had given up on it, and another payment had done meanwhile what it was for, is not applied."""
    for late in stores.attempts:
        if not late["applied_at"] or not (late["late"] or late["superseded_at"]) or late["resolution"] == "APPLIED":
            continue
        for other in stores.attempts:
            if other["loan_id"] != late["loan_id"] or not other["applied_at"] or other is late:
                continue
            if late["asked_at"] <= other["applied_at"] < late["applied_at"] and (why := _done_before(other, late)):
                yield f"{late['order_no']} came late, after {other['order_no']} had paid, and is applied: {why}"


def _cashiers(stores: Stores, witness: Witness) -> Iterator[str]:
    """What borrowers saw taken is what the channels took, and no cashier took twice."""
    took = witness.took
    yield from (f"{number} was taken {count} times at its cashier" for number, count in took.items() if count > 1)
    debited = {row["order_no"] for row in stores.attempts if row["method"] == "WITHHOLDING"}
    taken = {number for (_, number), trade in stores.theirs.items() if trade.taken_fen} - debited
    yield from (f"{number} was paid, and its channel has no money of it" for number in took.keys() - taken)
    nobodys = taken - took.keys() - {*witness.came_late, *witness.perhaps}
    yield from (f"{number} was paid by nobody, and its channel has money of it" for number in nobodys)


def _loans(stores: Stores) -> Iterator[str]:
    """What a loan's journal says was paid are its repayments, and never more than came for it."""
    for row in stores.journals:
        if not row["journal_fen"] == row["repaid_fen"] <= row["received_fen"]:
            yield (
                f"loan {row['number']}: {row['journal_fen']} fen in the journal, {row['repaid_fen']} repaid,"
                f" {row['received_fen']} came"
            )


def _books(stores: Stores) -> Iterator[str]:
    """Debits are credits, suspense is the work list, bills agree, and nothing was given up or left to be delivered."""
    if stores.debit_fen != stores.credit_fen:
        yield f"debits {stores.debit_fen}, credits {stores.credit_fen}"
    listed = sum(row["unplaced_fen"] for row in stores.attempts if row["unplaced_id"] and row["resolved_at"] is None)
    listed += sum(row["amount_fen"] for row in stores.strays if row["resolved_at"] is None)
    if stores.suspense_fen != listed:
        yield f"{stores.suspense_fen} fen in suspense, {listed} on the work list"
    yield from (f"{count} announcements are {state}" for state, count in stores.outbox.items() if state != "DONE")


_FOUND_AS = {
    Fault.BILL_MISSING_ROW: "ONLY_OURS",
    Fault.BILL_EXTRA_ROW: "ONLY_CHANNEL",
    Fault.BILL_OTHER_AMOUNT: "AMOUNT_DIFF",
}


def _bills(stores: Stores, witness: Witness) -> Iterator[str]:
    """What was wrong with bills is found, each once, and nothing else is; a payment they invent is on the work list."""
    found = Counter((row["channel"], row["finding"]) for row in stores.unsettled) + Counter(
        (row["channel"], "ONLY_CHANNEL") for row in stores.strays
    )
    expected = Counter((channel, _FOUND_AS[fault]) for channel, fault in witness.misprinted)
    yield from (f"{channel}: {finding} was not to be found" for channel, finding in (found - expected).elements())
    yield from (f"{channel}: {finding} was to be found" for channel, finding in (expected - found).elements())
    if found != expected:
        for row in stores.unsettled:
            yield f"{row['channel']} {row['day']}: {row['finding']} {row['subject']} {row['state']} {row['note']}"
