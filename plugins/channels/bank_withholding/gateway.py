"""The wire: one signed form out, one line of fields back, believed only if UnionPay signed it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind
from plugins.channels.bank_withholding import answers, signing
from plugins.channels.bank_withholding.certificates import Chain, Unproven
from plugins.channels.bank_withholding.codes import Answer
from plugins.channels.bank_withholding.config import BankWithholdingConfig
from plugins.outcome import channel_error

WITHHOLDING = "000501"
"""The business (`bizType`) all of this belongs to: 代收."""

_ECHOED = ("merId", "orderId", "txnAmt")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Gateway:
    """UnionPay's gateway as one merchant sees it."""

    config: BankWithholdingConfig
    key: RSAPrivateKey
    chain: Chain
    http: httpx.AsyncClient
    clock: Callable[[], datetime]

    async def transact(self, txn_type: str, sub_type: str, fields: Fields) -> Answer:
        """Ask for something to be done: the verified answer, whatever its `respCode`, or why there is none."""
        return await self._post(f"{self.config.gateway_url}backTransReq.do", txn_type, sub_type, fields)

    async def query(self, order_no: str, txn_time: str) -> Answer:
        """What became of a trade."""
        asked = {"orderId": order_no, "txnTime": txn_time}
        return await self._post(f"{self.config.gateway_url}queryTrans.do", "00", "00", asked)

    async def batch(self, txn_type: str, fields: Fields) -> Answer:
        """Send a batch of withholdings (21), or ask what became of one (22)."""
        return await self._post(f"{self.config.gateway_url}batchTrans.do", txn_type, "02", fields)

    async def download(self, fields: Fields) -> Answer:
        """A file, from the host that has them."""
        return await self._post(self.config.file_url, "76", "01", {**fields, "bizType": "000000"})

    def signed(self, txn_type: str, sub_type: str, fields: Fields) -> dict[str, str]:
        """The whole request, with its signature."""
        request = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "certId": self.config.cert_id,
            "accessType": "0",
            "merId": self.config.mer_id,
            "channelType": self.config.channel_type,
            "bizType": WITHHOLDING,
            "txnType": txn_type,
            "txnSubType": sub_type,
            **{name: value for name, value in fields.items() if value},
        }
        return {**request, "signature": signing.sign(request, self.key)}

    async def _post(self, url: str, txn_type: str, sub_type: str, fields: Fields) -> Answer:
        request = self.signed(txn_type, sub_type, fields)
        try:
            response = await self.http.post(
                url,
                content=urlencode(request),
                headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            )
        except httpx.HTTPError as failure:
            return channel_error(failure)
        if response.status_code != 200:
            return _unknown(ErrorCode.SYSTEM_ERROR, f"HTTP {response.status_code}")
        return self.read(response.content, request)

    def read(self, content: bytes, request: Fields) -> Answer:
        """Verify an answer. What is not signed by UnionPay, or is about another trade, says nothing."""
        try:
            answer = answers.read(content.decode("utf-8").strip())
        except (UnicodeDecodeError, answers.Malformed):
            return _unknown(ErrorCode.MALFORMED_ANSWER, "the answer cannot be read")
        try:
            self.chain.prove(answer, self.clock())
        except Unproven as why:
            # Words for a person, that decide nothing.
            said = f"unproven: {answer.get('respCode')} {answer.get('respMsg')}"
            return _unknown(ErrorCode.BAD_SIGNATURE_ON_ANSWER, str(why), said)
        if any(answer.get(name, request.get(name)) != request.get(name) for name in _ECHOED if name in request):
            return _unknown(ErrorCode.MALFORMED_ANSWER, "the answer is about another trade")
        return answer


def _unknown(code: ErrorCode, message: str, said: str = "") -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, code, message, provider_message=said)
