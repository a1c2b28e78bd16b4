"""What WeChat is asked for an order, and what the borrower is handed to pay it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.payments.ports import (
    Action,
    AppOrderString,
    ChannelError,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    JsapiParams,
    Product,
    QrCode,
    RedirectUrl,
)
from domain.shared.days import SHANGHAI
from plugins.channels.wechat.signing import lines, new_nonce
from plugins.channels.wechat.states import Fields, text
from plugins.rsa256 import sign

WAYS: Mapping[Product, str] = {
    Product.QR: "native",
    Product.JSAPI: "jsapi",
    Product.H5: "h5",
    Product.APP: "app",
}
"""The last word of the address at which each product is ordered."""

# Separators of the bill.
_DESCRIPTION = str.maketrans(dict.fromkeys("`\r\n\t", " "))
_LONGEST_DESCRIPTION = 127


def lacking(request: CreatePayment) -> ChannelError | None:
    """What the product needs and the request has not."""
    if request.product is Product.JSAPI and not request.payer_id:
        return _refused("payer_id is missing: JSAPI payments name the payer's openid")
    if request.product is Product.H5 and not request.client_ip:
        return _refused("client_ip is missing: H5 payments name the payer's address")
    return None


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of one app of one merchant."""

    appid: str
    mchid: str
    key: RSAPrivateKey

    def fields(self, request: CreatePayment, notify_url: str) -> dict[str, Any]:
        """The order as it is sent. It ends by itself at `time_expire`."""
        order: dict[str, Any] = {
            "appid": self.appid,
            "mchid": self.mchid,
            "description": request.subject.translate(_DESCRIPTION)[:_LONGEST_DESCRIPTION],
            "out_trade_no": request.order_no,
            "time_expire": request.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": notify_url,
            "amount": {"total": request.amount_fen, "currency": request.currency},
        }
        if request.metadata:
            order["attach"] = urlencode(request.metadata)
        if request.product is Product.JSAPI:
            order["payer"] = {"openid": request.payer_id}
        if request.product is Product.H5:
            order["scene_info"] = {"payer_client_ip": request.client_ip, "h5_info": {"type": "Wap"}}
        return order

    def action(self, request: CreatePayment, answer: Fields, at: datetime) -> Action | None:
        """What the borrower does next; None where the answer does not say."""
        if request.product is Product.QR:
            code_url = text(answer.get("code_url"))
            return QrCode(code_url) if code_url else None
        if request.product is Product.H5:
            return _redirect(text(answer.get("h5_url")), request.return_url)
        prepay_id = text(answer.get("prepay_id"))
        if not prepay_id:
            return None
        timestamp = str(int(at.timestamp()))
        if request.product is Product.JSAPI:
            return JsapiParams(self.jsapi_params(prepay_id, timestamp, new_nonce()))
        return AppOrderString(json.dumps(self.app_params(prepay_id, timestamp, new_nonce())))

    def jsapi_params(self, prepay_id: str, timestamp: str, nonce: str) -> dict[str, str]:
        """What the page inside WeChat hands to WeixinJSBridge."""
        package = f"prepay_id={prepay_id}"
        return {
            "appId": self.appid,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": sign(lines(self.appid, timestamp, nonce, package), self.key),
        }

    def app_params(self, prepay_id: str, timestamp: str, nonce: str) -> dict[str, str]:
        """What our app hands to WeChat's SDK."""
        return {
            "appid": self.appid,
            "partnerid": self.mchid,
            "prepayid": prepay_id,
            "package": "Sign=WXPay",
            "noncestr": nonce,
            "timestamp": timestamp,
            "sign": sign(lines(self.appid, timestamp, nonce, prepay_id), self.key),
        }


def _redirect(h5_url: str | None, return_url: str | None) -> RedirectUrl | None:
    if not h5_url:
        return None
    if not return_url:
        return RedirectUrl(h5_url)
    return RedirectUrl(f"{h5_url}{'&' if '?' in h5_url else '?'}redirect_url={quote(return_url, safe='')}")


def _refused(message: str) -> ChannelError:
    return ChannelError(ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, message)
