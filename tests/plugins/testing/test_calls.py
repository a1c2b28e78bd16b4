"""A call that is certain of what nobody knows, shows a secret, or is not there, is found."""

from contextlib import suppress

import httpx
import pytest

from plugins.outcome import channel_error
from plugins.testing import (
    Subject,
    a_bill_in_doubt_is_not_ready,
    doubt_is_unknown,
    judged,
    offers_what_it_says,
    secrets_stay_secret,
    what_was_not_sent_is_known,
)
from suidai.contract import (
    BillAnswer,
    BillEmpty,
    BillRequest,
    ChannelError,
    Debit,
    ErrorCode,
    ErrorKind,
    Headers,
    NoticeOutcome,
    NotOffered,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    Refund,
    SignatureError,
)
from tests.plugins.testing.till import NO_ANSWER, NOW, Cash, Check, able, spoiled


async def declines(self: Cash, order_no: str) -> PaymentResult:
    try:
        await self.runtime.http.post(self.config.url)
    except httpx.HTTPError as failure:
        return PaymentResult(PaymentState.DECLINED, error=channel_error(failure))
    return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def raises(self: Cash, order_no: str) -> PaymentResult:
    (await self.runtime.http.post(self.config.url)).raise_for_status()
    return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def believes(self: Cash, order_no: str) -> PaymentResult:
    try:
        response = await self.runtime.http.post(self.config.url)
    except httpx.HTTPError:
        return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)
    return PaymentResult(PaymentState.NOT_FOUND if response.status_code == 404 else PaymentState.UNKNOWN)


async def forgets(self: Cash, order_no: str) -> PaymentResult:
    try:
        await self.runtime.http.post(self.config.url)
    except httpx.HTTPError:
        return PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED))
    return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def tells(self: Cash, order_no: str) -> PaymentResult:
    self.runtime.logger.warning("asking with %s", self.config.key.reveal())
    return await Cash.asked(self, order_no)


async def sends(self: Cash, order_no: str) -> PaymentResult:
    with suppress(httpx.HTTPError):
        await self.runtime.http.post(self.config.url, params={"with": self.config.key.reveal()})
    return await Cash.asked(self, order_no)


async def prints(self: Cash, order_no: str) -> PaymentResult:
    print("asking with", self.config.key.reveal())  # noqa: T201
    return await Cash.asked(self, order_no)


async def empty_bill(self: Cash, request: BillRequest) -> BillAnswer:
    return BillEmpty()


async def debits(self: Cash, request: Debit) -> PaymentResult:
    return PaymentResult(PaymentState.PROCESSING)


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (offers_what_it_says, able(close=True), "promise close_payment"),
        (offers_what_it_says, spoiled(debit=debits), "takes a debit"),
        (doubt_is_unknown, spoiled(asked=declines), "after no answer in time, is DECLINED"),
        (doubt_is_unknown, spoiled(asked=raises), "raises ReadTimeout instead"),
        (doubt_is_unknown, spoiled(asked=believes), "after HTTP 404 from nobody, is NOT_FOUND"),
        (doubt_is_unknown, spoiled(asked=forgets), "said to have done nothing"),
        (a_bill_in_doubt_is_not_ready, spoiled(fetch_bill=empty_bill), "is a BillEmpty, not a BillNotReady"),
        (what_was_not_sent_is_known, spoiled(asked=believes), "is not said to have done nothing"),
        (secrets_stay_secret, spoiled(asked=tells), "a secret shows"),
        (secrets_stay_secret, spoiled(asked=sends), "a secret shows"),
        (secrets_stay_secret, spoiled(asked=prints), "a secret shows"),
        (offers_what_it_says, spoiled(create_payment=PaymentChannel.create_payment), "promise create_payment"),
        (
            offers_what_it_says,
            spoiled(parse_notification=PaymentChannel.parse_notification),
            "promise parse_notification",
        ),
        (secrets_stay_secret, spoiled(__repr__=lambda self: self.config.key.reveal()), "a secret shows"),
    ],
    ids=range(14),
)
async def test_a_spoiled_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


class Silent(PaymentChannel):
    """Can be asked, and that is all that it wrote."""

    code = "silent"

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def test_what_is_not_offered_is_refused_without_being_written() -> None:
    silent = Silent()
    request = RawRequest("POST", "/", "", Headers(), b"{}", NOW)

    with pytest.raises(NotOffered, match="channel silent does not offer refund"):
        await silent.refund(Refund("RF1", PaymentRef("PO1", NOW), 1, 1))
    with pytest.raises(SignatureError, match="silent sends no notifications"):
        await silent.parse_notification(request)
    assert {silent.answer_notification(outcome).status for outcome in NoticeOutcome} == {404}


async def test_who_tells_nobody_is_not_asked_what_he_answers() -> None:
    told = {one.check: one.sentence for one in await judged(able(notify=False))}

    assert told["notices are answered"] == "it tells nobody"
