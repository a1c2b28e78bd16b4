"""When an attempt is asked about, and what the answer leads to."""

from datetime import timedelta

import pytest

from domain.payments.ports import CloseResult, PaymentResult
from domain.payments.rules.asking import FollowUp, follow_up, next_ask, wait_before
from domain.payments.rules.replacing import Replacement, replacement
from domain.payments.rules.states import GIVEN_UP, OPEN, AttemptState, is_live
from tests.domain.payments.builders import ACTION, CLOSED, NOT_FOUND, NOW, PROCESSING, UNKNOWN

FAR = NOW + timedelta(days=365)


def test_asks_come_further_apart_then_hourly_to_the_bill_then_daily() -> None:
    waits = [wait_before(n) for n in range(70)]

    assert [wait.total_seconds() for wait in waits[:9]] == [5, 15, 30, 60, 180, 600, 1800, 3600, 7200]
    assert set(waits[9:57]) == {timedelta(hours=1)}
    assert set(waits[57:]) == {timedelta(days=1)}


def test_a_channel_may_wish_for_more_time_but_not_for_less_or_for_ever() -> None:
    def wait(retry_after: timedelta) -> timedelta:
        return next_ask(0, at=NOW, final_at=FAR, retry_after=retry_after) - NOW

    assert wait(timedelta(seconds=1)) == timedelta(seconds=5)
    assert wait(timedelta(minutes=2)) == timedelta(minutes=2)
    assert wait(timedelta(days=9)) == timedelta(hours=1)


def test_the_moment_from_which_not_found_is_final_is_not_slept_through() -> None:
    final_at = NOW + timedelta(minutes=7)

    assert next_ask(8, at=NOW, final_at=final_at) == final_at
    assert next_ask(0, at=NOW, final_at=final_at) == NOW + timedelta(seconds=5)
    assert next_ask(8, at=final_at, final_at=final_at) == final_at + timedelta(hours=2)


@pytest.mark.parametrize(
    ("state", "told", "has_action", "wanted", "step"),
    [
        (AttemptState.SUBMITTING, NOT_FOUND, False, True, FollowUp.CREATE),
        (AttemptState.UNKNOWN, NOT_FOUND, False, True, FollowUp.CREATE),
        (AttemptState.ACTION_REQUIRED, ACTION, False, True, FollowUp.CREATE),
        (AttemptState.ACTION_REQUIRED, NOT_FOUND, True, True, FollowUp.NOTHING),
        (AttemptState.UNKNOWN, UNKNOWN, False, True, FollowUp.NOTHING),
        (AttemptState.PROCESSING, PROCESSING, False, True, FollowUp.CREATE),
        (AttemptState.PROCESSING, PROCESSING, True, True, FollowUp.NOTHING),
        (AttemptState.SUBMITTING, NOT_FOUND, False, False, FollowUp.NOTHING),
        (AttemptState.PROCESSING, PROCESSING, True, False, FollowUp.CLOSE),
        (AttemptState.ACTION_REQUIRED, ACTION, True, False, FollowUp.CLOSE),
        (AttemptState.CLOSED, CLOSED, False, True, FollowUp.NOTHING),
        (AttemptState.CLOSED, PROCESSING, False, False, FollowUp.NOTHING),
    ],
)
def test_what_an_answer_leads_to(
    state: AttemptState, told: PaymentResult, has_action: bool, wanted: bool, step: FollowUp
) -> None:
    assert follow_up(state, told, product="page", has_action=has_action, wanted=wanted) is step


def test_what_is_said_to_be_paid_is_not_made_again_and_is_closed_when_its_time_is_over() -> None:
    def step(told: PaymentResult, *, wanted: bool) -> FollowUp:
        state = AttemptState.ACTION_REQUIRED
        return follow_up(state, told, product="page", has_action=False, wanted=wanted, doubted=True)

    assert {step(told, wanted=True) for told in (ACTION, PROCESSING, NOT_FOUND)} == {FollowUp.NOTHING}
    assert step(ACTION, wanted=False) is FollowUp.CLOSE


@pytest.mark.parametrize("product", ["debit", "jsapi", "h5"])
def test_what_cannot_be_made_again_from_what_is_kept_is_only_asked_about(product: str) -> None:
    step = follow_up(AttemptState.SUBMITTING, NOT_FOUND, product=product, has_action=False, wanted=True)

    assert step is FollowUp.NOTHING


@pytest.mark.parametrize("closing", list(CloseResult))
def test_an_automatic_debit_waits_until_nothing_is_open(closing: CloseResult) -> None:
    assert all(replacement(state, closing, automatic=True) is Replacement.REFUSE for state in OPEN)
    assert all(replacement(state, closing, automatic=True) is Replacement.GONE for state in GIVEN_UP)


@pytest.mark.parametrize("closing", list(CloseResult))
def test_a_borrower_may_not_go_on_where_another_sum_is_said_to_have_come(closing: CloseResult) -> None:
    assert all(replacement(state, closing, automatic=False, doubted=True) is Replacement.REFUSE for state in OPEN)
    assert all(replacement(state, closing, automatic=False, doubted=True) is Replacement.GONE for state in GIVEN_UP)


def test_a_borrower_may_go_on_where_nobody_has_begun_to_pay() -> None:
    for state in OPEN - {AttemptState.PROCESSING}:
        assert replacement(state, CloseResult.NOT_FOUND, automatic=False) is Replacement.SUPERSEDE
        assert replacement(state, CloseResult.UNKNOWN, automatic=False) is Replacement.SUPERSEDE
        assert replacement(state, CloseResult.ALREADY_PAID, automatic=False) is Replacement.REFUSE
    assert replacement(AttemptState.PROCESSING, CloseResult.UNKNOWN, automatic=False) is Replacement.REFUSE


def test_an_attempt_holds_its_loans_place_until_it_is_final_or_superseded() -> None:
    assert all(is_live(state, superseded=False) for state in OPEN)
    assert not any(is_live(state, superseded=True) for state in OPEN)
    assert not any(is_live(state, superseded=False) for state in GIVEN_UP | {AttemptState.SUCCEEDED})
