"""An order that is made anew, or that only one process remembers, is found; and who believes what nobody signed."""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plugins.testing import (
    Subject,
    a_bill_in_doubt_is_not_ready,
    forged_answers_are_doubt,
    nobodys_number_is_not_found,
    payments_are_made_once,
    probes_are_recognised,
    what_it_posts_is_proven,
)
from suidai.contract import (
    BillEmpty,
    BillRequest,
    CreatePayment,
    MandateState,
    Notification,
    NotificationKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    RefundRef,
    RefundResult,
    RefundState,
)
from tests.plugins.testing.allinpay import Check, altered, purse, then


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (what_it_posts_is_proven, purse(notices=lambda self: ()), "posted no notice"),
    ],
    ids=range(1),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


async def test_what_only_one_process_remembers_is_found(tillpay: Subject) -> None:
    base = type(tillpay.channel())

    async def create(self: Any, asked: CreatePayment) -> PaymentResult:
        self.mine = asked.order_no
        return await base.create_payment(self, asked)

    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        return await base.query_payment(self, replace(ref, order_no=self.mine))

    with pytest.raises(AssertionError, match="query_payment raises AttributeError"):
        await payments_are_made_once(altered(tillpay, create_payment=create, query_payment=query))


async def test_an_order_without_an_action_is_found(tillpay: Subject) -> None:
    base = type(tillpay.channel())

    async def create(self: Any, asked: CreatePayment) -> PaymentResult:
        return replace(await base.create_payment(self, asked), action=None)

    with pytest.raises(AssertionError, match="what the borrower has to do"):
        await payments_are_made_once(altered(tillpay, create_payment=create))


async def test_an_order_made_anew_is_found(tillpay: Subject) -> None:
    base = type(tillpay.channel())

    async def create(self: Any, asked: CreatePayment) -> PaymentResult:
        return replace(await base.create_payment(self, asked), state=PaymentState.DECLINED)

    with pytest.raises(AssertionError, match="made again by qr is DECLINED"):
        await payments_are_made_once(altered(tillpay, create_payment=create))


async def test_a_day_that_is_not_over_and_is_said_to_be_without_trades_is_found(tillpay: Subject) -> None:
    base = type(tillpay.channel())

    async def fetch(self: Any, asked: BillRequest) -> Any:
        told = await base.fetch_bill(self, replace(asked, date=asked.date - timedelta(days=7)))
        return told if getattr(told, "error", None) else BillEmpty()

    await a_bill_in_doubt_is_not_ready(tillpay)
    with pytest.raises(AssertionError, match="the bill of 2026-11-21, a day that is not over, is a BillEmpty"):
        await a_bill_in_doubt_is_not_ready(altered(tillpay, fetch_bill=fetch))


async def test_a_channel_that_believes_what_nobody_signed_is_found(
    tillpay: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = sys.modules["suidai_tillpay.gateway"]

    def believing(key: str, signature: str, content: bytes) -> Any:
        try:
            return json.loads(content)
        except ValueError:
            return None

    monkeypatch.setattr(gateway, "proven", believing)

    with pytest.raises(AssertionError, match="it proves nothing"):
        await forged_answers_are_doubt(tillpay)


async def test_a_probe_that_is_taken_for_a_payment_is_found(tillpay: Subject) -> None:
    async def parse(self: Any, request: RawRequest) -> Notification:
        return Notification(NotificationKind.PAYMENT, "E", order_no="A", result=PaymentResult(PaymentState.SUCCEEDED))

    probe = RawRequest("POST", "/", "", {}, b"probe", tillpay.now)  # type: ignore[arg-type]

    await probes_are_recognised(tillpay, probe)
    with pytest.raises(AssertionError, match="a probe is read as a PAYMENT"):
        await probes_are_recognised(altered(tillpay, parse_notification=parse), probe)


@pytest.mark.parametrize("state", [PaymentState.DECLINED, PaymentState.CLOSED, PaymentState.SUCCEEDED])
async def test_a_number_that_may_still_be_on_its_way_and_is_refused_is_found(
    state: PaymentState, tillpay: Subject
) -> None:
    base: Any = type(tillpay.channel())

    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        told = await base.query_payment(self, ref)
        return replace(told, state=state) if told.state is PaymentState.NOT_FOUND else told

    await nobodys_number_is_not_found(tillpay)
    with pytest.raises(AssertionError, match=f"a payment that was never made is {state}: say NOT_FOUND"):
        await nobodys_number_is_not_found(altered(tillpay, query_payment=query))


async def test_a_refund_that_never_reached_them_and_is_refused_is_found(tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def query(self: Any, ref: RefundRef) -> RefundResult:
        told = await base.query_refund(self, ref)
        return replace(told, state=RefundState.DECLINED) if told.state is RefundState.NOT_FOUND else told

    with pytest.raises(AssertionError, match="a refund that was never made is DECLINED"):
        await nobodys_number_is_not_found(altered(tillpay, query_refund=query))


async def test_a_mandate_that_was_never_begun_and_is_in_force_is_found() -> None:
    with pytest.raises(AssertionError, match="a mandate that was never begun is ACTIVE"):
        await nobodys_number_is_not_found(
            then("query_mandate", lambda asked, told: replace(told, state=MandateState.ACTIVE, token="T"))
        )


async def test_an_order_that_needs_what_the_core_does_not_keep_is_found(tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def create(self: Any, asked: CreatePayment) -> PaymentResult:
        if asked.return_url is None:
            return PaymentResult(PaymentState.UNKNOWN)
        return await base.create_payment(self, asked)

    with pytest.raises(AssertionError, match="without client_ip, payer_id and return_url, is UNKNOWN"):
        await payments_are_made_once(altered(tillpay, create_payment=create))
