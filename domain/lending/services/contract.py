"""The contract of a loan: drawn up once, signed elsewhere, believed only with its signed document in hand."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard
from domain.borrowers.queries.people import box_of
from domain.lending.errors import ContractNotReady, LoanNotFound, LoanNotToBeSigned
from domain.lending.events import ContractSigned, SignatureReported
from domain.lending.models import Contract, ContractStatus, Loan, LoanStatus, Quote
from domain.lending.papers.contract import ContractFacts, contract_title
from domain.lending.papers.typesetting import content_type_of
from domain.lending.ports import SignedDocument, Signer, SignRequest, SignResult, SignState
from domain.lending.queries.contracts import contract as contract_row
from domain.lending.queries.contracts import contract_by_reference, contract_of, lock_contract
from domain.lending.queries.loans import lock_loan
from domain.lending.queries.products import versions_with_products
from domain.lending.rules.machine import CONTRACT
from domain.lending.rules.quoting import QuotedRow
from domain.lending.services.application import give_up
from domain.lending.services.parties import signer_of
from domain.lending.services.terms import terms_on
from domain.shared import outbox, policy
from domain.shared.asking import next_ask
from domain.shared.callbacks import CallbackRefused
from domain.shared.days import business_day
from domain.shared.numbers import next_number
from domain.shared.wire import Callback

log = structlog.get_logger()

_OPEN = (ContractStatus.SENT, ContractStatus.VIEWED)
_FINAL = (ContractStatus.SIGNED, ContractStatus.VOID, ContractStatus.EXPIRED)

_ANSWERS = {
    SignState.SENT: ContractStatus.SENT,
    SignState.VIEWED: ContractStatus.VIEWED,
    SignState.SIGNED: ContractStatus.SIGNED,
    SignState.EXPIRED: ContractStatus.EXPIRED,
    SignState.VOID: ContractStatus.VOID,
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A contract that is to be sent to be signed."""

    contract_id: UUID
    request: SignRequest


@dataclass(frozen=True, slots=True)
class Asking:
    """A contract that is to be asked about; a signed one, for its document."""

    reference: str
    signed: bool


async def open_signing(session: AsyncSession, *, borrower_id: UUID, loan_id: UUID, at: datetime) -> Contract:
    """The borrower's contract with the address of its signing page.

    Raises LoanNotFound, LoanNotToBeSigned, ContractNotReady while the provider has not answered.
    """
    loan = await lock_loan(session, loan_id)
    if loan.borrower_id != borrower_id:
        raise LoanNotFound
    if loan.status is not LoanStatus.AWAITING_SIGNATURE:
        raise LoanNotToBeSigned(number=loan.number, status=loan.status)
    if loan.sign_by is not None and at > loan.sign_by:
        raise LoanNotToBeSigned(number=loan.number, status=LoanStatus.SIGNATURE_EXPIRED)
    row = await contract_of(session, loan_id)
    if row is not None and row.status in _FINAL:
        raise LoanNotToBeSigned(number=loan.number, status=row.status)
    if row is None or row.status not in _OPEN or row.signing_url is None:
        raise ContractNotReady
    return row


async def draft(session: AsyncSession, *, loan_id: UUID, at: datetime) -> ContractFacts | None:
    """What the contract of an approved loan that has none will say; None if there is nothing to draw up.

    Commit before setting it: that is work, and neither a loan nor the numbers of the day wait for it. A number that comes
    to nothing, because somebody else was quicker, is not given again.
    """
    loan = await session.get_one(Loan, loan_id)
    if not _is_to_be_drawn_up(loan, at) or await contract_of(session, loan_id) is not None:
        return None
    number = await next_number(session, "CT", business_day(at))
    return await _facts(session, loan, await session.get_one(Quote, loan.quote_id), number, at)


async def claim(
    session: AsyncSession, *, loan_id: UUID, provider: str, facts: ContractFacts, document: bytes, at: datetime
) -> Sending | None:
    """Keep the contract, for whoever sends it first; None if somebody did. Commit before calling the provider."""
    loan = await lock_loan(session, loan_id)
    if not _is_to_be_drawn_up(loan, at) or await contract_of(session, loan_id) is not None:
        return None
    box = await box_of(session, loan.borrower_id)
    row = Contract(
        number=facts.number,
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        status=ContractStatus.SUBMITTING,
        provider=provider,
        reference=facts.number,
        document_sealed=box.seal_bytes("document", document),
        document_hash=sha256(document).digest(),
        disclosure_hash=facts.sheet_hash,
        certificates=[],
        expires_at=loan.sign_by,
        ask_at=next_ask(at, 0),
        asks=0,
    )
    session.add(row)
    await session.flush()
    return await _sending(session, loan, row)


