"""The wire: one signed document out, one back, believed only if Allinpay signed it and it answers this very request."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from suidai.contract import ChannelError, ErrorCode, channel_error
from suidai_allinpay import codes, documents, signing
from suidai_allinpay.config import AllinpayConfig
from suidai_allinpay.documents import Document, Malformed, Node

Answer = Document | ChannelError
"""A proven answer, whatever it says; or why there is none."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Allinpay's gateway as one merchant sees it."""

    config: AllinpayConfig
    key: RSAPrivateKey
    allinpay: RSAPublicKey
    http: httpx.AsyncClient
    clock: Callable[[], datetime]
    tz: tzinfo

    async def ask(self, trx_code: str, req_sn: str, *bodies: tuple[str, Node]) -> Answer:
        """Post one document. `req_sn` is what makes a request the same one when it is repeated."""
        content = signing.signed(documents.write(self._info(trx_code, req_sn), *bodies), self.key)
        try:
            response = await self.http.post(
                self.config.gateway_url,
                params={"MERCHANT_ID": self.config.merchant_id, "REQ_SN": req_sn},
                content=content,
                headers={"Content-Type": "text/xml; charset=GBK"},
            )
        except httpx.HTTPError as failure:
            return channel_error(failure)
        if response.status_code != 200:
            return codes.unknown(ErrorCode.SYSTEM_ERROR, f"HTTP {response.status_code}")
        return self._read(response.content, trx_code, req_sn)

    async def query(self, req_sn: str) -> Answer:
        """What became of a trade, or of every trade of a batch."""
        # STATUS 2: in every state; TYPE 1: by the time they were submitted.
        asked = {"MERCHANT_ID": self.config.merchant_id, "QUERY_SN": req_sn, "STATUS": "2", "TYPE": "1"}
        return await self.ask("200004", question(), ("QTRANSREQ", asked))

    def now(self) -> str:
        return codes.beijing(self.clock(), self.tz)

    def _info(self, trx_code: str, req_sn: str) -> dict[str, str]:
        return {
            "TRX_CODE": trx_code,
            "VERSION": "04",
            "DATA_TYPE": "2",
            "LEVEL": "5",
            "MERCHANT_ID": self.config.merchant_id,
            "USER_NAME": self.config.user_name,
            "USER_PASS": self.config.user_password.reveal(),
            "REQ_SN": req_sn,
        }

    def _read(self, content: bytes, trx_code: str, req_sn: str) -> Answer:
        try:
            answer = documents.read(signing.proven(content, self.allinpay))
        except signing.Unproven as why:
            return codes.unknown(ErrorCode.BAD_SIGNATURE_ON_ANSWER, str(why))
        except Malformed as why:
            return codes.unknown(ErrorCode.MALFORMED_ANSWER, str(why))
        if (answer.trx_code, answer.req_sn) != (trx_code, req_sn):
            # Signed, and yet somebody else's answer: it may have been kept from another day.
            return codes.unknown(ErrorCode.MALFORMED_ANSWER, "the answer is to another request")
        return answer


def question() -> str:
    """A number for a request that moves nothing: it never comes twice."""
    return f"Q{secrets.token_hex(12)}"
