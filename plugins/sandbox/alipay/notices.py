"""What Alipay posts to the merchant when money has moved: a signed form, the same bytes at every repeat."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.shared.days import SHANGHAI
from domain.shared.money import yuan
from plugins.channels.alipay.signing import sign, string_to_verify
from plugins.sandbox.alipay.keys import AlipayKeys
from plugins.sandbox.alipay.trades import Trade

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def notice(trade: Trade, keys: AlipayKeys, key: RSAPrivateKey, now: datetime, *, forged: bool = False) -> bytes:
    """The form that tells of the trade as it stands: a payment, or its latest refund. Forged: by nobody's key."""
    total = yuan(trade.total_fen)
    params = {
        **common(keys, now),
        "buyer_id": "2088102116773037",
        "buyer_logon_id": "159****5620",
        "buyer_pay_amount": total,
        "fund_bill_list": f'[{{"amount":"{total}","fundChannel":"ALIPAYACCOUNT"}}]',
        "gmt_create": beijing(trade.created_at),
        "gmt_payment": beijing(trade.paid_at),
        "invoice_amount": total,
        "notify_type": "trade_status_sync",
        "out_trade_no": trade.out_trade_no,
        "point_amount": "0.00",
        "receipt_amount": total,
        "seller_email": "sandbox@suidai.example",
        "seller_id": keys.seller_id,
        "subject": trade.subject,
        "total_amount": total,
        "trade_no": trade.trade_no,
        "trade_status": trade.status,
    }
    if trade.passback_params:
        params["passback_params"] = trade.passback_params
    if trade.refunds:
        latest = trade.refunds[-1]
        params |= {
            "refund_fee": yuan(trade.refunded_fen),
            "gmt_refund": f"{beijing(latest['at'])}.000",
            "out_biz_no": latest["no"],
        }
    return signed(params, key, forged=forged)


def common(keys: AlipayKeys, now: datetime) -> dict[str, str]:
    """What every notice says."""
    return {
        "app_id": keys.app_id,
        "auth_app_id": keys.app_id,
        "charset": "utf-8",
        "notify_id": f"{now.astimezone(SHANGHAI):%Y%m%d}00222{secrets.randbelow(10**21):021d}",
        "notify_time": beijing(now.isoformat()),
        "version": "1.0",
    }


def signed(params: Mapping[str, str], key: RSAPrivateKey, *, forged: bool) -> bytes:
    """The form with its proof, or with none."""
    signature = base64.b64encode(secrets.token_bytes(256)).decode() if forged else sign(string_to_verify(params), key)
    return urlencode({**params, "sign": signature, "sign_type": "RSA2"}).encode()


def beijing(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
