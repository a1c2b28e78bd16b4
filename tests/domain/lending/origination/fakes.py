"""Parties of a loan that say what the test tells them to."""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from domain.lending.ports import (
    Disburse,
    FundingResult,
    FundingState,
    Remit,
    SignedDocument,
    SignRequest,
    SignResult,
    SignState,
)
from domain.shared.wire import Callback, RawRequest
from tests.domain.parties import Answers, proven

SIGNED_AT = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
SENT = SignResult(SignState.SENT, sign_urls=("https://sign.example/1",), provider_ref="S1")
ACCEPTED = FundingResult(FundingState.ACCEPTED, provider_ref="F1")


class Notary(Answers[SignResult]):
    """An e-signature provider. What it fetches is the contract with its seal under it, unless told otherwise."""

    def __init__(self, answer: SignResult | BaseException = SENT, told: SignResult | BaseException = SENT) -> None:
        super().__init__(answer, told)
        self.document: SignedDocument | Exception | None = None
        self.lost = False

    async def create(self, request: SignRequest) -> SignResult:
        return self.take(request)

    async def fetch_signed(self, ref: str) -> SignedDocument | None:
        if isinstance(self.document, Exception):
            raise self.document
        if self.document is not None or self.lost:
            return self.document
        (request,) = [request for request in self.sent if request.ref == ref]
        return sealed(request.document)

    async def parse_callback(self, request: RawRequest) -> Callback[SignResult]:
        said = proven(request)
        return Callback(said["ref"], said["event"], SignResult(SignState(said["state"]), signed_at=SIGNED_AT))


def sealed(text: bytes, original: bytes | None = None) -> SignedDocument:
    content = text + b"\n[seal]"
    return SignedDocument(
        content=content,
        content_type="text/plain",
        sha256=sha256(content).hexdigest(),
        original_sha256=sha256(original if original is not None else text).hexdigest(),
        seal="seal-1",
        signed_at=SIGNED_AT,
    )


def signature(ref: str, state: str = "SIGNED", event: str = "E1") -> dict[str, Any]:
    return {"ref": ref, "state": state, "event": event}


class Funder(Answers[FundingResult]):
    def __init__(
        self, answer: FundingResult | BaseException = ACCEPTED, told: FundingResult | BaseException = ACCEPTED
    ) -> None:
        super().__init__(answer, told)

    async def disburse(self, request: Disburse) -> FundingResult:
        return self.take(request)

    async def remit(self, request: Remit) -> FundingResult:
        return ACCEPTED

    async def parse_callback(self, request: RawRequest) -> Callback[FundingResult]:
        said = proven(request)
        result = paid_out(said["amount_fen"]) if said["state"] == "SUCCEEDED" else FundingResult(FundingState.FAILED)
        return Callback(said["ref"], said["event"], result)


def paid_out(amount_fen: int = 40_000_00, value_date: date | None = date(2026, 1, 15)) -> FundingResult:
    return FundingResult(
        FundingState.SUCCEEDED,
        amount_fen=amount_fen,
        currency="CNY",
        value_date=value_date,
        provider_ref="F1",
        raw={"paid": amount_fen},
    )


def payout(ref: str, state: str = "SUCCEEDED", amount_fen: int = 40_000_00, event: str = "E1") -> dict[str, Any]:
    return {"ref": ref, "state": state, "amount_fen": amount_fen, "event": event}
