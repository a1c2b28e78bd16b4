"""All that is known of one order, from every context, in the order in which it happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries as books
from domain.ledger.models import Entry as BookEntry
from domain.ledger.models import Transfer
from domain.lending.models import Loan, LoanEvent, Repayment
from domain.lending.queries.applied import repayments_of
from domain.payments import queries
from domain.payments.models import (
    ChannelExchange,
    ExchangeVerdict,
    PaymentAttempt,
    PaymentOrder,
    Refund,
    Signature,
    Unplaced,
)
from domain.payments.models.changes import Change
from domain.payments.queries.routing import order_instead
from domain.reconciliation.models import Discrepancy
from domain.reconciliation.queries import orders as bills
from domain.shared.inbox import InboxRow

MOST = 300
"""Of each kind: what there is more of is left out, of exchanges and notices the oldest."""


class EntryKind(StrEnum):
    """What an entry of an order's history is; in this order where the moment is the same."""

    CREATED = "CREATED"
    ATTEMPT = "ATTEMPT"
    EXCHANGE = "EXCHANGE"
    NOTICE = "NOTICE"
    CHANGE = "CHANGE"
    REPLACED = "REPLACED"
    POSTING = "POSTING"
    PUT_ASIDE = "PUT_ASIDE"
    PLACED = "PLACED"
    APPLIED = "APPLIED"
    REVERSED = "REVERSED"
    REFUND = "REFUND"
    REFUND_CHANGE = "REFUND_CHANGE"
    BILL_LINE = "BILL_LINE"
    DISCREPANCY = "DISCREPANCY"
    DECIDED = "DECIDED"
    SETTLED = "SETTLED"


