"""A product set up over the API: its terms from a day on, once, beside those that were there."""

from typing import Any

from sqlalchemy import func, select

from domain.lending.models import ProductVersion
from domain.shared.audit import AuditRecord
from tests.graph.api import Api, Json

WATERFALL = ["PENALTY", "INTEREST", "PRINCIPAL"]
LATE = ["PRINCIPAL", "INTEREST", "PENALTY"]
TERMS: Json = {
    "code": "SUIDAI_EQUAL",
    "nameEn": "Equal instalments",
    "nameZh": "随贷·每月等额",
    "effectiveFrom": "2026-02-01",
    "method": "EQUAL_INSTALLMENT",
    "rate": "0.12",
    "dayCount": "30_360",
    "minTerms": 6,
    "maxTerms": 24,
    "minAmount": "5000.00",
    "maxAmount": "50000.00",
    "amountStep": "500.00",
    "penaltyMultiplier": "1.3",
    "penaltyBase": "PRINCIPAL_AND_INTEREST",
    "graceDays": 3,
    "prepay": "REDUCE_TERM",
    "prepayFeeRate": "0.005",
    "minTail": "50.00",
    "minPayment": "100.00",
    "dpdSwitch": 60,
    "dpdThreshold": "1.00",
    "waterfall": WATERFALL,
    "lateWaterfall": LATE,
    "recoveryWaterfall": LATE,
    "funder": "sandbox",
    "minReadSeconds": 15,
    "quoteValidMinutes": 90,
    "signWithinDays": 5,
}
OUT = set(TERMS) - {"nameEn", "nameZh"}
SHOWN = f"... on LoanProduct {{ id version status penaltyRate nameEn nameZh {' '.join(sorted(OUT))} }}"


async def configure(api: Api, key: str = "a new version", **changes: Any) -> Json:
    given = TERMS | {"idempotencyKey": key} | changes
    return await api.do("configureProduct", given, SHOWN, token=await api.staff("admin"))


async def versions(api: Api, code: str | None = None) -> list[Json]:
    document = "query($code: String) { productVersions(code: $code) { code version effectiveFrom status } }"
    return (await api.ask(document, {"code": code}, token=await api.staff("reviewer")))["productVersions"]


async def test_the_terms_of_a_version_come_back_as_they_were_given(api: Api) -> None:
    made = await configure(api)

    assert {name: made[name] for name in TERMS} == TERMS
    assert (made["version"], made["status"], made["penaltyRate"]) == (2, "OPEN", "0.156")


async def test_the_same_key_lays_down_one_version(api: Api) -> None:
    first, again = await configure(api), await configure(api)

    assert first == again
    assert [row["version"] for row in await versions(api, "SUIDAI_EQUAL")] == [2, 1]
    other = await api.problem(
        "configureProduct",
        TERMS | {"idempotencyKey": "a new version", "rate": "0.11"},
        token=await api.staff("admin"),
    )
    assert other == "IDEMPOTENCY_KEY_REUSED"


async def test_a_new_version_is_offered_from_its_day_on_and_what_is_in_force_stays(api: Api) -> None:
    async def offered() -> tuple[int, str]:
        rows = (await api.ask("{ loanProducts { code version rate minPayment } }"))["loanProducts"]
        (row,) = [each for each in rows if each["code"] == "SUIDAI_EQUAL"]
        return row["version"], row["minPayment"]

    await configure(api)
    before = await offered()
    api.hands.wait(days=17)

    assert (before, await offered()) == ((1, "0.00"), (2, "100.00"))


async def test_a_new_product_is_made_and_can_be_closed(api: Api) -> None:
    opened = await configure(api, code="SUIDAI_NEW", effectiveFrom="2026-01-15")
    closed = await configure(api, "closing it", code="SUIDAI_NEW", status="CLOSED", effectiveFrom="2026-01-15")

    assert (opened["status"], closed["status"]) == ("OPEN", "CLOSED")
    asked = {"input": {"productCode": "SUIDAI_NEW", "principal": "5000.00", "terms": 6}}
    document = "query($input: QuoteLoanInput!) { quoteLoan(input: $input) { principal } }"
    assert await api.refusal(document, asked) == "PRODUCT_NOT_FOUND"
    assert [row["status"] for row in await versions(api, "SUIDAI_NEW")] == ["CLOSED", "CLOSED"]
    async with api.house.sessions() as session:
        noted = select(func.count()).select_from(AuditRecord).where(AuditRecord.action == "product.configured")
        assert await session.scalar(noted) == 2


async def test_the_staff_sees_the_versions_of_all_products_by_code(api: Api) -> None:
    await configure(api)

    told = await versions(api)

    assert [(row["code"], row["version"], row["effectiveFrom"]) for row in told[:3]] == [
        ("SUIDAI_BULLET", 1, "2020-01-01"),
        ("SUIDAI_EQUAL", 2, "2026-02-01"),
        ("SUIDAI_EQUAL", 1, "2020-01-01"),
    ]
    async with api.house.sessions() as session:
        assert len(told) == await session.scalar(select(func.count()).select_from(ProductVersion))


async def test_a_quote_says_the_worst_case_and_that_it_holds(api: Api) -> None:
    document = (
        "query($input: QuoteLoanInput!) { quoteLoan(input: $input) "
        "{ cost { nominal ceiling holds worstCase { path months rate } } disclosure { hash sheet } } }"
    )
    await configure(api, effectiveFrom="2026-01-15")
    asked = {"input": {"productCode": "SUIDAI_EQUAL", "principal": "12000.00", "terms": 12}}

    told = (await api.ask(document, asked))["quoteLoan"]

    cost = told["cost"]
    assert (cost["nominal"], cost["ceiling"], cost["holds"]) == ("0.120001", "0.24", True)
    # 1 % for the month, half a per cent of the principal that is left: twelve times, and a little of it was repaid.
    assert cost["worstCase"] == {"path": "PREPAID", "months": 1, "rate": "0.17527"}
    shown = told["disclosure"]["sheet"]["annualisedCost"]["worstCase"]
    assert (shown["path"], shown["rate"]) == ("PREPAID", "0.17527")
