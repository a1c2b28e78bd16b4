"""A shot needs somebody to be about: the plan of the directed run has the loans it names."""

from collections import Counter

from tests.journeys.chaos.directed import AGREED, BATCHED_DAYS, DEBITED_ALONE, OTHERS, TO_GIVE_BACK, TOGETHER, plan


def test_several_are_debited_together_and_one_alone_each_on_his_day() -> None:
    by_card = Counter(loan.due for loan in plan(1).loans if loan.card_ending)

    assert by_card == dict.fromkeys(BATCHED_DAYS, TOGETHER) | dict.fromkeys((*DEBITED_ALONE, *TO_GIVE_BACK), 1)
    assert TOGETHER > 1


def test_who_is_debited_by_alipay_comes_before_those_who_take_an_agreement_back() -> None:
    agreed = [loan.due for loan in plan(1).loans if loan.agreement]

    assert tuple(agreed[:2]) == AGREED
    assert min(agreed[2:]) > max((*BATCHED_DAYS, *DEBITED_ALONE, *AGREED, *TO_GIVE_BACK))


def test_the_last_of_them_owe_nothing_while_it_goes_on() -> None:
    others = plan(1).loans[-OTHERS:]

    assert not [loan for loan in others if loan.card_ending or loan.agreement or loan.due < max(TO_GIVE_BACK)]


def test_the_first_batch_dies_before_it_is_sent() -> None:
    assert plan(1).failpoints == ("payments.after_batch_claim",)
