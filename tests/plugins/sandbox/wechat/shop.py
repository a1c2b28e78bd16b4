"""A merchant at the sandbox's WeChat: what he asks of it, and how its cashier is pressed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from plugins.registry import Registry
from suidai.contract import (
    AppOrderString,
    CreatePayment,
    JsapiParams,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    Product,
    QrCode,
    RedirectUrl,
)
from tests.plugins.sandbox.conftest import KEYS, BusinessTime, Ear

ORDER = "PO2611ABCDEFGH1234567890"
SHARED = {
    "appid": "wxd678efh567hg6787",
    "mchid": "1900000109",
    "merchant_serial": "444F4864EA9B34415B9C1F4C3F5E4A6B7C8D9E0F",
    "apiv3_key": "aaaaaaaaB1c2D3e4F5g6H7i8J9k0LmNo",
    "wechatpay_public_key_id": "PUB_KEY_ID_0119000001092026112100000000000001",
}
THEIRS = SHARED | {
    "merchant_public_key": KEYS["wx_merchant.pub.pem"],
    "wechatpay_private_key": KEYS["wx_platform.pkcs8.pem"],
}
OURS = SHARED | {
    "merchant_private_key": KEYS["wx_merchant.pkcs8.pem"],
    "wechatpay_public_key": KEYS["wx_platform.pub.pem"],
}


@dataclass
class Shop:
    """A merchant's channel, the sandbox's WeChat, and an ear for what it posts."""

    url: str
    clock: BusinessTime
    ear: Ear
    wechat: PaymentChannel
    http: httpx.AsyncClient

    async def trades(self) -> dict[str, Any]:
        return (await self.http.get(f"{self.url}/wechat/trades")).json()


def registry_at(url: str, clock: BusinessTime, **changes: str) -> Registry:
    settings = OURS | {"gateway_url": f"{url}/wechat"} | changes
    return Registry.discover({"wechat": settings}, {}, clock=clock, notify_base_url=url, allow_sandbox=True)


async def ordered(
    shop: Shop, product: Product = Product.QR, order_no: str = ORDER, fen: int = 48000, minutes: int = 30
) -> PaymentResult:
    return await shop.wechat.create_payment(
        CreatePayment(
            order_no=order_no,
            amount_fen=fen,
            currency="CNY",
            product=product,
            subject="随贷还款, 第1期",
            expires_at=shop.clock() + timedelta(minutes=minutes),
            client_ip="203.0.113.7",
            payer_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            return_url="https://loan.example.com/return",
            metadata={"loan": "LN1"},
        )
    )


async def opened(shop: Shop, result: PaymentResult) -> str:
    """Follow the action to the cashier, as a borrower's phone would; gives its address."""
    match result.action:
        case QrCode(code_url=code):
            page = await shop.http.get(f"{shop.url}/wechat/scan", params={"code_url": code}, follow_redirects=True)
        case RedirectUrl(url=url):
            page = await shop.http.get(url, follow_redirects=True)
        case JsapiParams(params=params):
            page = await shop.http.post(f"{shop.url}/wechat/app/pay", json=dict(params), follow_redirects=True)
        case AppOrderString(order_string=order):
            page = await shop.http.post(f"{shop.url}/wechat/app/pay", content=order, follow_redirects=True)
        case other:
            raise AssertionError(other)
    assert page.status_code == 200, page.text
    assert "/wechat/cashier/" in str(page.url)
    return str(page.url)


async def pay(shop: Shop, cashier: str, notices: int = 1, **pressed: str) -> httpx.Response:
    return await shop.http.post(
        f"{cashier}/pay", data={"notices": notices, **pressed}, headers={"Accept": "application/json"}
    )


async def paid(shop: Shop, order_no: str = ORDER, fen: int = 48000) -> None:
    assert (await pay(shop, await opened(shop, await ordered(shop, order_no=order_no, fen=fen)))).status_code == 200


def ref(shop: Shop, order_no: str = ORDER) -> PaymentRef:
    return PaymentRef(order_no, shop.clock())
