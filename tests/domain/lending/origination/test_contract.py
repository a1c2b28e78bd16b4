"""The contract: drawn up once, signed elsewhere, believed with its document in hand; a wait that ends."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from domain.lending.errors import ContractNotReady, LoanNotCancellable, LoanNotFound, LoanNotToBeSigned
from domain.lending.flows import contract as contract_flow
from domain.lending.models import Contract, ContractStatus, LoanStatus, Quote
from domain.lending.ports import SignResult, SignState
from domain.lending.queries.contracts import due_contract_asks
from domain.lending.services import application, contract
from domain.lending.services.review import SIGNATURE_DEADLINE
from domain.shared import callbacks
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.outbox import OutboxRow
from domain.shared.schedule import ScheduledAction
from tests.domain.credit.builders import ready_borrower
from tests.domain.lending.origination.builders import Counter, counter
from tests.domain.lending.origination.fakes import SENT, SIGNED_AT, sealed, signature
from tests.domain.lending.papers.reading import said
from tests.domain.parties import signed

NOT_FOUND = SignResult(SignState.NOT_FOUND)


@pytest.fixture
async def desk(steps: Sessions) -> Counter:
    return await counter(steps)


async def topics(desk: Counter) -> list[str]:
    async with desk.sessions() as session:
        return sorted(await session.scalars(select(OutboxRow.topic).where(OutboxRow.topic.like("lending.%"))))


async def test_the_contract_says_what_was_agreed_and_carries_the_hash_of_the_disclosure(desk: Counter) -> None:
    await desk.send()

    (request,) = desk.notary.sent
    assert request.content_type == "application/pdf"
    text = said(request.document)
    row = await desk.contract()
    async with desk.sessions() as session:
        quote = (await session.scalars(select(Quote))).one()
        assert await contract.document_of(session, row) == request.document
    assert (row.status, row.signing_url) == (ContractStatus.SENT, "https://sign.example/1")
    assert row.document_hash == sha256(request.document).digest()
    assert row.disclosure_hash == quote.disclosure_hash
    assert row.disclosure_hash.hex() in text
    for each in (
        row.number,
        "LN20260115000001",
        "王小明",
        "人民币40,000.00元（大写：人民币肆万元整）",
        "借款期限12个月",
        "14.4%",
        "21.6%",
        "先息后本",
        "尾号1234",
        "RENOVATION",
        "INTEREST_FIRST第1版",
        "122027-01-1540,000.00496.000.0040,496.000.00",
        "合计40,000.005,840.000.0045,840.00",
        "仅在提前还款时",
        "除上述列明的项目外，贷款人及合作机构不再向借款人收取任何其他息费。",
    ):
        assert each in text
    assert request.document[:16] not in row.document_sealed
    assert (await desk.loan()).status is LoanStatus.AWAITING_SIGNATURE
    assert request.expires_at == (await desk.loan()).sign_by


async def test_it_is_sent_once_however_often_the_job_runs(desk: Counter) -> None:
    for _ in range(3):
        await desk.send()

    assert len(desk.notary.sent) == 1
    assert await desk.count(Contract) == 1


async def test_a_call_that_broke_is_asked_about_and_the_same_contract_sent_again_only_if_it_never_came(
    desk: Counter,
) -> None:
    desk.notary.answer, desk.notary.told = TimeoutError(), SignResult(SignState.UNKNOWN)
    await desk.send()
    assert (await desk.contract()).status is ContractStatus.UNKNOWN
    await desk.ask_notary(seconds=10)
    assert len(desk.notary.sent) == 1

    desk.notary.answer, desk.notary.told = SENT, NOT_FOUND
    await desk.ask_notary(minutes=1)

    first, second = desk.notary.sent
    assert (first.ref, first.document) == (second.ref, second.document)
    assert (await desk.contract()).status is ContractStatus.SENT


async def test_a_process_that_died_while_sending_leaves_it_to_be_asked_about(desk: Counter) -> None:
    desk.notary.answer = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await desk.send()
    desk.notary.answer = SENT
    await desk.send()
    assert (len(desk.notary.sent), (await desk.contract()).status) == (1, ContractStatus.SUBMITTING)

    await desk.ask_notary(seconds=10)
    assert (len(desk.notary.sent), (await desk.contract()).status) == (1, ContractStatus.SENT)


async def test_the_borrower_finds_the_signing_page_once_the_provider_has_answered(desk: Counter) -> None:
    async with desk.sessions.begin() as session:
        with pytest.raises(ContractNotReady):
            await contract.open_signing(session, borrower_id=desk.borrower_id, loan_id=desk.loan_id, at=desk.hands.now)
    await desk.send()
    async with desk.sessions.begin() as session:
        facts = {"loan_id": desk.loan_id, "at": desk.hands.now}
        row = await contract.open_signing(session, borrower_id=desk.borrower_id, **facts)
        assert row.signing_url == "https://sign.example/1"
        stranger = await ready_borrower(session, phone="+8613800005678")
        with pytest.raises(LoanNotFound):
            await contract.open_signing(session, borrower_id=stranger, **facts)
    await desk.hear_notary()
    async with desk.sessions.begin() as session:
        with pytest.raises(LoanNotToBeSigned):
            await contract.open_signing(session, borrower_id=desk.borrower_id, **facts)


async def test_a_signature_lets_the_loan_be_paid_out_once_its_document_is_here(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary("VIEWED", "E0")
    assert (await desk.contract()).status is ContractStatus.VIEWED
    await desk.hear_notary()

    row = await desk.contract()
    assert (row.status, row.signed_at, row.signed_document_hash) == (ContractStatus.SIGNED, SIGNED_AT, None)
    assert (await desk.loan()).status is LoanStatus.AWAITING_SIGNATURE
    assert await topics(desk) == ["lending.approved", "lending.signature_reported"]

    await desk.fetch()

    row = await desk.contract()
    async with desk.sessions() as session:
        document = await contract.signed_document_of(session, row)
    assert document == sealed(desk.notary.sent[0].document).content
    assert row.signed_document_hash == sha256(document).digest()
    assert row.certificates == [{"seal": "seal-1", "content_type": "text/plain"}]
    assert row.ask_at is None
    assert (await desk.loan()).status is LoanStatus.DISBURSING
    assert await topics(desk) == ["lending.approved", "lending.contract_signed", "lending.signature_reported"]


async def test_a_signature_told_twice_counts_once(desk: Counter) -> None:
    await desk.send()
    assert [await desk.hear_notary() for _ in range(2)] == [200, 200]
    assert await desk.hear_notary(event="E2") == 200
    for _ in range(2):
        await desk.fetch()
    assert await desk.hear_notary(event="E3") == 200

    assert (await topics(desk)).count("lending.contract_signed") == 1
    assert (await topics(desk)).count("lending.signature_reported") == 1
    assert (await desk.loan()).status is LoanStatus.DISBURSING


async def test_two_who_fetch_the_document_at_once_pay_the_loan_out_once(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary()
    row, document = await desk.contract(), sealed(desk.notary.sent[0].document)
    for _ in range(2):
        async with desk.sessions.begin() as session:
            assert await contract.attach(session, contract_id=row.id, document=document, at=desk.hands.now)

    assert (await topics(desk)).count("lending.contract_signed") == 1


async def test_word_of_viewing_that_comes_late_unmakes_no_signature(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary()
    await desk.hear_notary("VIEWED", "E0")

    assert (await desk.contract()).status is ContractStatus.SIGNED


async def test_a_document_that_is_not_of_our_contract_pays_nothing_out(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary()
    text = desk.notary.sent[0].document
    good = sealed(text)
    for forged in (
        sealed(text, original=b"another contract"),
        type(good)(text, "text/plain", good.sha256, good.original_sha256, "seal", SIGNED_AT),
    ):
        desk.notary.document = forged
        await desk.fetch()
        assert (await desk.loan()).status is LoanStatus.AWAITING_SIGNATURE
        assert (await desk.contract()).signed_document_sealed is None


async def test_a_document_that_cannot_be_had_now_is_asked_for_again(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary()
    desk.notary.document = TimeoutError()
    await desk.fetch()
    desk.notary.document, desk.notary.lost = None, True
    await desk.fetch()
    assert (await desk.loan()).status is LoanStatus.AWAITING_SIGNATURE

    desk.notary.lost = False
    await desk.ask_notary(seconds=10)
    assert (await desk.loan()).status is LoanStatus.DISBURSING


async def test_a_forged_callback_and_one_about_nothing_of_ours_change_nothing(desk: Counter) -> None:
    await desk.send()

    assert await desk.hear_notary(key=b"another key") == 401
    raw = signed(signature("CT20260115999999"), desk.hands.now)
    answer = await contract_flow.receive_callback(desk.sessions, desk.hands.clock, desk.notary, "fake", raw)
    assert answer.status == 404

    assert (await desk.contract()).status is ContractStatus.SENT
    async with desk.sessions() as session:
        assert set(await session.scalars(select(InboxRow.state))) == {InboxState.REFUSED}


async def test_what_is_not_signed_in_time_is_over_and_the_line_free(desk: Counter) -> None:
    await desk.send()
    row = await desk.contract()
    assert row.ask_at is not None
    assert row.ask_at <= row.expires_at
    async with desk.sessions() as session:
        assert await due_contract_asks(session, at=row.expires_at, limit=5) == [(row.id, "fake")]

    await desk.ask_notary(days=7)

    assert (await desk.contract()).status is ContractStatus.EXPIRED
    assert (await desk.loan()).status is LoanStatus.SIGNATURE_EXPIRED
    assert (await desk.line()).holding.available_fen == 50_000_00
    assert (await desk.contract()).ask_at is None


async def test_what_was_signed_in_time_is_found_by_asking_though_its_callback_was_lost(desk: Counter) -> None:
    await desk.send()
    desk.notary.told = SignResult(SignState.SIGNED, signed_at=SIGNED_AT)
    await desk.ask_notary(days=7)
    await desk.fetch()

    assert (await desk.loan()).status is LoanStatus.DISBURSING


async def test_a_signature_after_the_end_pays_nothing_out(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary("EXPIRED", "E0")
    assert (await desk.loan()).status is LoanStatus.SIGNATURE_EXPIRED

    assert await desk.hear_notary() == 200
    await desk.fetch()

    assert (await desk.contract()).status is ContractStatus.EXPIRED
    assert (await desk.loan()).status is LoanStatus.SIGNATURE_EXPIRED
    assert (await desk.line()).reserved_fen == 0


async def test_a_contract_the_borrower_declines_is_a_loan_taken_back(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary("VOID")

    assert (await desk.loan()).status is LoanStatus.CANCELLED
    assert (await desk.line()).reserved_fen == 0


async def test_a_loan_can_be_taken_back_until_it_is_signed(desk: Counter) -> None:
    await desk.send()
    await desk.hear_notary()
    async with desk.sessions.begin() as session:
        with pytest.raises(LoanNotCancellable):
            await application.cancel(session, borrower_id=desk.borrower_id, loan_id=desk.loan_id, at=desk.hands.now)
    await desk.fetch()

    assert (await desk.loan()).status is LoanStatus.DISBURSING


async def test_a_signature_on_a_loan_taken_back_pays_nothing_out(desk: Counter) -> None:
    await desk.send()
    async with desk.sessions.begin() as session:
        await application.cancel(session, borrower_id=desk.borrower_id, loan_id=desk.loan_id, at=desk.hands.now)
    assert await desk.hear_notary() == 200
    await desk.fetch()

    assert (await desk.contract()).status is ContractStatus.VOID
    assert (await desk.loan()).status is LoanStatus.CANCELLED
    assert (await desk.line()).reserved_fen == 0


async def test_a_loan_whose_contract_was_never_sent_ends_at_its_deadline(desk: Counter) -> None:
    async with desk.sessions.begin() as session:
        planned = (await session.scalars(select(ScheduledAction))).one()
        assert (planned.kind, planned.due_at) == (SIGNATURE_DEADLINE, desk.hands.now + timedelta(days=7))
        await contract.at_deadline(session, planned.due_at, planned.payload)
        await contract.at_deadline(session, planned.due_at, planned.payload)

    assert (await desk.loan()).status is LoanStatus.SIGNATURE_EXPIRED
    assert (await desk.line()).reserved_fen == 0
    await desk.send()
    assert desk.notary.sent == []


async def test_at_the_deadline_a_contract_that_is_out_is_asked_about(desk: Counter) -> None:
    await desk.send()
    async with desk.sessions.begin() as session:
        planned = (await session.scalars(select(ScheduledAction))).one()
        await contract.at_deadline(session, planned.due_at, planned.payload)
    assert (await desk.loan()).status is LoanStatus.AWAITING_SIGNATURE
    assert (await desk.contract()).ask_at == planned.due_at


async def test_a_kept_callback_is_applied_after_a_crash(desk: Counter) -> None:
    await desk.send()
    raw = signed(signature((await desk.contract()).reference), desk.hands.now)
    reads = desk.notary.parse_callback

    async def dies(_: object) -> None:
        raise KeyboardInterrupt

    desk.notary.parse_callback = dies  # type: ignore[assignment]  # the process dies between keeping and applying
    with pytest.raises(KeyboardInterrupt):
        await contract_flow.receive_callback(desk.sessions, desk.hands.clock, desk.notary, "fake", raw)
    desk.notary.parse_callback = reads  # type: ignore[method-assign]
    async with desk.sessions() as session:
        before = desk.hands.wait(seconds=1)
        (waiting,) = await callbacks.waiting(session, source="esign/fake", before=before, limit=5)
    await contract_flow.resume_callback(desk.sessions, desk.hands.clock, desk.notary, "fake", inbox_id=waiting)

    assert (await desk.contract()).status is ContractStatus.SIGNED
