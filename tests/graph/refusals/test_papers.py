"""Papers: what is refused, and that a refusal leaves nothing behind."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

paper = refusing("requestPaper", "debtor", {"loanId": "debtor's running", "kind": "STATEMENT"}, once=False)

REFUSALS = [
    paper("no id of a loan", "WRONG_ID", "loanId", loanId="x"),
    paper("the id of something else", "WRONG_ID", "loanId", loanId="debtor's card"),
    paper("somebody else's loan", "LOAN_NOT_FOUND", "loanId", loanId="neighbour's running"),
    paper("no loan at all", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")),
    paper("a statement before there is money", "LOAN_NOT_PAID_OUT", "loanId", "PENDING", loanId="debtor's pending"),
    paper(
        "a certificate before there is money",
        "LOAN_NOT_PAID_OUT",
        "loanId",
        "AWAITING_SIGNATURE",
        loanId="debtor's unsigned",
        kind="SETTLEMENT_CERTIFICATE",
    ),
    paper("a certificate of debts", "LOAN_NOT_SETTLED", "loanId", "yuan is owed", kind="SETTLEMENT_CERTIFICATE"),
    paper("no contract", "NO_CONTRACT_YET", "loanId", "PENDING_REVIEW", loanId="debtor's pending", kind="CONTRACT"),
    paper("no signature", "NO_CONTRACT_YET", "loanId", loanId="debtor's unsigned", kind="SIGNED_CONTRACT"),
    paper("from before it began", "PERIOD_NOT_POSSIBLE", "since until", "from 2026-01-15", since="2026-01-14"),
    paper("until tomorrow", "PERIOD_NOT_POSSIBLE", "since until", "to 2026-02-20", until="2026-02-21"),
    paper("backwards", "PERIOD_NOT_POSSIBLE", "since until", since="2026-02-02", until="2026-02-01"),
    paper("a day that is none", "UNREADABLE_INPUT", "until", '"tomorrow"', until="tomorrow"),
    paper(
        "a certificate of a period",
        "PERIOD_ONLY_OF_STATEMENT",
        "since until",
        "leave",
        kind="SETTLEMENT_CERTIFICATE",
        since="2026-01-15",
    ),
    paper("staff without a reason", "REASON_MISSING", "purpose", "2 to 500", who="cashier"),
    paper("staff with half a reason", "REASON_MISSING", "purpose", who="finance", purpose=" ? "),
    paper("staff asking for none", "LOAN_NOT_FOUND", "loanId", who="finance", loanId=nowhere("Loan"), purpose="audit"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_had_on_paper_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
