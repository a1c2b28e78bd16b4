"""The chart of accounts."""

import pytest

from domain.ledger.rules.chart import CHART, AccountKind, Side, account_named, clearing, funder_payable


def test_every_channel_has_a_clearing_account() -> None:
    account = account_named(clearing("alipay"))

    assert (account.code, account.kind, account.side) == ("clearing.alipay", AccountKind.ASSET, Side.DEBIT)


def test_every_funding_party_has_a_payable() -> None:
    account = account_named(funder_payable("own"))

    assert (account.code, account.kind, account.side) == ("funders.payable.own", AccountKind.LIABILITY, Side.CREDIT)


@pytest.mark.parametrize("code", ["loans.principle", "clearing.", "funders.payable.", ""])
def test_there_are_no_other_accounts(code: str) -> None:
    with pytest.raises(LookupError):
        account_named(code)


def test_every_account_has_a_name_in_both_languages() -> None:
    assert all(account.name_en and account.name_zh and account.code == code for code, account in CHART.items())
