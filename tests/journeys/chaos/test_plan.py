from collections import Counter

import pytest

from tests.journeys.chaos.plan import (
    ALIPAY,
    API,
    BANK,
    ENDED,
    ON_A_BATCH,
    ON_A_DEBIT,
    ON_AN_AGREEMENT,
    ON_THE_ORDER,
    POSTGRES,
    SANDBOX,
    VALKEY,
    WAYS,
    WECHAT,
    WORKER,
    Agreement,
    Habit,
    plan,
)


def test_the_same_seed_makes_the_same_plan() -> None:
    assert plan(7, 400, 12) == plan(7, 400, 12)


def test_another_seed_makes_another_plan() -> None:
    assert plan(7, 400, 12) != plan(8, 400, 12)


def test_a_plan_has_as_many_orders_and_kills_as_were_asked_for() -> None:
    planned = plan(1, 400, 12)

    pages = sum(2 if act.habit in (Habit.GOES_ON, Habit.RACES) else 1 for act in planned.acts)
    assert pages in (400, 401)
    assert Counter(kill.who for kill in planned.kills) == {API: 3, WORKER: 3, SANDBOX: 2, POSTGRES: 2, VALKEY: 2}


def test_every_way_to_pay_and_every_habit_is_in_a_plan_of_some_hundreds() -> None:
    planned = plan(1, 400, 12)

    assert {act.way for act in planned.acts} == set(WAYS)
    assert {act.habit for act in planned.acts} == set(Habit)
    assert {act.way[0] for act in planned.acts if act.we_choose} == {channel for channel, _ in WAYS}


def test_all_that_can_go_wrong_is_in_a_plan_of_some_hundreds() -> None:
    planned = plan(1, 400, 12)

    met = {(act.way[0], fault) for act in planned.acts for fault in (act.on_the_order, act.on_the_call) if fault}
    can_be = {(channel, fault) for channel, _ in WAYS for fault in ON_THE_ORDER}
    assert met == can_be
    of_debits = {each for wave in planned.waves for each in wave.on_debits}
    assert of_debits == {(channel, fault) for channel in (ALIPAY, BANK) for fault in ON_A_DEBIT}
    assert {wave.on_a_batch for wave in planned.waves} == {None, *ON_A_BATCH}
    assert {channel for channel, _ in planned.on_bills} == {ALIPAY, WECHAT, BANK}


def test_some_may_be_debited_on_every_day_of_withholding() -> None:
    planned = plan(1, 400, 12)

    debited = Counter(loan.due for loan in planned.loans if loan.card_ending)
    assert set(debited) == {wave.day for wave in planned.waves if wave.runs}


def test_agreements_of_every_kind_are_asked_for_beside_a_card_and_alone_and_ended_while_debits_are_made() -> None:
    planned = plan(1, 400, 12)

    assert {(loan.agreement, bool(loan.card_ending)) for loan in planned.loans if loan.agreement} == {
        (agreement, card) for agreement in Agreement for card in (True, False)
    }
    to_end = [n for n, loan in enumerate(planned.loans) if loan.agreement in ENDED]
    assert sorted(n for wave in planned.waves if wave.runs for n in wave.endings) == to_end


@pytest.mark.parametrize("orders", [45, 400])
def test_debits_go_alone_and_in_batches(orders: int) -> None:
    planned = plan(1, orders, 12)

    assert any(wave.runs for wave in planned.waves[planned.batches_from :])
    assert orders == 45 or any(wave.runs for wave in planned.waves[: planned.batches_from])


def test_moments_come_one_after_another() -> None:
    waves = plan(1, 400, 12).waves

    moments = [(wave.month, wave.day, wave.hour, wave.minute) for wave in waves]
    assert moments == sorted(set(moments))
    assert sum(len(wave.acts) for wave in waves) == len(plan(1, 400, 12).acts)


def test_what_tells_of_agreements_goes_wrong_in_every_way_and_not_at_all() -> None:
    loans = plan(1, 400, 12).loans

    assert {loan.told for loan in loans if loan.agreement} == {*ON_AN_AGREEMENT, None}
    assert {loan.told for loan in loans if not loan.agreement} == {None}