_PLACES = {kind: place for place, kind in enumerate(EntryKind)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to an order. `subject` is the number of what it happened to, `source` who told us or did it.

    `what` is the word: an operation, what was told, a finding. `facts` are plain values, masked but for `reason`: the
    staff's own words.
    """

    kind: EntryKind
    at: datetime
    subject: str
    source: str | None = None
    what: str | None = None
    before: str | None = None
    after: str | None = None
    amount_fen: int | None = None
    duration_ms: int | None = None
    signature: Signature | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def of_order(session: AsyncSession, order_id: UUID) -> list[Entry]:
    """The history of an order, oldest first. Raises NoResultFound."""
    order = await session.get_one(PaymentOrder, order_id)
    attempts = (await queries.attempts_of(session, [order_id]))[order_id]
    refunds = [each for some in (await queries.refunds_of_attempts(session, _ids(attempts))).values() for each in some]
    entries = [
        await _created(session, order),
        *await _replaced(session, order),
        *[_begun(attempt) for attempt in attempts],
        *await _changes(session, attempts, refunds),
        *await _said(session, attempts, refunds),
        *await _money(session, order, attempts, refunds),
        *await _reconciled(session, attempts, refunds),
    ]
    return sorted(entries, key=lambda entry: (entry.at, _PLACES[entry.kind]))


async def _created(session: AsyncSession, order: PaymentOrder) -> Entry:
    """The channel with it, and where we chose it, why; and the order by another channel that came to nothing before."""
    instead_of = await session.get(PaymentOrder, order.instead_of_id) if order.instead_of_id else None
    facts = {
        "channel": order.channel,
        "product": order.product,
        "method": order.method.value,
        "intent": order.intent.value,
        "expires_at": order.expires_at.isoformat(),
        **_there({"choice": order.choice, "instead_of": instead_of and instead_of.number}),
    }
    return Entry(EntryKind.CREATED, order.created_at, order.number, amount_fen=order.amount_fen, facts=facts)


async def _replaced(session: AsyncSession, order: PaymentOrder) -> Sequence[Entry]:
    instead = await order_instead(session, order.id)
    if instead is None:
        return []
    facts = {"channel": instead.channel}
    return [Entry(EntryKind.REPLACED, instead.created_at, order.number, what=instead.number, facts=facts)]


def _begun(attempt: PaymentAttempt) -> Entry:
    facts = {
        "final_at": attempt.final_at.isoformat(),
        "provider_no": attempt.provider_no,
        "batch_no": attempt.batch_no,
        "batch_position": attempt.batch_position,
    }
    return Entry(
        EntryKind.ATTEMPT, attempt.submitted_at, attempt.order_no, amount_fen=attempt.amount_fen, facts=_there(facts)
    )


async def _changes(
    session: AsyncSession, attempts: Sequence[PaymentAttempt], refunds: Sequence[Refund]
) -> Sequence[Entry]:
    of_attempts = await queries.changes_by_attempt(session, _ids(attempts))
    of_refunds = await queries.changes_by_refund(session, _ids(refunds))
    return [
        *[
            _change(EntryKind.CHANGE, attempt.order_no, row)
            for attempt in attempts
            for row in of_attempts[attempt.id][:MOST]
        ],
        *[_asked_back(refund) for refund in refunds],
        *[
            _change(EntryKind.REFUND_CHANGE, refund.refund_no, row)
            for refund in refunds
            for row in of_refunds[refund.id][:MOST]
        ],
    ]


def _change(kind: EntryKind, number: str, row: Change) -> Entry:
    fen = row.facts.get("amount_fen")
    return Entry(kind, row.at, number, row.source, row.told, row.before, row.after, fen, facts=row.facts)


def _asked_back(refund: Refund) -> Entry:
    return Entry(
        EntryKind.REFUND,
        refund.requested_at,
        refund.number,
        refund.requested_by,
        refund.purpose.value,
        amount_fen=refund.amount_fen,
        facts={"refund_no": refund.refund_no, "reason": refund.reason},
    )


async def _said(
    session: AsyncSession, attempts: Sequence[PaymentAttempt], refunds: Sequence[Refund]
) -> Sequence[Entry]:
    """What was said to the channel and what it told us: by each, as far as we may read it."""
    known = {about: each.order_no for each in attempts for about in (each.id, each.batch_id) if about}
    exchanges = await queries.exchanges_about(session, _ids(attempts), limit=MOST)
    found = [_exchange(exchange, verdict, known) for exchange, verdict in exchanges]
    numbers = [each.order_no for each in attempts] + [each.batch_no for each in attempts if each.batch_no]
    numbers += [refund.refund_no for refund in refunds]
    for channel in sorted({attempt.channel for attempt in attempts}):
        found += [_notice(row) for row in await queries.notices_about(session, channel, numbers, limit=MOST)]
    return found


def _exchange(row: ChannelExchange, verdict: ExchangeVerdict | None, known: Mapping[UUID, str]) -> Entry:
    return Entry(
        EntryKind.EXCHANGE,
        row.at,
        next((known[about] for about in (row.attempt_id, row.batch_id) if about), ""),
        row.channel,
        row.operation,
        after=verdict.told if verdict else None,
        duration_ms=row.duration_ms,
        signature=verdict.signature if verdict else Signature.NOT_SAID,
        facts=_there(
            {
                "outcome": row.outcome,
                "request": row.request,
                "answer": row.answer,
                "error": verdict.code if verdict else None,
            }
        ),
    )


def _notice(row: InboxRow) -> Entry:
    # What it said word for word stays in the inbox: a payer may be named in it.
    facts = {
        "copies": row.copies,
        "applied_at": row.applied_at.isoformat() if row.applied_at else None,
    }
    return Entry(
        EntryKind.NOTICE,
        row.received_at,
        row.about or "",
        row.source,
        row.state.value,
        after=row.outcome,
        signature=Signature.HELD,
        facts=_there(facts),
    )


async def _money(
    session: AsyncSession, order: PaymentOrder, attempts: Sequence[PaymentAttempt], refunds: Sequence[Refund]
) -> Sequence[Entry]:
    """What was booked, put aside, applied to the loan, and taken off it again."""
    asides = [row for attempt in attempts if (row := await queries.unplaced_of(session, attempt.id))]
    payments = [*_ids(attempts), *(row.applied_as for row in asides if row.applied_as)]
    repayments = await repayments_of(session, payments)
    causes = [
        *(f"payment:{each}" for each in _ids(attempts)),
        *(f"repayment:{each}" for each in payments),
        *(f"reversal:{repayment.id}" for repayment, _ in repayments),
        *(f"refund:{each}" for each in _ids(refunds)),
    ]
    transfers = await books.transfers_caused_by(session, order.loan_id, causes, limit=MOST)
    entries = await books.entries_of(session, _ids(transfers))
    loan = await session.get_one(Loan, order.loan_id)
    return [
        *[_posting(row, [each for each in entries if each.transfer_id == row.id]) for row in transfers],
        *[entry for row in asides for entry in _aside(row)],
        *[entry for repayment, reversal in repayments for entry in _applied(loan, repayment, reversal)],
    ]


def _posting(row: Transfer, entries: Sequence[BookEntry]) -> Entry:
    lines = [{"account": each.account_code, "side": each.side.value, "fen": each.amount_fen} for each in entries]
    facts = {"booking_date": str(row.booking_date), "value_date": str(row.value_date), "lines": lines}
    return Entry(EntryKind.POSTING, row.recorded_at, row.source, what=row.kind, facts=facts)


def _aside(row: Unplaced) -> Iterator[Entry]:
    yield Entry(EntryKind.PUT_ASIDE, row.found_at, row.order_no, what=row.reason.value, amount_fen=row.amount_fen)
    if row.resolved_at is not None and row.resolution is not None:
        facts = _there({"reason": row.resolution_reason})
        yield Entry(EntryKind.PLACED, row.resolved_at, row.order_no, row.resolved_by, row.resolution.value, facts=facts)


def _applied(loan: Loan, repayment: Repayment, reversal: LoanEvent | None) -> Iterator[Entry]:
    parts = {
        name: fen
        for name in ("penalty_fen", "interest_fen", "principal_fen", "fee_fen", "recovery_fen", "excess_fen")
        if (fen := getattr(repayment, name))
    }
    yield Entry(
        EntryKind.APPLIED,
        repayment.applied_at,
        repayment.number,
        what=repayment.intent,
        after=repayment.status.value,
        amount_fen=repayment.amount_fen,
        facts={"loan": loan.number, "value_date": str(repayment.value_date), **parts},
    )
    if reversal is not None:
        yield Entry(
            EntryKind.REVERSED,
            reversal.recorded_at,
            repayment.number,
            amount_fen=repayment.amount_fen,
            facts={"loan": loan.number, "value_date": str(reversal.value_date)},
        )


async def _reconciled(
    session: AsyncSession, attempts: Sequence[PaymentAttempt], refunds: Sequence[Refund]
) -> Sequence[Entry]:
    """Where bills name it, on what they and we did not agree, and how it was settled."""
    found: list[Entry] = []
    for channel in sorted({attempt.channel for attempt in attempts}):
        paid = [attempt.order_no for attempt in attempts if attempt.channel == channel]
        back = [refund.refund_no for refund in refunds if refund.channel == channel]
        subjects = [*(f"payment:{number}" for number in paid), *(f"refund:{number}" for number in back)]
        for bill, file, line in await bills.lines_numbered(session, channel, [*paid, *back], limit=MOST):
            facts = _there({"day": str(bill.day), "file": file.name, "line": line.n, "status": line.status})
            facts["fee_fen"] = line.fee_fen
            found.append(
                Entry(
                    EntryKind.BILL_LINE,
                    file.fetched_at,
                    line.number or "",
                    channel,
                    line.kind.value,
                    amount_fen=line.amount_fen,
                    facts=facts,
                )
            )
        for row in await bills.discrepancies_about(session, channel, subjects, limit=MOST):
            found += _differed(row)
        for settlement, item in await bills.settled(session, channel, subjects):
            facts = {"settlement": settlement.number, "fee_fen": item.fee_fen}
            found.append(
                Entry(
                    EntryKind.SETTLED,
                    settlement.settled_at,
                    item.subject,
                    channel,
                    item.way.value,
                    amount_fen=item.amount_fen,
                    facts=facts,
                )
            )
    return found


def _differed(row: Discrepancy) -> Iterator[Entry]:
    facts = {"number": row.number, "day": str(row.day), "theirs_fen": row.theirs_fen, "ours_fen": row.ours_fen}
    yield Entry(EntryKind.DISCREPANCY, row.found_at, row.subject, row.channel, row.finding.value, facts=facts)
    if row.resolved_at is not None:
        yield Entry(
            EntryKind.DECIDED,
            row.resolved_at,
            row.subject,
            what=row.resolution.value if row.resolution else None,
            after=row.state.value,
            facts=_there({"number": row.number, "reason": row.reason}),
        )


def _ids(rows: Sequence[Any]) -> list[UUID]:
    return [row.id for row in rows]


def _there(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
