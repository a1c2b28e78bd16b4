"""Every state "we do not know" has someone who asks: here. What is due to be asked about is asked, a page at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import flows as borrowers
from domain.borrowers import queries as borrower_queries
from domain.borrowers.models import DataKind
from domain.borrowers.queries import sources as source_queries
from domain.credit import flows as credit
from domain.credit.ports import ReportSource
from domain.credit.queries import risk as risk_queries
from domain.lending.flows import contract, funding, remittance
from domain.lending.queries import contracts as contract_queries
from domain.lending.queries import remittances as remittance_queries
from domain.messaging import flows as messaging
from domain.messaging import queries as message_queries
from domain.messaging import services as messages
from domain.payments import flows as payments
from domain.payments import queries as payment_queries
from domain.payments.flows import mandates
from domain.payments.services import batches, giving_back, janitor
from domain.reconciliation.services import wanting
from domain.shared import callbacks
from jobs.house import House

log = structlog.get_logger()

PAGE = 100
BILLS = 500
"""Announced at once, fetched one by one: a quarter of a year that was missed is no more than this."""

UNDER_WAY = timedelta(seconds=30)
"""A callback younger than this is being worked on by whoever received it."""

Due = Callable[[House, AsyncSession, datetime], Awaitable[Sequence[UUID]]]
Ask = Callable[[House, UUID], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Question:
    """`due` finds what is to be asked about now; `ask` claims each under its own lock, so that two workers ask once."""

    what: str
    due: Due
    ask: Ask


async def run(house: House) -> None:
    """Ask about all that is due. One party that fails, or is slow, does not keep the others from being asked."""
    steps = {"announcements": announce, "notices": _notices, "reports": _reports, "questions": _questions}
    await asyncio.gather(*(_safely(what, step(house)) for what, step in steps.items()))


async def announce(house: House) -> None:
    """Announce what is due and has a delivery of its own; what of it fails is undone, and nothing else is."""
    async with house.sessions.begin() as session:
        at = await house.clock.now(session)
        for what, due, limit in ANNOUNCED:
            await _safely(what, _apart(session, due(session, at=at, limit=limit)))


async def _apart(session: AsyncSession, work: Awaitable[object]) -> None:
    async with session.begin_nested():
        await work


async def _safely(what: str, step: Awaitable[object]) -> None:
    try:
        await step
    except Exception:
        log.exception("asks.failed", what=what)


async def _notices(house: House) -> None:
    await payments.reapply_inbox(house.sessions, house.clock, house.registry.ready_channels(), limit=PAGE)


async def _reports(house: House) -> None:
    """Of each source that is there: the reports nobody has answered, and the callbacks nobody judged."""
    sources = house.report_sources()
    come: list[tuple[ReportSource, Sequence[UUID]]] = []
    async with house.sessions() as session:
        at = await house.clock.now(session)
        due = await source_queries.due_asks(session, at, PAGE)
        for kind, source in sources.items():
            origin = f"{'bureau' if kind is DataKind.CREDIT_REPORT else 'data'}/{source.code}"
            come.append((source, await _unjudged(session, at, origin)))
    for record_id, kind in due:
        if source := sources.get(kind):
            await _safely(str(record_id), credit.ask_report(house.sessions, house.clock, source, record_id=record_id))
    for source, keys in come:
        for key in keys:
            await _safely(str(key), credit.resume_report(house.sessions, house.clock, source, inbox_id=key))


async def _questions(house: House) -> None:
    """Most of the time there is nothing to ask: so one connection looks for all of it."""
    found: list[tuple[Question, Sequence[UUID]]] = []
    async with house.sessions() as session:
        # No transaction: a select that fails leaves the next one alone.
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        at = await house.clock.now(session)
        for question in QUESTIONS:
            await _safely(question.what, _look(house, session, at, question, found))
    await asyncio.gather(*(_each(house, keys, question.ask) for question, keys in found))


async def _look(
    house: House, session: AsyncSession, at: datetime, question: Question, found: list[tuple[Question, Sequence[UUID]]]
) -> None:
    if keys := await question.due(house, session, at):
        found.append((question, keys))


async def _each(house: House, keys: Sequence[UUID], ask: Ask) -> None:
    for key in keys:
        await _safely(str(key), ask(house, key))


async def _mandate(house: House, key: UUID) -> None:
    await mandates.ask(house.sessions, house.clock, house.registry.ready_channels(), mandate_id=key)


async def _message(house: House, key: UUID) -> None:
    await messaging.ask(house.sessions, house.clock, house.registry.provider("sms"), message_id=key)


async def _card(house: House, key: UUID) -> None:
    await borrowers.ask_card(house.sessions, house.clock, house.registry.provider("bankcard"), card_id=key)


async def _check(house: House, key: UUID) -> None:
    await borrowers.run_check(house.sessions, house.clock, house.registry.provider("identity"), check_id=key)


async def _decision(house: House, key: UUID) -> None:
    await credit.ask_risk(house.sessions, house.clock, house.registry.provider("risk"), decision_id=key)


async def _contract(house: House, key: UUID) -> None:
    await contract.ask(house.sessions, house.clock, house.registry.provider("esign"), contract_id=key)


async def _funding(house: House, key: UUID) -> None:
    await funding.ask(house.sessions, house.clock, house.registry.provider("funding"), funding_id=key)


async def _remittance(house: House, key: UUID) -> None:
    await remittance.ask(house.sessions, house.clock, house.registry.provider("funding"), remittance_id=key)


async def _risk_callback(house: House, key: UUID) -> None:
    engine = house.registry.provider("risk")
    await credit.resume_risk_callback(house.sessions, house.clock, engine, engine.code, inbox_id=key)


async def _esign_callback(house: House, key: UUID) -> None:
    provider = house.registry.provider("esign")
    await contract.resume_callback(house.sessions, house.clock, provider, provider.code, inbox_id=key)


async def _funding_callback(house: House, key: UUID) -> None:
    party = house.registry.provider("funding")
    await funding.resume_callback(house.sessions, house.clock, party, party.code, inbox_id=key)


async def _receipt(house: House, key: UUID) -> None:
    await messaging.resume_receipt(house.sessions, house.clock, house.registry.provider("sms"), inbox_id=key)


def _unjudged(session: AsyncSession, at: datetime, source: str) -> Awaitable[Sequence[UUID]]:
    """Callbacks from a source ("risk/sandbox") that nobody judged."""
    return callbacks.waiting(session, source=source, before=at - UNDER_WAY, limit=PAGE)


async def _ids(found: Awaitable[Sequence[tuple[UUID, Any]]]) -> Sequence[UUID]:
    return [key for key, _ in await found]


ANNOUNCED: tuple[tuple[str, Callable[..., Awaitable[object]], int], ...] = (
    ("payments", janitor.due, PAGE),
    ("batches", batches.due, PAGE),
    ("refunds", giving_back.due, PAGE),
    ("messages", messages.due, PAGE),
    ("bills", wanting.due, BILLS),
)

QUESTIONS = (
    Question("mandates", lambda _, session, at: payment_queries.due_mandate_asks(session, at, PAGE), _mandate),
    Question("messages", lambda _, session, at: message_queries.due_asks(session, at, PAGE), _message),
    Question("cards", lambda _, session, at: borrower_queries.due_card_asks(session, at, PAGE), _card),
    Question("checks", lambda _, session, at: borrower_queries.due_check_asks(session, at, PAGE), _check),
    Question("risk", lambda _, session, at: _ids(risk_queries.due_asks(session, at=at, limit=PAGE)), _decision),
    Question(
        "contracts",
        lambda _, session, at: _ids(contract_queries.due_contract_asks(session, at=at, limit=PAGE)),
        _contract,
    ),
    Question(
        "fundings", lambda _, session, at: _ids(contract_queries.due_funding_asks(session, at=at, limit=PAGE)), _funding
    ),
    Question(
        "remittances",
        lambda _, session, at: _ids(remittance_queries.due_remittance_asks(session, at=at, limit=PAGE)),
        _remittance,
    ),
    Question(
        "risk callbacks",
        lambda house, session, at: _unjudged(session, at, f"risk/{house.registry.provider('risk').code}"),
        _risk_callback,
    ),
    Question(
        "esign callbacks",
        lambda house, session, at: _unjudged(session, at, f"esign/{house.registry.provider('esign').code}"),
        _esign_callback,
    ),
    Question(
        "funding callbacks",
        lambda house, session, at: _unjudged(session, at, f"funding/{house.registry.provider('funding').code}"),
        _funding_callback,
    ),
    Question(
        "receipts",
        lambda house, session, at: _unjudged(session, at, f"sms/{house.registry.provider('sms').code}"),
        _receipt,
    ),
)
