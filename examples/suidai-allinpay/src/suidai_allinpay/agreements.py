"""The agreement a borrower gives to be debited: a code by text message (310001), the code back (310002), the way out (310003).

The second call names the first by its REQ_SN, so nothing of the borrower waits in between but the card number, sealed:
which agreements are in force (340009) is asked by card. AGRMNO, the agreement's number, is the token of a debit.
"""

from datetime import datetime, timedelta

from suidai.contract import (
    BeginMandate,
    ChannelError,
    ConfirmMandate,
    ErrorCode,
    ErrorKind,
    MandateRef,
    MandateResult,
    MandateState,
    SmsSent,
)
from suidai_allinpay import codes
from suidai_allinpay.documents import Document, Fields
from suidai_allinpay.gateway import Answer, Gateway, question
from suidai_allinpay.sealing import Seal
from suidai_allinpay.trades import State

FINAL_AFTER = timedelta(minutes=30)
"""What Allinpay does not know before may still be on its way inside."""

_LEEWAY = timedelta(minutes=5)
_IN_FORCE = "1"
_NO_CARD = codes.unknown(ErrorCode.OTHER, "the card is not known any more: its agreements cannot be asked about")
_EARLIER = codes.unknown(ErrorCode.OTHER, "there is an agreement on this card, and no proof that it is this one")
_NO_NUMBER = codes.unknown(ErrorCode.MALFORMED_ANSWER, "the answer names no agreement")


