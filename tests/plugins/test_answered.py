"""The checks before a gateway pass what keeps the contract, and find each fault in a channel or a wire that does not."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from itertools import count
from typing import Any, cast

import pytest
from suidai_allinpay.channel import AllinpayChannel
from suidai_allinpay.sandbox.sample import Played, sample

from plugins.testing import (
    Outcome,
    Subject,
    a_bill_in_doubt_is_not_ready,
    batches_are_kept,
    debits_are_made_once,
    doubt_is_unknown,
    forged_answers_are_doubt,
    judged,
    mandates_are_kept,
    mishaps_are_told,
    nothing_personal_shows,
    payments_are_made_once,
    probes_are_recognised,
    refunds_are_made_once,
    states_are_small,
    what_it_posts_is_proven,
    what_was_done_is_not_denied,
)
from suidai import channel_samples
from suidai.channel_template import write
from suidai.contract import (
    BatchResult,
    BillEmpty,
    BillRequest,
    ChannelError,
    CreatePayment,
    Debit,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    MandateRef,
    MandateResult,
    MandateState,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    Refund,
    RefundResult,
    RefundState,
    SmsSent,
)

Check = Callable[[Subject], Awaitable[None]]

ALLINPAY = sample()
TRIES = count(1)
NO = ChannelError(ErrorKind.DECLINED, ErrorCode.OTHER)
NOTHING_DONE = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)


@pytest.fixture(scope="module")
def tillpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The package that `suidai channels new tillpay` writes."""
    source = str(write("tillpay", tmp_path_factory.mktemp("author")) / "src")
    sys.path.insert(0, source)
    yield import_module("suidai_tillpay.fake").sample()
    sys.path.remove(source)


@pytest.mark.parametrize(
    "subject",
    [channel_samples.alipay, channel_samples.bank_withholding, channel_samples.wechat, sample],
    ids=["alipay", "bank_withholding", "wechat", "allinpay"],
)
async def test_our_own_channels_keep_the_contract(subject: Callable[[], Subject]) -> None:
    verdicts = await judged(subject())

    assert [f"{one.check}: {one.sentence}" for one in verdicts if one.outcome is Outcome.BROKEN] == []
    assert sum(one.outcome is Outcome.OK for one in verdicts) >= 15
    assert Outcome.OK in {one.outcome for one in verdicts if one.check == "bills are read"}


def spoiled(**members: Any) -> Subject:
    """Allinpay with some of its channel replaced."""
    return replace(ALLINPAY, spec=replace(ALLINPAY.spec, factory=type("Spoiled", (AllinpayChannel,), members)))


def purse(**members: Any) -> Subject:
    """Allinpay's gateway with some of it replaced."""
    return replace(ALLINPAY, gateway=type("OtherGateway", (Played,), members))


def instead(operation: str, result: Any) -> Subject:
    """A channel whose operation asks and then says this, whatever it heard."""

    async def says(self: Any, asked: Any) -> Any:
        await getattr(AllinpayChannel, operation)(self, asked)
        return result

    return spoiled(**{operation: says})


def then(operation: str, change: Callable[[Any, Any], Any]) -> Subject:
    """A channel whose operation says what `change` makes of the request and the true result."""

    async def says(self: Any, asked: Any) -> Any:
        return change(asked, await getattr(AllinpayChannel, operation)(self, asked))

    return spoiled(**{operation: says})


async def debits_anew(self: Any, asked: Debit) -> PaymentResult:
    return await AllinpayChannel.debit(self, replace(asked, order_no=f"{asked.order_no[:-1]}{next(TRIES) % 10}"))


async def refunds_anew(self: Any, asked: Refund) -> RefundResult:
    return await AllinpayChannel.refund(self, replace(asked, refund_no=f"{asked.refund_no[:-1]}{next(TRIES) % 10}"))


