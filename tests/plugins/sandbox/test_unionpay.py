"""The bank withholding adapter against the sandbox's UnionPay, over real HTTP."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import Route

from domain.shared.settings import Settings
from plugins.registry import Registry
from plugins.runtime import Exchange
from plugins.sandbox.app import create_sandbox
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from suidai.contract import (
    BeginMandate,
    BillEmpty,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillRequest,
    BillRow,
    ConfirmMandate,
    Debit,
    ErrorCode,
    ErrorKind,
    FourElements,
    MandatePlan,
    MandateRef,
    MandateResult,
    MandateState,
    NoticeOutcome,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    Refund,
    RefundRef,
    RefundResult,
    RefundState,
    Retry,
    SecretStr,
    SignatureError,
    SmsSent,
)
from suidai.runtime.unionpay_keys import unionpay_keys
from tests.plugins.sandbox.conftest import SECRET, BusinessTime, Ear, served

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


@pytest.fixture(scope="module")
def keys() -> Keys:
    return unionpay_keys(BusinessTime().at)


@pytest.fixture
async def bank(keys: Keys, tmp_path: Path) -> AsyncIterator[Bank]:
    clock, audited = BusinessTime(), list[Exchange]()
    ear = Ear(clock)
    pace = {"ladder_scale": 0.05 / 60, "delay": 0.05}
    sandbox = {"bank_withholding": keys["sandbox"], "sms": {"secret": SECRET}, "pace": pace}
    app = create_sandbox(Settings(home=tmp_path, sandbox=sandbox), clock)
    app.router.routes.append(Route("/notify/{rest:path}", ear.listen, methods=["POST"]))

    async def audit(exchange: Exchange) -> None:
        audited.append(exchange)

    async with served(app) as url:
        registry = Registry.discover(
            {"bank_withholding": settings_at(url, keys)},
            {},
            clock=clock,
            notify_base_url=url,
            allow_sandbox=True,
            audit=audit,
        )
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            yield Bank(clock, ear, url, registry, http, app.state.house, audited)
        await registry.close()


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
    heard = await bank.ear.hears(count)
    return [(await bank.channel.parse_notification(one)).result for one in heard]


async def withheld(bank: Bank, order_no: str = ORDER, fen: int = 51233) -> PaymentResult:
    """Money that was withheld and told of."""
    await bank.channel.debit(debit(bank, order_no, fen))
    await bank.ear.hears(len(bank.ear.heard) + 1)
    result = await bank.channel.query_payment(ref(bank, order_no))
    assert result.state is PaymentState.SUCCEEDED
    return result


async def test_a_card_is_bound_by_its_four_elements_and_the_code_on_the_phone(bank: Bank) -> None:
    started = await begun(bank)
    result = await confirmed(bank, started, await code_on_the_phone(bank))

    assert (started.state, started.action) == (MandateState.ACTION_REQUIRED, SmsSent("135****5506"))
    assert (result.state, result.token) == (MandateState.ACTIVE, MANDATE)
    assert result.account_masked == "6216 **** **** 0018"
    known = await bank.channel.query_mandate(MandateRef(MANDATE, result.token, channel_state=result.channel_state))
    assert (known.state, known.token) == (MandateState.ACTIVE, MANDATE)


async def test_nothing_of_a_person_can_be_read_in_what_is_kept_logged_or_audited(
    bank: Bank, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)
    result = await confirmed(bank, started, code)
    await withheld(bank)

    kept = repr(started) + repr(result) + repr(bank.channel) + repr(bank.registry.channels())
    audited = "".join(one.url + one.request + one.response for one in bank.audited)
    assert len(bank.audited) >= 4
    assert "txnType=72" in audited
    for secret in (CARD, NAME, ID_NUMBER, PHONE, code, keys["channel"]["private_key"][100:140]):
        assert secret not in kept + audited + caplog.text
    # In base64 a name is not hidden.
    for field in ("customerInfo", "accNo"):
        assert set(re.findall(rf"\b{field}=([^&\n]*)", audited)) == {"***"}
    assert "packed" in started.channel_state
    assert set(result.channel_state) == {"orderId", "txnTime", "account"}


async def test_the_names_that_wait_open_with_our_key_and_for_their_mandate_only(bank: Bank) -> None:
    started = await begun(bank)

    stolen = await confirmed(bank, started, await code_on_the_phone(bank), "MD20261121000002")

    assert stolen.state is MandateState.DECLINED
    assert stolen.error
    assert stolen.error.retry is Retry.AFTER_USER_ACTION


async def test_a_wrong_code_may_be_tried_again_and_not_for_ever(bank: Bank) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)
    wrong = "000000" if code != "000000" else "111111"

    first = await confirmed(bank, started, wrong)
    assert first.state is MandateState.ACTION_REQUIRED
    assert first.error
    assert first.error.retry is Retry.AFTER_USER_ACTION
    assert (await bank.channel.query_mandate(MandateRef(MANDATE, channel_state=first.channel_state))).state is (
        MandateState.NOT_FOUND
    )
    assert (await confirmed(bank, first, code)).state is MandateState.ACTIVE

    again = await begun(bank, mandate_no="MD20261121000002")
    code = await code_on_the_phone(bank)
    for _ in range(3):
        await confirmed(bank, again, wrong, "MD20261121000002")
    assert (await confirmed(bank, again, code, "MD20261121000002")).state is MandateState.ACTION_REQUIRED


async def test_a_code_is_good_for_five_minutes(bank: Bank) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)

    bank.clock.advance(timedelta(minutes=6))

    assert (await confirmed(bank, started, code)).state is MandateState.ACTION_REQUIRED


async def test_a_person_who_is_not_the_cards_owner_is_declined(bank: Bank) -> None:
    card = "6216261000000000404"

    result = await confirmed(bank, await begun(bank, card), await code_on_the_phone(bank))

    assert result.state is MandateState.DECLINED
    assert result.error
    assert (result.error.code, result.error.retry) == (ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION)
    assert "packed" not in result.channel_state


async def test_a_bind_whose_answer_was_lost_is_found_and_not_made_twice(bank: Bank) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)
    bank.plan(Fault.LOSE_ANSWER, MANDATE)

    lost = await confirmed(bank, started, code)
    repeated = await confirmed(bank, lost, code)

    assert lost.state is MandateState.UNKNOWN
    assert (repeated.state, repeated.token) == (MandateState.ACTIVE, MANDATE)


async def test_what_is_accepted_is_not_paid_before_it_is_told(bank: Bank) -> None:
    await bound(bank)

    accepted = await bank.channel.debit(debit(bank))
    at_once = await bank.channel.query_payment(ref(bank))

    assert (accepted.state, accepted.error) == (PaymentState.PROCESSING, None)
    assert at_once.state is PaymentState.UNKNOWN
    (told,) = await notices(bank, 1)
    known = await bank.channel.query_payment(ref(bank))
    for result in (told, known):
        assert isinstance(result, PaymentResult)
        assert (result.state, result.amount_fen, result.currency) == (PaymentState.SUCCEEDED, 51233, "CNY")
        assert (result.provider_no, result.paid_at) == (accepted.provider_no, bank.clock())
        assert result.payer_id_masked == "6216***********0018"
    assert (await bank.http.get(f"{bank.url}/bank_withholding/trades")).json()["paid_fen"] == 51233


async def test_a_notice_names_its_order_and_any_200_ends_it(bank: Bank) -> None:
    answers = [NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE, NoticeOutcome.ACCEPTED]

    def answer(_: RawRequest) -> Response:
        told = bank.channel.answer_notification(answers[len(bank.ear.heard) - 1])
        return Response(told.body, told.status, dict(told.headers))

    bank.ear.answer = answer
    await bound(bank)
    await bank.channel.debit(debit(bank))

    heard = await bank.ear.hears(3)
    assert len(heard) == 3
    assert len({one.body for one in heard}) == 1
    assert heard[0].path == "/notify/payments/bank_withholding"
    notice = await bank.channel.parse_notification(heard[0])
    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, ORDER)


async def test_a_tampered_notice_proves_nothing(bank: Bank) -> None:
    await bound(bank)
    await bank.channel.debit(debit(bank))
    (heard,) = await bank.ear.hears(1)

    body = heard.body.replace(b"txnAmt=51233", b"txnAmt=1")
    assert body != heard.body
    with pytest.raises(SignatureError):
        await bank.channel.parse_notification(RawRequest("POST", heard.path, "", heard.headers, body, bank.clock()))


async def test_an_empty_account_is_declined_until_another_day(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.INSUFFICIENT_FUNDS)

    accepted = await bank.channel.debit(debit(bank))
    (told,) = await notices(bank, 1)
    known = await bank.channel.query_payment(ref(bank))

    assert accepted.state is PaymentState.PROCESSING
    for result in (told, known):
        assert isinstance(result, PaymentResult)
        assert result.error
        assert (result.state, result.error.kind) == (PaymentState.DECLINED, ErrorKind.DECLINED)
        assert (result.error.code, result.error.retry) == (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
    await withheld(bank, "WD20261121000002")


async def test_a_person_empties_and_fills_an_account_on_the_page(bank: Bank) -> None:
    await bound(bank)
    door = f"{bank.url}/bank_withholding/accounts/{MANDATE}"

    await bank.http.post(door, data={"money": "none"})
    await bank.channel.debit(debit(bank))
    await bank.ear.hears(1)

    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.DECLINED
    page = (await bank.http.post(door, data={"money": "enough"}, follow_redirects=True)).text
    assert MANDATE in page
    assert ORDER in page
    assert CARD not in page
    await withheld(bank, "WD20261121000002")
    assert (await bank.http.post(f"{door}x", data={"money": "none"})).status_code == 404


@pytest.mark.parametrize(
    ("ending", "fen", "code"),
    [
        ("5151", 100, ErrorCode.INSUFFICIENT_FUNDS),
        ("6161", 100, ErrorCode.LIMIT_EXCEEDED),
        ("6262", 100, ErrorCode.NOT_SUPPORTED_BANK),
        ("1414", 100, ErrorCode.ACCOUNT_INVALID),
        ("0018", 50_000_01, ErrorCode.LIMIT_EXCEEDED),
    ],
)
async def test_cards_and_sums_that_are_refused(bank: Bank, ending: str, fen: int, code: ErrorCode) -> None:
    await bound(bank, f"621626100000000{ending}")

    await bank.channel.debit(debit(bank, fen=fen))
    (told,) = await notices(bank, 1)

    assert isinstance(told, PaymentResult)
    assert told.error
    assert (told.state, told.error.code) == (PaymentState.DECLINED, code)


async def test_a_timeout_at_the_bank_is_unknown_and_the_money_comes(bank: Bank) -> None:
    await bound(bank, "6216261000000000303")

    first = await bank.channel.debit(debit(bank))
    await bank.ear.hears(1)

    assert first.state is PaymentState.UNKNOWN
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.SUCCEEDED


async def test_a_debit_sent_twice_takes_the_money_once(bank: Bank) -> None:
    await bound(bank)
    request = debit(bank)

    await bank.channel.debit(request)
    at_once = await bank.channel.debit(request)
    await bank.ear.hears(1)
    bank.clock.advance(timedelta(minutes=3))
    later = await bank.channel.debit(request)

    assert at_once.error
    assert (at_once.state, at_once.error.kind) == (PaymentState.UNKNOWN, ErrorKind.CONFLICT)
    assert (later.state, later.amount_fen) == (PaymentState.SUCCEEDED, 51233)
    assert (await bank.http.get(f"{bank.url}/bank_withholding/trades")).json()["paid_fen"] == 51233


async def test_a_debit_whose_answer_never_came_is_found_by_when_it_was_submitted(bank: Bank) -> None:
    await bound(bank)
    submitted_at = bank.clock()
    bank.clock.advance(timedelta(seconds=7))
    bank.plan(Fault.LOSE_ANSWER)

    lost = await bank.channel.debit(debit(bank, submitted_at=submitted_at))
    await bank.ear.hears(1)
    known = await bank.channel.query_payment(PaymentRef(ORDER, submitted_at))
    another_time = await bank.channel.query_payment(PaymentRef(ORDER, bank.clock()))

    assert lost.state is PaymentState.UNKNOWN
    assert lost.error
    assert lost.error.kind is ErrorKind.UNKNOWN
    assert known.state is PaymentState.SUCCEEDED
    assert another_time.state is PaymentState.NOT_FOUND


async def test_a_debit_that_broke_before_anything_was_done_is_not_found(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.BREAK)

    broken = await bank.channel.debit(debit(bank))

    assert broken.state is PaymentState.UNKNOWN
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.NOT_FOUND


async def test_an_answer_signed_by_nobody_changes_nothing_and_the_query_tells(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.BAD_SIGNATURE)

    forged = await bank.channel.debit(debit(bank))
    await bank.ear.hears(1)

    assert forged.error
    assert (forged.state, forged.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.SUCCEEDED


async def test_notices_are_lost_and_repeated_as_planned(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.LOSE_NOTICE)
    bank.plan(Fault.REPEAT_NOTICE, "WD20261121000002")

    await bank.channel.debit(debit(bank))
    await bank.channel.debit(debit(bank, "WD20261121000002"))

    heard = [await bank.channel.parse_notification(one) for one in await bank.ear.hears(3)]
    assert [notice.order_no for notice in heard] == ["WD20261121000002"] * 3
    assert len({notice.event_id for notice in heard}) == 1
    assert (await bank.channel.query_payment(ref(bank))).state is PaymentState.SUCCEEDED


async def test_a_wrong_sum_is_seen_as_it_is(bank: Bank) -> None:
    await bound(bank)
    bank.plan(Fault.WRONG_AMOUNT)

    assert (await withheld(bank)).amount_fen == 51232


async def test_an_unbound_card_is_not_debited(bank: Bank) -> None:
    signed = await bound(bank)
    known = MandateRef(MANDATE, signed.token, channel_state=signed.channel_state)

    revoked = await bank.channel.revoke_mandate(known)
    bank.clock.advance(timedelta(seconds=1))
    again = await bank.channel.revoke_mandate(known)
    refused = await bank.channel.debit(debit(bank))

    assert (revoked.state, again.state) == (MandateState.REVOKED, MandateState.REVOKED)
    told = await bank.channel.query_mandate(replace(known, channel_state=revoked.channel_state))
    assert told.state is MandateState.REVOKED
    assert refused.error
    assert (refused.state, refused.error.code) == (PaymentState.DECLINED, ErrorCode.MANDATE_INVALID)
    assert refused.error.retry is Retry.AFTER_USER_ACTION


async def test_a_mandate_that_was_never_asked_for_is_not_there(bank: Bank) -> None:
    nothing = MandateRef(MANDATE)

    assert (await bank.channel.query_mandate(nothing)).state is MandateState.NOT_FOUND
    assert (await bank.channel.revoke_mandate(nothing)).state is MandateState.REVOKED


async def test_refunds_in_parts_are_trades_of_their_own(bank: Bank) -> None:
    await bound(bank)
    paid = await withheld(bank)
    payment = ref(bank, provider_no=paid.provider_no, channel_state=paid.channel_state)
    part = Refund("RF20261121000001", payment, 1233, 51233, submitted_at=bank.clock())

    accepted = await bank.channel.refund(part)
    # Without UnionPay's number the payment is asked about first.
    rest = await bank.channel.refund(Refund("RF20261121000002", ref(bank), 50000, 51233, submitted_at=bank.clock()))
    too_much = await bank.channel.refund(Refund("RF20261121000003", payment, 1, 51233))
    heard = [await bank.channel.parse_notification(one) for one in (await bank.ear.hears(3))[1:]]
    repeated = await bank.channel.refund(part)
    known = await bank.channel.query_refund(
        RefundRef("RF20261121000001", payment, channel_state=accepted.channel_state)
    )

    assert (accepted.state, rest.state) == (RefundState.PROCESSING, RefundState.PROCESSING)
    assert too_much.state is RefundState.DECLINED
    assert [(one.kind, one.refund_no) for one in heard] == [
        (NotificationKind.REFUND, "RF20261121000001"),
        (NotificationKind.REFUND, "RF20261121000002"),
    ]
    for result in (heard[0].result, repeated, known):
        assert isinstance(result, RefundResult)
        assert (result.state, result.amount_fen, result.cumulative) == (RefundState.SUCCEEDED, 1233, False)
        assert result.refunded_at == bank.clock()
    never = await bank.channel.query_refund(RefundRef("RF20261121000009", payment, bank.clock()))
    no_time = await bank.channel.query_refund(RefundRef("RF20261121000009", payment))
    assert (never.state, no_time.state) == (RefundState.NOT_FOUND, RefundState.UNKNOWN)


async def test_a_refund_of_what_was_never_paid_is_not_sent(bank: Bank) -> None:
    result = await bank.channel.refund(Refund("RF20261121000001", ref(bank), 100, 100))

    assert result.error
    assert (result.state, result.error.kind) == (RefundState.UNKNOWN, ErrorKind.NOT_EXECUTED)


async def rows_of(bank: Bank, day: date) -> list[BillEntry]:
    file = await bank.channel.fetch_bill(BillRequest(day))
    assert isinstance(file, BillFile)
    return list(bank.channel.parse_bill(file))


async def test_the_file_of_the_day_has_every_trade_to_the_fen(bank: Bank) -> None:
    await bound(bank)
    paid = await withheld(bank)
    await withheld(bank, "WD20261121000002", 100)
    bank.plan(Fault.INSUFFICIENT_FUNDS, "WD20261121000003")
    await bank.channel.debit(debit(bank, "WD20261121000003"))
    await bank.channel.refund(Refund("RF20261121000001", ref(bank), 1233, 51233, submitted_at=bank.clock()))
    await bank.ear.hears(4)
    today, happened = date(2026, 11, 21), bank.clock()

    assert isinstance(await bank.channel.fetch_bill(BillRequest(today)), BillNotReady)
    bank.clock.at = datetime.fromisoformat("2026-11-22T08:59:59+08:00")
    early = await bank.channel.fetch_bill(BillRequest(today))
    assert early == BillNotReady(timedelta(seconds=1))
    bank.clock.advance(timedelta(seconds=1))

    rows = [row for row in await rows_of(bank, today) if isinstance(row, BillRow)]
    assert [(row.kind, row.order_no, row.refund_no, row.amount_fen, row.fee_fen, row.received_fen) for row in rows] == [
        (BillKind.PAYMENT, ORDER, None, 51233, 100, 51133),
        (BillKind.PAYMENT, "WD20261121000002", None, 100, 100, 0),
        (BillKind.REFUND, ORDER, "RF20261121000001", 1233, 0, 1233),
    ]
    assert rows[0].provider_no == paid.provider_no
    assert {row.occurred_at for row in rows} == {happened}
    bank.clock.advance(timedelta(days=1))
    assert await bank.channel.fetch_bill(BillRequest(date(2026, 11, 22))) == BillEmpty()


async def test_the_file_of_new_years_eve_has_the_old_year(bank: Bank) -> None:
    bank.clock.at = datetime.fromisoformat("2028-12-31T23:59:58+08:00")
    await bound(bank)
    await withheld(bank)
    bank.clock.at = datetime.fromisoformat("2029-01-01T09:30:00+08:00")

    (row,) = await rows_of(bank, date(2028, 12, 31))

    assert isinstance(row, BillRow)
    assert row.occurred_at == datetime.fromisoformat("2028-12-31T23:59:58+08:00")


async def test_a_gateway_that_does_not_know_our_key_is_a_fault_of_configuration(bank: Bank, keys: Keys) -> None:
    foreign = keys["channel"] | {"private_key": keys["sandbox"]["sign_private_key"]}
    stranger = Registry.discover(
        {"bank_withholding": settings_at(bank.url, {"channel": foreign})},
        {},
        clock=bank.clock,
        notify_base_url=bank.url,
        allow_sandbox=True,
    )
    channel = stranger.channel("bank_withholding")

    result = await channel.debit(debit(bank))
    health = await channel.health()
    await stranger.close()

    assert result.error
    assert (result.state, result.error.kind) == (PaymentState.UNKNOWN, ErrorKind.CONFIG)
    assert result.error.code is ErrorCode.SIGN_ERROR
    assert not health.ok
    assert (await bank.channel.health()).ok


async def test_the_certificates_last_as_long_as_the_business_clock_may_run(bank: Bank) -> None:
    bank.clock.advance(timedelta(days=36 * 31))

    await bound(bank)
    await withheld(bank)


async def test_the_sandbox_shows_unionpay_among_its_parties(bank: Bank) -> None:
    index = (await bank.http.get(bank.url)).text

    assert "UnionPay" in index
    assert '"bank_withholding/trades"' in index
