"""Papers asked for: each once, by whom it concerns, at an address for a few minutes, and a certificate only where it holds."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import func, select

from domain.borrowers.queries.people import box_of
from domain.lending.errors import LoanNotFound
from domain.lending.flows import papers as flow
from domain.lending.models import Contract, LoanStatus, Paper, PaperKind, PaperLink
from domain.lending.papers.errors import (
    ContractNotSigned,
    LoanMoved,
    LoanNotSettled,
    PaperNotFound,
    TooManyPapers,
)
from domain.lending.queries.papers import papers_of
from domain.lending.rules.events import Intent
from domain.lending.services import papers, payoff, repayment, waiver, write_off
from domain.lending.services.papers import LINK_LIFE, MOST_A_DAY, Draft, Fetched, Ticket, Wanted
from domain.shared.actors import SYSTEM, Actor, ActorKind
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.reasons import ReasonMissing
from tests.domain.credit.builders import ready_borrower
from tests.domain.lending.origination.builders import Counter, counter
from tests.domain.lending.papers.reading import said

SETTLED = PaperKind.SETTLEMENT_CERTIFICATE


@pytest.fixture
async def desk(steps: Sessions) -> Counter:
    return await paid_out(steps)


async def paid_out(sessions: Sessions) -> Counter:
    """The notes' loan, signed and paid out."""
    desk = await counter(sessions)
    await desk.sign()
    await desk.disburse()
    assert await desk.hear_funder() == 200
    assert (await desk.loan()).status is LoanStatus.ACTIVE
    return desk


def wants(desk: Counter, kind: PaperKind = PaperKind.STATEMENT, actor: Actor | None = None) -> Wanted:
    return Wanted(actor or Actor(ActorKind.BORROWER, desk.borrower_id), desk.loan_id, kind)


async def asked(desk: Counter, wanted: Wanted) -> Ticket:
    return await flow.request(desk.sessions, desk.hands.clock, wanted)


async def fetched(desk: Counter, ticket: Ticket) -> Fetched:
    async with desk.sessions() as session:
        return await papers.fetch(session, token=ticket.token.reveal(), at=desk.hands.now)


async def paid_off(desk: Counter) -> repayment.Repayment:
    async with desk.sessions.begin() as session:
        due = await payoff.quote(session, desk.loan_id, desk.hands.now)
        return await repayment.record_offline(
            session,
            loan_id=desk.loan_id,
            payment_id=new_id(),
            amount_fen=due.amount_fen,
            intent=Intent.PAYOFF,
            value_date=date(2026, 1, 15),
            at=desk.hands.now,
            actor=SYSTEM,
        )


async def test_a_statement_is_issued_proven_and_fetched(desk: Counter) -> None:
    ticket = await asked(desk, wants(desk))
    paper = await fetched(desk, ticket)

    assert ticket.number == paper.name == "PA20260115000001"
    assert sha256(paper.content).digest() == ticket.sha256
    told = said(paper.content)
    for each in ("借款对账单", "王小明", "放款40,000.00", "LN20260115000001", "CT20260115000001", ticket.number):
        assert each in told


async def test_what_says_the_same_is_issued_once_and_handed_out_again(desk: Counter) -> None:
    first, second = await asked(desk, wants(desk)), await asked(desk, wants(desk))
    assert (first.number, first.sha256) == (second.number, second.sha256)
    assert first.token.reveal() != second.token.reveal()

    desk.hands.wait(days=1)
    third = await asked(desk, wants(desk))

    assert third.number == "PA20260116000001"
    assert (await desk.count(Paper), await desk.count(PaperLink)) == (2, 3)


async def test_an_address_works_for_five_minutes_and_is_not_kept(desk: Counter) -> None:
    ticket = await asked(desk, wants(desk))
    assert ticket.until == desk.hands.now + LINK_LIFE
    desk.hands.wait(minutes=4, seconds=59)
    await fetched(desk, ticket)

    desk.hands.wait(seconds=1)

    with pytest.raises(PaperNotFound):
        await fetched(desk, ticket)
    async with desk.sessions() as session:
        with pytest.raises(PaperNotFound):
            await papers.fetch(session, token="nothing like it", at=desk.hands.now)
        (link,) = await session.scalars(select(PaperLink))
    assert link.token_hash == sha256(ticket.token.reveal().encode()).digest()


