"""Whether Alipay's key is set by itself or comes by its certificate, a notice says the same."""

from urllib.parse import urlencode

import pytest

from suidai.contract import MandateState, NotificationKind, PaymentState, RefundState, SignatureError
from tests.plugins.channels.alipay.test_agreements import alipay, proof, written
from tests.plugins.channels.alipay.test_certificates import config
from tests.plugins.channels.alipay.test_notifications import AGREEMENT, PAID
from tests.plugins.channels.test_alipay_vectors import posted

PAYMENT, REFUND, MANDATE = NotificationKind.PAYMENT, NotificationKind.REFUND, NotificationKind.MANDATE
CLOSED = {"trade_status": "TRADE_CLOSED"}
PART = {"refund_fee": "24.50", "gmt_refund": "2026-11-22 09:00:00.123", "out_biz_no": "RF1"}
ALL = {"refund_fee": "1024.50", "gmt_refund": "2026-11-22 09:00:00.123", "out_biz_no": "RF2"}
ENDED = {"notify_type": "dut_user_unsign", "status": "UNSIGN"}


@pytest.mark.parametrize(
    ("told", "kind", "state", "fen"),
    [
        (PAID, PAYMENT, PaymentState.SUCCEEDED, 1024_50),
        ({**PAID, "trade_status": "TRADE_FINISHED"}, PAYMENT, PaymentState.SUCCEEDED, 1024_50),
        ({**PAID, **CLOSED, "gmt_payment": ""}, PAYMENT, PaymentState.CLOSED, 1024_50),
        ({**PAID, **PART}, REFUND, RefundState.SUCCEEDED, 24_50),
        ({**PAID, **CLOSED, **ALL}, REFUND, RefundState.SUCCEEDED, 1024_50),
        (AGREEMENT, MANDATE, MandateState.ACTIVE, None),
        ({**AGREEMENT, **ENDED}, MANDATE, MandateState.REVOKED, None),
    ],
    ids=["paid", "finished", "closed unpaid", "part refunded", "all refunded", "signed", "ended"],
)
async def test_a_notice_says_the_same_in_either_mode(
    told: dict[str, str], kind: NotificationKind, state: str, fen: int | None
) -> None:
    body = urlencode({**told, "sign": proof(written(told)), "sign_type": "RSA2"})
    channels = alipay(), alipay(**config())

    by_key, by_certificate = [await channel.parse_notification(posted(body)) for channel in channels]

    assert by_key == by_certificate
    assert by_key.result
    assert (by_key.kind, by_key.result.state, getattr(by_key.result, "amount_fen", None)) == (kind, state, fen)
    for channel in channels:
        with pytest.raises(SignatureError):
            await channel.parse_notification(posted(body.replace("RSA2", "RSA2&seller_id=1")))
