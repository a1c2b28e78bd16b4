"""The life of a mandate that is signed on a page: the Alipay channel before the sandbox's Alipay, and our flows."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import IdentityNotProven
from domain.borrowers.models import Profile
from domain.payments import flows
from domain.payments.errors import BadReturnUrl, MandateExists, MandateNeedsCard, MandateTakesNoCard, MandateTooSoon
from domain.payments.flows import mandates as mandate_flows
from domain.payments.models import Mandate, PaymentOrder
from domain.payments.ports import (
    Capabilities,
    ErrorCode,
    Headers,
    PaymentChannel,
    RawRequest,
    Retry,
    action_from_json,
)
from domain.payments.ports.actions import RedirectUrl
from domain.payments.rules.mandates import MandateStatus
from domain.payments.rules.states import OrderStatus
from domain.payments.services import mandates
from domain.payments.services.learning import refusal_of
from domain.shared.db import Sessions
from plugins.channels.alipay.plugin import payment_channels
from plugins.sandbox.alipay import agreements, trades
from plugins.sandbox.alipay.agreements import Agreement
from plugins.sandbox.app import create_sandbox
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.post import real_time
from plugins.testing import runtime
from tests.domain.payments.builders import Debt, Hand, a_loan, attempt_of, received_fen
from tests.domain.payments.mandates import Debiting, agreed, card_of, changes_of, to_withhold
from tests.plugins.sandbox.conftest import our_alipay, settings_in

S = MandateStatus
HERE = "https://sandbox.test"
PRODUCTS = ("GENERAL_WITHHOLDING", "CYCLE_PAY_AUTH")
_CARD_CHANNEL = Capabilities(autodebit=True, mandate_sign=frozenset({"sms"}))  # type: ignore[arg-type]


@dataclass
class Wallet:
    """A borrower who owes 1,000.00 and has no card with us, his Alipay, and the time."""

    sessions: Sessions
    hand: Hand
    debt: Debt
    house: House
    http: httpx.AsyncClient
    alipay: PaymentChannel
    offer: Debiting
    read: set[int] = field(default_factory=set[int])

    async def asks(self, **facts: Any) -> UUID:
        async with self.sessions.begin() as session:
            given = {"bank_card_id": None, "channel": self.offer, "at": self.hand.at, **facts}
            return (await mandates.request(session, borrower_id=self.debt.borrower_id, **given)).id

    async def begins(self, **facts: Any) -> UUID:
        mandate_id = await self.asks(**facts)
        begun = await mandate_flows.begin(self.sessions, self.hand.clock(), self.alipay, mandate_id=mandate_id)
        assert begun.status is S.AWAITING_PAGE
        return mandate_id

    async def presses(self, mandate_id: UUID, act: str, *, notices: int = 1) -> int:
        """A button of the page, which he opens first."""
        action = (await self.mandate(mandate_id)).action
        agreement = await self.agreement(mandate_id)
        if action is not None and agreement is None:
            shown = action_from_json(action)
            assert isinstance(shown, RedirectUrl)
            assert (await self.http.get(shown.url)).status_code == 200
            agreement = await self.agreement(mandate_id)
        assert agreement is not None
        pressed = {"act": act, "notices": notices}
        return (await self.http.post(f"{HERE}/alipay/agreement/{agreement.token}", data=pressed)).status_code

    async def hears(self) -> list[str]:
        """What Alipay posted and was not read yet comes to us; how it is answered."""
        answers: list[str] = []
        for letter in self.house.store.due(real_time() + 60, 100):
            if letter.id in self.read:
                continue
            self.read.add(letter.id)
            raw = RawRequest("POST", "/notify/payments/alipay", "", Headers(()), letter.body, self.hand.at)
            told = await flows.receive_notice(self.sessions, self.hand.clock(), self.alipay, raw)
            answers.append(told.body.decode())
        return answers

    async def signed(self) -> UUID:
        mandate_id = await self.begins()
        await self.presses(mandate_id, "sign")
        assert await self.hears() == ["success"]
        return mandate_id

    async def is_asked_about(self, mandate_id: UUID) -> Mandate:
        """Its time to be asked about comes."""
        self.hand.at = max(self.hand.at, (await self.mandate(mandate_id)).ask_at or self.hand.at)
        channels = {"alipay": self.alipay}
        await mandate_flows.ask(self.sessions, self.hand.clock(), channels, mandate_id=mandate_id)
        return await self.mandate(mandate_id)

    async def takes_back(self, mandate_id: UUID) -> Mandate:
        channels, owner = {"alipay": self.alipay}, self.debt.borrower_id
        return await mandate_flows.revoke(
            self.sessions, self.hand.clock(), channels, mandate_id=mandate_id, borrower_id=owner
        )

    async def is_debited(self, mandate_id: UUID) -> PaymentOrder:
        async def wanted(_session: AsyncSession, _order: PaymentOrder, _at: datetime) -> bool:
            return True

        async with self.sessions.begin() as session:
            mandate = await session.get_one(Mandate, mandate_id)
            order_id = (await to_withhold(session, self.debt, mandate, at=self.hand.at)).id
        channels = {"alipay": self.alipay}
        desk = flows.DebitDesk(self.sessions, self.hand.clock(), channels, self.offer.can, wanted)
        return await flows.withhold(desk, order_id=order_id)

    async def mandate(self, mandate_id: UUID) -> Mandate:
        async with self.sessions() as session:
            return await session.get_one(Mandate, mandate_id)

    async def agreement(self, mandate_id: UUID) -> Agreement | None:
        return agreements.find(self.house.store, (await self.mandate(mandate_id)).mandate_no)

    async def stands(self, mandate_id: UUID) -> tuple[MandateStatus, str]:
        """How it stands with us, and with Alipay."""
        agreement = await self.agreement(mandate_id)
        return (await self.mandate(mandate_id)).status, agreement.status if agreement else ""

    def taken_fen(self) -> int:
        return sum(trade.total_fen for trade in trades.every(self.house.store) if trade.paid_at)


@pytest.fixture(params=PRODUCTS[:1])
async def wallet(sessions: Sessions, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Wallet]:
    async with sessions.begin() as session:
        await agreed(session)
        debt = await a_loan(session)
        await card_of(session, debt.borrower_id)
        await session.flush()
        profile = (await session.scalars(select(Profile).where(Profile.borrower_id == debt.borrower_id))).one()
        profile.superseded_at = None
        profile.real_name_at = profile.real_name_at or Hand().at
    hand = Hand()
    app = create_sandbox(settings_in(tmp_path), hand)
    (spec,) = payment_channels()
    settings = {**our_alipay(HERE), "withholding": True, "withholding_product": request.param}
    config = spec.config_model(**settings)
    transport = httpx.ASGITransport(app)
    alipay = spec.factory(config, runtime(now=hand, transport=transport, code="alipay"))
    offer = Debiting("alipay", "支付宝", spec.capabilities_of(config))
    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as http:
        yield Wallet(sessions, hand, debt, app.state.house, http, alipay, offer)
    app.state.house.store.close()


async def test_it_is_signed_on_the_page_debited_and_taken_back(wallet: Wallet) -> None:
    mandate_id = await wallet.signed()
    mandate = await wallet.mandate(mandate_id)
    assert (mandate.status, mandate.signed_at, mandate.action) == (S.ACTIVE, wallet.hand.at, None)
    assert (mandate.bank_card_id, mandate.account_masked, mandate.bank) == (None, "159****5620", "alipay")
    assert mandate.valid_to == date(2115, 2, 1)
    assert "签约时使用的支付宝账户" in mandate.terms

    order = await wallet.is_debited(mandate_id)
    assert order.status is OrderStatus.PAID
    assert await wallet.hears() == ["success"]
    async with wallet.sessions() as session:
        assert await received_fen(session, wallet.debt.loan_id) == wallet.taken_fen() == 1000_00

    await wallet.takes_back(mandate_id)
    assert await wallet.stands(mandate_id) == (S.REVOKED, "UNSIGN")
    assert await wallet.hears() == ["success"]
    async with wallet.sessions() as session:
        assert await changes_of(session, mandate_id) == [
            ("BEGIN", "REQUESTED", "AWAITING_PAGE"),
            ("NOTICE", "AWAITING_PAGE", "ACTIVE"),
            ("BORROWER", "ACTIVE", "REVOKING"),
            ("REVOKE", "REVOKING", "REVOKED"),
        ]


async def test_a_signing_whose_notice_is_lost_is_found_by_asking(wallet: Wallet) -> None:
    mandate_id = await wallet.begins()
    assert (await wallet.is_asked_about(mandate_id)).status is S.AWAITING_PAGE, "nobody has opened the page"
    await wallet.presses(mandate_id, "sign", notices=0)

    assert (await wallet.is_asked_about(mandate_id)).status is S.ACTIVE
    assert await wallet.hears() == []
    assert (await wallet.is_debited(mandate_id)).status is OrderStatus.PAID


async def test_what_the_borrower_ends_at_alipay_is_debited_no_more(wallet: Wallet) -> None:
    mandate_id = await wallet.signed()
    await wallet.presses(mandate_id, "unsign", notices=2)
    assert await wallet.hears() == ["success", "success"]

    assert await wallet.stands(mandate_id) == (S.REVOKED, "UNSIGN")
    assert (await wallet.is_debited(mandate_id)).status is OrderStatus.CLOSED
    assert wallet.taken_fen() == 0
    assert await wallet.begins() != mandate_id, "and he may sign anew"


async def test_what_was_ended_without_our_knowing_is_refused_and_asked_about(wallet: Wallet) -> None:
    mandate_id = await wallet.signed()
    await wallet.presses(mandate_id, "unsign", notices=0)

    order = await wallet.is_debited(mandate_id)
    async with wallet.sessions.begin() as session:
        error = (await attempt_of(session, order)).error
        await mandates.suspend(session, mandate_id=mandate_id, at=wallet.hand.at)

    assert refusal_of(error) == (ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION)
    assert (await wallet.is_asked_about(mandate_id)).status is S.REVOKED


async def test_a_page_that_is_signed_after_it_was_taken_back_is_ended_there(wallet: Wallet) -> None:
    mandate_id = await wallet.begins()
    await wallet.http.get(_page(await wallet.mandate(mandate_id)))
    while (await wallet.takes_back(mandate_id)).status is S.REVOKING:
        await wallet.is_asked_about(mandate_id)
    assert await wallet.stands(mandate_id) == (S.REVOKED, "")

    await wallet.presses(mandate_id, "sign")
    assert await wallet.hears() == ["success"]
    assert await wallet.stands(mandate_id) == (S.REVOKING, "NORMAL")
    assert (await wallet.is_asked_about(mandate_id)).status is S.REVOKED
    assert await wallet.stands(mandate_id) == (S.REVOKED, "UNSIGN")


async def test_a_page_that_is_left_for_a_day_is_over_and_what_is_signed_later_is_ended(wallet: Wallet) -> None:
    mandate_id = await wallet.begins()
    await wallet.http.get(_page(await wallet.mandate(mandate_id)))
    while (found := await wallet.is_asked_about(mandate_id)).status is S.AWAITING_PAGE:
        assert wallet.hand.at <= found.created_at + timedelta(days=1)
    assert (await wallet.mandate(mandate_id)).status is S.EXPIRED

    await wallet.presses(mandate_id, "sign")
    await wallet.hears()
    assert (await wallet.is_asked_about(mandate_id)).status is S.REVOKED
    assert await wallet.stands(mandate_id) == (S.REVOKED, "UNSIGN")


async def test_a_notice_of_the_signing_that_comes_after_the_end_changes_nothing(wallet: Wallet) -> None:
    wallet.house.faults.plan("alipay", Fault.DELAY_NOTICE, seconds=3600)
    mandate_id = await wallet.begins()
    await wallet.presses(mandate_id, "sign")
    assert (await wallet.is_asked_about(mandate_id)).status is S.ACTIVE
    await wallet.takes_back(mandate_id)
    await wallet.hears()

    (late,) = wallet.house.store.due(real_time() + 7200, 100)[-1:]
    raw = RawRequest("POST", "/notify/payments/alipay", "", Headers(()), late.body, wallet.hand.at)
    assert b"dut_user_sign" in late.body
    await flows.receive_notice(wallet.sessions, wallet.hand.clock(), wallet.alipay, raw)

    assert await wallet.stands(mandate_id) == (S.REVOKED, "UNSIGN")


async def test_a_refusal_on_the_page_signs_nothing(wallet: Wallet) -> None:
    mandate_id = await wallet.begins()

    assert await wallet.presses(mandate_id, "refuse") == 200
    assert await wallet.presses(mandate_id, "sign") == 409
    assert await wallet.hears() == []
    assert (await wallet.is_asked_about(mandate_id)).status is S.AWAITING_PAGE


async def test_an_account_without_money_declines(wallet: Wallet) -> None:
    mandate_id = await wallet.signed()
    await wallet.presses(mandate_id, "empty")

    order = await wallet.is_debited(mandate_id)

    async with wallet.sessions() as session:
        error = (await attempt_of(session, order)).error
    assert refusal_of(error) == (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
    assert wallet.taken_fen() == 0


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.BAD_SIGNATURE])
async def test_a_debit_whose_answer_is_lost_is_told_by_its_notice_and_taken_once(wallet: Wallet, fault: Fault) -> None:
    mandate_id = await wallet.signed()
    wallet.house.faults.plan("alipay", fault)

    order = await wallet.is_debited(mandate_id)
    assert order.status is OrderStatus.PROCESSING
    assert await wallet.hears() == ["success"]

    async with wallet.sessions() as session:
        assert (await session.get_one(PaymentOrder, order.id)).status is OrderStatus.PAID
        assert await received_fen(session, wallet.debt.loan_id) == wallet.taken_fen() == 1000_00


@pytest.mark.parametrize("wallet", PRODUCTS[1:], indirect=True)
async def test_a_monthly_agreement_is_debited_on_its_day_and_up_to_five_days_before(wallet: Wallet) -> None:
    due = wallet.hand.at.date() + timedelta(days=20)
    mandate_id = await wallet.begins(first_due_on=due)
    await wallet.presses(mandate_id, "sign")
    await wallet.hears()

    async def debited_on(day: date) -> OrderStatus:
        wallet.hand.at += timedelta(days=(day - wallet.hand.at.date()).days)
        order = await wallet.is_debited(mandate_id)
        if order.status is OrderStatus.FAILED:
            async with wallet.sessions() as session:
                error = (await attempt_of(session, order)).error
            assert refusal_of(error) == (ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY), "another day may do"
        return order.status

    told = [await debited_on(due + timedelta(days=days)) for days in (-6, -5, 0, 1)]

    assert told == [OrderStatus.FAILED, OrderStatus.PAID, OrderStatus.PAID, OrderStatus.FAILED]
    assert wallet.taken_fen() == 2000_00


# What is refused


async def test_of_two_who_sign_the_same_at_once_one_gets_through(wallet: Wallet) -> None:
    made = await asyncio.gather(*(wallet.asks() for _ in range(3)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in made) == ["MandatePending", "MandatePending", "UUID"]


async def test_one_account_has_one_mandate(wallet: Wallet) -> None:
    left = await wallet.begins()
    with pytest.raises(MandateTooSoon):
        await wallet.asks()
    wallet.hand.move(timedelta(minutes=2))
    await wallet.signed()

    assert (await wallet.mandate(left)).status is S.EXPIRED
    with pytest.raises(MandateExists, match="ACTIVE"):
        await wallet.asks()


async def test_a_card_is_named_where_there_is_one_to_debit_and_nowhere_else(wallet: Wallet) -> None:
    with pytest.raises(MandateTakesNoCard):
        await wallet.asks(bank_card_id=UUID(int=1))
    with pytest.raises(MandateNeedsCard):
        await wallet.asks(channel=Debiting("bank", capabilities=_CARD_CHANNEL))


async def test_nobody_signs_in_a_name_that_is_not_proven(wallet: Wallet) -> None:
    async with wallet.sessions.begin() as session:
        rows = select(Profile).where(Profile.borrower_id == wallet.debt.borrower_id)
        (await session.scalars(rows)).one().real_name_at = None

    with pytest.raises(IdentityNotProven):
        await wallet.asks()


async def test_a_page_sends_back_to_a_web_address_only(wallet: Wallet) -> None:
    with pytest.raises(BadReturnUrl):
        await wallet.asks(return_url="javascript:alert(1)")

    mandate = await wallet.mandate(await wallet.begins(return_url="https://loan.example.com/me"))
    assert "return_url=https%3A%2F%2Floan.example.com%2Fme" in _page(mandate)


def _page(mandate: Mandate) -> str:
    shown = action_from_json(mandate.action or {})
    assert isinstance(shown, RedirectUrl)
    return shown.url