async def test_the_contract_and_the_signed_contract_are_handed_out_as_they_are_kept(desk: Counter) -> None:
    sent = desk.notary.sent[0].document

    drawn_up = await fetched(desk, await asked(desk, wants(desk, PaperKind.CONTRACT)))
    signed = await fetched(desk, await asked(desk, wants(desk, PaperKind.SIGNED_CONTRACT)))

    assert (drawn_up.name, drawn_up.content) == ("CT20260115000001", sent)
    assert (signed.name, signed.content) == ("CT20260115000001-signed", sent + b"\n[seal]")
    assert await desk.count(Paper) == 0


async def test_a_contract_that_waits_for_its_signature_is_not_called_signed(steps: Sessions) -> None:
    desk = await counter(steps)
    await desk.send()

    await asked(desk, wants(desk, PaperKind.CONTRACT))
    with pytest.raises(ContractNotSigned):
        await asked(desk, wants(desk, PaperKind.SIGNED_CONTRACT))


async def test_a_paper_that_is_not_what_its_hash_says_is_not_served(desk: Counter) -> None:
    ticket = await asked(desk, wants(desk, PaperKind.CONTRACT))
    async with desk.sessions.begin() as session:
        row = (await session.scalars(select(Contract))).one()
        row.document_sealed = (await box_of(session, row.borrower_id)).seal_bytes("document", b"%PDF- another")

    with pytest.raises(RuntimeError, match="not what its hash says"):
        await fetched(desk, ticket)


async def test_a_loan_that_is_owed_on_gets_no_certificate_and_is_told_how_much(desk: Counter) -> None:
    with pytest.raises(LoanNotSettled, match=r"on 2026-01-15 40000\.00 yuan is owed"):
        await asked(desk, wants(desk, SETTLED))
    assert await desk.count(Paper) == 0


async def test_a_loan_that_was_written_off_and_recovered_is_not_told_to_pay(desk: Counter) -> None:
    async with desk.sessions.begin() as session:
        await write_off.write_off(session, loan_id=desk.loan_id, reason="given up", at=desk.hands.now, actor=SYSTEM)
    await paid_off(desk)

    with pytest.raises(LoanNotSettled, match=r"is WRITTEN_OFF, and on 2026-01-15 0\.00 yuan is owed") as refused:
        await asked(desk, wants(desk, SETTLED))
    assert "ay it off" not in str(refused.value)


async def test_a_settled_loan_gets_its_certificate_in_the_borrowers_full_name(desk: Counter) -> None:
    await paid_off(desk)

    told = said((await fetched(desk, await asked(desk, wants(desk, SETTLED)))).content)

    assert "王小明（居民身份证号码" in told
    assert "人民币40,000.00元（大写：人民币肆万元整）" in told
    assert "已于2026年1月15日提前结清" in told
    desk.hands.wait(days=30)
    again = await asked(desk, wants(desk, SETTLED))
    assert (again.number, await desk.count(Paper)) == ("PA20260115000001", 1)


async def test_a_loan_that_a_reversal_opens_again_gets_none_and_the_one_it_had_stays_to_be_seen(desk: Counter) -> None:
    paid = await paid_off(desk)
    ticket = await asked(desk, wants(desk, SETTLED))
    async with desk.sessions.begin() as session:
        await repayment.reverse(session, repayment_id=paid.id, reason="it bounced", at=desk.hands.now, actor=SYSTEM)

    with pytest.raises(LoanNotSettled):
        await asked(desk, wants(desk, SETTLED))

    async with desk.sessions() as session:
        (issued,) = (await papers_of(session, [desk.loan_id]))[desk.loan_id]
    assert (issued.number, issued.kind, issued.sequence) == (ticket.number, SETTLED, 1)
    assert (await desk.loan()).last_sequence == 2


