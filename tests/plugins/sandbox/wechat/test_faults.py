"""Whom the sandbox's WeChat refuses, and what it does wrong when it is told to."""

import json

import pytest

from suidai.contract import (
    CloseResult,
    ErrorCode,
    ErrorKind,
    PaymentResult,
    PaymentState,
    Refund,
    RefundRef,
    RefundState,
)
from tests.plugins.sandbox.conftest import KEYS
from tests.plugins.sandbox.wechat.shop import ORDER, SHARED, Shop, ordered, paid, ref, registry_at


async def plan(shop: Shop, fault: str, *, order: str = ORDER) -> None:
    asked = {"party": "wechat", "fault": fault, "order": order}
    assert (await shop.http.post(f"{shop.url}/faults", json=asked)).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"merchant_private_key": KEYS["alipay_app.pkcs8.pem"]}, id="another key"),
        pytest.param({"merchant_serial": "AB12"}, id="another certificate"),
        pytest.param({"mchid": "1900000108"}, id="another merchant"),
    ],
)
async def test_whom_wechat_does_not_know_is_refused_and_told_so_under_its_signature(
    shop: Shop, changes: dict[str, str]
) -> None:
    registry = registry_at(shop.url, shop.clock, **changes)
    stranger = registry.channel("wechat")

    result, health = await stranger.query_payment(ref(shop)), await stranger.health()
    await registry.close()

    assert result.error
    assert (result.state, result.error.kind, result.error.code) == (
        PaymentState.UNKNOWN,
        ErrorKind.CONFIG,
        ErrorCode.SIGN_ERROR,
    )
    assert not health.ok
    assert (await shop.wechat.health()).ok


async def test_an_answer_of_somebody_else_is_not_wechats(shop: Shop) -> None:
    registry = registry_at(shop.url, shop.clock, wechatpay_public_key=KEYS["alipay_platform.pub.pem"])

    result = await registry.channel("wechat").query_payment(ref(shop))
    await registry.close()

    assert result.error
    assert (result.state, result.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)


async def test_what_is_not_signed_is_refused(shop: Shop) -> None:
    answer = await shop.http.post(f"{shop.url}/wechat/v3/pay/transactions/native", json={})

    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert answer.headers["Wechatpay-Signature"]


async def test_a_notice_that_is_lost_is_found_by_the_query(shop: Shop) -> None:
    await plan(shop, "LOSE_NOTICE")
    await paid(shop)

    assert await shop.ear.hears(0) == []
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED


async def test_a_notice_is_repeated(shop: Shop) -> None:
    await plan(shop, "REPEAT_NOTICE")
    await paid(shop)

    assert len({one.body for one in await shop.ear.hears(3)}) == 1


async def test_an_answer_signed_by_nobody_changes_nothing(shop: Shop) -> None:
    await paid(shop)
    await plan(shop, "BAD_SIGNATURE")

    first = await shop.wechat.query_payment(ref(shop))

    assert first.error
    assert (first.state, first.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED


async def test_a_refund_whose_answer_is_lost_was_done_all_the_same(shop: Shop) -> None:
    await paid(shop)
    await plan(shop, "LOSE_ANSWER")
    part = Refund("RF1", ref(shop), 8000, 48000)

    lost, repeat = await shop.wechat.refund(part), await shop.wechat.refund(part)

    assert lost.error
    assert (lost.state, lost.error.code) == (RefundState.UNKNOWN, ErrorCode.SYSTEM_ERROR)
    assert repeat.state is RefundState.SUCCEEDED
    assert (await shop.trades())["trades"][0]["refunded_fen"] == 8000


async def test_what_breaks_has_done_nothing_and_nobody_can_know(shop: Shop) -> None:
    await ordered(shop)
    await plan(shop, "BREAK")

    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.UNKNOWN
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.PROCESSING


async def test_one_fen_less_is_seen_everywhere_it_is_told(shop: Shop) -> None:
    await plan(shop, "WRONG_AMOUNT")
    await paid(shop)

    (heard,) = await shop.ear.hears(1)
    notice = (await shop.wechat.parse_notification(heard)).result
    assert isinstance(notice, PaymentResult)
    assert notice.amount_fen == 47999
    assert (await shop.wechat.query_payment(ref(shop))).amount_fen == 47999


async def test_a_fault_strikes_a_question_about_a_refund_too(shop: Shop) -> None:
    await paid(shop)
    await shop.wechat.refund(Refund("RF1", ref(shop), 8000, 48000))
    await plan(shop, "BREAK")

    assert (await shop.wechat.query_refund(RefundRef("RF1", ref(shop)))).state is RefundState.UNKNOWN
    assert (await shop.wechat.query_refund(RefundRef("RF1", ref(shop)))).state is RefundState.SUCCEEDED


async def test_what_wechat_cannot_do_wrong_it_is_not_told_to(shop: Shop) -> None:
    answer = await shop.http.post(f"{shop.url}/faults", json={"party": "wechat", "fault": "INSUFFICIENT_FUNDS"})

    assert answer.status_code == 422


async def test_the_first_page_shows_wechats_rules(shop: Shop) -> None:
    shown = (await shop.http.get(shop.url)).text

    assert "微信支付 WeChat Pay" in shown
    assert '<a href="wechat/trades">' in shown
    assert json.dumps(SHARED["apiv3_key"]).strip('"') not in shown
