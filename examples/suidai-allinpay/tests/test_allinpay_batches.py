"""A batch: both levels of its answer read, every item's place kept, nothing declined for want of an answer."""

from typing import Any

import pytest
from allinpay_cases import NOW, Town, answering, debit, posted, refund, town
from suidai_allinpay.sandbox import Fault, papers

from suidai.contract import (
    BatchRef,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    NotificationKind,
    PaymentRef,
    PaymentState,
    RefundState,
)

BATCH = "BT20261122000001"
ORDERS = ["PO1", "PO2", "PO3"]


async def sent(*faults: Fault, over: str = "") -> tuple[Town, Any]:
    here = town()
    signed = await here.agreement()
    assert signed.token
    items = [debit(signed.token, 100_00 + n, order) for n, order in enumerate(ORDERS)]
    if over:
        items[1] = debit(over, 100_00, ORDERS[1])
    here.gateway.plan(BATCH, *faults)
    return here, await here.channel.debit_batch(DebitBatch(BATCH, tuple(items)))


def ref(result: Any) -> BatchRef:
    return BatchRef(BATCH, NOW, result.channel_state)


async def test_a_batch_that_is_taken_is_under_way_and_each_item_has_its_place() -> None:
    here, told = await sent()

    assert [told.items[order].state for order in ORDERS] == [PaymentState.PROCESSING] * 3
    assert told.items["PO2"].channel_state == {"batch": BATCH, "sn": 2}
    total = here.gateway.heard[-1].one("TRANS_SUM")
    assert (total["TOTAL_ITEM"], total["TOTAL_SUM"]) == ("3", "30003")


async def test_a_batch_that_is_done_says_what_became_of_each() -> None:
    here, told = await sent(over="AIP-nobodys")

    known = await here.channel.query_batch(ref(told))

    states = {order: known.items[order].state for order in ORDERS}
    assert states == {"PO1": PaymentState.SUCCEEDED, "PO2": PaymentState.DECLINED, "PO3": PaymentState.SUCCEEDED}
    assert known.items["PO3"].amount_fen == 100_02
    assert known.items["PO3"].channel_state == {"batch": BATCH, "sn": 3}
    assert known.items["PO2"].error
    assert known.items["PO2"].error.code is ErrorCode.MANDATE_INVALID
    assert known.complete


async def test_a_batch_is_not_complete_while_an_item_is_in_between() -> None:
    here, told = await sent(Fault(Fault.DETAIL, "2007"))
    here.gateway.settle(BATCH, "0000", 1)

    known = await here.channel.query_batch(ref(told))

    assert known.items["PO1"].state is PaymentState.SUCCEEDED
    assert known.items["PO2"].state is PaymentState.PROCESSING
    assert not known.complete


async def test_an_item_of_a_batch_is_asked_about_by_its_place() -> None:
    here, told = await sent()

    known = await here.channel.query_payment(PaymentRef("PO2", NOW, channel_state=told.items["PO2"].channel_state))

    assert (known.state, known.amount_fen) == (PaymentState.SUCCEEDED, 100_01)
    assert known.channel_state == {"batch": BATCH, "sn": 2}


async def test_an_item_of_a_batch_is_given_back_by_its_place() -> None:
    here, told = await sent()
    payment = PaymentRef("PO2", NOW, channel_state=told.items["PO2"].channel_state)

    back = await here.channel.refund(refund(100_01, payment=payment))

    assert (back.state, back.amount_fen) == (RefundState.SUCCEEDED, 100_01)


@pytest.mark.parametrize("fault", [Fault(Fault.LOSE_ANSWER), Fault(Fault.BREAK), Fault(Fault.BAD_SIGNATURE)])
async def test_a_batch_without_an_answer_is_unknown_and_its_items_keep_their_places(fault: Fault) -> None:
    _, told = await sent(fault)

    for sn, order in enumerate(ORDERS, 1):
        assert told.items[order].state is PaymentState.UNKNOWN
        assert told.items[order].channel_state == {"batch": BATCH, "sn": sn}
    assert told.error
    assert told.error.kind is ErrorKind.UNKNOWN


@pytest.mark.parametrize("code", ["2000", "2001", "2003", "2005", "2007", "2008", "0003", "0014"])
async def test_a_batch_in_between_decides_nothing(code: str) -> None:
    _, told = await sent(Fault(Fault.INFO, code))

    assert {item.state for item in told.items.values()} <= {PaymentState.PROCESSING, PaymentState.UNKNOWN}


