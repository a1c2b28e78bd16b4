"""Products that cannot be, and quotes above what may be asked: refused, and nothing is changed."""

import pytest

from tests.graph.lending.test_configuring import LATE, TERMS
from tests.graph.refusals.refusal import Refusal, refusing
from tests.graph.town import Town

configuring = refusing("configureProduct", "admin", TERMS | {"effectiveFrom": "2026-03-01"})
DEAR = "rate penaltyMultiplier prepayFeeRate"

REFUSALS = [
    configuring("a small code", "PRODUCT_NOT_SENSIBLE", "code", "capital letters", code="equal"),
    configuring("no name", "PRODUCT_NOT_SENSIBLE", "nameZh", "1 to 60", nameZh=""),
    configuring("from yesterday", "PRODUCT_NOT_SENSIBLE", "effectiveFrom", "2026-02-20", effectiveFrom="2026-02-19"),
    configuring("for the grandchildren", "PRODUCT_NOT_SENSIBLE", "effectiveFrom", effectiveFrom="9999-12-31"),
    configuring("a method of nobody", "METHOD_UNKNOWN", "method", "EQUAL_INSTALLMENT", method="BALLOON"),
    configuring("thirty-seven terms", "PRODUCT_NOT_SENSIBLE", "maxTerms", "maxTerms is 37", maxTerms=37),
    configuring("two terms", "PRODUCT_NOT_SENSIBLE", "minTerms", "from 3 to 36", minTerms=2),
    configuring("terms the wrong way round", "PRODUCT_NOT_SENSIBLE", "maxTerms", minTerms=24, maxTerms=6),
    configuring(
        "amounts the wrong way round",
        "PRODUCT_NOT_SENSIBLE",
        "maxAmount",
        "from 50000.00",
        minAmount="50000.00",
        maxAmount="5000.00",
    ),
    configuring("nothing to lend", "PRODUCT_NOT_SENSIBLE", "minAmount", minAmount="0.00"),
    configuring("no step", "PRODUCT_NOT_SENSIBLE", "amountStep", amountStep="0.00"),
    configuring("a step beside the least", "PRODUCT_NOT_SENSIBLE", "amountStep", "300.00", amountStep="300.00"),
    configuring("a rate below nothing", "PRODUCT_NOT_SENSIBLE", "rate", rate="-0.01"),
    configuring("a rate above the ceiling", "COST_ABOVE_CEILING", DEAR, "ceiling of 0.24", rate="0.36"),
    configuring("a rate in per cent", "PRODUCT_NOT_SENSIBLE", "rate", "from 0 to 1", rate="14.4"),
    configuring("no rate", "UNREADABLE_INPUT", "rate", rate="much"),
    configuring("a penalty above the ceiling", "PENALTY_ABOVE_CEILING", DEAR, "0.252", penaltyMultiplier="2.1"),
    configuring("a fee above the ceiling", "COST_ABOVE_CEILING", DEAR, "Paid off after 1 month", prepayFeeRate="0.02"),
    configuring("no day count", "PRODUCT_NOT_SENSIBLE", "dayCount", "ACT_360, ACT_365", dayCount="ACT_364"),
    configuring("grace for ever", "PRODUCT_NOT_SENSIBLE", "graceDays", graceDays=365),
    configuring("half a waterfall", "PRODUCT_NOT_SENSIBLE", "waterfall", "PENALTY", waterfall=["PENALTY"]),
    configuring("no waterfall", "PRODUCT_NOT_SENSIBLE", "lateWaterfall", lateWaterfall=[]),
    configuring("principal twice", "PRODUCT_NOT_SENSIBLE", "recoveryWaterfall", recoveryWaterfall=[*LATE, "PRINCIPAL"]),
    configuring("a minimum above the least loan", "PRODUCT_NOT_SENSIBLE", "minPayment", minPayment="5000.01"),
    configuring("no reading", "PRODUCT_NOT_SENSIBLE", "minReadSeconds", minReadSeconds=0),
    configuring("nobody's money", "PRODUCT_NOT_SENSIBLE", "funder", funder=" "),
    configuring("a short key", "BAD_IDEMPOTENCY_KEY", "idempotencyKey", idempotencyKey="x"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
