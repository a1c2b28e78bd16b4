"""The card bank of the sandbox: four elements, a code by text message, a token for the card."""

from domain.borrowers.ports import BankCardVerifier, BindCard, CardBinding, CardState, ConfirmCard
from domain.shared.parties import PartyError
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, number, secret, segment, text
from plugins.spec import ChannelRuntime


class SandboxBankCard(BankCardVerifier):
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        self._party = Party(config, runtime)

    async def begin(self, request: BindCard) -> CardBinding:
        body = {
            "name": request.name.reveal(),
            "id_number": request.id_number.reveal(),
            "card_number": request.card_number.reveal(),
            "phone": request.phone.reveal(),
        }
        return _binding(await self._party.tell(request.ref, "/bindings", body))

    async def confirm(self, request: ConfirmCard) -> CardBinding:
        path = f"/bindings/{segment(request.ref)}/confirm"
        return _binding(await self._party.tell(request.ref, path, {"sms_code": request.sms_code.reveal()}))

    async def query(self, ref: str) -> CardBinding:
        return _binding(await self._party.ask(ref, f"/bindings/{segment(ref)}"))

    async def unbind(self, ref: str) -> CardBinding:
        return _binding(await self._party.tell(ref, f"/bindings/{segment(ref)}/unbind", {}))


def _binding(answer: Fields | PartyError) -> CardBinding:
    if isinstance(answer, PartyError):
        return CardBinding(CardState.UNKNOWN, error=answer)
    return CardBinding(
        CardState(answer.get("state")),
        token=secret(answer, "token"),
        bank=text(answer, "bank"),
        card_masked=text(answer, "card_masked"),
        attempts_left=number(answer, "attempts_left"),
        provider_ref=text(answer, "provider_ref"),
        raw=answer,
    )
