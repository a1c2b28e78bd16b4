"""The built-in channels as `suidai channels check` takes them: throw-away keys, and the sandbox as their provider."""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from domain.payments.ports import AppOrderString, Headers, MandateResult, PaymentResult, RawRequest, RedirectUrl
from domain.shared.settings import Environment, Settings
from plugins.channels.alipay.plugin import payment_channels as alipay_channels
from plugins.channels.bank_withholding.plugin import payment_channels as unionpay_channels
from plugins.channels.wechat.plugin import payment_channels as wechat_channels
from plugins.channels.wechat.proofs import PROBE
from plugins.sandbox.alipay import trades as alipay_trades
from plugins.sandbox.app import create_sandbox
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Store
from plugins.sandbox.unionpay import trades as unionpay_trades
from plugins.sandbox.unionpay.trades import WITHHOLDING
from plugins.sandbox.wechat import trades as wechat_trades
from plugins.spec import ChannelSpec
from plugins.testing import Gateway, Mishap, Subject
from suidai import bill_samples
from suidai.runtime.channel_keys import ADDRESSES, MAKERS, ChannelKeys
from suidai.runtime.unionpay_keys import unionpay_keys

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
_HERE = "https://sandbox.test"
_FAULTS = {Mishap.NO_MONEY: Fault.INSUFFICIENT_FUNDS, Mishap.OTHER_SUM: Fault.WRONG_AMOUNT}
_AN_HOUR = 3600
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the sandbox waits for its disk at each word


class Played(Gateway):
    """One channel of the sandbox, in memory but for a file that goes with it."""

    def __init__(self, code: str, settings: dict[str, Any]) -> None:
        self._code = code
        self._folder = tempfile.TemporaryDirectory(prefix="suidai-check-", dir=_MEMORY, ignore_cleanup_errors=True)
        told = {code: settings, "sms": {"secret": "nobody listens"}, "pace": {"delay": 0}}
        here = Settings(env=Environment.DEVELOPMENT, home=Path(self._folder.name), sandbox=told)
        self._app = create_sandbox(here, lambda: NOW)
        self._house: House = self._app.state.house

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.ASGITransport(self._app)

    def taken_fen(self) -> int:
        return _TAKEN[self._code](self._house.store)

    async def pay(self, order_no: str, made: PaymentResult) -> None:  # noqa: ARG002 - the action says which
        """What the channel's app does with an order, and a press on the cashier's button."""
        assert isinstance(made.action, AppOrderString), made  # noqa: S101 - the first product of both that have any
        async with httpx.AsyncClient(
            transport=self.transport(), base_url=_HERE, follow_redirects=True, trust_env=False
        ) as http:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            page = await http.post(f"/{self._code}/app/pay", content=made.action.order_string, headers=form)
            await http.post(f"{page.url}/pay", data={"notices": "1"})

    async def sign(self, mandate_no: str, begun: MandateResult) -> None:  # noqa: ARG002 - the action says which
        """A borrower's browser comes to the page, and he presses the button."""
        assert isinstance(begun.action, RedirectUrl), begun  # noqa: S101 - of those that are played one signs on a page
        async with httpx.AsyncClient(
            transport=self.transport(), base_url=_HERE, follow_redirects=True, trust_env=False
        ) as http:
            page = await http.get(begun.action.url)
            await http.post(page.url, data={"act": "sign"})

    def sms_code(self) -> str:
        messages = self._house.store.all("handset")
        return re.findall(r"\d{6}", messages[-1]["text"])[0]

    def happens(self, order_no: str, mishap: Mishap) -> bool:
        if mishap is Mishap.WAITS and self._code == "bank_withholding":
            self._house.config = replace(self._house.config, delay=_AN_HOUR)
            return True
        fault = _FAULTS.get(mishap)
        if fault is None or fault not in self._house.faults.known()[self._code]:
            return False
        self._house.faults.plan(self._code, fault, order=order_no)
        return True

    def notices(self) -> Sequence[RawRequest]:
        path = f"/notify/payments/{self._code}"
        letters = self._house.store.due(real_time() + 60, 100)
        return [
            RawRequest("POST", path, "", Headers(self._house.postman.sealed(one, NOW).items()), one.body, NOW)
            for one in letters
        ]

    async def aclose(self) -> None:
        self._house.store.close()
        self._folder.cleanup()


def _of_alipay(store: Store) -> int:
    return sum(trade.total_fen - trade.refunded_fen for trade in alipay_trades.every(store) if trade.paid_at)


def _of_wechat(store: Store) -> int:
    return sum(trade.total_fen - trade.refunded_fen for trade in wechat_trades.every(store) if trade.paid_at)


def _of_unionpay(store: Store) -> int:
    done = [trade for trade in unionpay_trades.of_money(store) if trade.done]
    return sum(trade.amount_fen if trade.txn_type == WITHHOLDING else -trade.amount_fen for trade in done)


_TAKEN = {"alipay": _of_alipay, "wechat": _of_wechat, "bank_withholding": _of_unionpay}


_BILLS: Mapping[str, Callable[[Mapping[str, str]], bill_samples.Bills]] = {
    "alipay": lambda ours: bill_samples.alipay(ours["seller_id"]),
    "wechat": lambda ours: bill_samples.wechat(ours["appid"], ours["mchid"]),
    "bank_withholding": lambda ours: bill_samples.bank_withholding(ours["mer_id"]),
}


@cache
def _keys(code: str) -> ChannelKeys:
    return unionpay_keys(NOW) if code == "bank_withholding" else MAKERS[code]()


def _subject(spec: ChannelSpec) -> Subject:
    code = spec.code
    keys = _keys(code)
    settings = keys["channel"] | {name: f"{_HERE}/{path}" for name, path in ADDRESSES[code].items()}
    module = f"plugins.channels.{code}.plugin"
    bills = _BILLS[code](settings)
    return Subject(
        spec,
        settings,
        module=module,
        now=NOW,
        gateway=lambda: Played(code, keys["sandbox"]),
        bill=bills.full,
        empty_bill=bills.empty,
    )


def alipay() -> Subject:
    """With agreements, which most apps are not granted; of the product whose debits may be made on any day."""
    subject = _subject(alipay_channels()[0])
    granted = {"withholding": True, "withholding_product": "GENERAL_WITHHOLDING"}
    return replace(subject, settings={**subject.settings, **granted})


def wechat() -> Subject:
    """With the probe by which WeChat finds out who verifies nothing."""
    proof = {
        "Wechatpay-Signature": f"{PROBE}0",
        "Wechatpay-Nonce": "0",
        "Wechatpay-Timestamp": str(int(NOW.timestamp())),
    }
    probe = RawRequest("POST", "/notify/payments/wechat", "", Headers(proof.items()), b"{}", NOW)
    return replace(_subject(wechat_channels()[0]), probes=(probe,))


def bank_withholding() -> Subject:
    return _subject(unionpay_channels()[0])