async def test_what_happens_while_a_paper_is_set_keeps_it_from_being_issued(desk: Counter) -> None:
    await paid_off(desk)
    async with desk.sessions.begin() as session:
        draft = await papers.look_up(session, wants(desk, SETTLED), at=desk.hands.now)
    assert isinstance(draft, Draft)
    content = draft.set_on_paper()
    earlier = replace(draft, sequence=draft.sequence - 1)

    async with desk.sessions.begin() as session:
        with pytest.raises(LoanMoved):
            await papers.keep(session, wants(desk, SETTLED), earlier, content)
    assert await desk.count(Paper) == 0


async def test_two_who_ask_for_the_same_paper_at_once_get_one(sessions: Sessions) -> None:
    desk = await paid_out(sessions)

    first, second = await asyncio.gather(asked(desk, wants(desk)), asked(desk, wants(desk)))

    assert (first.number, first.sha256) == (second.number, second.sha256)
    assert (await desk.count(Paper), await desk.count(PaperLink)) == (1, 2)


async def test_a_stranger_to_the_loan_gets_nothing_of_it(desk: Counter) -> None:
    async with desk.sessions.begin() as session:
        stranger = await ready_borrower(session, phone="+8613800005678")
    for kind in PaperKind:
        with pytest.raises(LoanNotFound):
            await asked(desk, wants(desk, kind, Actor(ActorKind.BORROWER, stranger)))
        with pytest.raises(LoanNotFound):
            await asked(desk, wants(desk, kind, Actor(ActorKind.ANONYMOUS)))


async def test_staff_say_what_they_need_it_for_and_it_is_written_down(desk: Counter) -> None:
    wanted = wants(desk, PaperKind.CONTRACT, desk.reviewer)
    for purpose in (None, " ", "x"):
        with pytest.raises(ReasonMissing):
            await asked(desk, replace(wanted, purpose=purpose))

    await asked(desk, replace(wanted, purpose="a question of the borrower's"))

    async with desk.sessions() as session:
        noted = (await session.scalars(select(AuditRecord).where(AuditRecord.action == "paper.handed_out"))).one()
    assert (noted.actor_id, noted.subject_id) == (desk.reviewer.id, desk.loan_id)
    assert noted.details == {
        "kind": "CONTRACT",
        "number": "CT20260115000001",
        "purpose": "a question of the borrower's",
    }


async def test_nobody_asks_without_end(desk: Counter) -> None:
    async with desk.sessions.begin() as session:
        wanted = wants(desk, PaperKind.CONTRACT)
        there = await papers.look_up(session, wanted, at=desk.hands.now)
        assert isinstance(there, papers.There)
        for _ in range(MOST_A_DAY):
            await papers.hand_out(session, wanted, there, at=desk.hands.now)

    with pytest.raises(TooManyPapers):
        await asked(desk, wanted)
    desk.hands.now += timedelta(days=1)
    await asked(desk, wanted)


async def test_a_waiver_makes_another_statement(desk: Counter) -> None:
    desk.hands.now += timedelta(days=45)
    first = await asked(desk, wants(desk))
    async with desk.sessions.begin() as session:
        await waiver.waive(
            session,
            loan_id=desk.loan_id,
            penalty_fen=1_00,
            interest_fen=1_00,
            reason="as agreed",
            at=desk.hands.now,
            actor=SYSTEM,
        )

    second = await asked(desk, wants(desk))

    assert first.number != second.number
    assert "减免罚息" in said((await fetched(desk, second)).content)


async def test_what_was_issued_is_never_rewritten(desk: Counter) -> None:
    await asked(desk, wants(desk))
    async with desk.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Paper).where(Paper.content_sealed != b"")) == 1
        paper = (await session.scalars(select(Paper))).one()
        paper.number = "PA0"
        with pytest.raises(Exception, match="append only"):
            await session.flush()
