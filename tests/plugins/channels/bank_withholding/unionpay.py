"""UnionPay's side of a test: it signs what it is told to say."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx

from plugins.channels.bank_withholding import answers, signing
from plugins.channels.bank_withholding.plugin import payment_channels
from plugins.keys import private_key
from plugins.testing import runtime
from suidai.contract import PaymentChannel, RawRequest
from tests.plugins.channels.test_unionpay_vectors import CONFIG, KEYS, NOW, SUBMITTED, vector_of

SIGNER = private_key(KEYS["up_sign.pkcs8.pem"], "sign")
CERTIFICATE: str = vector_of("responses", "query_paid")["params"]["signPubKeyCert"]
ORDER = "WD20261121000001"
TXN_TIME = "20261121101530"

PAID = {
    "merId": CONFIG["mer_id"],
    "orderId": ORDER,
    "txnTime": TXN_TIME,
    "txnType": "11",
    "respCode": "00",
    "respMsg": "成功[0000000]",
    "origRespCode": "00",
    "queryId": "202611211015301234568",
    "txnAmt": "51233",
}

Gateway = Callable[[httpx.Request], httpx.Response]


def signed(fields: Mapping[str, str], certificate: str = CERTIFICATE, signer: Any = SIGNER) -> dict[str, str]:
    whole = {"signMethod": "01", **fields, "signPubKeyCert": certificate}
    return {**whole, "signature": signing.sign(whole, signer)}


def asked(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode(), strict_parsing=True))


def saying(*told: Mapping[str, str]) -> Gateway:
    """A gateway that signs these answers, one a call, the last one ever after."""
    left = list(told)

    def handle(_: httpx.Request) -> httpx.Response:
        fields = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, content=answers.write(signed(fields)).encode())

    return handle


def failing(failure: Exception) -> Gateway:
    def handle(_: httpx.Request) -> httpx.Response:
        raise failure

    return handle


def channel(handle: Gateway, *, now: datetime = NOW, audit: Any = None, **config: Any) -> PaymentChannel:
    (spec,) = payment_channels()
    transport = httpx.MockTransport(handle)
    given = runtime(now=now, transport=transport, audit=audit, code=spec.code, masked_fields=spec.masked_fields)
    return spec.factory(spec.config_model(**CONFIG | config), given)


def posted(fields: Mapping[str, str], at: datetime = NOW) -> RawRequest:
    body = urlencode(fields, quote_via=quote).encode()
    return RawRequest("POST", "/notify/payments/bank_withholding", "", {}, body, at)  # type: ignore[arg-type]


__all__ = ["CERTIFICATE", "CONFIG", "KEYS", "NOW", "ORDER", "PAID", "SUBMITTED", "TXN_TIME"]