async def claim_ask(session: AsyncSession, *, contract_id: UUID, at: datetime) -> Asking | None:
    """What to ask about, if it is time to; None otherwise. Commit before calling the provider."""
    row = await lock_contract(session, contract_id)
    if row.ask_at is None or row.ask_at > at:
        return None
    row.asks += 1
    row.ask_at = next_ask(at, row.asks)
    return Asking(row.reference, signed=row.status is ContractStatus.SIGNED)


async def unfetched(session: AsyncSession, *, contract_id: UUID) -> str | None:
    """The reference of a signed contract whose document is not here yet."""
    row = await contract_row(session, contract_id)
    missing = row.status is ContractStatus.SIGNED and row.signed_document_sealed is None
    return row.reference if missing else None


async def claim_again(session: AsyncSession, *, contract_id: UUID, at: datetime) -> Sending | None:
    """The same request under the same reference, after the provider said that it knows none such.

    Past its day nothing is sent any more: the loan's signature has expired.
    """
    loan, row = await _locked(session, contract_id)
    if row.status in _FINAL:
        return None
    if row.expires_at <= at:
        await _end(session, loan, row, ContractStatus.EXPIRED, at)
        return None
    if row.status in _OPEN:
        return None
    if row.status is ContractStatus.UNKNOWN:
        row.move_to(ContractStatus.SUBMITTING)
    return await _sending(session, loan, row)


async def apply_callback(session: AsyncSession, callback: Callback[SignResult], at: datetime, *, provider: str) -> str:
    """Apply a proven callback. Raises CallbackRefused when its reference is none of this provider's."""
    row = await contract_by_reference(session, callback.ref)
    if row is None or row.provider != provider:
        raise CallbackRefused(f"{provider} was never asked to have {callback.ref} signed")
    return await record(session, contract_id=row.id, result=callback.result, at=at)


async def record(session: AsyncSession, *, contract_id: UUID, result: SignResult, at: datetime) -> str:
    """Take down what the provider said; says what came of it. What is over stays as it is."""
    loan, row = await _locked(session, contract_id)
    told = _ANSWERS.get(result.state, ContractStatus.UNKNOWN)
    if row.status in _FINAL:
        return _after_the_fact(row, told)
    row.provider_reference = result.provider_ref or row.provider_reference
    row.signing_url = result.sign_urls[0] if result.sign_urls else row.signing_url
    if told is ContractStatus.SIGNED:
        _signed(session, row, result, at)
    elif told in _FINAL:
        await _end(session, loan, row, told, at)
    elif row.expires_at <= at and told is not ContractStatus.UNKNOWN:
        # Asked on the last moment and not signed: it is over for us, whatever the page still shows.
        await _end(session, loan, row, ContractStatus.EXPIRED, at)
    else:
        _note(row, told, at)
    await session.flush()
    return row.status.value


async def attach(session: AsyncSession, *, contract_id: UUID, document: SignedDocument, at: datetime) -> bool:
    """Keep the signed document and let the loan be paid out; False if it is not of our contract. Once."""
    loan, row = await _locked(session, contract_id)
    if row.signed_document_sealed is not None:
        return True
    if row.status is not ContractStatus.SIGNED or not _proves(document, row):
        log.error("contract.document_refused", contract_id=str(row.id), status=row.status)
        return False
    box = await box_of(session, row.borrower_id)
    row.signed_document_sealed = box.seal_bytes("signed_document", document.content)
    row.signed_document_hash = sha256(document.content).digest()
    row.certificates = [{"seal": document.seal, "content_type": document.content_type}]
    row.ask_at = None
    loan.move_to(LoanStatus.DISBURSING, at)
    outbox.publish(session, ContractSigned(loan.id))
    await session.flush()
    return True


async def at_deadline(session: AsyncSession, at: datetime, payload: dict[str, Any]) -> None:
    """The scheduled end of the wait for a signature. A contract that is out is asked about first; without one it is over."""
    loan = await lock_loan(session, UUID(payload["loan_id"]))
    if loan.status is not LoanStatus.AWAITING_SIGNATURE:
        return
    row = await contract_of(session, loan.id)
    if row is None:
        await give_up(session, loan, LoanStatus.SIGNATURE_EXPIRED, reason="not signed in time", at=at)
    else:
        row.ask_at = at


async def document_of(session: AsyncSession, row: Contract) -> bytes:
    """The contract as it was sent to be signed, proven by its hash."""
    document = (await box_of(session, row.borrower_id)).open_bytes("document", row.document_sealed)
    if sha256(document).digest() != row.document_hash:
        raise RuntimeError(f"the document of contract {row.number} is not what its hash says")
    return document


