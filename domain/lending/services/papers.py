"""Papers of a loan: what one would say, the paper kept, and a short-lived address at which somebody may fetch it.

What is issued is never unmade. A loan that a reversal opens again gets no new certificate; that there was one, and which
event of the loan it knew of last, stays to be seen.
"""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries.people import box_of
from domain.borrowers.rules import masks
from domain.lending.errors import LoanNotFound
from domain.lending.models import Contract, Loan, LoanStatus, Paper, PaperKind, PaperLink
from domain.lending.papers.certificate import CertificateFacts, certificate_on_paper
from domain.lending.papers.errors import (
    ContractNotSigned,
    LoanMoved,
    LoanNotPaidOut,
    LoanNotSettled,
    NoContractYet,
    PaperNotFound,
    PeriodNotPossible,
    PeriodOnlyOfStatement,
    TooManyPapers,
)
from domain.lending.papers.statement import StatementFacts, statement_on_paper
from domain.lending.queries import papers as queries
from domain.lending.queries.contracts import contract_of
from domain.lending.queries.loans import loan_of, lock_loan
from domain.lending.queries.products import versions_with_products
from domain.lending.rules.machine import PAID_OUT
from domain.lending.services.contract import document_of, signed_document_of
from domain.lending.services.history import history_of
from domain.lending.services.journal import today_of
from domain.lending.services.parties import signer_of
from domain.shared import audit, policy
from domain.shared.actors import Actor, ActorKind
from domain.shared.crypto import hashed_secret, keyring_of
from domain.shared.days import business_day
from domain.shared.money import yuan
from domain.shared.numbers import next_number
from domain.shared.reasons import reason_of
from domain.shared.secret import SecretStr

LINK_LIFE = timedelta(minutes=5)
MOST_A_DAY = 20
"""Of one loan, for one asker. Not counted to the last one: two requests at once may both be the twentieth."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper somebody asks for. `purpose`: what a member of staff needs it for; a borrower needs no reason."""

    actor: Actor
    loan_id: UUID
    kind: PaperKind
    since: date | None = None
    until: date | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class There:
    """A paper that is there to be handed out; without an id it is a contract, which its loan has."""

    number: str
    sha256: bytes
    paper_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper that is to be set, and which event of its loan it knows of last."""

    facts: StatementFacts | CertificateFacts
    mark: bytes
    sequence: int

    def set_on_paper(self) -> bytes:
        """The PDF: work for a thread, between two transactions."""
        if isinstance(self.facts, StatementFacts):
            return statement_on_paper(self.facts)
        return certificate_on_paper(self.facts)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a paper may be fetched for a few minutes: the edge makes an address of the token, which is not kept."""

    number: str
    kind: PaperKind
    sha256: bytes
    token: SecretStr = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """A paper as it goes out. `name`: of the file, without its ending."""

    name: str
    content: bytes = field(repr=False)


async def look_up(session: AsyncSession, wanted: Wanted, *, at: datetime) -> There | Draft:
    """The paper if it is there, or what it is to say. Commit before setting it.

    Raises LoanNotFound, ReasonMissing, TooManyPapers, NoContractYet, ContractNotSigned, LoanNotPaidOut, LoanNotSettled,
    PeriodNotPossible, PeriodOnlyOfStatement.
    """
    loan = await _loan_for(session, wanted)
    _purpose_of(wanted)
    day_ago = at - timedelta(days=1)
    if await queries.count_links(session, loan_id=loan.id, asked_by=wanted.actor.name, since=day_ago) >= MOST_A_DAY:
        raise TooManyPapers(most=MOST_A_DAY, number=loan.number)
    if wanted.kind is PaperKind.STATEMENT:
        return await _there_or(session, loan, await _statement(session, loan, wanted, at), at)
    if wanted.since or wanted.until:
        raise PeriodOnlyOfStatement
    if wanted.kind is PaperKind.SETTLEMENT_CERTIFICATE:
        return await _there_or(session, loan, await _certificate(session, loan, at), at)
    return await _contract(session, loan, wanted.kind)