class Agreements:
    """The agreements of one merchant. `mandate_no` is the REQ_SN of the first call, and MERREM of the agreement."""

    def __init__(self, gateway: Gateway, seal: Seal) -> None:
        self._gateway = gateway
        self._merchant = {"MERCHANT_ID": gateway.config.merchant_id}
        self._seal = seal

    async def begin(self, request: BeginMandate) -> MandateResult:
        """Have a code sent to the borrower's phone."""
        person = request.borrower
        card, phone = person.card_number.reveal(), person.phone.reveal().removeprefix("+86")
        state = {
            "card": self._seal.seal(card, request.mandate_no),
            "account": codes.card_masked(card),
            "begun": self._gateway.now(),
        }
        asked = {
            **self._merchant,
            "ACCOUNT_TYPE": "00",
            "ACCOUNT_NO": card,
            "ACCOUNT_NAME": person.name.reveal(),
            "ACCOUNT_PROP": "0",
            "ID_TYPE": "0",
            "ID": person.id_number.reveal(),
            "TEL": phone,
            # Comes back with a notice that the borrower ended it at his bank.
            "MERREM": request.mandate_no,
        }
        answer = await self._gateway.ask("310001", request.mandate_no, ("FAGRA", asked))
        if error := _refusal(answer, "FAGRARET"):
            return _after(error, state)
        return MandateResult(
            MandateState.ACTION_REQUIRED, action=SmsSent(codes.phone_masked(phone)), channel_state=state
        )

    async def confirm(self, request: ConfirmMandate) -> MandateResult:
        """Sign by the code. A wrong one leaves the agreement waiting for another try."""
        state = request.channel_state
        asked = {**self._merchant, "SRCREQSN": request.mandate_no, "VERCODE": request.sms_code.reveal()}
        # Each try is a request of its own: under one number the second would be told what the first was.
        answer = await self._gateway.ask("310002", question(), ("FAGRC", asked))
        error = _refusal(answer, "FAGRCRET")
        if error and error.provider_code == codes.WRONG_SMS_CODE:
            return MandateResult(MandateState.ACTION_REQUIRED, error=error, channel_state=state)
        if error and error.kind is ErrorKind.INVALID_REQUEST:
            # It may have been signed by this code before.
            known = await self._of_card(MandateRef(request.mandate_no, channel_state=state))
            return known if known.state is MandateState.ACTIVE else _after(error, state)
        if error:
            return _after(error, state)
        number = answer.one("FAGRCRET").get("AGRMNO") if isinstance(answer, Document) else None
        if not number:
            return MandateResult(MandateState.UNKNOWN, error=_NO_NUMBER, channel_state=state)
        return _active(number, state)

    async def query(self, ref: MandateRef) -> MandateResult:
        """What is in force, from the agreements on the borrower's card."""
        return await self._of_card(ref)

    async def revoke(self, ref: MandateRef) -> MandateResult:
        """End the agreement. That there is none is as good, once that is certain."""
        state, token = ref.channel_state, ref.token
        if not token:
            known = await self._of_card(ref)
            if not (token := known.token):
                return known
        answer = await self._gateway.ask("310003", question(), ("FAGRCNL", {**self._merchant, "AGRMNO": token}))
        error = _refusal(answer, "FAGRCNLRET")
        if error is None:
            return MandateResult(MandateState.REVOKED, channel_state=_ended(state))
        if error.kind is not ErrorKind.NOT_EXECUTED:
            known = await self._of_card(MandateRef(ref.mandate_no, token, ref.submitted_at, state))
            if known.state in {MandateState.REVOKED, MandateState.NOT_FOUND}:
                return known
        # Refused is not revoked: it stands as it stood.
        doubt = error if error.kind in {ErrorKind.NOT_EXECUTED, ErrorKind.UNKNOWN} else _as_doubt(error)
        return MandateResult(MandateState.UNKNOWN, error=doubt, channel_state=state)

    async def _of_card(self, ref: MandateRef) -> MandateResult:
        state = ref.channel_state
        card = self._seal.open(state.get("card"), ref.mandate_no)
        if card is None:
            return MandateResult(MandateState.UNKNOWN, error=_NO_CARD, channel_state=state)
        asked = {**self._merchant, "AGRTYPE": "01", "QUERY_MODE": "3", "ACCOUNT_NO": card}
        answer = await self._gateway.ask("340009", question(), ("QAGRINFO", asked))
        if isinstance(answer, ChannelError):
            return MandateResult(MandateState.UNKNOWN, error=answer, channel_state=state)
        if answer.code not in codes.OK and answer.code != codes.NO_TRADE:
            error = _as_doubt(codes.error_of(answer.code, answer.message))
            return MandateResult(MandateState.UNKNOWN, error=error, channel_state=state)
        known = answer.all("QAGRDETAIL") if answer.code in codes.OK else []
        return self._known(known, ref.token, state) if ref.token else self._new(known, state)

    def _known(self, details: list[Fields], token: str, state: State) -> MandateResult:
        """Of an agreement whose number we have."""
        detail = next((detail for detail in details if detail.get("AGRMNO") == token), None)
        if detail is None:
            return MandateResult(MandateState.NOT_FOUND, channel_state=state)
        if detail.get("STATUS", _IN_FORCE) != _IN_FORCE:
            return MandateResult(MandateState.REVOKED, channel_state=_ended(state))
        return _active(token, state)

    def _new(self, details: list[Fields], state: State) -> MandateResult:
        """Of one whose number we were never told: only one that was signed since we asked for it can be it.

        An earlier one on the same card belongs to a permission that the borrower may have taken back.
        """
        begun = codes.instant(state.get("begun"), self._gateway.tz)
        in_force = [detail for detail in details if detail.get("STATUS", _IN_FORCE) == _IN_FORCE]
        since = [detail for detail in in_force if begun and self._signed_since(detail, begun)]
        if len(since) == 1 and (number := since[0].get("AGRMNO")):
            return _active(number, state)
        if since or any("SIGNTIME" not in detail for detail in in_force):
            return MandateResult(MandateState.UNKNOWN, error=_EARLIER, channel_state=state)
        if not begun or self._gateway.clock() - begun < FINAL_AFTER:
            error = codes.error_of(codes.NO_TRADE)
            return MandateResult(MandateState.UNKNOWN, error=error, channel_state=state)
        return MandateResult(MandateState.NOT_FOUND, channel_state=_ended(state))

    def _signed_since(self, detail: Fields, begun: datetime) -> bool:
        signed_at = codes.instant(detail.get("SIGNTIME"), self._gateway.tz)
        return signed_at is not None and signed_at >= begun - _LEEWAY


def _refusal(answer: Answer, detail: str) -> ChannelError | None:
    """Why it is not done; None where both codes, that of INFO and that of the detail, say that it is."""
    if isinstance(answer, ChannelError):
        return answer
    if answer.code not in codes.OK:
        return codes.error_of(answer.code, answer.message)
    said = answer.one(detail)
    if said.get("RET_CODE") in codes.OK:
        return None
    return codes.error_of(said.get("RET_CODE", ""), said.get("ERR_MSG", ""))


def _active(number: str, state: State) -> MandateResult:
    account = state.get("account")
    return MandateResult(
        MandateState.ACTIVE,
        token=number,
        account_masked=account if isinstance(account, str) else None,
        channel_state=state,
    )


def _after(error: ChannelError, state: State) -> MandateResult:
    if error.kind is ErrorKind.DECLINED:
        return MandateResult(MandateState.DECLINED, error=error, channel_state=_ended(state))
    if codes.in_between(error.provider_code) and error.code is ErrorCode.PROCESSING:
        return MandateResult(MandateState.PROCESSING, error=error, channel_state=state)
    return MandateResult(MandateState.UNKNOWN, error=error, channel_state=state)


def _ended(state: State) -> State:
    """Once it is over, nobody asks about the card any more."""
    return {name: value for name, value in state.items() if name != "card"}


def _as_doubt(error: ChannelError) -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, error.code, error.message, error.provider_code, error.provider_message)
