"""The binding of a card (绑定关系): a code by text message, the bind call that repeats it, and the way out.

The message and the bind call are one order: same number, same time. `channel_state` carries both between the calls,
with the borrower's data as `people` packs them, and loses the data as soon as the end is known.
"""

from collections.abc import Mapping
from typing import Any

from domain.payments.ports import (
    BeginMandate,
    ChannelError,
    ConfirmMandate,
    ErrorCode,
    ErrorKind,
    MandateRef,
    MandateResult,
    MandateState,
    Retry,
    SmsSent,
)
from plugins.channels.bank_withholding import codes
from plugins.channels.bank_withholding.gateway import Gateway
from plugins.channels.bank_withholding.people import Envelopes, Unopened, card_masked, phone_masked

_BEGIN_ANEW = ChannelError(
    ErrorKind.DECLINED,
    ErrorCode.OTHER,
    "the mandate was begun with other keys: it has to begin anew",
    retry=Retry.AFTER_USER_ACTION,
)
_NEVER_BEGUN = ChannelError(ErrorKind.UNKNOWN, ErrorCode.OTHER, "the order under which the card was bound is not known")

State = Mapping[str, Any]


class Mandates:
    """The bindings of one merchant. `mandate_no` is order number and `bindId` at once."""

    def __init__(self, gateway: Gateway, envelopes: Envelopes) -> None:
        self._gateway = gateway
        self._config = gateway.config
        self._envelopes = envelopes

    async def begin(self, request: BeginMandate) -> MandateResult:
        """Have the bank send a code to the borrower's phone."""
        person = request.borrower
        order = {"orderId": request.mandate_no, "txnTime": codes.beijing(self._gateway.clock())}
        packed = self._envelopes.packed(person, request.mandate_no)
        state = {**order, "packed": packed, "account": card_masked(person.card_number.reveal())}
        sent = await self._gateway.transact(
            "77", self._config.sms_sub_type, {**order, **self._envelopes.fields(packed, request.mandate_no)}
        )
        if error := codes.refusal(sent):
            return MandateResult(_after(error), error=error, channel_state=_kept(state, error))
        return MandateResult(
            MandateState.ACTION_REQUIRED,
            action=SmsSent(phone_masked(person.phone.reveal())),
            channel_state=state,
        )

    async def confirm(self, request: ConfirmMandate) -> MandateResult:
        """Bind the card with the code. A wrong code leaves the mandate waiting for another try."""
        state = request.channel_state
        try:
            person = self._envelopes.fields(
                state.get("packed", {}), request.mandate_no, sms_code=request.sms_code.reveal()
            )
        except Unopened:
            return MandateResult(MandateState.DECLINED, error=_BEGIN_ANEW)
        fields = {**_order(state), **person, "bindId": request.mandate_no}
        error = codes.refusal(await self._gateway.transact("72", self._config.bind_sub_type, fields))
        if error is None:
            return self._bound(request.mandate_no, state)
        if error.provider_code == codes.WRONG_SMS_CODE:
            return MandateResult(MandateState.ACTION_REQUIRED, error=error, channel_state=state)
        if error.kind is ErrorKind.CONFLICT:
            # This call was made before; what came of it is in the query.
            return await self.query(MandateRef(request.mandate_no, channel_state=state))
        return MandateResult(_after(error), error=error, channel_state=_kept(state, error))

    async def query(self, ref: MandateRef) -> MandateResult:
        """What became of the bind order, and of unbinding where that was asked for.

        A binding that the bank dissolved by itself shows at the next debit.
        """
        unbinding = ref.channel_state.get("unbinding")
        if unbinding and codes.failure(await self._asked(unbinding)) is None:
            return MandateResult(MandateState.REVOKED, channel_state=ref.channel_state)
        if not _order(ref.channel_state):
            # Without what the first call left behind no second one was made: nothing can be bound.
            return MandateResult(MandateState.UNKNOWN if ref.token else MandateState.NOT_FOUND, error=_NEVER_BEGUN)
        error = codes.failure(await self._asked(ref.channel_state))
        if error is None:
            return self._bound(ref.mandate_no, ref.channel_state)
        state = MandateState(codes.state_asked(error).value)
        return MandateResult(state, error=error, channel_state=_kept(ref.channel_state, error))

    async def revoke(self, ref: MandateRef) -> MandateResult:
        """Unbind the card. That it is not bound is as good."""
        unbinding = {"orderId": f"U{ref.mandate_no}"[:40], "txnTime": codes.beijing(self._gateway.clock())}
        answer = await self._gateway.transact(
            "74", self._config.unbind_sub_type, {**unbinding, "bindId": ref.token or ref.mandate_no}
        )
        state = {**_bare(ref.channel_state), "unbinding": unbinding}
        error = codes.refusal(answer)
        if error is None or error.provider_code == codes.NOT_BOUND:
            return MandateResult(MandateState.REVOKED, channel_state=state)
        # Refused is not revoked: the binding stands as it stood.
        return MandateResult(MandateState.UNKNOWN, error=error, channel_state=state)

    async def _asked(self, order: State) -> codes.Answer:
        return await self._gateway.query(str(order.get("orderId", "")), str(order.get("txnTime", "")))

    def _bound(self, mandate_no: str, state: State) -> MandateResult:
        return MandateResult(
            MandateState.ACTIVE,
            token=mandate_no,
            account_masked=state.get("account"),
            channel_state=_bare(state),
        )


def _order(state: State) -> dict[str, str]:
    return {name: str(state[name]) for name in ("orderId", "txnTime") if name in state}


def _kept(state: State, error: ChannelError) -> State:
    """What of the state is of use after an error: once it is over, the borrower's data is not."""
    return _bare(state) if error.kind is ErrorKind.DECLINED else state


def _bare(state: State) -> State:
    return {name: value for name, value in state.items() if name != "packed"}


def _after(error: ChannelError) -> MandateState:
    return MandateState(codes.state_after(error).value)