async def batches_anew(self: Any, asked: DebitBatch) -> BatchResult:
    return await AllinpayChannel.debit_batch(self, replace(asked, batch_no=f"{asked.batch_no[:-1]}{next(TRIES) % 10}"))


async def cuts_the_number(self: Any, asked: Debit) -> PaymentResult:
    return await AllinpayChannel.debit(self, replace(asked, order_no=f"{asked.order_no[:-1]}d"))


async def one_refund_an_order(self: Any, asked: Refund) -> RefundResult:
    return await AllinpayChannel.refund(self, replace(asked, refund_no=f"RF{asked.payment.order_no[2:]}"))


async def asks_by_the_cut_number(self: Any, asked: PaymentRef) -> PaymentResult:
    return await AllinpayChannel.query_payment(self, replace(asked, order_no=f"{asked.order_no[:-1]}d"))


def changed(operation: str, change: Callable[[PaymentResult], PaymentResult]) -> Any:
    """This operation of Allinpay's, whose refusals are told so."""

    async def says(self: Any, asked: Any) -> PaymentResult:
        told = await getattr(AllinpayChannel, operation)(self, asked)
        return change(told) if told.state is PaymentState.DECLINED else told

    return says


def doubted(told: PaymentResult) -> PaymentResult:
    return replace(told, state=PaymentState.UNKNOWN)


def given_up(told: PaymentResult) -> PaymentResult:
    return replace(told, error=NO)


async def ends_by_token(self: Any, asked: MandateRef) -> MandateResult:
    return await AllinpayChannel.revoke_mandate(self, replace(asked, token="" + cast("str", asked.token)))


async def tells_of_the_token(self: Any, asked: Debit) -> PaymentResult:
    with suppress(Exception):
        await self._runtime.http.get("https://elsewhere.test/", params={"agreement": asked.token})
    return await AllinpayChannel.debit(self, asked)


async def forgets_the_place(self: Any, asked: PaymentRef) -> PaymentResult:
    return await AllinpayChannel.query_payment(self, replace(asked, batch_no=None, batch_position=None))


def declined(asked: DebitBatch, result: BatchResult) -> BatchResult:
    return replace(
        result, items={item.order_no: PaymentResult(PaymentState.DECLINED, error=NO) for item in asked.items}
    )