async def keep(session: AsyncSession, wanted: Wanted, draft: Draft, content: bytes) -> There:
    """Issue what was set. Raises LoanMoved if something happened to the loan since its facts were gathered."""
    loan = await lock_loan(session, wanted.loan_id)
    if earlier := await queries.paper_marked(session, draft.mark):
        return There(earlier.number, earlier.sha256, earlier.id)
    if loan.last_sequence != draft.sequence:
        raise LoanMoved(number=loan.number, fields=("loanId",))
    facts = draft.facts
    since, until = (facts.since, facts.until) if isinstance(facts, StatementFacts) else (None, None)
    paper = Paper(
        number=facts.number,
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        kind=wanted.kind,
        since=since,
        until=until,
        sequence=draft.sequence,
        mark=draft.mark,
        sha256=sha256(content).digest(),
        content_sealed=(await box_of(session, loan.borrower_id)).seal_bytes("paper", content),
        issued_at=facts.issued_at,
    )
    session.add(paper)
    await session.flush()
    return There(paper.number, paper.sha256, paper.id)


async def hand_out(session: AsyncSession, wanted: Wanted, there: There, *, at: datetime) -> Ticket:
    """An address for a paper, and a note of who asked for it."""
    loan = await _loan_for(session, wanted)
    token = SecretStr(secrets.token_urlsafe(32))
    link = PaperLink(
        token_hash=hashed_secret(token.reveal()),
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        kind=wanted.kind,
        paper_id=there.paper_id,
        asked_by=wanted.actor.name,
        asked_at=at,
        valid_until=at + LINK_LIFE,
    )
    session.add(link)
    audit.record(
        session,
        actor=wanted.actor,
        action="paper.handed_out",
        subject=("loan", loan.id),
        at=at,
        kind=wanted.kind,
        number=there.number,
        purpose=_purpose_of(wanted),
    )
    await session.flush()
    return Ticket(there.number, wanted.kind, there.sha256, token, link.valid_until)


async def fetch(session: AsyncSession, *, token: str, at: datetime) -> Fetched:
    """The paper at an address, proven by its hash. Raises PaperNotFound: unknown and expired are told alike."""
    link = await queries.link_of(session, hashed_secret(token))
    if link is None or at >= link.valid_until:
        raise PaperNotFound
    if link.paper_id is None:
        return await _fetched_contract(session, link)
    paper = await session.get_one(Paper, link.paper_id)
    sealed = await queries.content_of(session, paper.id)
    content = (await box_of(session, paper.borrower_id)).open_bytes("paper", sealed)
    if sha256(content).digest() != paper.sha256:
        raise RuntimeError(f"paper {paper.number} is not what its hash says")
    return Fetched(paper.number, content)


async def _fetched_contract(session: AsyncSession, link: PaperLink) -> Fetched:
    row = await contract_of(session, link.loan_id)
    if row is None:
        raise PaperNotFound
    if link.kind is PaperKind.CONTRACT:
        return Fetched(row.number, await document_of(session, row))
    signed = await signed_document_of(session, row)
    if signed is None:
        raise PaperNotFound
    return Fetched(f"{row.number}-signed", signed)


async def _loan_for(session: AsyncSession, wanted: Wanted) -> Loan:
    """Any for staff; for a borrower his own."""
    if wanted.actor.kind is ActorKind.BORROWER and wanted.actor.id is not None:
        return await loan_of(session, wanted.loan_id, wanted.actor.id)
    loan = await session.get(Loan, wanted.loan_id)
    if loan is None or wanted.actor.kind is not ActorKind.STAFF:
        raise LoanNotFound
    return loan


def _purpose_of(wanted: Wanted) -> str | None:
    """What a member of staff wants somebody's paper for. Raises ReasonMissing."""
    if wanted.actor.kind is not ActorKind.STAFF:
        return None
    return reason_of(wanted.purpose or "", field="purpose")


