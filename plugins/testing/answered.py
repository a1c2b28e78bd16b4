"""Checks before a gateway that answers: money moves once, and forged answers are doubt."""

from dataclasses import replace
from typing import Any

import httpx

from domain.payments.ports import (
    DebitBatch,
    ErrorKind,
    MandateRef,
    MandateResult,
    PaymentRef,
    PaymentResult,
    Product,
    RefundRef,
    RefundResult,
)
from domain.payments.ports.mandates import BatchRef, BatchResult
from plugins.testing.forging import Kept, Unsigned, forgeries
from plugins.testing.subject import Subject, must, must_be
from plugins.testing.town import (
    BATCH,
    ORDER,
    OTHER_ORDER,
    OTHER_REFUND,
    PART_FEN,
    REFUND,
    REFUSED,
    SUM_FEN,
    WRONG_CODE,
    Call,
    Town,
    acts,
    began,
    begin,
    by_code,
    create,
    debit,
    must_be_fen,
    pays,
    refund,
    signs,
    town,
)

_WITHOUT_HIM = frozenset({Product.PAGE, Product.WAP, Product.APP, Product.QR})
"""The products that take neither an address nor a name of his: orders by these are made again without him."""
_WITHOUT_ANSWER = (
    "that is asked about by its number and submitted_at alone, as when the answer was lost and channel_state with it,"
)


async def payments_are_made_once(subject: Subject) -> None:
    """The same order made twice, the first answer lost, is paid once; asked about, it says its sum, currency and time."""
    for product in sorted(subject.capabilities().products):
        async with town(subject) as here:
            order = create(product, subject)
            await here.disturbed(
                "create_payment", lambda channel, order=order: channel.create_payment(order), line=_lost
            )
            made: PaymentResult = await here.ask(
                "create_payment", lambda channel, order=order: channel.create_payment(order)
            )
            must(
                made.state == "ACTION_REQUIRED",
                f"an order that is made again by {product} is {made.state}: {made.error}",
            )
            must(made.action, f"an order by {product} does not say what the borrower has to do")
        async with town(subject) as here:
            ref = await here.paid()
            _must_have(here, SUM_FEN, "a payment")
            await _must_be_found(here, PaymentRef(ORDER, ref.submitted_at), "a payment")
        if product in _WITHOUT_HIM:
            await _made_without_him(subject, product)


async def _made_without_him(subject: Subject, product: Product) -> None:
    """As the core makes it again when its answer was lost: he is not there, and his app may have said no way back."""
    order = replace(create(product, subject), client_ip=None, payer_id=None, return_url=None)
    async with town(subject) as here:
        what = f"an order by {product}, without client_ip, payer_id and return_url,"
        made: PaymentResult = await here.ask(f"create_payment of {what}", lambda channel: channel.create_payment(order))
        must(made.state == "ACTION_REQUIRED", f"{what} is {made.state}: {made.error}")
        must(made.action, f"{what} does not say what the borrower has to do")
        if product == min(subject.capabilities().products):
            await here.gateway.pay(ORDER, made)
            _must_have(here, SUM_FEN, what)


async def nobodys_number_is_not_found(subject: Subject) -> None:
    """A number that the provider never heard of is NOT_FOUND, or doubt: it may still be on its way."""
    async with town(subject) as here:
        if pays(subject):
            ref = PaymentRef(ORDER, subject.now)
            told: PaymentResult = await here.ask("query_payment", lambda channel: channel.query_payment(ref))
            _must_not_be_known(told, "a payment")
        if signs(subject):
            mandate = MandateRef(begin().mandate_no, submitted_at=subject.now)
            signed: MandateResult = await here.ask("query_mandate", lambda channel: channel.query_mandate(mandate))
            must(signed.state != "ACTIVE", "a mandate that was never begun is ACTIVE")
    if pays(subject) and subject.capabilities().refund_query:
        async with town(subject) as here:
            back = RefundRef(REFUND, await here.paid(), subject.now)
            given: RefundResult = await here.ask("query_refund", lambda channel: channel.query_refund(back))
            _must_not_be_known(given, "a refund")


