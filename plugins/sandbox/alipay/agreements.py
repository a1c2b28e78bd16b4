"""An agreement (协议) as Alipay keeps it, the calendar it was signed with, and what may happen to it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain.shared.days import SHANGHAI, add_months, business_day
from plugins.channels.alipay.states import fen
from plugins.sandbox.alipay.operations import Failed
from plugins.sandbox.store import Document, Store

_NUMBER = re.compile(r"[A-Za-z0-9]{1,32}")
_PRODUCTS = {"CYCLE_PAY_AUTH_P": "CYCLE_PAY_AUTH", "GENERAL_WITHHOLDING_P": "GENERAL_WITHHOLDING"}
_BEFORE = timedelta(days=5)
_LAST_DAY = 28
_LEAST_DAYS = 7


@dataclass(slots=True)
class Agreement:
    """What a user lets a merchant take. `status` is empty until he signed: to the merchant it does not exist."""

    external_agreement_no: str
    personal_product_code: str
    sign_scene: str
    notify_url: str
    return_url: str
    token: str
    single_fen: int | None = None
    period_type: str = ""
    period: int = 0
    execute_time: str = ""
    status: str = ""
    agreement_no: str = ""
    signed_at: str = ""
    ended_at: str = ""
    empty: bool = False
    """Whether there is no money on his account."""

    @property
    def product_code(self) -> str:
        return _PRODUCTS[self.personal_product_code]

    def sign(self, now: datetime) -> bool:
        """Only once."""
        if self.status:
            return False
        self.status, self.signed_at = "NORMAL", now.isoformat()
        self.agreement_no = f"{now.astimezone(SHANGHAI):%Y}{secrets.randbelow(10**16):016d}"
        return True

    def refuse(self) -> bool:
        if self.status:
            return False
        self.status = "REFUSED"
        return True

    def end(self, now: datetime) -> bool:
        if self.status != "NORMAL":
            return False
        self.status, self.ended_at = "UNSIGN", now.isoformat()
        return True

    def must_allow(self, amount_fen: int, product_code: str, now: datetime) -> None:
        """Raises Failed for a debit that was not agreed to: another product, another day, too much."""
        if self.status != "NORMAL":
            raise Failed("ACQ.AGREEMENT_STATUS_NOT_NORMAL", "用户协议状态非NORMAL")
        if product_code != self.product_code:
            raise Failed("ACQ.AGREEMENT_INVALID", "用户协议失效")
        if self.single_fen is not None and amount_fen > self.single_fen:
            raise Failed("ACQ.CYCLE_PAY_SINGLE_FEE_EXCEED", "周期扣款金额超过单笔限制")
        if self.execute_time and not self._on_time(business_day(now)):
            raise Failed("ACQ.CYCLE_PAY_DATE_NOT_MATCH", "当前时间不在周期扣款的可扣款时间内")

    def _on_time(self, today: date) -> bool:
        """Whether a day of the calendar is today, or at most five days ahead."""
        first = day = date.fromisoformat(self.execute_time)
        periods = 0
        while day < today:
            periods += 1
            ahead = periods * self.period
            day = add_months(first, ahead) if self.period_type == "MONTH" else first + timedelta(days=ahead)
        return day - _BEFORE <= today


def asked_for(store: Store, params: Mapping[str, str], biz: Mapping[str, Any]) -> Agreement:
    """The agreement that a page asks a user to sign, new or as it is known. Raises Failed."""
    number = str(biz.get("external_agreement_no", ""))
    access: Mapping[str, Any] = biz.get("access_params", {})
    personal, scene = str(biz.get("personal_product_code", "")), str(biz.get("sign_scene", ""))
    agreed = biz.get("product_code") == _PRODUCTS.get(personal, "") and scene and access.get("channel")
    if not (_NUMBER.fullmatch(number) and agreed):
        raise Failed("INVALID_PARAMETER", "参数有误")
    known = find(store, number)
    if known and known.status:
        return known
    return Agreement(
        external_agreement_no=number,
        personal_product_code=personal,
        sign_scene=scene,
        notify_url=params.get("notify_url", ""),
        return_url=params.get("return_url", ""),
        token=known.token if known else secrets.token_urlsafe(18),
        **(_calendar(biz.get("period_rule_params", {})) if personal == "CYCLE_PAY_AUTH_P" else {}),
    )


def _calendar(rule: Mapping[str, Any]) -> dict[str, Any]:
    try:
        first, period = date.fromisoformat(str(rule["execute_time"])), int(rule["period"])
    except (KeyError, ValueError):
        raise Failed("INVALID_PARAMETER", "参数有误") from None
    single, kind = fen(rule.get("single_amount")), rule.get("period_type")
    fits = (kind == "MONTH" and period >= 1 and first.day <= _LAST_DAY) or (kind == "DAY" and period >= _LEAST_DAYS)
    if not single or not fits:
        raise Failed("INVALID_PARAMETER", "参数有误")
    return {"single_fen": single, "period_type": kind, "period": period, "execute_time": first.isoformat()}


def meant(store: Store, biz: Mapping[str, Any]) -> Agreement:
    """The agreement in force of a question: by Alipay's number, which wins, or by ours. Raises Failed."""
    if number := biz.get("agreement_no"):
        found = by_agreement_no(store, str(number))
    else:
        found = find(store, str(biz.get("external_agreement_no", "")))
        asked = biz.get("personal_product_code"), biz.get("sign_scene")
        if found and asked != (found.personal_product_code, found.sign_scene):
            found = None
    if found is None or found.status != "NORMAL":
        raise Failed("USER_AGREEMENT_NOT_EXIST", "用户协议不存在")
    return found


def find(store: Store, external_agreement_no: str) -> Agreement | None:
    return _read(store.get("agreement", external_agreement_no))


def by_token(store: Store, token: str) -> Agreement | None:
    return _read(next(iter(store.by_key("agreement", token)), None))


def by_agreement_no(store: Store, agreement_no: str) -> Agreement | None:
    return next((one for one in every(store) if agreement_no and one.agreement_no == agreement_no), None)


def every(store: Store) -> list[Agreement]:
    return [Agreement(**document) for document in store.all("agreement")]


def keep(store: Store, agreement: Agreement) -> None:
    store.put("agreement", agreement.external_agreement_no, asdict(agreement), key=agreement.token)


def _read(document: Document | None) -> Agreement | None:
    return Agreement(**document) if document else None
