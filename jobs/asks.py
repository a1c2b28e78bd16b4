"""Every state "we do not know" has someone who asks: here. What is due to be asked about is asked, a page at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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
from domain.payments.services import giving_back, janitor
from domain.reconciliation.services import wanting
from domain.shared import callbacks
from jobs.house import House

log = structlog.get_logger()

PAGE = 100
BILLS = 500
"""Announced at once, fetched one by one: a quarter of a year that was missed is no more than this."""

UNDER_WAY = timedelta(seconds=30)
"""A callback younger than this is being worked on by whoever received it."""

Due = Callable[[AsyncSession, datetime], Awaitable[Sequence[UUID]]]
Ask = Callable[[House, UUID], Awaitable[object]]


async def run(house: House) -> None:
    """Ask about all that is due. One party that fails, or is slow, does not keep the others from being asked."""
    await asyncio.gather(*(_safely(what, step(house)) for what, step in STEPS))


async def _safely(what: str, step: Awaitable[object]) -> None:
    try:
        await step
    except Exception:
        log.exception("asks.failed", what=what)


async def _channels(house: House) -> None:
    async with house.sessions.begin() as session:
        await janitor.due(session, at=await house.clock.now(session), limit=PAGE)
    ready = house.registry.ready_channels()
    await payments.reapply_inbox(house.sessions, house.clock, ready, limit=PAGE)


async def _refunds(house: House) -> None:
    async with house.sessions.begin() as session:
        await giving_back.due(session, at=await house.clock.now(session), limit=PAGE)


async def _mandates(house: House) -> None:
    ready = house.registry.ready_channels()
    await _each(
        house,
        lambda session, at: payment_queries.due_mandate_asks(session, at, PAGE),
        lambda house, key: mandates.ask(house.sessions, house.clock, ready, mandate_id=key),
    )


async def _messages(house: House) -> None:
    async with house.sessions.begin() as session:
        await messages.due(session, await house.clock.now(session), PAGE)
    await _each(
        house,
        lambda session, at: message_queries.due_asks(session, at, PAGE),
        lambda house, key: messaging.ask(house.sessions, house.clock, house.registry.provider("sms"), message_id=key),
    )


async def _cards(house: House) -> None:
    await _each(
        house,
        lambda session, at: borrower_queries.due_card_asks(session, at, PAGE),
        lambda house, key: borrowers.ask_card(
            house.sessions, house.clock, house.registry.provider("bankcard"), card_id=key
        ),
    )


async def _checks(house: House) -> None:
    await _each(
        house,
        lambda session, at: borrower_queries.due_check_asks(session, at, PAGE),
        lambda house, key: borrowers.run_check(
            house.sessions, house.clock, house.registry.provider("identity"), check_id=key
        ),
    )


async def _risk(house: House) -> None:
    await _each(
        house,
        lambda session, at: _ids(risk_queries.due_asks(session, at=at, limit=PAGE)),
        lambda house, key: credit.ask_risk(
            house.sessions, house.clock, house.registry.provider("risk"), decision_id=key
        ),
    )


async def _reports(house: House) -> None:
    sources = house.report_sources()
    async with house.sessions() as session:
        due = await source_queries.due_asks(session, await house.clock.now(session), PAGE)
    for record_id, kind in due:
        if source := sources.get(kind):
            await _safely(str(record_id), credit.ask_report(house.sessions, house.clock, source, record_id=record_id))


async def _report_callbacks(house: House) -> None:
    for kind, source in house.report_sources().items():
        origin = f"{'bureau' if kind is DataKind.CREDIT_REPORT else 'data'}/{source.code}"
        await _each(
            house,
            _unjudged(origin),
            lambda house, key, source=source: credit.resume_report(house.sessions, house.clock, source, inbox_id=key),
        )


async def _contracts(house: House) -> None:
    await _each(
        house,
        lambda session, at: _ids(contract_queries.due_contract_asks(session, at=at, limit=PAGE)),
        lambda house, key: contract.ask(house.sessions, house.clock, house.registry.provider("esign"), contract_id=key),
    )


async def _fundings(house: House) -> None:
    await _each(
        house,
        lambda session, at: _ids(contract_queries.due_funding_asks(session, at=at, limit=PAGE)),
        lambda house, key: funding.ask(house.sessions, house.clock, house.registry.provider("funding"), funding_id=key),
    )


async def _remittances(house: House) -> None:
    await _each(
        house,
        lambda session, at: _ids(remittance_queries.due_remittance_asks(session, at=at, limit=PAGE)),
        lambda house, key: remittance.ask(
            house.sessions, house.clock, house.registry.provider("funding"), remittance_id=key
        ),
    )


async def _bills(house: House) -> None:
    async with house.sessions.begin() as session:
        await wanting.due(session, at=await house.clock.now(session), limit=BILLS)


async def _risk_callbacks(house: House) -> None:
    engine = house.registry.provider("risk")
    await _each(
        house,
        _unjudged(f"risk/{engine.code}"),
        lambda house, key: credit.resume_risk_callback(house.sessions, house.clock, engine, engine.code, inbox_id=key),
    )


async def _esign_callbacks(house: House) -> None:
    provider = house.registry.provider("esign")
    await _each(
        house,
        _unjudged(f"esign/{provider.code}"),
        lambda house, key: contract.resume_callback(house.sessions, house.clock, provider, provider.code, inbox_id=key),
    )


async def _funding_callbacks(house: House) -> None:
    party = house.registry.provider("funding")
    await _each(
        house,
        _unjudged(f"funding/{party.code}"),
        lambda house, key: funding.resume_callback(house.sessions, house.clock, party, party.code, inbox_id=key),
    )


async def _receipts(house: House) -> None:
    sender = house.registry.provider("sms")
    await _each(
        house,
        _unjudged(f"sms/{sender.code}"),
        lambda house, key: messaging.resume_receipt(house.sessions, house.clock, sender, inbox_id=key),
    )


def _unjudged(source: str) -> Due:
    return lambda session, at: callbacks.waiting(session, source=source, before=at - UNDER_WAY, limit=PAGE)


async def _ids(found: Awaitable[Sequence[tuple[UUID, Any]]]) -> Sequence[UUID]:
    return [key for key, _ in await found]


async def _each(house: House, due: Due, ask: Ask) -> None:
    """Asking claims each under its own lock, so that two workers ask once."""
    async with house.sessions() as session:
        keys = await due(session, await house.clock.now(session))
    for key in keys:
        await _safely(str(key), ask(house, key))


STEPS: tuple[tuple[str, Callable[[House], Awaitable[None]]], ...] = (
    ("channels", _channels),
    ("refunds", _refunds),
    ("mandates", _mandates),
    ("messages", _messages),
    ("cards", _cards),
    ("checks", _checks),
    ("risk", _risk),
    ("reports", _reports),
    ("contracts", _contracts),
    ("fundings", _fundings),
    ("remittances", _remittances),
    ("bills", _bills),
    ("risk callbacks", _risk_callbacks),
    ("report callbacks", _report_callbacks),
    ("esign callbacks", _esign_callbacks),
    ("funding callbacks", _funding_callbacks),
    ("receipts", _receipts),
)