@pytest.mark.parametrize("code", ["2002", "2004", "2006"])
async def test_a_batch_that_is_refused_as_a_whole_is_refused_for_each(code: str) -> None:
    _, told = await sent(Fault(Fault.INFO, code))

    assert {item.state for item in told.items.values()} == {PaymentState.DECLINED}


@pytest.mark.parametrize("code", ["1000", "1001", "3999", "9999"])
async def test_a_batch_that_is_answered_with_another_code_is_asked_about(code: str) -> None:
    _, told = await sent(Fault(Fault.INFO, code))

    assert {item.state for item in told.items.values()} == {PaymentState.UNKNOWN}


async def test_an_item_that_is_refused_at_once_is_declined_though_the_batch_was_taken() -> None:
    here = town()
    signed = await here.agreement()
    assert signed.token
    answer = here.gateway.answer

    def refusing(content: bytes) -> bytes:
        answer(content)
        refused = {"SN": "0002", "RET_CODE": "3004", "ERR_MSG": "无效卡号"}
        return here.gateway.signed("310016", BATCH, (("BODY", {"RET_DETAILS": {"RET_DETAIL": [refused]}}),))

    here.gateway.answer = refusing
    items = tuple(debit(signed.token, 100_00, order) for order in ORDERS)
    told = await here.channel.debit_batch(DebitBatch(BATCH, items))

    assert [told.items[order].state for order in ORDERS] == [
        PaymentState.PROCESSING,
        PaymentState.DECLINED,
        PaymentState.PROCESSING,
    ]


async def test_an_answer_about_another_batch_says_nothing_of_this_one() -> None:
    here, told = await sent()
    others = {**papers.detail(here.gateway.trades[BATCH, 1]), "BATCHID": "BT-another"}
    answering(here, "200004", ("QTRANSRSP", {"QTDETAIL": others}))

    assert not (await here.channel.query_batch(ref(told))).items


async def test_a_batch_sent_twice_charges_once() -> None:
    here, first = await sent()
    signed_once = len(here.gateway.trades)

    again = await here.channel.debit_batch(DebitBatch(BATCH, (debit("AIP0000000000001", 100_00, "PO1"),)))

    assert len(here.gateway.trades) == signed_once
    assert again.items["PO1"].state is PaymentState.UNKNOWN
    assert (await here.channel.query_batch(ref(first))).complete


async def test_a_batch_nobody_sent_has_no_item() -> None:
    told = await town().channel.query_batch(BatchRef(BATCH, NOW, {"items": 3}))

    assert not told.items
    assert not told.complete
    assert told.error
    assert told.error.provider_code == "1002"


async def test_a_batch_in_another_currency_is_not_sent() -> None:
    told = await town().channel.debit_batch(DebitBatch(BATCH, (debit("AIP1"),), currency="USD"))

    assert told.error
    assert told.error.kind is ErrorKind.INVALID_REQUEST


async def test_the_notice_that_a_batch_is_done_names_the_batch_and_no_payment() -> None:
    here, _ = await sent()

    notice = await here.channel.parse_notification(posted(here.gateway.notice_of_batch(BATCH)))

    assert (notice.kind, notice.batch_no) == (NotificationKind.BATCH, BATCH)
    assert (notice.order_no, notice.result, notice.results) == (None, None, {})
    assert BATCH in notice.event_id


async def test_a_debit_in_a_batch_is_found_by_what_was_kept_before_it_was_sent() -> None:
    here, _ = await sent()

    told = await here.channel.query_payment(PaymentRef("PO2", NOW, batch_no=BATCH, batch_position=1))
    elsewhere = await here.channel.query_payment(PaymentRef("PO2", NOW))

    assert (told.state, told.channel_state) == (PaymentState.SUCCEEDED, {"batch": BATCH, "sn": 2})
    assert elsewhere.state is PaymentState.NOT_FOUND


async def test_the_notice_of_an_item_names_our_order_and_its_place() -> None:
    here, _ = await sent()

    notice = await here.channel.parse_notification(posted(here.gateway.notice_of(BATCH, 2)))

    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, "PO2")
    assert notice.result
    assert notice.result.channel_state == {"batch": BATCH, "sn": 2}
