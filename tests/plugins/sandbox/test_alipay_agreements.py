"""What the sandbox's Alipay lets be signed, and when it lets an agreement be debited."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.alipay import agreements
from plugins.sandbox.alipay.agreements import Agreement, asked_for
from plugins.sandbox.alipay.operations import Failed
from plugins.sandbox.store import Store

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
MONTHLY = {"period_type": "MONTH", "period": "1", "execute_time": "2027-01-28", "single_amount": "500.00"}
CYCLE: dict[str, Any] = {
    "external_agreement_no": "MD1",
    "product_code": "CYCLE_PAY_AUTH",
    "personal_product_code": "CYCLE_PAY_AUTH_P",
    "sign_scene": "INDUSTRY|LOAN",
    "access_params": {"channel": "ALIPAYAPP"},
    "period_rule_params": MONTHLY,
}
PARAMS = {"notify_url": "https://loan.example.com/notify", "return_url": ""}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "sandbox.sqlite3")


def at(day: str) -> datetime:
    """Ten in the morning in Beijing."""
    return datetime.fromisoformat(f"{day}T02:00:00+00:00")


def in_force(store: Store, **changes: Any) -> Agreement:
    agreement = asked_for(store, PARAMS, {**CYCLE, **changes})
    assert agreement.sign(NOW)
    agreements.keep(store, agreement)
    return agreement


@pytest.mark.parametrize(
    "changes",
    [
        {"external_agreement_no": ""},
        {"external_agreement_no": "MD-1"},
        {"external_agreement_no": "1" * 33},
        {"product_code": "GENERAL_WITHHOLDING"},
        {"personal_product_code": "OTHER_P"},
        {"sign_scene": ""},
        {"access_params": {}},
        {"period_rule_params": {}},
        {"period_rule_params": {**MONTHLY, "execute_time": "2027-01-29"}},
        {"period_rule_params": {**MONTHLY, "period_type": "DAY", "period": "6"}},
        {"period_rule_params": {**MONTHLY, "single_amount": "0.00"}},
    ],
    ids=range(11),
)
def test_what_alipay_would_not_show_to_anybody_is_not_signed(store: Store, changes: dict[str, Any]) -> None:
    with pytest.raises(Failed):
        asked_for(store, PARAMS, {**CYCLE, **changes})


@pytest.mark.parametrize(
    ("day", "allowed"),
    [
        ("2026-12-28", False),
        ("2027-01-22", False),
        ("2027-01-23", True),
        ("2027-01-28", True),
        ("2027-01-29", False),
        ("2027-02-23", True),
        ("2027-02-28", True),
        ("2027-03-01", False),
        ("2027-03-28", True),
    ],
)
def test_a_month_has_six_days_for_its_debit(store: Store, day: str, allowed: bool) -> None:
    agreement = in_force(store)

    if allowed:
        agreement.must_allow(500_00, "CYCLE_PAY_AUTH", at(day))
    else:
        with pytest.raises(Failed, match=r"ACQ\.CYCLE_PAY_DATE_NOT_MATCH"):
            agreement.must_allow(500_00, "CYCLE_PAY_AUTH", at(day))


def test_more_than_was_agreed_is_not_taken(store: Store) -> None:
    with pytest.raises(Failed, match=r"ACQ\.CYCLE_PAY_SINGLE_FEE_EXCEED"):
        in_force(store).must_allow(500_01, "CYCLE_PAY_AUTH", at("2027-01-28"))


def test_the_other_product_may_be_debited_on_any_day(store: Store) -> None:
    free = in_force(store, product_code="GENERAL_WITHHOLDING", personal_product_code="GENERAL_WITHHOLDING_P")

    free.must_allow(9_999_99, "GENERAL_WITHHOLDING", NOW)
    with pytest.raises(Failed, match=r"ACQ\.AGREEMENT_INVALID"):
        free.must_allow(1, "CYCLE_PAY_AUTH", NOW)


def test_it_is_known_by_either_number_while_it_is_in_force(store: Store) -> None:
    agreement = in_force(store)
    by_ours = {name: CYCLE[name] for name in ("external_agreement_no", "personal_product_code", "sign_scene")}
    by_theirs = {"agreement_no": agreement.agreement_no}

    assert agreements.meant(store, by_ours) == agreements.meant(store, by_theirs) == agreement
    with pytest.raises(Failed, match="USER_AGREEMENT_NOT_EXIST"):
        agreements.meant(store, {**by_ours, "sign_scene": "INDUSTRY|OTHER"})
    agreement.end(NOW)
    agreements.keep(store, agreement)
    for question in (by_ours, by_theirs):
        with pytest.raises(Failed, match="USER_AGREEMENT_NOT_EXIST"):
            agreements.meant(store, question)


def test_a_page_that_is_opened_again_is_the_same_and_shows_what_came_of_it(store: Store) -> None:
    first = asked_for(store, PARAMS, CYCLE)
    agreements.keep(store, first)
    assert asked_for(store, PARAMS, CYCLE).token == first.token
    first.sign(NOW)
    agreements.keep(store, first)

    assert asked_for(store, PARAMS, CYCLE) == first
    assert not first.sign(NOW)
