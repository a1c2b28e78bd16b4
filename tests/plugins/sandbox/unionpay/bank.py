"""The sandbox's UnionPay, our channel before it, and what borrowers and we do with both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import httpx

from plugins.registry import Registry
from plugins.runtime import Exchange
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from suidai.contract import (
    BeginMandate,
    BillFile,
    BillRequest,
    BillRow,
    ConfirmMandate,
    Debit,
    FourElements,
    MandatePlan,
    MandateResult,
    MandateState,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    RefundResult,
    SecretStr,
)
from tests.plugins.sandbox.conftest import BusinessTime, Ear

MANDATE, ORDER, CARD = "MD20261121000001", "WD20261121000001", "6216261000000000018"
NAME, ID_NUMBER, PHONE = "全渠道", "341126197709218366", "13552535506"

Keys = Mapping[str, dict[str, Any]]


@dataclass
class Bank:
    """Sandbox, registry and ear together, and all that the adapter was heard to exchange."""

    clock: BusinessTime
    ear: Ear
    url: str
    registry: Registry
    http: httpx.AsyncClient
    house: House
    audited: list[Exchange]

    @property
    def channel(self) -> PaymentChannel:
        return self.registry.channel("bank_withholding")

    def plan(self, fault: Fault, order: str = ORDER) -> None:
        self.house.faults.plan("bank_withholding", fault, order=order)

    async def hears(self, count: int) -> list[RawRequest]:
        """Wait until this many notices came."""
        return await self.ear.hears(count, within=15)

    def decide_in(self, seconds: float) -> None:
        """How long UnionPay takes from now on."""
        self.house.config = replace(self.house.config, delay=seconds)


def settings_at(url: str, keys: Keys) -> dict[str, Any]:
    here = f"{url}/bank_withholding/"
    return keys["channel"] | {"gateway_url": here, "file_url": here}


async def begun(bank: Bank, card: str = CARD, mandate_no: str = MANDATE) -> MandateResult:
    person = FourElements(NAME, ID_NUMBER, card, PHONE)  # type: ignore[arg-type]
    plan = MandatePlan(100_000, (date(2026, 12, 21),))
    return await bank.channel.begin_mandate(BeginMandate(mandate_no, person, plan))


async def code_on_the_phone(bank: Bank) -> str:
    """The code in the last message on the handset."""
    messages = (await bank.http.get(f"{bank.url}/sms/handset/+86{PHONE}")).json()["messages"]
    assert messages[-1]["from"] == "UnionPay"
    return re.findall(r"\d{6}", messages[-1]["text"])[0]


async def confirmed(bank: Bank, begun: MandateResult, code: str, mandate_no: str = MANDATE) -> MandateResult:
    return await bank.channel.confirm_mandate(ConfirmMandate(mandate_no, SecretStr(code), begun.channel_state))


async def bound(bank: Bank, card: str = CARD, mandate_no: str = MANDATE) -> MandateResult:
    """A card bound as a borrower binds it."""
    result = await confirmed(bank, await begun(bank, card, mandate_no), await code_on_the_phone(bank), mandate_no)
    assert result.state is MandateState.ACTIVE, result.error
    return result


def debit(bank: Bank, order_no: str = ORDER, fen: int = 51233, submitted_at: datetime | None = None) -> Debit:
    at = submitted_at or bank.clock()
    return Debit(order_no, fen, "CNY", MANDATE, at.date(), "第3期", submitted_at=at)


def ref(bank: Bank, order_no: str = ORDER, **known: Any) -> PaymentRef:
    return PaymentRef(order_no, bank.clock(), **known)


async def notices(bank: Bank, count: int) -> list[PaymentResult | RefundResult | MandateResult | None]:
    """What the first notices say, each proven."""
    heard = await bank.hears(count)
    return [(await bank.channel.parse_notification(one)).result for one in heard]


async def withheld(bank: Bank, order_no: str = ORDER, fen: int = 51233) -> PaymentResult:
    """Money that was withheld and told of."""
    heard = len(bank.ear.heard)
    await bank.channel.debit(debit(bank, order_no, fen))
    await bank.hears(heard + 1)
    result = await bank.channel.query_payment(ref(bank, order_no))
    assert result.state is PaymentState.SUCCEEDED
    return result


async def rows_of(bank: Bank, day: date) -> list[BillRow]:
    """The lines of a day's file, all of them understood."""
    file = await bank.channel.fetch_bill(BillRequest(day))
    assert isinstance(file, BillFile)
    *rows, _ = bank.channel.parse_bill(file)
    assert all(isinstance(row, BillRow) for row in rows)
    return [row for row in rows if isinstance(row, BillRow)]
