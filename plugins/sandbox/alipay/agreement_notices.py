"""What Alipay posts to the merchant when an agreement was signed, or ended."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from plugins.sandbox.alipay.agreements import Agreement
from plugins.sandbox.alipay.keys import AlipayKeys
from plugins.sandbox.alipay.notices import beijing, common, signed

FOREVER = "2115-02-01 00:00:00"
"""How long an agreement holds, in Alipay's words."""


def of_agreement(
    agreement: Agreement, keys: AlipayKeys, key: RSAPrivateKey, now: datetime, *, forged: bool = False
) -> bytes:
    """The form that tells that an agreement was signed, or ended."""
    params = {
        **common(keys, now),
        "agreement_no": agreement.agreement_no,
        "alipay_logon_id": "159****5620",
        "alipay_user_id": "2088102116773037",
        "external_agreement_no": agreement.external_agreement_no,
        "partner_id": keys.seller_id,
        "personal_product_code": agreement.personal_product_code,
        "sign_scene": agreement.sign_scene,
        "status": agreement.status,
    }
    if agreement.status == "UNSIGN":
        params |= {"notify_type": "dut_user_unsign", "unsign_time": beijing(agreement.ended_at)}
    else:
        at = beijing(agreement.signed_at)
        params |= {"notify_type": "dut_user_sign", "sign_time": at, "valid_time": at, "invalid_time": FOREVER}
    return signed(params, key, forged=forged)