async def signed_document_of(session: AsyncSession, row: Contract) -> bytes | None:
    """The signed document, proven by its hash on every reading; None while there is none."""
    if row.signed_document_sealed is None:
        return None
    document = (await box_of(session, row.borrower_id)).open_bytes("signed_document", row.signed_document_sealed)
    if sha256(document).digest() != row.signed_document_hash:
        raise RuntimeError(f"the signed document of contract {row.number} is not what its hash says")
    return document


def _is_to_be_drawn_up(loan: Loan, at: datetime) -> bool:
    return loan.status is LoanStatus.AWAITING_SIGNATURE and loan.sign_by is not None and loan.sign_by > at


async def _locked(session: AsyncSession, contract_id: UUID) -> tuple[Loan, Contract]:
    """The loan, then its contract."""
    loan = await lock_loan(session, (await contract_row(session, contract_id)).loan_id)
    return loan, await lock_contract(session, contract_id)


def _signed(session: AsyncSession, row: Contract, result: SignResult, at: datetime) -> None:
    row.move_to(ContractStatus.SIGNED)
    row.signed_at = result.signed_at or at
    # The announcement fetches the document at once; the ask is for the case that this fails.
    row.asks, row.ask_at = 0, next_ask(at, 0)
    outbox.publish(session, SignatureReported(row.id))


async def _end(session: AsyncSession, loan: Loan, row: Contract, status: ContractStatus, at: datetime) -> None:
    row.move_to(status)
    row.ask_at = None
    if loan.status is not LoanStatus.AWAITING_SIGNATURE:
        return
    if status is ContractStatus.VOID:
        await give_up(session, loan, LoanStatus.CANCELLED, reason="the contract was declined", at=at)
    else:
        await give_up(session, loan, LoanStatus.SIGNATURE_EXPIRED, reason="not signed in time", at=at)


def _note(row: Contract, told: ContractStatus, at: datetime) -> None:
    # SENT told after VIEWED, or an ask that failed, unmakes nothing.
    if CONTRACT.allows(row.status, told):
        row.move_to(told)
    row.sent_at = row.sent_at or (at if told in _OPEN else None)
    row.viewed_at = row.viewed_at or (at if told is ContractStatus.VIEWED else None)
    later = next_ask(at, row.asks)
    if row.status in _OPEN:
        # Callbacks tell; asking only heals a lost one, so it need not be often.
        later = max(later, next_ask(at, _RARELY))
    row.ask_at = min(later, row.expires_at) if row.expires_at > at else later


_RARELY = 99


def _after_the_fact(row: Contract, told: ContractStatus) -> str:
    if told in _FINAL and told is not row.status:
        log.error("contract.contradiction", contract_id=str(row.id), stands=row.status, told=told)
        return f"{row.status} stands, {told} was told after it"
    return f"{row.status} already"


def _proves(document: SignedDocument, row: Contract) -> bool:
    """The content is what its hash says, and it was made of the very text we sent."""
    content_is = sha256(document.content).hexdigest() == document.sha256.lower()
    return content_is and document.original_sha256.lower() == row.document_hash.hex()


async def _sending(session: AsyncSession, loan: Loan, row: Contract) -> Sending:
    signer: Signer = await signer_of(session, loan.borrower_id)
    document = await document_of(session, row)
    request = SignRequest(
        ref=row.reference,
        title=contract_title(loan.number),
        document=document,
        content_type=content_type_of(document),
        signers=(signer,),
        expires_at=row.expires_at,
    )
    return Sending(row.id, request)


async def _facts(session: AsyncSession, loan: Loan, quote: Quote, number: str, at: datetime) -> ContractFacts:
    product, version = (await versions_with_products(session, [loan.product_version_id]))[loan.product_version_id]
    signer = await signer_of(session, loan.borrower_id)
    card = await session.get_one(BankCard, loan.bank_card_id)
    return ContractFacts(
        lender=await policy.value(session, "lending.lender", on=business_day(at)),
        number=number,
        loan_number=loan.number,
        borrower_name=signer.name,
        id_number=signer.id_number,
        bank=card.bank_name or "",
        card_last4=card.last4,
        purpose=loan.purpose,
        product_name=product.name_zh,
        product_code=product.code,
        product_version=version.version,
        funder=version.funder,
        terms=terms_on(version, principal_fen=loan.principal_fen, terms=loan.terms, value_date=quote.value_date),
        rows=[QuotedRow.read(row) for row in quote.plan],
        cost_nominal=quote.cost_nominal,
        cost_effective=quote.cost_effective,
        sheet=quote.disclosure,
        sheet_hash=quote.disclosure_hash,
        drawn_up_at=at,
    )
