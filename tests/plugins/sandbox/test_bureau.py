"""The sandbox's credit bureau and data source, before the plugins that speak to them."""

from typing import Literal

import pytest

from domain.credit.ports import ReportRequest, ReportState, Subject
from domain.shared.parties import PartyFault
from domain.shared.secret import SecretStr
from tests.plugins.sandbox.conftest import Town

Office = Literal["bureau", "data"]


def request(ref: str = "dr1", kind: str = "credit_report", phone: str = "13800138000") -> ReportRequest:
    subject = Subject(SecretStr("王小明"), SecretStr("110101199001011237"), SecretStr(phone))
    return ReportRequest(ref, subject, "c1", "CREDIT_REVIEW", kind)


async def test_a_credit_report_is_there_at_once_and_the_same_when_asked_again(town: Town) -> None:
    bureau = town.registry.provider("bureau")

    first = await bureau.request(request())
    again = await bureau.request(request())

    assert (first.state, first.report["score"]) == (ReportState.READY, 712)
    assert again.report_no == first.report_no
    assert (await bureau.query("dr1")).report == first.report


@pytest.mark.parametrize("kind", ["carrier", "credit_card_bill", "housing_fund", "social_security"])
async def test_the_source_gives_each_of_its_kinds(town: Town, kind: str) -> None:
    source = town.registry.provider("data")

    assert kind in source.kinds
    assert (await source.request(request(kind=kind))).report


async def test_a_report_that_takes_time_comes_by_a_signed_callback(town: Town) -> None:
    bureau = town.registry.provider("bureau")

    assert (await bureau.request(request(phone="13800130409"))).state is ReportState.PENDING

    (heard,) = await town.ear.hears(1)
    callback = await bureau.parse_callback(heard)
    assert (heard.path, callback.ref) == ("/notify/bureau/sandbox", "dr1")
    assert callback.result.state is ReportState.READY


async def test_a_report_whose_callback_is_lost_is_found_by_the_query(town: Town) -> None:
    source = town.registry.provider("data")
    await source.request(request(kind="carrier", phone="13800130408"))

    assert await town.ear.hears(0) == []
    assert (await source.query("dr1")).state is ReportState.READY


async def test_nobody_by_that_name_is_a_refusal_with_a_reason(town: Town) -> None:
    refused = await town.registry.provider("bureau").request(request(phone="13800130403"))

    assert (refused.state, refused.reasons) == (ReportState.REFUSED, ("nobody by that name is known",))


@pytest.mark.parametrize("office", ["bureau", "data"])
async def test_an_office_that_is_closed_has_kept_nothing(town: Town, office: Office) -> None:
    source = town.registry.provider("bureau") if office == "bureau" else town.registry.provider("data")
    kind = "credit_report" if office == "bureau" else "carrier"

    result = await source.request(request(kind=kind, phone="13800130503"))

    assert result.state is ReportState.UNKNOWN
    assert result.error
    assert result.error.fault is PartyFault.REFUSED
    assert (await source.query("dr1")).state is ReportState.NOT_FOUND