def _must_not_be_known(told: PaymentResult | RefundResult, what: str) -> None:
    must(
        told.state not in {"SUCCEEDED", "DECLINED", "CLOSED"},
        f"{what} that was never made is {told.state}: say NOT_FOUND, which is final only after a while",
    )


async def debits_are_made_once(subject: Subject) -> None:
    """A debit whose answer is lost is UNKNOWN; sent again under its number it takes the money once."""
    async with town(subject) as here:
        asked = debit((await here.agreed()).token or "", subject)
        lost, _ = await here.disturbed("debit", lambda channel: channel.debit(asked), line=_lost)
        must(lost.state == "UNKNOWN", f"a debit without an answer is {lost.state}")
        again: PaymentResult = await here.ask("debit", lambda channel: channel.debit(asked))
        must(again.state not in REFUSED, f"a debit that is sent again is {again.state}: {again.error}")
        must(not again.not_executed, "a debit that was done is said to have done nothing")
        _must_have(here, SUM_FEN, "a debit that was sent twice")
        await _must_be_found(here, PaymentRef(ORDER, began(subject)), "a debit")
        other = replace(asked, order_no=OTHER_ORDER)
        await here.ask("debit", lambda channel: channel.debit(other))
        _must_have(
            here, 2 * SUM_FEN, f"a debit after it, under a number that differs in its last letter, {OTHER_ORDER},"
        )
    async with town(subject) as here:
        asked = debit((await here.agreed()).token or "", subject)
        same = subject.channel(here.wire)
        here.wire.cut_after = 0
        await here.ask("debit, over a line that is cut,", lambda _: same.debit(asked))
        here.wire.cut_after = None
        await here.ask("debit", lambda _: same.debit(asked))
        _must_have(here, SUM_FEN, "a debit that was not sent, and then made again by the same process,")
    async with town(subject) as here:
        await here.paid()


async def refunds_are_made_once(subject: Subject) -> None:
    """A refund whose answer is lost is UNKNOWN; sent again under its number it gives the money back once."""
    async with town(subject) as here:
        asked = refund(await here.paid(), subject)
        lost, _ = await here.disturbed("refund", lambda channel: channel.refund(asked), line=_lost)
        must(lost.state == "UNKNOWN", f"a refund without an answer is {lost.state}")
        again: RefundResult = await here.ask("refund", lambda channel: channel.refund(asked))
        must(again.state not in REFUSED, f"a refund that is sent again is {again.state}: {again.error}")
        _must_have(here, SUM_FEN - asked.amount_fen, "a refund that was sent twice")
        if subject.capabilities().refund_query:
            bare = RefundRef(REFUND, PaymentRef(ORDER, asked.payment.submitted_at), subject.now)
            found: RefundResult = await here.ask("query_refund", lambda channel: channel.query_refund(bare))
            must(found.state not in REFUSED, f"a refund {_WITHOUT_ANSWER} is {found.state}: {found.error}")
            ref = RefundRef(REFUND, asked.payment, subject.now, again.channel_state)
            known: RefundResult = await here.ask("query_refund", lambda channel: channel.query_refund(ref))
            must(known.state in {"SUCCEEDED", "PROCESSING"}, f"a refund that was made is {known.state}: {known.error}")
            if known.state == "SUCCEEDED":
                must_be_fen(known.amount_fen, asked.amount_fen, "a refund")
        if "multiple" in subject.capabilities().refund:
            other = replace(asked, refund_no=OTHER_REFUND)
            await here.ask("refund", lambda channel: channel.refund(other))
            _must_have(here, SUM_FEN - 2 * PART_FEN, f"another refund, under {OTHER_REFUND},")


