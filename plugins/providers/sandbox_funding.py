"""The funding party of the sandbox: takes a disbursement once, pays later, calls back."""

from domain.lending.ports import Disburse, FundingParty, FundingResult, FundingState, Remit
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, RawRequest
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, day, number, segment, text, texts
from plugins.spec import ChannelRuntime


class SandboxFunding(FundingParty):
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        self._party = Party(config, runtime)
        self._notify_url = runtime.notify_url("funding")

    async def disburse(self, request: Disburse) -> FundingResult:
        account = request.account
        body = {
            "loan_number": request.loan_number,
            "amount_fen": request.amount_fen,
            "currency": request.currency,
            "name": account.name.reveal(),
            "bank": account.bank,
            "token": account.token.reveal() if account.token else None,
            "card_number": account.card_number.reveal() if account.card_number else None,
            "purpose": request.purpose,
            "notify_url": self._notify_url,
        }
        return _result(await self._party.tell(request.ref, "/disbursements", body))

    async def query(self, ref: str) -> FundingResult:
        return _result(await self._party.ask(ref, f"/requests/{segment(ref)}"))

    async def parse_callback(self, request: RawRequest) -> Callback[FundingResult]:
        content = self._party.callback(request)
        result = _result(content)
        return Callback(content["ref"], f"{content['ref']}:{result.state}", result, content)

    async def remit(self, request: Remit) -> FundingResult:
        body = {
            "day": request.day.isoformat(),
            "currency": request.currency,
            "items": [
                {
                    "loan_number": item.loan_number,
                    "principal_fen": item.principal_fen,
                    "interest_fen": item.interest_fen,
                    "penalty_fen": item.penalty_fen,
                }
                for item in request.items
            ],
        }
        return _result(await self._party.tell(request.ref, "/remittances", body))


def _result(answer: Fields | PartyError) -> FundingResult:
    if isinstance(answer, PartyError):
        return FundingResult(FundingState.UNKNOWN, error=answer)
    return FundingResult(
        FundingState(answer.get("state")),
        amount_fen=number(answer, "amount_fen"),
        currency=text(answer, "currency"),
        value_date=day(answer, "value_date"),
        provider_ref=text(answer, "provider_ref"),
        reasons=texts(answer, "reasons"),
        raw=answer,
    )
