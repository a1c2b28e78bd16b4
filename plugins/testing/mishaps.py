"""Checks of what goes wrong without being a fault of the channel: no money, another sum, a long wait, a new word."""

from collections.abc import Iterable, Sequence

from domain.payments.ports import ErrorCode, ErrorKind, PaymentRef, PaymentResult, RefundRef, RefundResult, Retry
from plugins.testing.gateway import Mishap
from plugins.testing.subject import NothingToTry, Subject, must
from plugins.testing.town import (
    ORDER,
    REFUND,
    REFUSED,
    Town,
    began,
    create,
    debit,
    must_be_fen,
    pays,
    refund,
    town,
)

_NO_END = {
    Mishap.WAITS: "that is still in hand",
    Mishap.NEW_WORD: "of which it is told by a word that nobody knows",
}
"""What is not over, or of which nobody can say what it came to."""


async def mishaps_are_told(subject: Subject) -> None:
    """No money is DECLINED until a later day, another sum is told as it is, what waits or is a new word has not ended."""
    missing: list[str] = []
    for each in (no_money_is_declined, another_sum_is_told, what_waits_has_not_ended, a_new_word_is_doubt):
        try:
            await each(subject)
        except NothingToTry as why:
            missing.append(str(why))
    if len(missing) == len(Mishap):
        raise NothingToTry("; ".join(missing))


async def no_money_is_declined(subject: Subject) -> None:
    """A debit of an account without money is DECLINED, takes nothing, and may be tried on a later day."""
    _must_be_played(Mishap.NO_MONEY, await _no_money(subject))


async def another_sum_is_told(subject: Subject) -> None:
    """Where another sum is taken than was asked for, that one is told, by the query and by the notice."""
    _must_be_played(Mishap.OTHER_SUM, await _another_sum(subject))


async def what_waits_has_not_ended(subject: Subject) -> None:
    """A payment that is in hand, or a refund, is neither done nor refused."""
    played = [await no_end(subject, Mishap.WAITS) for no_end in (_of_a_payment, _of_a_refund)]
    _must_be_played(Mishap.WAITS, *played)


async def a_new_word_is_doubt(subject: Subject) -> None:
    """A payment of which it is told by a word that is in no document, or a refund, is neither done nor refused."""
    played = [await no_end(subject, Mishap.NEW_WORD) for no_end in (_of_a_payment, _of_a_refund)]
    _must_be_played(Mishap.NEW_WORD, *played)


def _must_be_played(mishap: Mishap, *played: bool) -> None:
    if not any(played):
        raise NothingToTry(f"its gateway does not play {mishap}: Gateway.happens")


async def _another_sum(subject: Subject) -> bool:
    if not pays(subject):
        return False
    async with town(subject) as here:
        said = await _paid(here, Mishap.OTHER_SUM)
        for told in said:
            if told.state == "SUCCEEDED":
                must_be_fen(told.amount_fen, here.gateway.taken_fen(), "a payment that turned out to be one")
        for notice in here.gateway.notices() if said else ():
            told = (await subject.channel().parse_notification(notice)).result
            if isinstance(told, PaymentResult) and told.state == "SUCCEEDED":
                must_be_fen(
                    told.amount_fen, here.gateway.taken_fen(), "in a notice, a payment that turned out to be one"
                )
    return bool(said)


async def _no_money(subject: Subject) -> bool:
    if not pays(subject) or not subject.capabilities().autodebit:
        return False
    async with town(subject) as here:
        if not (said := await _debited(here, Mishap.NO_MONEY)):
            return False
        made, known = said
        first = known if made.state == "PROCESSING" else made
        if first.state != "PROCESSING":
            _must_be_declined(first)
        # What was refused at once may be nothing that they know.
        must(known.state != "SUCCEEDED", "a debit without money is SUCCEEDED when it is asked about")
        must(here.gateway.taken_fen() == 0, "a debit without money takes some")
    return True


async def _of_a_payment(subject: Subject, mishap: Mishap) -> bool:
    if not pays(subject):
        return False
    async with town(subject) as here:
        said = await _paid(here, mishap)
        if mishap is Mishap.WAITS and here.gateway.taken_fen():
            return False
        _must_not_have_ended(f"a payment {_NO_END[mishap]}", said)
    return bool(said)


async def _of_a_refund(subject: Subject, mishap: Mishap) -> bool:
    if not pays(subject) or not subject.capabilities().refund:
        return False
    async with town(subject) as here:
        payment = await here.paid()
        paid = here.gateway.taken_fen()
        if not here.gateway.happens(REFUND, mishap):
            return False
        made: RefundResult = await here.ask("refund", lambda channel: channel.refund(refund(payment, subject)))
        said = [made]
        if subject.capabilities().refund_query:
            ref = RefundRef(REFUND, payment, subject.now, made.channel_state)
            said.append(await here.ask("query_refund", lambda channel: channel.query_refund(ref)))
        if mishap is Mishap.WAITS and here.gateway.taken_fen() != paid:
            return False
        _must_not_have_ended(f"a refund {_NO_END[mishap]}", said)
    return True


def _must_not_have_ended(what: str, said: Iterable[PaymentResult | RefundResult]) -> None:
    for told in said:
        must(
            told.state not in {"SUCCEEDED", *REFUSED},
            f"{what} is {told.state}: only what a proven answer says for good, in a word that you know, is an end",
        )
        must(not told.error or told.error.kind is not ErrorKind.NOT_EXECUTED, f"{what} is said to have done nothing")


def _must_be_declined(told: PaymentResult) -> None:
    must(told.state == "DECLINED", f"a debit without money is {told.state}: {told.error}")
    error = told.error
    must(error and error.kind is ErrorKind.DECLINED, f"a debit without money is DECLINED, and its error is {error}")
    must(
        error and (error.code, error.retry) == (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
        "a debit without money is not INSUFFICIENT_FUNDS that may be tried on a LATER_DAY, so it is not tried again:"
        f" {error}",
    )


async def _paid(here: Town, mishap: Mishap) -> Sequence[PaymentResult]:
    """What the channel says of a payment when it makes it, and when it is asked; nothing where this is not played."""
    if not here.subject.capabilities().products:
        return await _debited(here, mishap)
    order = create(min(here.subject.capabilities().products), here.subject)
    made: PaymentResult = await here.ask("create_payment", lambda channel: channel.create_payment(order))
    if not here.gateway.happens(ORDER, mishap):
        return ()
    await here.gateway.pay(ORDER, made)
    ref = PaymentRef(ORDER, here.subject.now, made.provider_no, made.channel_state)
    return made, await here.ask("query_payment", lambda channel: channel.query_payment(ref))


async def _debited(here: Town, mishap: Mishap) -> Sequence[PaymentResult]:
    asked = debit((await here.agreed()).token or "", here.subject)
    if not here.gateway.happens(ORDER, mishap):
        return ()
    made: PaymentResult = await here.ask("debit", lambda channel: channel.debit(asked))
    ref = PaymentRef(ORDER, began(here.subject), made.provider_no, made.channel_state)
    return made, await here.ask("query_payment", lambda channel: channel.query_payment(ref))