async def mandates_are_kept(subject: Subject) -> None:
    """A mandate is begun, signed by no wrong code and by no open page, then signed, is known, and ends when revoked."""
    async with town(subject) as here:
        if by_code(subject):
            begun: MandateResult = await here.ask("begin_mandate", lambda channel: channel.begin_mandate(begin()))
            must(begun.state == "ACTION_REQUIRED", f"a mandate that waits for a code is {begun.state}: {begun.error}")
            must(begun.action, "a mandate that waits for a code does not say so by an action")
            again: MandateResult = await here.ask("begin_mandate", lambda channel: channel.begin_mandate(begin()))
            must(again.state not in REFUSED, f"a mandate that is begun again is {again.state}: {again.error}")
            wrong: MandateResult = await here.ask("confirm_mandate", here.confirm(begun, WRONG_CODE))
            must(wrong.error, "a wrong code is taken without an error")
            must(wrong.state != "ACTIVE", "a wrong code signs a mandate")
            must(wrong.state not in REFUSED, f"a wrong code makes the mandate {wrong.state}; he may enter it again")
            begun = replace(begun, channel_state=wrong.channel_state or begun.channel_state)
            right: MandateResult = await here.ask("confirm_mandate", here.confirm(begun))
            must(right.state not in REFUSED, f"the right code after a wrong one is {right.state}: {right.error}")
    async with town(subject) as here:
        ref = await here.agreed()
        known: MandateResult = await here.ask("query_mandate", lambda channel: channel.query_mandate(ref))
        must(known.state == "ACTIVE", f"a mandate in force is {known.state}: {known.error}")
        must(known.token == ref.token, "a mandate in force is told by the query without its token, or with another")
        over: MandateResult = await here.ask("revoke_mandate", lambda channel: channel.revoke_mandate(ref))
        must(over.state == "REVOKED", f"a mandate that was revoked is {over.state}: {over.error}")
        ref = replace(ref, channel_state=over.channel_state or ref.channel_state)
        known = await here.ask("query_mandate", lambda channel: channel.query_mandate(ref))
        must(known.state != "ACTIVE", "a mandate that was revoked is ACTIVE")
        if subject.capabilities().autodebit:
            await _must_take_nothing(here, ref.token or "", "that was revoked")
    if subject.capabilities().autodebit:
        async with town(subject) as here:
            token = (await here.agreed()).token or ""
            await _must_take_nothing(here, f"{token[:-1]}{'0' if token[-1:] != '0' else '1'}", "that nobody signed")


async def _must_take_nothing(here: Town, token: str, what: str) -> None:
    asked = debit(token, here.subject)
    told: PaymentResult = await here.ask(f"debit, under a mandate {what},", lambda channel: channel.debit(asked))
    must(
        told.state != "SUCCEEDED" and not here.gateway.taken_fen(),
        f"a debit under a mandate {what} takes money: the channel must name its token, and the gateway look at it",
    )


async def batches_are_kept(subject: Subject) -> None:
    """A batch takes each of its debits once, and each is told by its number, in the batch and by its place in it alone."""
    async with town(subject) as here:
        token = (await here.agreed()).token or ""
        numbers = [ORDER, f"{ORDER[:-1]}5"]
        batch = DebitBatch(BATCH, tuple(debit(token, subject, number) for number in numbers), submitted_at=subject.now)
        lost, _ = await here.disturbed("debit_batch", lambda channel: channel.debit_batch(batch), line=_lost)
        for result in _of_batch(lost, numbers):
            must(result.state == "UNKNOWN", f"a debit in a batch without an answer is {result.state}")
        await here.ask("debit_batch", lambda channel: channel.debit_batch(batch))
        _must_have(here, SUM_FEN * len(numbers), "a batch that was sent twice")
        # What was committed before the batch was sent, and no more: its answer was lost, with every state in it.
        places = tuple(
            PaymentRef(number, subject.now, batch_no=BATCH, batch_position=at) for at, number in enumerate(numbers)
        )
        ref = BatchRef(BATCH, subject.now, items=places)
        known: BatchResult = await here.ask("query_batch", lambda channel: channel.query_batch(ref))
        for result in _of_batch(known, numbers):
            must(result.state not in REFUSED, f"a debit in a batch that was sent is {result.state}")
        for place in places:
            alone: PaymentResult = await here.ask(
                "query_payment", lambda channel, place=place: channel.query_payment(place)
            )
            must(alone.state not in REFUSED, f"a debit in a batch, asked about by its place, is {alone.state}")


