"""The policy channels are chosen by: what it says of fees, of the hours in which a channel rests, and what it refuses."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.rules.pricing import Fee, RoutingRules, rest_over_at
from domain.shared.days import SHANGHAI
from tests.domain.payments.builders import ROUTING


def read(**terms: Any) -> RoutingRules:
    return RoutingRules.read(ROUTING | {"channels": {"cashpay": terms}})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("fee", "amount_fen", "fee_fen"),
    [
        (Fee(Decimal(6)), 1000_00, 6_00),
        (Fee(Decimal("3.8")), 1079_71, 4_10),
        (Fee(Decimal("0.5")), 10_00, 1),  # half a fen goes up
        (Fee(Decimal("0.5")), 9_99, 0),
        (Fee(Decimal(0), fixed_fen=80), 50_000_00, 80),
        (Fee(Decimal(6), least_fen=10), 1_00, 10),
        (Fee(Decimal(6), fixed_fen=20, most_fen=25_00), 10_000_00, 25_00),
    ],
)
def test_a_fee_is_a_share_and_a_fixed_sum_within_bounds(fee: Fee, amount_fen: int, fee_fen: int) -> None:
    assert fee.of(amount_fen) == fee_fen


@given(st.integers(1, 10**10), st.integers(1, 10**10), st.decimals(0, 1000, places=6))
def test_of_more_the_fee_is_never_less(one: int, other: int, per_mille: Decimal) -> None:
    fee = Fee(per_mille)
    assert fee.of(min(one, other)) <= fee.of(max(one, other))


def test_a_window_of_every_day_goes_over_midnight() -> None:
    windows = read(maintenance=[{"from": "23:30", "to": "00:30"}]).terms("cashpay").maintenance

    assert rest_over_at(windows, at(22, 23, 29)) is None
    assert rest_over_at(windows, at(22, 23, 30)) == at(23, 0, 30)
    assert rest_over_at(windows, at(23, 0, 29)) == at(23, 0, 30)
    assert rest_over_at(windows, at(23, 0, 30)) is None


def test_a_dated_window_is_once_and_windows_that_follow_each_other_are_one() -> None:
    windows = read(
        maintenance=[{"from": "2026-11-22T01:00", "to": "2026-11-22T03:00"}, {"from": "03:00", "to": "04:00"}]
    ).terms("cashpay")

    assert rest_over_at(windows.maintenance, at(22, 1)) == at(22, 4)
    assert rest_over_at(windows.maintenance, at(23, 1)) is None


def test_windows_that_fill_the_day_have_an_end_all_the_same() -> None:
    windows = read(maintenance=[{"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "00:00"}]).terms("cashpay")

    assert rest_over_at(windows.maintenance, at(22, 1)) == at(23, 0)


def test_what_is_not_said_of_a_channel_is_as_usual() -> None:
    rules = read(limits={"payment_fen": 5_00})

    assert rules.terms("cashpay").fee == rules.terms("nobody").fee == Fee(Decimal(6))
    assert (rules.terms("cashpay").payment_fen, rules.half_life) == (5_00, timedelta(hours=24))
    assert rules.terms("nobody").payment_fen > 10**12


@pytest.mark.parametrize(
    "wrong",
    [
        {"half_life_hours": 0},
        {"half_life_hours": 2.5},
        {"failure_costs_fen": -1},
        {"prior": {"good": "0", "bad": "1"}},
        {"prior": {"good": 9, "bad": 1}},
        {"default": {"fee": {"per_mille": 6}}},
        {"default": {"fee": {"per_mille": "1001"}}},
        {"default": {"fee": {"per_mille": "1e1"}}},
        {"default": {"fee": {"per_mille": "6", "least_fen": 2, "most_fen": 1}}},
        {"default": {"fees": {}}},
        {"default": {"maintenance": {"from": "01:00", "to": "02:00"}}},
        {"default": {"maintenance": [{"from": "1:00", "to": "02:00"}]}},
        {"default": {"maintenance": [{"from": "01:00", "to": "01:00"}]}},
        {"default": {"maintenance": [{"from": "2026-11-22T01:00", "to": "02:00"}]}},
        {"default": {"maintenance": [{"from": "2026-11-22T02:00", "to": "2026-11-22T01:00"}]}},
        {"default": {"maintenance": [{"from": "2026-11-22T01:00+08:00", "to": "2026-11-22T02:00+08:00"}]}},
        {"default": {"limits": {"payment_fen": 0}}},
        {"channels": {"Cash Pay": {}}},
        {"channels": []},
        {"more": 1},
    ],
)
def test_what_cannot_be_gone_by_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        RoutingRules.read(ROUTING | wrong)
