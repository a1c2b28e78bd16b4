"""One act per key, whoever asks how often, and with two asking at once."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import idempotency
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.idempotency import BadIdempotencyKey, IdempotencyKey, IdempotencyKeyReused, KeptRefusal
from domain.shared.ids import new_id

BORROWER, OTHER = "BORROWER:1", "BORROWER:2"
KEY = "pay-in-january"
ASKED = idempotency.request_hash("createRepayment", {"loanId": "L1", "amount": "496.00"})


class TooLittle(DomainError):
    code = "TOO_LITTLE"
    english = "{amount} yuan is too little."
    chinese = "{amount} 元太少。"


class Busy(TooLittle):
    passing = True


async def claim(session: AsyncSession, *, actor: str = BORROWER, key: str = KEY, asked: bytes = ASKED):
    return await idempotency.claim(session, actor=actor, key=key, asked=asked)


async def test_the_first_request_is_free_to_act(session: AsyncSession) -> None:
    assert (await claim(session)).outcome_id is None


async def test_the_same_request_again_is_told_what_was_made(session: AsyncSession) -> None:
    made = new_id()
    (await claim(session)).settle("RepaymentOrder", made)
    await session.flush()
    session.expunge_all()

    again = await claim(session)

    assert again.outcome_id == made
    assert again.row.outcome_kind == "RepaymentOrder"


async def test_another_request_under_the_same_key_is_refused(session: AsyncSession) -> None:
    (await claim(session)).settle("RepaymentOrder", new_id())

    with pytest.raises(IdempotencyKeyReused) as refusal:
        await claim(session, asked=idempotency.request_hash("createRepayment", {"loanId": "L1", "amount": "497.00"}))

    assert refusal.value.fields == ("idempotencyKey",)


async def test_the_same_input_to_another_mutation_is_another_request() -> None:
    request = {"loanId": "L1"}

    assert idempotency.request_hash("cancelLoan", request) != idempotency.request_hash("signContract", request)


async def test_the_order_in_which_the_input_was_written_does_not_matter() -> None:
    one, other = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}

    assert idempotency.request_hash("act", one) == idempotency.request_hash("act", other)


async def test_a_key_belongs_to_the_one_who_chose_it(session: AsyncSession) -> None:
    (await claim(session)).settle("RepaymentOrder", new_id())

    assert (await claim(session, actor=OTHER, asked=b"something else")).outcome_id is None


@pytest.mark.parametrize("key", ["", "1234567", "x" * 101])
async def test_a_key_too_short_or_too_long_is_refused(session: AsyncSession, key: str) -> None:
    with pytest.raises(BadIdempotencyKey):
        await claim(session, key=key)


@pytest.mark.parametrize("key", ["12345678", "x" * 100])
async def test_a_key_of_8_to_100_characters_is_taken(session: AsyncSession, key: str) -> None:
    assert (await claim(session, key=key)).outcome_id is None


async def test_a_lasting_refusal_is_told_again_word_for_word_in_both_languages(session: AsyncSession) -> None:
    await idempotency.keep_refusal(
        session, actor=BORROWER, key=KEY, asked=ASKED, refusal=TooLittle(amount="0.01", fields=("amount",))
    )

    with pytest.raises(KeptRefusal) as refusal:
        await claim(session)

    assert refusal.value.code == "TOO_LITTLE"
    assert refusal.value.fields == ("amount",)
    assert refusal.value.message("en") == "0.01 yuan is too little."
    assert refusal.value.message("zh-CN") == "0.01 元太少。"


async def test_a_passing_refusal_leaves_the_key_free(session: AsyncSession) -> None:
    await idempotency.keep_refusal(session, actor=BORROWER, key=KEY, asked=ASKED, refusal=Busy(amount="0.01"))

    assert (await claim(session)).outcome_id is None


async def test_a_reused_key_does_not_spoil_what_the_key_was_for(session: AsyncSession) -> None:
    made = new_id()
    (await claim(session)).settle("RepaymentOrder", made)
    await session.flush()

    reused = IdempotencyKeyReused(key=KEY)
    await idempotency.keep_refusal(session, actor=BORROWER, key=KEY, asked=b"another", refusal=reused)

    assert (await claim(session)).outcome_id == made


async def test_a_refusal_never_replaces_what_a_rival_has_done_meanwhile(session: AsyncSession) -> None:
    made = new_id()
    (await claim(session)).settle("RepaymentOrder", made)
    await session.flush()

    await idempotency.keep_refusal(session, actor=BORROWER, key=KEY, asked=ASKED, refusal=TooLittle(amount="1"))

    assert (await claim(session)).outcome_id == made


async def test_of_two_at_once_one_acts_and_the_other_is_told_what_was_made(sessions: Sessions) -> None:
    acted: list[UUID] = []

    async def ask() -> UUID | None:
        async with sessions.begin() as session:
            claimed = await claim(session)
            if claimed.outcome_id is None:
                await asyncio.sleep(0.05)
                acted.append(new_id())
                claimed.settle("RepaymentOrder", acted[-1])
            return claimed.outcome_id

    outcomes = await asyncio.gather(*(ask() for _ in range(5)))

    assert len(acted) == 1
    assert outcomes == acted * 5


async def test_the_rival_acts_if_the_first_one_was_rolled_back(sessions: Sessions) -> None:
    async with sessions() as first, sessions() as second:
        await claim(first)
        rival = asyncio.create_task(claim(second))
        done, _ = await asyncio.wait([rival], timeout=0.2)
        assert not done
        await first.rollback()

        assert (await rival).outcome_id is None
        await second.commit()
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1
