"""The certificate that a loan is settled: for a loan on which nothing is owed, and for no other."""

from datetime import date

import pytest

from domain.lending.papers.certificate import certificate_on_paper
from domain.lending.rules.events import Paid
from tests.domain.lending.papers.builders import ID_NUMBER, certificate
from tests.domain.lending.papers.reading import said


def test_it_names_the_borrower_in_full_and_says_that_nothing_is_owed() -> None:
    told = said(certificate_on_paper(certificate()))

    for each in (
        "结清证明",
        "PA20260720000002",
        f"王小明（居民身份证号码{ID_NUMBER}）",
        "CT20260115000001",
        "LN20260115000001",
        "人民币12,000.00元（大写：人民币壹万贰仟元整）",
        "自2026年1月15日起息，已于2026年7月20日提前结清",
        "借款人在该笔借款项下不再欠付任何款项。",
        "已还本金12,000.00元",
        "减免利息与罚息1.77元",
    ):
        assert each in told


def test_what_is_still_to_be_paid_back_to_the_borrower_is_told() -> None:
    too_much = Paid("off", date(2026, 7, 20), 8, 20_000_00)
    told = said(certificate_on_paper(certificate(payment=too_much)))

    assert "溢缴款待退还" in told


def test_there_is_none_of_a_loan_on_which_something_is_owed() -> None:
    too_little = Paid("not off", date(2026, 7, 20), 8, 1_00)

    with pytest.raises(ValueError, match="not settled"):
        certificate_on_paper(certificate(payment=too_little))
