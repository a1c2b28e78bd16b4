"""Agreements (协议): a borrower lets his Alipay account be debited by signing on a page of Alipay's.

Our number of a mandate is its `external_agreement_no`; the `agreement_no` that Alipay gives it is what a debit names.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from domain.payments.ports import (
    BeginMandate,
    ChannelError,
    ErrorCode,
    ErrorKind,
    MandatePlan,
    MandateRef,
    MandateResult,
    MandateState,
    RedirectUrl,
)
from domain.shared.days import add_months, business_day
from domain.shared.money import yuan
from plugins.channels.alipay.config import CYCLE_PAY, AlipayConfig
from plugins.channels.alipay.gateway import Fields, Gateway
from plugins.channels.alipay.states import instant, text

_NOT_THERE = frozenset({"USER_AGREEMENT_NOT_EXIST", "ACQ.USER_AGREEMENT_NOT_EXIST", "ACQ.AGREEMENT_NOT_EXIST"})
_OTHER_AGREEMENT = ChannelError(
    ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the answer is about another agreement, or names none"
)
LAST_DAY = 28
"""Of a month, that Alipay takes for a monthly debit."""


class Agreements:
    """The agreements of one merchant, of the product he has a contract for."""

    def __init__(self, gateway: Gateway, config: AlipayConfig) -> None:
        self._gateway = gateway
        self._config = config

    def begin(self, request: BeginMandate, notify_url: str) -> MandateResult:
        """The page to sign on. No call is made: until it is signed Alipay does not know the agreement."""
        kind = self._kind()
        params = self._gateway.signed(
            "alipay.user.agreement.page.sign",
            {
                **kind,
                "external_agreement_no": request.mandate_no,
                "product_code": self._config.withholding_product,
                "access_params": {"channel": self._config.sign_channel},
                **self._period(request.plan),
            },
            notify_url=notify_url,
            return_url=request.return_url,
        )
        page = RedirectUrl(f"{self._config.gateway_url}?{urlencode(params)}")
        # Kept, for it is found by what it was begun with, whatever is set by then.
        return MandateResult(MandateState.ACTION_REQUIRED, action=page, channel_state=kind)

    async def query(self, ref: MandateRef) -> MandateResult:
        """What Alipay has under our number, or under its own once we know that."""
        answer = await self._gateway.call("alipay.user.agreement.query", self._meant(ref))
        if isinstance(answer, ChannelError):
            return _failed(ref, answer)
        agreement_no = answer.get("agreement_no")
        if not _is(ref, answer) or not isinstance(agreement_no, str) or not agreement_no:
            return MandateResult(MandateState.UNKNOWN, error=_OTHER_AGREEMENT)
        match answer.get("status"):
            case "NORMAL":
                return signed(answer)
            case "UNSIGN":
                return MandateResult(MandateState.REVOKED)
            case _:  # TEMP is not in force yet, STOP not now
                return MandateResult(MandateState.UNKNOWN)

    async def revoke(self, ref: MandateRef) -> MandateResult:
        """End it. That it is not there is as good, of one that was signed; a page may still be open."""
        answer = await self._gateway.call("alipay.user.agreement.unsign", self._meant(ref))
        if isinstance(answer, ChannelError):
            return _failed(ref, answer)
        return MandateResult(MandateState.REVOKED)

    def _meant(self, ref: MandateRef) -> dict[str, Any]:
        if ref.token:
            return {"agreement_no": ref.token}
        # Without what the page left behind nobody was shown it; it is asked about all the same.
        begun = {name: ref.channel_state.get(name, now) for name, now in self._kind().items()}
        return {"external_agreement_no": ref.mandate_no, **begun}

    def _kind(self) -> dict[str, str]:
        return {
            "personal_product_code": f"{self._config.withholding_product}_P",
            "sign_scene": self._config.sign_scene,
        }

    def _period(self, plan: MandatePlan) -> dict[str, Any]:
        """The calendar that a borrower signs with 周期扣款. 商家扣款 has none: its day and sum are free."""
        if self._config.withholding_product != CYCLE_PAY:
            return {}
        today = business_day(self._gateway.clock())
        rule = {"execute_time": execute_on(plan, today).isoformat(), "single_amount": yuan(plan.cap_fen)}
        return {"period_rule_params": {"period_type": "MONTH", "period": 1, **rule}}


def execute_on(plan: MandatePlan, today: date) -> date:
    """The first day of a monthly debit: the next that is planned, without a plan a month from now.

    A day beyond the 28th becomes the first of the next month: Alipay lets us debit up to five days before, never after.
    """
    day = min((day for day in plan.dates if day > today), default=add_months(today, 1))
    return day if day.day <= LAST_DAY else (day.replace(day=LAST_DAY) + timedelta(days=4)).replace(day=1)


def signed(told: Mapping[str, Any]) -> MandateResult:
    """An agreement in force, as an answer or a notice tells it."""
    until = instant(told.get("invalid_time"))
    return MandateResult(
        MandateState.ACTIVE,
        token=text(told.get("agreement_no")),
        account_masked=text(told.get("alipay_logon_id")),
        bank="alipay",
        valid_to=until.date() if until else None,
    )


def _is(ref: MandateRef, answer: Fields) -> bool:
    ours = answer.get("external_agreement_no")
    return (ours in (None, ref.mandate_no)) if ref.token == answer.get("agreement_no") else ours == ref.mandate_no


def _failed(ref: MandateRef, error: ChannelError) -> MandateResult:
    """What a refused call leaves. An agreement that was there once and is not any more has been ended."""
    if error.provider_code in _NOT_THERE:
        return MandateResult(MandateState.REVOKED if ref.token else MandateState.NOT_FOUND, error=error)
    return MandateResult(MandateState.UNKNOWN, error=error)
