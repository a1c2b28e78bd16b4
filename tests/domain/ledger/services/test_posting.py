"""Posting on a real database: what balances goes in once, nothing goes out again."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries, services
from domain.ledger.errors import DayClosed
from domain.ledger.models import Entry, Side, Transfer
from domain.ledger.rules.chart import SUSPENSE
from domain.ledger.rules.lines import Draft, Line, Unbalanced, credit, debit
from domain.ledger.services import accounts
from domain.ledger.services.posting import SourcePostedOtherwise
from domain.shared.db import Sessions
from domain.shared.ids import new_id

TODAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
RECEIVED = (debit("clearing.alipay", 49_600), credit("suspense.payments", 49_600))


async def _post(session: AsyncSession, *lines: Line, source: str = "payment:1", day: date = TODAY) -> Transfer:
    return await services.post(
        session, source=source, kind="received", booking_date=day, value_date=day, at=AT, lines=lines or RECEIVED
    )


async def _together(session: AsyncSession, *drafts: Draft) -> list[Transfer]:
    return list(await services.post_together(session, drafts, booking_date=TODAY, value_date=TODAY, at=AT))


async def _balances(session: AsyncSession, as_of: date | None = None) -> dict[str, int]:
    return {each.code: each.balance_fen for each in await queries.trial_balance(session, as_of)}


async def test_a_transfer_shows_in_both_accounts(session: AsyncSession) -> None:
    await _post(session)

    assert await _balances(session) == {"clearing.alipay": 49_600, "suspense.payments": 49_600}


async def test_the_trial_balance_has_as_much_debit_as_credit(session: AsyncSession) -> None:
    await _post(session)
    balances = await queries.trial_balance(session)

    assert sum(each.debit_fen for each in balances) == sum(each.credit_fen for each in balances) == 49_600


async def test_the_trial_balance_of_a_day_leaves_out_what_was_booked_later(session: AsyncSession) -> None:
    await _post(session)
    await _post(session, source="payment:2", day=date(2026, 3, 3))

    assert (await _balances(session, TODAY))["clearing.alipay"] == 49_600
    assert (await _balances(session, date(2026, 3, 1)))["clearing.alipay"] == 0
    assert (await _balances(session))["clearing.alipay"] == 99_200


async def test_the_same_source_is_posted_once(session: AsyncSession) -> None:
    first = await _post(session)
    again = await _post(session)

    assert again.id == first.id
    assert (await _balances(session))["clearing.alipay"] == 49_600


async def test_the_same_source_with_other_lines_is_a_bug(session: AsyncSession) -> None:
    await _post(session)
    with pytest.raises(SourcePostedOtherwise):
        await _post(session, debit("clearing.alipay", 1), credit("suspense.payments", 1))


async def test_unbalanced_lines_never_reach_the_database(session: AsyncSession) -> None:
    with pytest.raises(Unbalanced):
        await _post(session, debit("clearing.alipay", 2), credit("suspense.payments", 1))


async def test_a_transfer_that_moves_nothing_is_a_bug(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="moves nothing"):
        await _post(session, debit("clearing.alipay", 0), credit("suspense.payments", 0))


async def test_the_database_refuses_an_unbalanced_transfer_when_it_commits(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await accounts.ensure(session, "clearing.alipay", "suspense.payments")
    async with sessions() as session:
        await session.execute(insert(Transfer).values(**_bare_transfer()))
        transfer_id = (await queries.transfer_of(session, "by hand")).id
        await session.execute(insert(Entry), [_bare_entry(transfer_id, Side.DEBIT, 2)])
        await session.execute(insert(Entry), [_bare_entry(transfer_id, Side.CREDIT, 1)])
        with pytest.raises(DBAPIError, match="does not balance"):
            await session.commit()
    async with sessions() as session:
        assert await _balances(session) == {"clearing.alipay": 0, "suspense.payments": 0}


async def test_an_entry_added_to_a_finished_transfer_is_refused(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        transfer = await _post(session)
    with pytest.raises(DBAPIError, match="does not balance"):
        async with sessions.begin() as session:
            await session.execute(insert(Entry), [_bare_entry(transfer.id, Side.DEBIT, 1)])


async def test_an_entry_is_above_zero(session: AsyncSession) -> None:
    transfer = await _post(session)
    with pytest.raises(IntegrityError, match="positive"):
        await session.execute(insert(Entry), [_bare_entry(transfer.id, Side.DEBIT, 0)])


@pytest.mark.parametrize(
    "rewriting",
    [
        update(Entry).values(amount_fen=1),
        delete(Entry),
        update(Transfer).values(value_date=date(2026, 1, 1)),
        delete(Transfer),
        text("TRUNCATE ledger_entries"),
    ],
    ids=["entry", "no entry", "transfer", "no transfer", "truncate"],
)
async def test_nothing_posted_is_ever_rewritten(session: AsyncSession, rewriting: object) -> None:
    await _post(session)
    await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(DBAPIError, match="append only"):
        await session.execute(rewriting)  # type: ignore[call-overload]


async def test_two_that_post_the_same_source_at_once_post_it_once(sessions: Sessions) -> None:
    async def one() -> object:
        async with sessions.begin() as session:
            transfer = await _post(session)
            await asyncio.sleep(0.05)
            return transfer.id

    first, second = await asyncio.gather(one(), one())

    assert first == second
    async with sessions() as session:
        assert (await _balances(session))["clearing.alipay"] == 49_600


async def test_nothing_is_booked_on_a_closed_day(session: AsyncSession) -> None:
    await services.close_day(session, TODAY, datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    for day in (TODAY, date(2026, 3, 1)):
        with pytest.raises(DayClosed):
            await _post(session, day=day)


async def test_what_belongs_together_is_posted_in_its_order_and_once(session: AsyncSession) -> None:
    drafts = [
        Draft("repayment:1:interest", "interest", RECEIVED),
        Draft("repayment:1:principal", "principal", RECEIVED),
    ]
    first = await _together(session, *drafts)
    again = await _together(session, *reversed(drafts))

    assert [transfer.source for transfer in first] == ["repayment:1:interest", "repayment:1:principal"]
    assert again == list(reversed(first))
    entries = await queries.entries_of(session, [transfer.id for transfer in first])
    assert [entry.transfer_id for entry in entries] == [first[0].id] * 2 + [first[1].id] * 2
    assert (await _balances(session))["clearing.alipay"] == 2 * 49_600


async def test_of_what_belongs_together_only_what_is_missing_is_posted(session: AsyncSession) -> None:
    first = await _post(session)
    before, new = await _together(session, Draft("payment:1", "received", RECEIVED), Draft("new", "new", RECEIVED))

    assert (before.id, new.source) == (first.id, "new")
    assert (await _balances(session))["clearing.alipay"] == 2 * 49_600


async def test_one_source_twice_among_what_belongs_together_is_a_bug_unless_it_says_the_same(
    session: AsyncSession,
) -> None:
    same, other = Draft("a", "a", RECEIVED), Draft("b", "b", (debit("clearing.alipay", 1), credit(SUSPENSE, 1)))
    one, two = await _together(session, same, same)

    assert one.id == two.id
    with pytest.raises(SourcePostedOtherwise):
        await _together(session, Draft("b", "b", RECEIVED), other)


async def test_nothing_of_what_belongs_together_is_posted_on_a_closed_day(session: AsyncSession) -> None:
    await services.close_day(session, TODAY, datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    with pytest.raises(DayClosed):
        await _together(session, Draft("a", "a", RECEIVED), Draft("b", "b", RECEIVED))

    assert [each for each in await queries.trial_balance(session) if each.debit_fen] == []


async def test_what_moves_nothing_is_a_bug_among_others_too(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="b moves nothing"):
        await _together(session, Draft("a", "a", RECEIVED), Draft("b", "b", (debit("clearing.alipay", 0),)))


async def test_with_nothing_to_post_nothing_is_posted(session: AsyncSession) -> None:
    assert await _together(session) == []


async def test_an_account_is_read_page_by_page_in_order(session: AsyncSession) -> None:
    for n, day in enumerate((3, 2, 2, 4)):
        await _post(session, source=f"payment:{n}", day=date(2026, 3, day))
    after, seen = None, []
    while page := await queries.account_entries(session, "clearing.alipay", limit=3, after=after):
        seen += page
        after = page[-1].booking_date, page[-1].id

    assert [entry.booking_date.day for entry in seen] == [2, 2, 3, 4]
    assert len({entry.id for entry in seen}) == 4


async def test_the_transfers_of_a_loan_are_found(session: AsyncSession) -> None:
    loan_id = new_id()
    mine = await services.post(
        session,
        source="loan",
        kind="received",
        booking_date=TODAY,
        value_date=TODAY,
        at=AT,
        lines=RECEIVED,
        loan_id=loan_id,
    )
    await _post(session)

    assert await queries.transfers_of_loan(session, loan_id, limit=10) == [mine]
    assert await queries.transfers_of_loan(session, loan_id, limit=10, after=mine.id) == []


def _bare_transfer() -> dict[str, object]:
    return {
        "id": new_id(),
        "source": "by hand",
        "kind": "by hand",
        "booking_date": TODAY,
        "value_date": TODAY,
        "recorded_at": AT,
        "details": {},
    }


def _bare_entry(transfer_id: object, side: Side, amount_fen: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "transfer_id": transfer_id,
        "account_code": "clearing.alipay" if side is Side.DEBIT else "suspense.payments",
        "side": side,
        "amount_fen": amount_fen,
        "booking_date": TODAY,
    }
