"""A refund moves on a word that fits it, is sent again until the channel has it, and never comes back from SUCCEEDED."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind, RefundAbility, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.rules.refunding import (
    SENT,
    RefundState,
    Wanted,
    can_refund,
    judge,
    next_ask,
    to_be_sent_again,
)
from tests.domain.payments.builders import NOW

R = RefundState
WANTED = Wanted(100_00)
UNSENT = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)
FULL, PARTIAL, MULTIPLE = RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE

results = st.builds(
    RefundResult,
    state=st.sampled_from(Told),
    amount_fen=st.sampled_from([None, 0, 99_99, 100_00, 200_00]),
    cumulative=st.booleans(),
    error=st.sampled_from([None, UNSENT]),
)


def back(fen: int | None = 100_00, *, cumulative: bool = False, currency: str | None = "CNY") -> RefundResult:
    return RefundResult(Told.SUCCEEDED, amount_fen=fen, currency=currency, cumulative=cumulative)


@pytest.mark.parametrize("state", sorted(SENT | {R.DECLINED}))
def test_money_that_went_back_went_back_even_if_the_channel_had_said_no(state: RefundState) -> None:
    assert judge(state, back(), WANTED, asked=False).state is R.SUCCEEDED


@given(told=results, asked=st.booleans())
def test_nothing_leads_away_from_succeeded(told: RefundResult, asked: bool) -> None:
    assert judge(R.SUCCEEDED, told, WANTED, asked=asked).state is R.SUCCEEDED


@given(state=st.sampled_from(RefundState), told=results, asked=st.booleans())
def test_only_a_success_of_the_right_sum_is_one(state: RefundState, told: RefundResult, asked: bool) -> None:
    after = judge(state, told, WANTED, asked=asked).state

    if after is R.SUCCEEDED and state is not R.SUCCEEDED:
        assert told.state is Told.SUCCEEDED
        assert told.amount_fen == 100_00 or (told.cumulative and told.amount_fen == 200_00) or told.amount_fen is None


@pytest.mark.parametrize("told", [back(99_99), back(100_01), back(currency="USD"), back(None, cumulative=True)])
def test_a_success_of_another_sum_moves_nothing_and_leaves_a_trace(told: RefundResult) -> None:
    verdict = judge(R.PROCESSING, told, WANTED, asked=False)

    assert (verdict.state, verdict.contradicts) == (R.PROCESSING, True)


@pytest.mark.parametrize(
    ("told_fen", "others_fen", "after"),
    [(100_00, 0, R.SUCCEEDED), (180_00, 80_00, R.SUCCEEDED), (80_00, 0, R.PROCESSING), (100_00, 80_00, R.PROCESSING)],
)
def test_of_a_total_so_far_only_one_that_holds_the_others_and_this_is_proof(
    told_fen: int, others_fen: int, after: RefundState
) -> None:
    told = back(told_fen, cumulative=True)

    assert judge(R.PROCESSING, told, Wanted(100_00, others_fen), asked=False).state is after


def test_processing_is_believed_of_the_refund_itself_and_not_of_a_question_about_one_never_answered() -> None:
    processing = RefundResult(Told.PROCESSING)

    assert judge(R.SUBMITTING, processing, WANTED, asked=False).state is R.PROCESSING
    assert judge(R.SUBMITTING, processing, WANTED, asked=True).state is R.SUBMITTING
    assert judge(R.UNKNOWN, processing, WANTED, asked=True).state is R.UNKNOWN


def test_a_call_that_failed_is_unknown_unless_it_surely_never_left() -> None:
    assert judge(R.SUBMITTING, RefundResult(Told.UNKNOWN), WANTED, asked=False).state is R.UNKNOWN
    assert judge(R.SUBMITTING, RefundResult(Told.UNKNOWN, error=UNSENT), WANTED, asked=False).state is R.SUBMITTING


@pytest.mark.parametrize(
    ("state", "told", "again"),
    [
        (R.SUBMITTING, Told.NOT_FOUND, True),
        (R.UNKNOWN, Told.NOT_FOUND, True),
        (R.PROCESSING, Told.NOT_FOUND, True),
        (R.SUBMITTING, Told.PROCESSING, True),
        (R.UNKNOWN, Told.PROCESSING, True),
        (R.PROCESSING, Told.PROCESSING, False),
        (R.UNKNOWN, Told.UNKNOWN, False),
        (R.SUCCEEDED, Told.NOT_FOUND, False),
        (R.DECLINED, Told.NOT_FOUND, False),
    ],
)
def test_a_refund_is_sent_until_the_channel_has_taken_it(state: RefundState, told: Told, again: bool) -> None:
    assert to_be_sent_again(state, RefundResult(told)) is again


@pytest.mark.parametrize(
    ("abilities", "fen", "earlier", "can"),
    [
        ({FULL}, 100, False, True),
        ({FULL}, 99, False, False),
        ({PARTIAL}, 99, False, True),
        ({PARTIAL}, 100, False, False),
        ({FULL, PARTIAL}, 50, True, False),
        ({FULL, PARTIAL, MULTIPLE}, 50, True, True),
        (set(), 100, False, False),
    ],
)
def test_a_channel_gives_back_what_its_flags_allow(
    abilities: set[RefundAbility], fen: int, earlier: bool, can: bool
) -> None:
    assert can_refund(abilities, fen, total_fen=100, earlier=earlier) is can


def test_a_channel_may_wish_to_be_asked_later_but_not_for_ever() -> None:
    patient = RefundResult(Told.PROCESSING, retry_after=timedelta(days=9))

    assert next_ask(0, at=NOW) == NOW + timedelta(seconds=5)
    assert next_ask(0, at=NOW, told=patient) == NOW + timedelta(hours=1)
    assert next_ask(8, at=NOW, told=RefundResult(Told.PROCESSING)) == NOW + timedelta(hours=2)
