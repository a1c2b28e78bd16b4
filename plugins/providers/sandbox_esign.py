"""The e-signature service of the sandbox: a signing page for each document, the sealed document afterwards."""

import base64
import binascii
from hashlib import sha256

from domain.lending.ports import ESignProvider, SignedDocument, SignRequest, SignResult, SignState
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, RawRequest
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, moment, segment, text, texts
from plugins.spec import ChannelRuntime


class SandboxESign(ESignProvider):
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        self._party = Party(config, runtime)
        self._notify_url = runtime.notify_url("esign")

    async def create(self, request: SignRequest) -> SignResult:
        body = {
            "title": request.title,
            "document": base64.b64encode(request.document).decode(),
            "content_type": request.content_type,
            "signers": [
                {"name": signer.name.reveal(), "id_number": signer.id_number.reveal(), "phone": signer.phone.reveal()}
                for signer in request.signers
            ],
            "expires_at": request.expires_at.isoformat(),
            "return_url": request.return_url,
            "notify_url": self._notify_url,
        }
        return _result(await self._party.tell(request.ref, "/flows", body))

    async def query(self, ref: str) -> SignResult:
        return _result(await self._party.ask(ref, f"/flows/{segment(ref)}"))

    async def parse_callback(self, request: RawRequest) -> Callback[SignResult]:
        content = self._party.callback(request)
        result = _result(content)
        return Callback(content["ref"], f"{content['ref']}:{result.state}", result, content)

    async def fetch_signed(self, ref: str) -> SignedDocument | None:
        answer = await self._party.ask(ref, f"/flows/{segment(ref)}/document")
        return None if isinstance(answer, PartyError) else _document(answer)


def _result(answer: Fields | PartyError) -> SignResult:
    if isinstance(answer, PartyError):
        return SignResult(SignState.UNKNOWN, error=answer)
    return SignResult(
        SignState(answer.get("state")),
        sign_urls=texts(answer, "sign_urls"),
        provider_ref=text(answer, "provider_ref"),
        signed_at=moment(answer, "signed_at"),
        raw=answer,
    )


def _document(answer: Fields) -> SignedDocument | None:
    signed_at, seal = moment(answer, "signed_at"), text(answer, "seal")
    try:
        content = base64.b64decode(text(answer, "document") or "", validate=True)
    except binascii.Error:
        return None
    if not content or signed_at is None or seal is None or sha256(content).hexdigest() != answer.get("sha256"):
        return None
    return SignedDocument(
        content=content,
        content_type=text(answer, "content_type") or "application/octet-stream",
        sha256=sha256(content).hexdigest(),
        original_sha256=text(answer, "original_sha256") or "",
        seal=seal,
        signed_at=signed_at,
    )