def with_state(state: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda asked, result: replace(result, channel_state=state(asked))


DOUBT = MandateResult(MandateState.UNKNOWN)


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (debits_are_made_once, spoiled(debit=debits_anew), "sent twice leaves 204818 fen taken"),
        (
            debits_are_made_once,
            then("debit", lambda asked, told: replace(told, state=PaymentState.DECLINED)),
            "a debit without an answer is DECLINED",
        ),
        (
            debits_are_made_once,
            then(
                "debit",
                lambda asked, told: told if told.error is None else replace(told, state=PaymentState.PROCESSING),
            ),
            "a debit without an answer is PROCESSING",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, amount_fen=1)),
            "of 102409 fen is told as 1",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, paid_at=None)),
            "does not say when",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, amount_fen=float(told.amount_fen))),
            "of 102409 fen is told as 102409.0",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, paid_at=told.paid_at + timedelta(hours=8))),
            "the wall clock that providers write is Beijing's",
        ),
        (
            debits_are_made_once,
            spoiled(debit=cuts_the_number, query_payment=asks_by_the_cut_number),
            "differs in its last letter, .*leaves 102409 fen taken",
        ),
        (refunds_are_made_once, spoiled(refund=one_refund_an_order), "another refund, under RF.* leaves 100778 fen"),
        (
            mandates_are_kept,
            then("query_mandate", lambda asked, told: replace(told, token=None)),
            "by the query without its token",
        ),
        (debits_are_made_once, purse(taken_fen=lambda self: 0), "leaves 0 fen taken, not 102409"),
        (refunds_are_made_once, spoiled(refund=refunds_anew), "sent twice leaves"),
        (
            refunds_are_made_once,
            instead("refund", RefundResult(RefundState.SUCCEEDED)),
            "without an answer is SUCCEEDED",
        ),
        (
            refunds_are_made_once,
            then("query_refund", lambda asked, told: replace(told, amount_fen=told.amount_fen + 1)),
            "a refund of 1631 fen is told as 1632",
        ),
        (
            refunds_are_made_once,
            instead("query_refund", RefundResult(RefundState.NOT_FOUND)),
            "channel_state with it, is NOT_FOUND",
        ),
        (mandates_are_kept, instead("begin_mandate", DOUBT), "waits for a code is UNKNOWN"),
        (
            mandates_are_kept,
            then("begin_mandate", lambda asked, told: replace(told, action=None)),
            "does not say so by an action",
        ),
        (
            mandates_are_kept,
            instead("confirm_mandate", MandateResult(MandateState.ACTIVE, "T", error=NO)),
            "a wrong code signs a mandate",
        ),
        (mandates_are_kept, then("confirm_mandate", lambda asked, told: replace(told, error=None)), "without an error"),
        (
            mandates_are_kept,
            then("confirm_mandate", lambda asked, told: replace(told, state=MandateState.DECLINED, error=NO)),
            "a wrong code makes the mandate DECLINED; he may enter it again",
        ),
        (mandates_are_kept, then("confirm_mandate", lambda asked, told: replace(told, token=None)), "has no token"),
        (mandates_are_kept, instead("query_mandate", DOUBT), "a mandate in force is UNKNOWN"),
        (mandates_are_kept, instead("revoke_mandate", DOUBT), "was revoked is UNKNOWN"),
        (
            mandates_are_kept,
            then("query_mandate", lambda asked, told: MandateResult(MandateState.ACTIVE, asked.token)),
            "a mandate that was revoked is ACTIVE",
        ),
        (batches_are_kept, spoiled(debit_batch=batches_anew), "a batch that was sent twice leaves"),
        (batches_are_kept, then("debit_batch", declined), "without an answer is DECLINED"),
        (batches_are_kept, spoiled(query_payment=forgets_the_place), "asked about by its place, is NOT_FOUND"),
        (
            batches_are_kept,
            instead("query_batch", BatchResult({"X": PaymentResult(PaymentState.PROCESSING)})),
            "numbers that it was not given",
        ),
        (
            what_was_done_is_not_denied,
            then("debit", lambda asked, told: replace(told, error=NOTHING_DONE)),
            "debit was sent, and is said to have done nothing",
        ),
        (states_are_small, then("debit", with_state(lambda asked: {"x": "x" * 4096})), "larger than 4096 bytes"),
        (states_are_small, then("debit", with_state(lambda asked: {"at": asked.submitted_at})), "is no JSON"),
        (
            states_are_small,
            then("begin_mandate", with_state(lambda asked: {"card": asked.borrower.card_number.reveal()})),
            "a person's data",
        ),
        (nothing_personal_shows, spoiled(debit=tells_of_the_token), "shows a secret, a person or a token"),
        (
            nothing_personal_shows,
            then("begin_mandate", lambda asked, told: replace(told, bank=asked.borrower.phone.reveal())),
            "shows a secret, a person or a token",
        ),
        (
            nothing_personal_shows,
            then(
                "begin_mandate",
                lambda asked, told: replace(told, action=SmsSent(asked.borrower.phone.reveal())),
            ),
            "shows a secret, a person or a token",
        ),
        (
            doubt_is_unknown,
            spoiled(revoke_mandate=ends_by_token),
            "revoke_mandate without a token, .* raises TypeError",
        ),
        (
            mishaps_are_told,
            then("query_payment", lambda asked, told: replace(told, amount_fen=102409)),
            "of 102410 fen is told as 102409",
        ),
        (
            mishaps_are_told,
            spoiled(debit=changed("debit", doubted), query_payment=changed("query_payment", doubted)),
            "a debit without money is UNKNOWN",
        ),
        (
            mishaps_are_told,
            spoiled(debit=changed("debit", given_up), query_payment=changed("query_payment", given_up)),
            "may be tried on a LATER_DAY, so it is not tried again: .*NEVER",
        ),
        (what_it_posts_is_proven, purse(notices=lambda self: ()), "posted no notice"),
    ],
    ids=range(40),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


