"""Example Pay: shows a code, tells of payments in JSON signed with a shared secret (HMAC-SHA256 over the raw body)."""

import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import httpx

from suidai.contract import (
    Capabilities,
    ChannelError,
    ChannelRuntime,
    ChannelSpec,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    QrCode,
    RawRequest,
    SecretStr,
    SignatureError,
    hookimpl,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    secret: SecretStr = field(repr=False)
    gateway_url: str = "https://pay.example.com"

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", SecretStr(self.secret))


class ExamplePay(PaymentChannel):
    code = "examplepay"

    def __init__(self, config: Config, runtime: ChannelRuntime) -> None:
        self._config, self._runtime = config, runtime

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        code = QrCode(f"examplepay://pay?order={request.order_no}&fen={request.amount_fen}")
        return PaymentResult(PaymentState.ACTION_REQUIRED, action=code)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        try:
            answer = await self._runtime.http.get(f"{self._config.gateway_url}/orders/{ref.order_no}")
            self._must_be_signed(answer.headers.get("x-signature", ""), answer.content)
        except (httpx.HTTPError, SignatureError) as failure:
            error = ChannelError(ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, type(failure).__name__)
            return PaymentResult(PaymentState.UNKNOWN, error=error)
        return _result(json.loads(answer.content))

    async def parse_notification(self, request: RawRequest) -> Notification:
        self._must_be_signed(request.headers.get("x-signature", ""), request.body)
        told = json.loads(request.body)
        return Notification(NotificationKind.PAYMENT, told["event"], order_no=told["order_no"], result=_result(told))

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        taken = outcome in (NoticeOutcome.ACCEPTED, NoticeOutcome.DUPLICATE, NoticeOutcome.REJECTED)
        return HttpAnswer(200 if taken else 400, {}, outcome.value.encode())

    def _must_be_signed(self, signature: str, body: bytes) -> None:
        expected = hmac.new(self._config.secret.reveal().encode(), body, sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            raise SignatureError("the signature is not of this message")


def _result(told: dict) -> PaymentResult:
    return PaymentResult(
        PaymentState(told["state"]),
        amount_fen=told["fen"],
        currency="CNY",
        provider_no=told["event"],
        paid_at=datetime.fromisoformat(told["paid_at"]),
    )


@hookimpl
def payment_channels() -> list[ChannelSpec]:
    return [
        ChannelSpec(
            code="examplepay",
            name_zh="示例支付",
            name_en="Example Pay",
            config_model=Config,
            capabilities=Capabilities(products=frozenset({Product.QR})),
            factory=ExamplePay,
            package="suidai-examplepay",
            version="0.1.0",
        )
    ]
