"""A till that keeps the contract, and ways to spoil it."""

import hmac
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx

from plugins.outcome import channel_error
from plugins.testing import Subject, bills_are_read, notices_are_proven
from suidai.contract import (
    BillAnswer,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
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
    RawRequest,
    SecretStr,
    SignatureError,
    require_https,
)

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
SECRET = "a-very-secret-key"
NO_ANSWER = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER)


@dataclass(frozen=True)
class CashConfig:
    """A till's settings."""

    url: str
    key: SecretStr = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", SecretStr(self.key))
        require_https(self.url, "url")


class Cash(PaymentChannel):
    """A till somewhere that answers in signed JSON."""

    code = "cash"

    def __init__(self, config: CashConfig, runtime: ChannelRuntime) -> None:
        self.config = config
        self.runtime = runtime

    def sign(self, content: bytes) -> str:
        return hmac.new(self.config.key.reveal().encode(), content, sha256).hexdigest()

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        return await self.asked(request.order_no)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        return await self.asked(ref.order_no)

    async def asked(self, order_no: str) -> PaymentResult:
        try:
            response = await self.runtime.http.post(f"{self.config.url}/{order_no}")
        except httpx.HTTPError as failure:
            return PaymentResult(PaymentState.UNKNOWN, error=channel_error(failure))
        if response.headers.get("x-sign") != self.sign(response.content):
            return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)
        return PaymentResult(PaymentState(response.json()["state"]))

    async def parse_notification(self, request: RawRequest) -> Notification:
        if not hmac.compare_digest(request.headers.get("x-sign", ""), self.sign(request.body)):
            raise SignatureError("not the till's")
        said = json.loads(request.body)
        paid = PaymentResult(PaymentState.SUCCEEDED, said["fen"], "CNY")
        return Notification(NotificationKind.PAYMENT, said["order"], order_no=said["order"], result=paid)

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        again = outcome in {NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE}
        return HttpAnswer(500, {}, b"again") if again else HttpAnswer(200, {}, b"ok")

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        return BillNotReady()

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        lines = file.content.decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines[:-1], 1):
            kind, _, fen = line.partition(" ")
            if kind in {"PAYMENT", "REFUND"} and fen.isdigit():
                yield BillRow(BillKind(kind), "A1", int(fen), "CNY", occurred_at=NOW, raw=line)
            else:
                yield BillProblem(number, "not understood", line)
        if lines[-1] != "end":
            yield BillProblem(0, "no end")
        yield BillTotals()


CAN = Capabilities(products=frozenset({Product.PAGE}), bill=frozenset({BillKind.TRADE}), notify_answer="ok")
SPEC = ChannelSpec("cash", "现金", "Cash", CashConfig, CAN, Cash)
SETTINGS = {"url": "https://till.example", "key": SECRET}
SUBJECT = Subject(SPEC, SETTINGS)
FILE = BillFile(b"PAYMENT 100\nREFUND 40\nend", "bill", "")
EMPTY = BillFile(b"end", "bill", "")
BODY = b'{"order": "A1", "fen": 100}'
GOOD = RawRequest("POST", "/", "", {"x-sign": hmac.new(SECRET.encode(), BODY, sha256).hexdigest()}, BODY, NOW)  # type: ignore[arg-type]
Check = Callable[[Subject], Awaitable[None]]


def spoiled(**members: Any) -> Subject:
    """The till with some of its members replaced."""
    return replace(SUBJECT, spec=replace(SPEC, factory=type("Spoiled", (Cash,), members)))


def announced(**changes: Any) -> Subject:
    return replace(SUBJECT, spec=replace(SPEC, **changes))


def able(**flags: Any) -> Subject:
    return announced(capabilities=replace(CAN, **flags))


async def notices(subject: Subject) -> None:
    await notices_are_proven(subject, GOOD)


async def bills(subject: Subject) -> None:
    bills_are_read(subject, FILE, empty=EMPTY)
