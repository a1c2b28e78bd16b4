"""What a channel's word does to an attempt, in any order the words may come."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind, PaymentResult, PaymentState
from domain.payments.rules.judging import Asked, Verdict, judge, money_date
from domain.payments.rules.states import ATTEMPT_MOVES, GIVEN_UP, OPEN, AttemptState
from tests.domain.payments.builders import CLOSED, DECLINED, NOT_EXECUTED, NOT_FOUND, NOW, PROCESSING, UNKNOWN, paid

EARLY = Asked(1000_00, "CNY", not_found_is_final=False)
LATE = Asked(1000_00, "CNY", not_found_is_final=True)

words = st.builds(
    PaymentResult,
    state=st.sampled_from(PaymentState),
    amount_fen=st.sampled_from([None, 0, 1, 1000_00]),
    currency=st.sampled_from([None, "CNY", "USD"]),
    error=st.sampled_from([None, ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED)]),
)
histories = st.lists(st.tuples(words, st.booleans()), max_size=30)


def _told(history: list[tuple[PaymentResult, bool]]) -> list[tuple[AttemptState, PaymentResult, Verdict]]:
    state, trail = AttemptState.SUBMITTING, []
    for word, final in history:
        verdict = judge(state, word, LATE if final else EARLY)
        trail.append((state, word, verdict))
        state = verdict.state
    return trail


@given(histories)
def test_what_is_paid_stays_paid_and_is_paid_once(history: list[tuple[PaymentResult, bool]]) -> None:
    trail = _told(history)

    paid_at = [n for n, (_, _, verdict) in enumerate(trail) if verdict.paid]
    assert len(paid_at) <= 1
    if paid_at:
        assert all(verdict.state is AttemptState.SUCCEEDED for _, _, verdict in trail[paid_at[0] :])


@given(histories)
def test_every_move_is_in_the_table_and_what_contradicts_moves_nothing(
    history: list[tuple[PaymentResult, bool]],
) -> None:
    for before, _, verdict in _told(history):
        assert verdict.state is before or verdict.state in ATTEMPT_MOVES[before]
        if verdict.contradicts:
            assert verdict.state is before
            assert not verdict.paid


@given(histories, st.integers(1, 10**9))
def test_no_history_hides_a_believable_success(history: list[tuple[PaymentResult, bool]], fen: int) -> None:
    trail = _told(history)
    state = trail[-1][2].state if trail else AttemptState.SUBMITTING

    verdict = judge(state, paid(fen), EARLY)

    assert verdict.state is AttemptState.SUCCEEDED
    assert verdict.paid is (state is not AttemptState.SUCCEEDED)


@pytest.mark.parametrize("state", sorted(OPEN | GIVEN_UP | {AttemptState.SUCCEEDED}))
@pytest.mark.parametrize("word", [UNKNOWN, NOT_FOUND, NOT_EXECUTED, PaymentResult(PaymentState.SUCCEEDED)])
def test_what_teaches_nothing_changes_nothing(state: AttemptState, word: PaymentResult) -> None:
    verdict = judge(state, word, EARLY)

    first_call_failed = state is AttemptState.SUBMITTING and word not in (NOT_FOUND, NOT_EXECUTED)
    assert verdict.state is (AttemptState.UNKNOWN if first_call_failed else state)
    assert not verdict.paid


@pytest.mark.parametrize("state", [AttemptState.SUBMITTING, AttemptState.UNKNOWN, AttemptState.ACTION_REQUIRED])
def test_not_found_ends_an_attempt_only_when_its_time_is_over(state: AttemptState) -> None:
    assert judge(state, NOT_FOUND, EARLY).state is state
    assert judge(state, NOT_FOUND, LATE).state is AttemptState.NOT_FOUND


def test_not_found_of_what_the_channel_has_been_processing_is_doubt() -> None:
    assert judge(AttemptState.PROCESSING, NOT_FOUND, LATE) == Verdict(AttemptState.PROCESSING)


@pytest.mark.parametrize("state", sorted(GIVEN_UP))
def test_money_that_comes_after_it_was_given_up_is_a_late_success(state: AttemptState) -> None:
    assert judge(state, paid(), LATE) == Verdict(AttemptState.SUCCEEDED, paid=True, late=True)


@pytest.mark.parametrize("word", [paid(999_99), paid(1000_01), paid(1000_00, "USD")])
def test_another_sum_or_currency_is_paid_and_does_not_match(word: PaymentResult) -> None:
    assert judge(AttemptState.PROCESSING, word, EARLY) == Verdict(AttemptState.SUCCEEDED, paid=True, matches=False)


@pytest.mark.parametrize("word", [paid(999_99), paid(1000_01), paid(1000_00, "USD")])
@pytest.mark.parametrize("state", sorted(OPEN | GIVEN_UP))
def test_another_sum_by_a_word_that_proves_none_is_doubted_and_moves_no_money(
    state: AttemptState, word: PaymentResult
) -> None:
    after = AttemptState.UNKNOWN if state is AttemptState.SUBMITTING else state

    assert judge(state, word, LATE, proves_sums=False) == Verdict(after, doubted=True)
    assert judge(state, paid(), LATE, proves_sums=False) == judge(state, paid(), LATE)


@pytest.mark.parametrize("proves_sums", [True, False])
@pytest.mark.parametrize("word", [paid(999_99), paid(1000_00, "USD")])
def test_another_sum_than_was_booked_is_a_contradiction(word: PaymentResult, proves_sums: bool) -> None:
    booked = Asked(1000_00, "CNY", not_found_is_final=True, received_fen=1000_00)

    assert judge(AttemptState.SUCCEEDED, word, booked, proves_sums=proves_sums) == Verdict(
        AttemptState.SUCCEEDED, contradicts=True
    )
    assert judge(AttemptState.SUCCEEDED, paid(), booked) == Verdict(AttemptState.SUCCEEDED)


def test_what_came_with_another_sum_and_is_told_again_contradicts_nothing() -> None:
    booked = Asked(1000_00, "CNY", not_found_is_final=True, received_fen=999_99)

    assert judge(AttemptState.SUCCEEDED, paid(999_99), booked) == Verdict(AttemptState.SUCCEEDED)


def test_that_no_money_came_is_denied_by_a_word_that_ends_it_or_finds_it_ended() -> None:
    assert judge(AttemptState.PROCESSING, CLOSED, EARLY).denied
    assert judge(AttemptState.CLOSED, CLOSED, EARLY).denied
    assert judge(AttemptState.CLOSED, NOT_FOUND, LATE).denied
    assert judge(AttemptState.DECLINED, CLOSED, EARLY).denied
    assert not judge(AttemptState.CLOSED, NOT_FOUND, EARLY).denied
    assert not judge(AttemptState.PROCESSING, NOT_FOUND, LATE).denied
    assert not judge(AttemptState.SUCCEEDED, CLOSED, LATE).denied
    assert not judge(AttemptState.CLOSED, PROCESSING, LATE).denied


@pytest.mark.parametrize("word", [DECLINED, CLOSED, PROCESSING])
def test_a_word_against_a_paid_attempt_is_noted_as_a_contradiction(word: PaymentResult) -> None:
    assert judge(AttemptState.SUCCEEDED, word, LATE) == Verdict(AttemptState.SUCCEEDED, contradicts=True)


def test_money_came_when_the_channel_says_within_reason() -> None:
    def came(told: timedelta) -> timedelta:
        return money_date(NOW + told, submitted_at=NOW, at=NOW + timedelta(hours=5)) - NOW

    assert came(timedelta(hours=2)) == timedelta(hours=2)
    assert came(timedelta(days=-400)) == timedelta(0)
    assert came(timedelta(days=1)) == timedelta(hours=5)
    assert money_date(NOW.replace(tzinfo=None), submitted_at=NOW, at=NOW + timedelta(1)) == NOW + timedelta(1)
