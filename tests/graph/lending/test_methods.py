"""What packages bring is seen by anyone, and a product whose method no package provides is not offered."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.lending.rules.methods import forget, is_known
from plugins.registry import Registry
from plugins.testing import registered
from tests.domain.lending.origination.builders import product
from tests.domain.lending.rules.test_methods import HalfWay
from tests.graph.api import Api
from tests.graph.bare import asked, bare_house, calling
from tests.plugins.test_methods import Doubling, offering

DEPOSIT = """
{ calculateDeposit(input: {calculator: "DOUBLING", amount: "%s", months: %d, rate: "%s"}) { paidIn interest total } }
"""
METHODS = "{ repaymentMethods { code nameEn nameZh provider builtIn } }"


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Of a process in which somebody's method and calculator are installed."""
    house = bare_house()
    plugins = {"halfway": offering(HalfWay()), "deposits": offering(Doubling(), hook="deposit_calculators")}
    clock = house.clock.last_known
    yield Registry.discover({}, {}, clock=clock, notify_base_url="http://api.test", allow_sandbox=True, plugins=plugins)
    if is_known("HALF_WAY"):
        forget("HALF_WAY")


async def answer(registry: Registry, document: str) -> dict[str, Any]:
    async with calling(replace(bare_house(), registry=registry)) as http:
        status, body = await asked(http, document)
    assert status == 200
    return body


async def test_anyone_sees_which_methods_there_are_and_whose_they_are(registry: Registry) -> None:
    told = (await answer(registry, METHODS))["data"]["repaymentMethods"]

    assert [each["code"] for each in told if each["builtIn"]] == [
        "EQUAL_INSTALLMENT",
        "EQUAL_PRINCIPAL",
        "INTEREST_ONLY",
        "BULLET",
    ]
    assert told[-1] == {
        "code": "HALF_WAY",
        "nameEn": "principal half-way",
        "nameZh": "中期还本",
        "provider": "halfway",
        "builtIn": False,
    }


async def test_anyone_works_out_a_deposit(registry: Registry) -> None:
    listed = await answer(registry, "{ calculators { code nameEn nameZh provider } }")
    told = await answer(registry, DEPOSIT % ("1000.00", 12, "0.0135"))

    assert listed["data"]["calculators"] == [
        {"code": "DOUBLING", "nameEn": "doubling", "nameZh": "翻倍", "provider": "deposits"}
    ]
    assert told["data"]["calculateDeposit"] == {"paidIn": "1000.00", "interest": "1000.00", "total": "2000.00"}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        (("0.00", 12, "0.0135"), "DEPOSIT_NOT_SENSIBLE", ["amount"]),
        (("-1.00", 12, "0.0135"), "DEPOSIT_NOT_SENSIBLE", ["amount"]),
        (("100000000.01", 12, "0.0135"), "DEPOSIT_NOT_SENSIBLE", ["amount"]),
        (("1.00", 0, "0.0135"), "DEPOSIT_NOT_SENSIBLE", ["months"]),
        (("1.00", 601, "0.0135"), "DEPOSIT_NOT_SENSIBLE", ["months"]),
        (("1.00", 12, "1.35"), "DEPOSIT_NOT_SENSIBLE", ["rate"]),
    ],
)
async def test_a_deposit_nobody_can_make_is_refused(
    registry: Registry, given: tuple[str, int, str], code: str, field: list[str]
) -> None:
    (error,) = (await answer(registry, DEPOSIT % given))["errors"]

    assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, field)


async def test_a_calculator_that_is_not_installed_is_refused(registry: Registry) -> None:
    document = DEPOSIT.replace("DOUBLING", "FIXED_DEPOSIT") % ("1.00", 12, "0.0135")
    (error,) = (await answer(registry, document))["errors"]

    assert error["extensions"] == {"code": "CALCULATOR_UNKNOWN", "field": ["calculator"]}
    assert "DOUBLING" in error["message"]


QUOTE = '{ quoteLoan(input: {productCode: "HALVES", principal: "12000.00", terms: 4}) { plan { principal } } }'
PRODUCTS = "{ loanProducts { code method methodNameEn methodNameZh } }"


async def test_a_packages_method_is_in_products_and_quotes_and_goes_with_the_package(api: Api) -> None:
    async with api.house.sessions.begin() as session:
        await product(session, "HALVES", method="HALF_WAY", annual_rate=Decimal("0.12"))

    with registered(HalfWay(), provider="halfway"):
        listed = await api.ask(PRODUCTS)
        quoted = await api.ask(QUOTE)
    gone = await api.ask(PRODUCTS)
    refused = (await api.answer(QUOTE, {})).json()

    expected = {
        "code": "HALVES",
        "method": "HALF_WAY",
        "methodNameEn": "principal half-way",
        "methodNameZh": "中期还本",
    }
    assert expected in listed["loanProducts"]
    assert [row["principal"] for row in quoted["quoteLoan"]["plan"]] == ["0.00", "0.00", "12000.00", "0.00"]
    assert [each["code"] for each in gone["loanProducts"]] == [
        each["code"] for each in listed["loanProducts"] if each["code"] != "HALVES"
    ]
    assert refused["data"] == {"quoteLoan": None}
    assert refused["errors"][0]["extensions"]["code"] == "METHOD_UNKNOWN"