def altered(till: Subject, **members: Any) -> Subject:
    """The template's channel with some of it replaced."""
    made = type(till.channel())
    return replace(till, spec=replace(till.spec, factory=type("Spoiled", (made,), members)))


async def test_a_debit_that_is_dated_by_the_hour_of_the_call_is_found() -> None:
    unionpay = channel_samples.bank_withholding()
    base = type(unionpay.channel())

    async def debits_now(self: Any, asked: Debit) -> PaymentResult:
        return await base.debit(self, replace(asked, submitted_at=unionpay.now))

    with pytest.raises(AssertionError, match="as when the answer was lost and channel_state with it, is NOT_FOUND"):
        await debits_are_made_once(altered(unionpay, debit=debits_now))


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


async def test_a_day_that_is_not_over_and_is_said_to_be_without_trades_is_found(tillpay: Subject) -> None:
    base = type(tillpay.channel())

    async def fetch(self: Any, asked: BillRequest) -> Any:
        told = await base.fetch_bill(self, replace(asked, date=asked.date - timedelta(days=7)))
        return told if getattr(told, "error", None) else BillEmpty()

    await a_bill_in_doubt_is_not_ready(tillpay)
    with pytest.raises(AssertionError, match="the bill of 2026-11-21, a day that is not over, is a BillEmpty"):
        await a_bill_in_doubt_is_not_ready(altered(tillpay, fetch_bill=fetch))


async def test_an_order_made_anew_is_found(tillpay: Subject) -> None:
    base = type(tillpay.channel())

    async def create(self: Any, asked: CreatePayment) -> PaymentResult:
        return replace(await base.create_payment(self, asked), state=PaymentState.DECLINED)

    with pytest.raises(AssertionError, match="made again by qr is DECLINED"):
        await payments_are_made_once(altered(tillpay, create_payment=create))


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


async def test_a_channel_that_cannot_be_made_is_said_once(tillpay: Subject) -> None:
    def factory(config: Any, runtime: Any) -> PaymentChannel:
        raise RuntimeError("no such key")

    verdicts = await judged(replace(tillpay, spec=replace(tillpay.spec, factory=factory)))

    broken = {one.check: one.sentence for one in verdicts if one.outcome is Outcome.BROKEN}
    assert broken == {"spec is valid": "the factory raises RuntimeError for these settings: no such key"}
    untried = {one.check: one.sentence for one in verdicts if one.outcome is Outcome.NOT_APPLICABLE}
    assert untried["doubt is unknown"] == "not tried: the channel cannot be made"
    assert untried.keys() | broken.keys() | {"settings are read", "imports quickly"} == {one.check for one in verdicts}


async def test_what_a_check_raises_is_a_broken_line_of_the_table(tillpay: Subject) -> None:
    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        raise RuntimeError("no such order")

    verdicts = {one.check: one for one in await judged(altered(tillpay, query_payment=query))}

    assert verdicts["doubt is unknown"].outcome is Outcome.BROKEN
    assert "query_payment" in verdicts["doubt is unknown"].sentence
    assert "raises RuntimeError" in verdicts["doubt is unknown"].sentence


async def test_without_a_gateway_only_the_dry_checks_are_made(tillpay: Subject) -> None:
    verdicts = {one.check: one for one in await judged(replace(tillpay, gateway=None))}

    assert verdicts["payments are made once"].sentence == "the subject has no gateway"
    assert verdicts["spec is valid"].outcome is Outcome.OK
