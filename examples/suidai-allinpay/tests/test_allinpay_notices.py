"""Notices: believed where Allinpay signed them, read by what they say, answered as Allinpay wants."""

from typing import cast

import pytest
from allinpay_cases import CARD, MANDATE, ORDER, REFUND, Town, posted, refund, town
from suidai_allinpay import documents, signing
from suidai_allinpay.channel import AllinpayChannel
from suidai_allinpay.sandbox import Fault, keys, papers

from suidai.contract import (
    ErrorCode,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentState,
    RefundState,
    SignatureError,
)

SETTLED = (NoticeOutcome.ACCEPTED, NoticeOutcome.DUPLICATE, NoticeOutcome.REJECTED)


def answered(here: Town, outcome: NoticeOutcome, notice: Notification) -> HttpAnswer:
    """As suidai asks for it: the channel names the argument, so it is given the notice."""
    channel = cast("AllinpayChannel", here.channel)
    return channel.answer_notification(outcome, notice)


async def paid(*faults: Fault) -> Town:
    here = town()
    asked = await here.debit()
    here.gateway.plan(ORDER, *faults)
    await here.channel.debit(asked)
    return here


async def test_a_payment_that_was_refused_is_told_as_such() -> None:
    here = await paid(Fault(Fault.DETAIL, "3008"))

    notice = await here.channel.parse_notification(posted(here.gateway.notice_of(ORDER)))

    assert notice.result
    assert notice.result.state is PaymentState.DECLINED


async def test_a_wrong_sum_is_told_as_it_is() -> None:
    here = await paid(Fault(Fault.WRONG_AMOUNT))

    notice = await here.channel.parse_notification(posted(here.gateway.notice_of(ORDER)))

    assert notice.result
    assert notice.result.amount_fen == 1022_51


async def test_a_refund_is_never_told_as_a_payment() -> None:
    here = await paid()
    await here.channel.refund(refund(100_00))

    notice = await here.channel.parse_notification(posted(here.gateway.notice_of(REFUND)))

    assert (notice.kind, notice.order_no, notice.refund_no) == (NotificationKind.REFUND, None, REFUND)
    assert notice.result
    assert notice.result.state is RefundState.SUCCEEDED


async def test_the_answer_to_a_debit_posted_as_a_notice_is_no_payment() -> None:
    here = await paid()
    answer = here.gateway.signed("310011", ORDER, (("FASTTRXRET", {"RET_CODE": "0000"}),))

    notice = await here.channel.parse_notification(posted(answer))

    assert (notice.kind, notice.result) == (NotificationKind.OTHER, None)


async def test_info_that_says_no_makes_a_detail_that_says_yes_worth_nothing() -> None:
    here = await paid()
    detail = papers.detail(here.gateway.trades[ORDER, 0])
    body = here.gateway.signed("310011", "N1", (("QTRANSRSP", {"QTDETAIL": detail}),), code="2000")

    assert (await here.channel.parse_notification(posted(body))).kind is NotificationKind.OTHER


async def test_a_notice_for_another_merchant_moves_nothing() -> None:
    here = await paid()
    here.gateway.merchant_id = "200604000000999"

    for body in (here.gateway.notice_of(ORDER), here.gateway.end_at_the_bank("MD20261122000001a1b2c3d4")):
        notice = await here.channel.parse_notification(posted(body))

        assert notice.result
        assert notice.result.error
        assert (notice.result.state, notice.result.error.code) == ("UNKNOWN", ErrorCode.FOREIGN_MERCHANT)


async def test_a_notice_that_names_no_merchant_is_a_reason_to_ask_and_no_more() -> None:
    here = await paid()
    detail = papers.detail(here.gateway.trades[ORDER, 0])
    trade = here.gateway.signed("310011", "N1", (("QTRANSRSP", {"QTDETAIL": detail}),))
    ended = here.gateway.signed("310005", "N2", (("NOTIFY", {"AGRMNO": "AIP1", "MERREM": "MD1"}),))

    for body in (trade, ended):
        notice = await here.channel.parse_notification(posted(body))

        assert notice.result
        assert notice.result.error
        assert (notice.result.state, notice.result.error.code) == ("UNKNOWN", ErrorCode.MALFORMED_ANSWER)


