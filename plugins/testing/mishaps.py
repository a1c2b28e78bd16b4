"""The check of what goes wrong without being a fault of the channel: an account without money, another sum than was asked."""

from domain.payments.ports import ErrorCode, ErrorKind, PaymentRef, PaymentResult, Retry
from plugins.testing.gateway import Mishap
from plugins.testing.subject import NothingToTry, Subject, must
from plugins.testing.town import ORDER, Town, began, create, debit, must_be_fen, pays, town


async def mishaps_are_told(subject: Subject) -> None:
    """A debit of an account without money is DECLINED until a later day; a sum that was not asked for is told as it is."""
    played = [await _another_sum(subject), await _no_money(subject)]
    if not any(played):
        raise NothingToTry("its gateway plays none: Gateway.happens")


async def _another_sum(subject: Subject) -> bool:
    if not pays(subject):
        return False
    async with town(subject) as here:
        if not here.gateway.happens(ORDER, Mishap.OTHER_SUM):
            return False
        for told in await _paid(here):
            if told.state == "SUCCEEDED":
                must_be_fen(told.amount_fen, here.gateway.taken_fen(), "a payment that turned out to be one")
    return True


async def _no_money(subject: Subject) -> bool:
    if not pays(subject) or not subject.capabilities().autodebit:
        return False
    async with town(subject) as here:
        if not here.gateway.happens(ORDER, Mishap.NO_MONEY):
            return False
        made, known = await _debited(here)
        first = known if made.state == "PROCESSING" else made
        if first.state != "PROCESSING":
            _must_be_declined(first)
        # What was refused at once may be nothing that they know.
        must(known.state != "SUCCEEDED", "a debit without money is SUCCEEDED when it is asked about")
        must(here.gateway.taken_fen() == 0, "a debit without money takes some")
    return True


def _must_be_declined(told: PaymentResult) -> None:
    must(told.state == "DECLINED", f"a debit without money is {told.state}: {told.error}")
    error = told.error
    must(error and error.kind is ErrorKind.DECLINED, f"a debit without money is DECLINED, and its error is {error}")
    must(
        error and (error.code, error.retry) == (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
        "a debit without money is not INSUFFICIENT_FUNDS that may be tried on a LATER_DAY, so it is not tried again:"
        f" {error}",
    )


async def _paid(here: Town) -> tuple[PaymentResult, PaymentResult]:
    """What the channel says of a payment when it makes it, and when it is asked."""
    if not here.subject.capabilities().products:
        return await _debited(here)
    order = create(min(here.subject.capabilities().products), here.subject)
    made: PaymentResult = await here.ask("create_payment", lambda channel: channel.create_payment(order))
    await here.gateway.pay(ORDER, made)
    ref = PaymentRef(ORDER, here.subject.now, made.provider_no, made.channel_state)
    return made, await here.ask("query_payment", lambda channel: channel.query_payment(ref))


async def _debited(here: Town) -> tuple[PaymentResult, PaymentResult]:
    asked = debit((await here.agreed()).token or "", here.subject)
    made: PaymentResult = await here.ask("debit", lambda channel: channel.debit(asked))
    ref = PaymentRef(ORDER, began(here.subject), made.provider_no, made.channel_state)
    return made, await here.ask("query_payment", lambda channel: channel.query_payment(ref))
