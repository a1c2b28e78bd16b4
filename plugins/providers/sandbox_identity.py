"""The identity register of the sandbox: reads cards, compares faces."""

import base64

from domain.borrowers.ports import CardReading, FaceMatch, IdentityProvider, IdentityState, MatchFace, ReadCard
from domain.shared.parties import PartyError
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, day, number, secret, segment, text
from plugins.spec import ChannelRuntime


class SandboxIdentity(IdentityProvider):
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        self._party = Party(config, runtime)

    async def read_card(self, request: ReadCard) -> CardReading:
        body = {"front": _base64(request.front), "back": _base64(request.back)}
        return _reading(await self._party.tell(request.ref, "/cards", body))

    async def match_face(self, request: MatchFace) -> FaceMatch:
        body = {
            "name": request.name.reveal(),
            "id_number": request.id_number.reveal(),
            "image": _base64(request.image) if request.image else None,
            "liveness_token": request.liveness_token,
        }
        return _match(await self._party.tell(request.ref, "/faces", body))

    async def query_card(self, ref: str) -> CardReading:
        return _reading(await self._party.ask(ref, f"/cards/{segment(ref)}"))

    async def query_face(self, ref: str) -> FaceMatch:
        return _match(await self._party.ask(ref, f"/faces/{segment(ref)}"))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _reading(answer: Fields | PartyError) -> CardReading:
    if isinstance(answer, PartyError):
        return CardReading(IdentityState.UNKNOWN, error=answer)
    return CardReading(
        IdentityState(answer.get("state")),
        name=secret(answer, "name"),
        id_number=secret(answer, "id_number"),
        address=secret(answer, "address"),
        valid_from=day(answer, "valid_from"),
        valid_to=day(answer, "valid_to"),
        score=number(answer, "score"),
        provider_ref=text(answer, "provider_ref"),
        raw=answer,
    )


def _match(answer: Fields | PartyError) -> FaceMatch:
    if isinstance(answer, PartyError):
        return FaceMatch(IdentityState.UNKNOWN, error=answer)
    return FaceMatch(
        IdentityState(answer.get("state")),
        score=number(answer, "score"),
        provider_ref=text(answer, "provider_ref"),
        raw=answer,
    )