async def forged_answers_are_doubt(subject: Subject) -> None:
    """An answer that was changed on its way, anywhere, or that answers something else, is UNKNOWN or says the same."""
    for name, prepare in acts(subject):
        async with town(subject) as here:
            sound, carried = await here.disturbed(name, await prepare(here))
        if not carried:
            continue
        for what, line in forgeries():
            async with town(subject) as here:
                result, _ = await here.disturbed(f"{name}, after {what},", await prepare(here), line=line)
            same = _told(result) == _told(sound)
            must(same or result.state == "UNKNOWN", f"{name}, after {what}, is {result.state}; it proves nothing")
            must(
                same or not result.error or result.error.kind != "NOT_EXECUTED", f"{name} is said to have done nothing"
            )
        async with town(subject) as here:
            taken_off = Unsigned()
            result, _ = await here.disturbed(name, await prepare(here), line=taken_off)
        must(
            not taken_off.found or result.state == "UNKNOWN",
            f"{name}, after its answer came without a signature, is {result.state}; what nobody signed proves nothing",
        )
    await _must_not_take_anothers_answer(subject)


async def what_was_done_is_not_denied(subject: Subject) -> None:
    """A call of which something left is never said to have done nothing, even if a later part of it could not connect."""
    for name, prepare in acts(subject):
        async with town(subject) as here:
            result, carried = await here.disturbed(name, await prepare(here), cut_after=1)
        error = getattr(result, "error", None)
        if carried:
            must(
                not error or error.kind is not ErrorKind.NOT_EXECUTED,
                f"{name} was sent, and is said to have done nothing",
            )


def _must_have(here: Town, fen: int, what: str) -> None:
    taken = here.gateway.taken_fen()
    must(taken == fen, f"{what} leaves {taken} fen taken, not {fen}")


async def _must_not_take_anothers_answer(subject: Subject) -> None:
    if not pays(subject):
        return
    async with town(subject) as here:
        paid = await here.paid()
        other = PaymentRef(OTHER_ORDER, paid.submitted_at)
        await _must_compare(
            here,
            "query_payment",
            lambda channel: channel.query_payment(paid),
            lambda channel: channel.query_payment(other),
        )
        if subject.capabilities().refund and subject.capabilities().refund_query:
            made: RefundResult = await here.ask("refund", lambda channel: channel.refund(refund(paid, subject)))
            ref = RefundRef(REFUND, paid, subject.now, made.channel_state)
            another = replace(ref, refund_no=OTHER_REFUND, channel_state={})
            await _must_compare(
                here,
                "query_refund",
                lambda channel: channel.query_refund(ref),
                lambda channel: channel.query_refund(another),
            )


async def _must_compare(here: Town, what: str, one: Call, other: Call) -> None:
    kept = Kept()
    _, carried = await here.disturbed(what, one, line=kept.keep)
    result, asked = await here.disturbed(what, other, line=kept.give)
    must(
        not carried or not asked or result.state == "UNKNOWN",
        f"{what}, given the signed answer of another's, is {result.state}: compare the number in it with the one asked",
    )


async def _must_be_found(here: Town, ref: PaymentRef, what: str) -> None:
    known: PaymentResult = await here.ask("query_payment", lambda channel: channel.query_payment(ref))
    must(known.state not in REFUSED, f"{what} {_WITHOUT_ANSWER} is {known.state}: {known.error}")


def _of_batch(batch: Any, numbers: list[str]) -> list[PaymentResult]:
    must_be(batch, BatchResult, "the answer to a batch")
    must(set(batch.items) <= set(numbers), "a batch tells of numbers that it was not given")
    return list(batch.items.values())


def _told(result: Any) -> tuple[Any, ...]:
    return result.state, getattr(result, "amount_fen", None), getattr(result, "currency", None)


def _lost(_: int, response: httpx.Response) -> httpx.Response:
    raise httpx.ReadTimeout(f"the answer, HTTP {response.status_code}, is lost")