async def test_a_notice_that_names_another_merchant_beside_us_is_not_ours() -> None:
    here = await paid()
    detail = {**papers.detail(here.gateway.trades[ORDER, 0]), "MERCHANT_ID": "200604000000999"}
    body = here.gateway.signed(
        "310011", "N1", (("QTRANSRSP", {"QTDETAIL": detail}), ("MERCHANT", {"MERCHANT_ID": here.gateway.merchant_id}))
    )

    notice = await here.channel.parse_notification(posted(body))

    assert notice.result
    assert notice.result.error
    assert notice.result.error.code is ErrorCode.FOREIGN_MERCHANT


async def test_a_notice_keeps_nothing_of_its_payer() -> None:
    here = await paid()

    notice = await here.channel.parse_notification(posted(here.gateway.notice_of(ORDER)))

    assert CARD not in repr(notice.raw)
    assert "张三" not in repr(notice.raw)
    assert notice.raw["AMOUNT"] == "102250"


@pytest.mark.parametrize("body", [b"", b"success", b"<AIPG/>", b"\xff\xfe\x00", b"<SIGNED_MSG>00</SIGNED_MSG>"])
async def test_what_is_no_signed_document_proves_nothing(body: bytes) -> None:
    with pytest.raises(SignatureError):
        await town().channel.parse_notification(posted(body))


async def test_a_notice_signed_by_somebody_else_proves_nothing() -> None:
    here = await paid()
    document = signing.proven(here.gateway.notice_of(ORDER), here.gateway.keys.allinpay.public_key())
    forged = signing.signed(document.replace(b"</INFO>", signing.EMPTY + b"</INFO>"), keys().allinpay)

    with pytest.raises(SignatureError):
        await here.channel.parse_notification(posted(forged))


async def test_our_own_requests_posted_back_to_us_prove_nothing() -> None:
    here = await paid()
    ours = signing.signed(documents.write({"TRX_CODE": "310011", "REQ_SN": ORDER}), here.gateway.keys.merchant)

    with pytest.raises(SignatureError):
        await here.channel.parse_notification(posted(ours))


async def test_what_is_settled_is_answered_success_and_what_is_not_is_asked_for_again() -> None:
    channel = town().channel

    told = {outcome: channel.answer_notification(outcome) for outcome in NoticeOutcome}

    assert {told[outcome].body for outcome in SETTLED} == {b"success"}
    assert (told[NoticeOutcome.RETRY].status, told[NoticeOutcome.RETRY].body) == (503, b"fail")
    assert (told[NoticeOutcome.BAD_SIGNATURE].status, told[NoticeOutcome.BAD_SIGNATURE].body) == (400, b"fail")


async def test_an_ended_agreement_and_a_batch_that_is_done_want_their_number_back_signed() -> None:
    here = town()
    await here.agreement()

    for body in (here.gateway.end_at_the_bank(MANDATE), here.gateway.notice_of_batch("BT20261122000001")):
        notice = await here.channel.parse_notification(posted(body))
        told = {outcome: answered(here, outcome, notice) for outcome in NoticeOutcome}

        assert here.gateway.is_receipt(body, told[NoticeOutcome.ACCEPTED].body)
        assert len({told[outcome].body for outcome in SETTLED}) == 1
        assert (told[NoticeOutcome.RETRY].status, told[NoticeOutcome.RETRY].body) == (503, b"fail")
        assert not here.gateway.is_receipt(body, b"success")


async def test_a_receipt_is_for_its_own_notice_only() -> None:
    here = town()
    one, other = (here.gateway.notice_of_batch(number) for number in ("BT20261122000001", "BT20261122000002"))

    told = answered(here, NoticeOutcome.ACCEPTED, await here.channel.parse_notification(posted(one)))

    assert here.gateway.is_receipt(one, told.body)
    assert not here.gateway.is_receipt(other, told.body)
    document = signing.proven(told.body, here.gateway.keys.merchant.public_key())
    assert documents.read(document).info == {
        "TRX_CODE": "200003",
        "VERSION": "04",
        "DATA_TYPE": "2",
        "REQ_SN": "NBT20261122000001",
        "RET_CODE": "0000",
        "ERR_MSG": "OK",
    }


async def test_a_trade_is_answered_by_the_word() -> None:
    here = await paid()
    body = here.gateway.notice_of(ORDER)

    told = answered(here, NoticeOutcome.ACCEPTED, await here.channel.parse_notification(posted(body)))

    assert told.body == b"success"
    assert here.gateway.is_receipt(body, told.body)
