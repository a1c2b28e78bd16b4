"""A channel's days: fetched, compared, settled, each once; what was missed heals, and what differs is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.ledger.models import Transfer
from domain.payments.models import AttemptState, Unplaced
from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.services import attempts
from domain.reconciliation.models import Bill, BillFile, BillLine, Run
from domain.reconciliation.queries.laws import SETTLED
from domain.reconciliation.rules.states import BillState
from domain.reconciliation.services import verification, wanting
from domain.shared.days import start_of
from domain.shared.db import Sessions
from tests.domain.lending.services.laws import balances
from tests.domain.payments.builders import CLOSED, UNKNOWN, paid
from tests.domain.reconciliation.builders import DAY, World, fee, noon, payment, refund

NEXT = DAY + timedelta(days=1)


async def laws_hold(world: World) -> bool:
    async with world.sessions() as session:
        broken = await verification.verify(session)
    assert not broken, "\n".join(map(str, broken))
    return True


async def in_books(world: World) -> dict[str, int]:
    async with world.sessions() as session:
        return await balances(session)


async def test_a_day_on_which_all_agrees_is_settled_to_the_bank_less_fees(world: World) -> None:
    first, second = await world.paid(1000_00), await world.paid(30_00)
    world.channel.files[DAY] = [payment(first, 1000_00, 6_00), payment(second, 30_00, 18), fee(1_00), "TOTAL,103000"]

    await world.night()

    assert (await world.bill()).state is BillState.PARSED
    assert await world.found() == {"MATCHED": 2, "FEE": 1}
    assert await world.differing() == []
    assert await world.settled() == [(1030_00, 0, 7_18, 1022_82)]
    assert await in_books(world) == {
        "bank.operating": 1022_82,
        "expense.channel_fees": 7_18,
        "suspense.payments": 1030_00,
    }
    assert await laws_hold(world)


async def test_a_second_look_at_the_same_day_changes_nothing_and_posts_nothing(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00)]
    await world.night()
    before = await in_books(world)

    (bill,) = [each for each in await world.all(Bill) if each.day == DAY]
    await world.announce_again(bill.id)

    assert await in_books(world) == before
    assert len([run for run in await world.all(Run) if run.day == DAY]) == 2
    assert len(await world.settled()) == 1
    assert await world.differing() == []


async def test_the_file_is_kept_sealed_before_it_is_read(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00)]
    await world.night()

    (file,) = await world.all(BillFile)
    assert (file.name, file.size > 0, file.hash_ok) == (f"{DAY}.csv", True, True)
    (line,) = await world.all(BillLine)
    assert (line.amount_fen, line.raw) == (1000_00, None)


async def test_a_day_without_any_trade_leaves_no_run(world: World) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00)]

    await world.night(DAY + timedelta(days=5))

    assert (await world.bill(NEXT)).state is BillState.EMPTY
    assert [run.day for run in await world.all(Run)] == [DAY]


async def test_a_missed_week_is_fetched_in_one_night(world: World) -> None:
    orders = [await world.paid(10_00, at=noon(DAY + timedelta(days=n))) for n in range(7)]
    for n, order_no in enumerate(orders):
        day = DAY + timedelta(days=n)
        world.channel.files[day] = [payment(order_no, 10_00, day=day)]

    await world.night(DAY + timedelta(days=7))

    assert world.channel.fetched == [DAY + timedelta(days=n) for n in range(7)]
    assert len(await world.settled()) == 7
    assert (await in_books(world))["bank.operating"] == 70_00


async def test_no_bill_is_wanted_of_a_day_before_the_first_payment_or_beyond_the_days_back(world: World) -> None:
    await world.night()
    assert await world.all(Bill) == []

    await world.paid()
    await world.night(DAY + timedelta(days=100))

    days = [bill.day for bill in await world.all(Bill)]
    assert (min(days), max(days), len(days)) == (DAY + timedelta(days=10), DAY + timedelta(days=99), 90)


async def test_a_bill_that_is_not_ready_is_asked_for_again_later(world: World) -> None:
    order_no = await world.paid()
    world.channel.files[DAY] = None
    await world.night()
    assert (await world.bill()).state is BillState.NOT_READY

    world.channel.files[DAY] = [payment(order_no, 1000_00)]
    await world.work()
    assert (await world.bill()).state is BillState.NOT_READY, "it is not asked for all the time"
    world.hand.move(timedelta(minutes=5))
    await world.work()

    assert (await world.bill()).state is BillState.PARSED
    assert len(await world.settled()) == 1


async def test_a_bill_that_stays_away_is_shown_to_a_person_until_it_comes(world: World) -> None:
    order_no = await world.paid()
    world.channel.files[DAY] = None
    await world.night()
    await world.night(DAY + timedelta(days=3))
    assert await world.differing() == []
    await world.night(DAY + timedelta(days=4))
    assert ("NO_BILL", "bill", "OPEN") in await world.differing()

    world.channel.files[DAY] = [payment(order_no, 1000_00)]
    world.hand.move(timedelta(hours=5))
    await world.work()

    assert ("NO_BILL", "bill", "SELF_RESOLVED") in await world.differing()


async def test_nights_that_are_lived_in_one_go_raise_no_alarm_before_anybody_asked(world: World) -> None:
    await world.paid()
    async with world.sessions.begin() as session:
        for n in range(1, 8):
            await wanting.want(session, at=noon(DAY + timedelta(days=n)))
    world.hand.at = noon(DAY + timedelta(days=7))
    await world.work()

    assert {finding for finding, _, _ in await world.differing()} == {"ONLY_OURS"}


async def test_a_file_nobody_can_read_is_kept_and_shown_to_a_person(world: World) -> None:
    await world.paid()
    world.channel.files[DAY] = ["broken"]

    await world.night()

    bill = await world.bill()
    assert (bill.state, bill.problem) == (BillState.FAILED, "cannot be read: ValueError")
    assert len(await world.all(BillFile)) == 1
    assert await world.differing() == [("NO_BILL", "bill", "OPEN")]


async def test_a_payment_just_before_midnight_may_stand_in_the_bill_of_the_next_day(world: World) -> None:
    order_no = await world.paid(at=start_of(NEXT) - timedelta(seconds=1))
    await world.night()
    assert await world.found() == {"ONLY_OURS": 1}
    assert await world.differing() == [("ONLY_OURS", f"payment:{order_no}", "WAITING")]

    world.channel.files[NEXT] = [payment(order_no, 1000_00, day=NEXT)]
    await world.night(NEXT + timedelta(days=1))

    assert await world.differing() == [("ONLY_OURS", f"payment:{order_no}", "SELF_RESOLVED")]
    assert await world.found(NEXT) == {"MATCHED": 1}
    assert len(await world.settled()) == 1


async def test_a_payment_that_no_bill_has_is_an_alarm_once_the_next_day_is_known(world: World) -> None:
    order_no = await world.paid()
    await world.night()
    await world.night(NEXT + timedelta(days=1))

    assert (await world.bill()).state is BillState.EMPTY
    assert await world.differing() == [("ONLY_OURS", f"payment:{order_no}", "OPEN")]
    assert (await in_books(world))["clearing.fake"] == 1000_00


async def test_a_payment_only_the_channel_knows_is_asked_about_posted_and_settled(world: World) -> None:
    attempt = await world.tried()
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00, 6_00)]
    world.channel.queries = [paid(1000_00, paid_at=noon(DAY))]

    await world.night()

    now = await world.attempt(attempt.id)
    assert (now.state, now.received_fen, now.paid_at) == (AttemptState.SUCCEEDED, 1000_00, noon(DAY))
    assert await world.told_by(attempt.id) == ["BILL"]
    assert await world.differing() == [("ONLY_CHANNEL", f"payment:{attempt.order_no}", "SELF_RESOLVED")]
    assert await world.settled() == [(1000_00, 0, 6_00, 994_00)]
    assert await laws_hold(world)


async def test_where_the_channel_says_nothing_its_bill_decides(world: World) -> None:
    attempt = await world.tried()
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    world.channel.queries = [UNKNOWN]

    await world.night()

    assert (await world.attempt(attempt.id)).state is AttemptState.SUCCEEDED
    assert len(await world.settled()) == 1


async def test_where_the_channel_contradicts_its_bill_a_person_looks(world: World) -> None:
    attempt = await world.tried()
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    world.channel.queries = [CLOSED]

    await world.night()

    assert (await world.attempt(attempt.id)).state is AttemptState.SUBMITTING
    assert await world.differing() == [("ONLY_CHANNEL", f"payment:{attempt.order_no}", "OPEN")]
    assert await world.settled() == []


async def test_a_payment_given_up_long_ago_is_a_late_success(world: World) -> None:
    attempt = await world.tried()
    async with world.sessions.begin() as session:
        await attempts.apply_result(
            session, attempt_id=attempt.id, result=CLOSED, source=attempts.Source.CLOSE, at=world.hand.at
        )
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    world.channel.queries = [paid(1000_00, paid_at=noon(DAY))]

    await world.night()

    assert (await world.attempt(attempt.id)).late
    assert len(await world.settled()) == 1


async def test_money_under_a_number_we_never_gave_waits_in_suspense_and_is_settled(world: World) -> None:
    await world.paid()
    world.channel.files[DAY] = [payment("NOBODYS", 5_00)]

    await world.night()
    await world.night(NEXT + timedelta(days=1))

    (stray,) = await world.all(Unplaced)
    assert (stray.order_no, stray.amount_fen, stray.reason) == ("NOBODYS", 5_00, "UNKNOWN_ORDER")
    assert ("ONLY_CHANNEL", "payment:NOBODYS", "SELF_RESOLVED") in await world.differing()
    assert await world.settled() == [(5_00, 0, 0, 5_00)]
    assert await laws_hold(world)


async def test_another_sum_and_a_line_twice_and_a_line_nobody_understands_are_listed_and_not_settled(
    world: World,
) -> None:
    order_no, twice = await world.paid(), await world.paid(20_00)
    world.channel.files[DAY] = [
        payment(order_no, 999_99),
        payment(twice, 20_00),
        payment(twice, 20_00),
        "a,b",
        "TOTAL,1",
    ]

    await world.night()

    assert await world.found() == {
        "AMOUNT_DIFF": 1,
        "MATCHED": 1,
        "DUPLICATE_LINE": 1,
        "PROBLEM": 1,
        "TOTALS_DIFF": 1,
    }
    assert {(finding, state) for finding, _, state in await world.differing()} == {
        ("AMOUNT_DIFF", "OPEN"),
        ("DUPLICATE_LINE", "OPEN"),
        ("PROBLEM", "OPEN"),
        ("TOTALS_DIFF", "OPEN"),
    }
    assert await world.settled() == [(20_00, 0, 0, 20_00)]
    assert await laws_hold(world)


async def test_refunds_are_settled_with_payments_and_a_day_may_be_below_zero(world: World) -> None:
    order_no = await world.paid()
    world.channel.files[DAY] = [payment(order_no, 1000_00, 6_00)]
    await world.night()
    refund_no = await world.refunded(1000_00, at=noon(NEXT))
    world.channel.files[NEXT] = [refund(refund_no, 1000_00, -6_00, day=NEXT)]

    await world.night(NEXT + timedelta(days=1))

    assert await world.found(NEXT) == {"MATCHED": 1}
    assert await world.settled() == [(1000_00, 0, 6_00, 994_00), (0, 1000_00, -6_00, -994_00)]
    assert await in_books(world) == {}
    assert await laws_hold(world)


async def test_a_refund_only_the_channel_knows_to_be_done_is_asked_about(world: World) -> None:
    order_no = await world.paid()
    refund_no = await world.refunded(400_00, at=noon(DAY), known=False)
    world.channel.files[DAY] = [payment(order_no, 1000_00), refund(refund_no, 400_00)]

    await world.night()

    assert await world.differing() == [("ONLY_CHANNEL", f"refund:{refund_no}", "OPEN")]
    assert (await world.topics()).count("payments.refund_due") == 1
    await world.refund_done(refund_no, at=noon(DAY))
    await world.night(NEXT + timedelta(days=1))
    assert await world.differing() == [("ONLY_CHANNEL", f"refund:{refund_no}", "SELF_RESOLVED")]
    assert (await in_books(world))["bank.operating"] == 600_00
    assert await laws_hold(world)


async def test_the_same_day_fetched_again_with_another_file_is_kept_beside_the_first(world: World) -> None:
    order_no = await world.paid()
    world.channel.files[DAY] = [payment(order_no, 1000_00)]
    await world.night()
    first = (await world.bill()).file_id

    world.channel.files[DAY] = [payment(order_no, 1000_00, 1)]
    await world.rerun()

    assert (await world.bill()).file_id == first
    assert len(await world.all(BillFile)) == 2
    ((finding, _, state),) = await world.differing()
    assert (finding, state) == ("OTHER_FILE", "OPEN")
    assert await world.settled() == [(1000_00, 0, 0, 1000_00)]


async def test_a_channel_without_bills_is_left_alone(world: World) -> None:
    await world.paid()
    world.kinds = frozenset()

    await world.night()

    assert (await world.bill()).state is BillState.NOT_OFFERED
    assert world.channel.fetched == []


@pytest.mark.parametrize("trouble", [RuntimeError("no"), "nonsense"], ids=["raises", "says nonsense"])
async def test_a_channel_that_breaks_is_asked_again(world: World, trouble: object) -> None:
    await world.paid()
    world.channel.trouble = trouble

    await world.night()

    bill = await world.bill()
    assert (bill.state, bill.ask_at) == (BillState.NOT_READY, world.hand.at + timedelta(minutes=5))
    assert bill.problem is not None


async def test_each_settlement_is_one_transfer(world: World, steps: Sessions) -> None:
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00)]
    await world.night()

    async with steps() as session:
        (transfer,) = await session.scalars(select(Transfer).where(Transfer.kind == SETTLED))
    (row,) = await world.settlements()
    assert transfer.source == f"settlement:{row.id}"
    assert transfer.value_date == NEXT


async def test_what_is_found_as_paid_later_is_settled_later_once(world: World) -> None:
    attempt = await world.tried()
    world.channel.files[DAY] = [payment(attempt.order_no, 1000_00)]
    world.channel.queries = [PaymentResult(PaymentState.PROCESSING)]
    await world.night()
    assert await world.settled() == []

    async with world.sessions.begin() as session:
        await attempts.apply_result(
            session,
            attempt_id=attempt.id,
            result=paid(1000_00, paid_at=noon(DAY)),
            source=attempts.Source.NOTICE,
            at=world.hand.at,
        )
    await world.night(NEXT + timedelta(days=1))
    await world.night(NEXT + timedelta(days=2))

    assert await world.settled() == [(1000_00, 0, 0, 1000_00)]
    assert (await world.differing())[0][2] == "SELF_RESOLVED"
