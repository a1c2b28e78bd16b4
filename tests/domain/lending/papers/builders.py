"""Facts of papers: the usual loan of 12,000.00 over twelve months, its contract, its statement, its certificate."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from domain.lending.papers.certificate import CertificateFacts
from domain.lending.papers.contract import ContractFacts
from domain.lending.papers.statement import StatementFacts
from domain.lending.rules.cost import CostMeasure
from domain.lending.rules.disclosure import disclosure_sheet, sheet_hash
from domain.lending.rules.events import Event, Intent, Paid, Reversed, Waived
from domain.lending.rules.quoting import Ceiling, ceiling_test, work_out
from domain.lending.rules.replay import replay
from domain.shared.secret import SecretStr
from tests.domain.lending.loans import loan

AT = datetime(2026, 1, 15, 2, tzinfo=UTC)
ID_NUMBER = "11010519900307721X"
LIFE: tuple[Event, ...] = (
    Paid("on time", date(2026, 2, 15), 1, 1079_71),
    Paid("on time too", date(2026, 3, 15), 2, 1079_71),
    Paid("late, in part", date(2026, 5, 5), 3, 500_00),
    Paid("never was", date(2026, 5, 6), 4, 77_00),
    Reversed("so it turned out", date(2026, 5, 8), 5, "never was"),
    Waived("let go", date(2026, 5, 10), 6, 3_00, 0),
    Paid("ahead", date(2026, 5, 15), 7, 3000_00, Intent.PREPAY),
)


def contract(*, purpose: str = "装修", **terms: Any) -> ContractFacts:
    agreed = loan(**terms)
    figures = work_out(agreed)
    ceiling = Ceiling(CostMeasure.NOMINAL, Decimal("0.24"), "the guideline")
    product = {"zh": "随贷·每月等额", "en": "Equal instalments"}
    sheet = disclosure_sheet(figures, ceiling_test(ceiling, figures), product=product, funder="own")
    return ContractFacts(
        lender="随贷小额贷款有限公司",
        number="CT20260115000001",
        loan_number="LN20260115000001",
        borrower_name=SecretStr("王小明"),
        id_number=SecretStr(ID_NUMBER),
        bank="招商银行",
        card_last4="1234",
        purpose=purpose,
        product_name="随贷·每月等额",
        product_code="SUIDAI_EQUAL",
        product_version=1,
        funder="own",
        terms=agreed,
        rows=figures.rows,
        cost_nominal=figures.cost.nominal,
        cost_effective=figures.cost.effective,
        sheet=sheet,
        sheet_hash=sheet_hash(sheet),
        drawn_up_at=AT,
    )


def statement(
    events: tuple[Event, ...] = LIFE,
    *,
    since: date = date(2026, 1, 15),
    until: date = date(2026, 7, 20),
    **terms: Any,
) -> StatementFacts:
    return StatementFacts(
        lender="随贷小额贷款有限公司",
        number="PA20260720000001",
        loan_number="LN20260115000001",
        contract_number="CT20260115000001",
        borrower_name=SecretStr("王小明"),
        id_number_masked="110***********721X",
        product_name="随贷·每月等额",
        terms=loan(**terms),
        events=events,
        since=since,
        until=until,
        issued_at=datetime(2026, 7, 20, 2, tzinfo=UTC),
    )


def certificate(*, name: str = "王小明", payment: Event | None = None) -> CertificateFacts:
    """Of the loan paid off in July."""
    agreed, day = loan(), date(2026, 7, 20)
    paid_off = payment or Paid("off", day, 8, replay(agreed, LIFE, day).payoff_fen, Intent.PAYOFF)
    return CertificateFacts(
        lender="随贷小额贷款有限公司",
        number="PA20260720000002",
        loan_number="LN20260115000001",
        contract_number="CT20260115000001",
        borrower_name=SecretStr(name),
        id_number=SecretStr(ID_NUMBER),
        principal_fen=agreed.principal_fen,
        terms=agreed.terms,
        value_date=agreed.value_date,
        settled_on=day,
        early=True,
        position=replay(agreed, (*LIFE, paid_off), day),
        issued_at=datetime(2026, 7, 20, 2, tzinfo=UTC),
    )