async def _contract(session: AsyncSession, loan: Loan, kind: PaperKind) -> There:
    row = await contract_of(session, loan.id)
    if row is None:
        raise NoContractYet(number=loan.number, status=loan.status)
    if kind is PaperKind.CONTRACT:
        return There(row.number, row.document_hash)
    if row.signed_document_hash is None:
        raise ContractNotSigned(number=row.number)
    return There(row.number, row.signed_document_hash)


async def _there_or(
    session: AsyncSession, loan: Loan, facts: StatementFacts | CertificateFacts, at: datetime
) -> There | Draft:
    """The paper that says this, if there is one; otherwise the draft with a number."""
    mark = _mark_of(session, loan, facts)
    if earlier := await queries.paper_marked(session, mark):
        return There(earlier.number, earlier.sha256, earlier.id)
    number = await next_number(session, "PA", business_day(at))
    return Draft(replace(facts, number=number), mark, loan.last_sequence)


async def _statement(session: AsyncSession, loan: Loan, wanted: Wanted, at: datetime) -> StatementFacts:
    if loan.status not in PAID_OUT:
        raise LoanNotPaidOut(number=loan.number, status=loan.status)
    history, today = await history_of(session, loan), await today_of(session, loan, at)
    first = history.terms.value_date
    since, until = wanted.since or first, wanted.until or today
    if not first <= since <= until <= today:
        raise PeriodNotPossible(first=first, last=today, since=since, until=until)
    product, _ = (await versions_with_products(session, [loan.product_version_id]))[loan.product_version_id]
    signer = await signer_of(session, loan.borrower_id)
    return StatementFacts(
        lender=await policy.value(session, "lending.lender", on=business_day(at)),
        number="",
        loan_number=loan.number,
        contract_number=_number_of(await contract_of(session, loan.id)),
        borrower_name=signer.name,
        id_number_masked=masks.id_number(signer.id_number.reveal()),
        product_name=product.name_zh,
        terms=history.terms,
        events=history.events,
        since=since,
        until=until,
        issued_at=at,
    )


async def _certificate(session: AsyncSession, loan: Loan, at: datetime) -> CertificateFacts:
    if loan.status not in PAID_OUT:
        raise LoanNotPaidOut(number=loan.number, status=loan.status)
    history, today = await history_of(session, loan), await today_of(session, loan, at)
    position = history.position(today)
    owed_fen = position.payoff_fen + position.over_refunded_fen
    if loan.status is not LoanStatus.SETTLED or loan.settled_on is None or owed_fen:
        raise LoanNotSettled(number=loan.number, status=loan.status, date=today, owed=yuan(owed_fen))
    signer = await signer_of(session, loan.borrower_id)
    return CertificateFacts(
        lender=await policy.value(session, "lending.lender", on=business_day(at)),
        number="",
        loan_number=loan.number,
        contract_number=_number_of(await contract_of(session, loan.id)),
        borrower_name=signer.name,
        id_number=signer.id_number,
        principal_fen=loan.principal_fen,
        terms=loan.terms,
        value_date=history.terms.value_date,
        settled_on=loan.settled_on,
        early=loan.settled_early,
        position=position,
        issued_at=at,
    )


def _number_of(contract: Contract | None) -> str:
    return contract.number if contract else ""


def _mark_of(session: AsyncSession, loan: Loan, facts: StatementFacts | CertificateFacts) -> bytes:
    """What a paper says, as a keyed hash: its loan as of an event, its period, and how it calls people and things."""
    said: list[str | int] = [str(loan.id), loan.last_sequence, facts.lender, facts.contract_number]
    said.append(facts.borrower_name.reveal())
    if isinstance(facts, StatementFacts):
        said += [PaperKind.STATEMENT, str(facts.since), str(facts.until), facts.id_number_masked, facts.product_name]
    else:
        said += [PaperKind.SETTLEMENT_CERTIFICATE, facts.id_number.reveal()]
    return keyring_of(session).index("paper", json.dumps(said))
