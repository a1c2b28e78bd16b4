"""Who may be contacted when: by each pack, by all of them together, and from when on again."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.collections.presets import CN_CBA_2026, CN_GBT_45251
from domain.collections.rules.contact import Channel, Party, Tally
from domain.collections.rules.guard import Decision, Plan, Wanted, Why, decide, unreachable
from domain.collections.rules.packs import Pack, read
from domain.shared.days import SHANGHAI, business_day

DAY = date(2026, 2, 20)
PACKS = read([dict(CN_GBT_45251), dict(CN_CBA_2026)])
GBT, CBA = PACKS


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def attempts(count: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=n) for n in range(count))


NOON = Wanted(Channel.CALL, Party.DEBTOR, at(12))
ASKING = replace(NOON, party=Party.CONTACT)
LOST = Tally(failed=attempts(3))
LOCATING = Plan(locating=True)


def said(wanted: Wanted = NOON, known: Tally | None = None, plan: Plan | None = None) -> Decision:
    return decide(PACKS, wanted, known or Tally(), plan or Plan())


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (at(21, 59), None),
        (at(22), at(8, day=date(2026, 2, 21))),
        (at(22, 30), at(8, day=date(2026, 2, 21))),
        (at(0), at(8)),
        (at(7, 59), at(8)),
        (at(8), None),
    ],
    ids=range(6),
)
@pytest.mark.parametrize("channel", list(Channel))
def test_from_ten_in_the_evening_to_eight_nobody_is_contacted(
    channel: Channel, moment: datetime, until: datetime | None
) -> None:
    decision = said(Wanted(channel, Party.DEBTOR, moment))

    assert decision.allowed is (until is None)
    if until is not None:
        assert (decision.rule, decision.source) == ("cn_gbt_45251.rest_hours", "GB/T 45251-2025")
        assert decision.until == until


def test_a_debtor_is_spoken_with_three_times_a_day_and_again_in_the_morning() -> None:
    assert said(known=Tally(effective=2)).allowed
    fourth = said(known=Tally(effective=3))

    assert (fourth.allowed, fourth.rule) == (False, "cn_gbt_45251.effective_calls")
    # Not at midnight, when the count begins anew: that is in the hours of rest.
    assert fourth.until == at(8, day=date(2026, 2, 21))


def test_a_number_is_called_in_vain_six_times_a_day() -> None:
    assert said(known=Tally(unanswered=5)).allowed
    assert said(known=Tally(unanswered=6)).rule == "cn_cba_2026.unanswered_calls"


def test_calls_are_counted_and_messages_and_visits_are_not() -> None:
    much = Tally(effective=9, unanswered=9, dials=9)

    assert said(replace(NOON, channel=Channel.SMS), much, Plan(calls_per_day=1)).allowed
    assert said(replace(NOON, channel=Channel.VISIT), much, Plan(calls_per_day=1)).allowed


def test_the_strategy_may_want_fewer_calls_than_the_law_allows() -> None:
    assert said(known=Tally(dials=1), plan=Plan(calls_per_day=2)).allowed
    refused = said(known=Tally(dials=2), plan=Plan(calls_per_day=2))

    assert (refused.rule, refused.source) == ("strategy.calls", "The lender's collection strategy")


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        (Tally(), "cn_gbt_45251.third_person"),
        (Tally(failed=attempts(1)), "cn_cba_2026.third_person"),
        (Tally(failed=attempts(2)), "cn_cba_2026.third_person"),
        (Tally(failed=attempts(3)), None),
        (Tally(failed=attempts(1), invalid=True), None),
    ],
    ids=range(5),
)
def test_somebody_else_is_asked_only_after_an_invalid_number_or_three_failures_in_a_row(
    known: Tally, rule: str | None
) -> None:
    decision = said(ASKING, known, LOCATING)

    assert decision.rule == rule
    assert decision.until is None
    assert unreachable(PACKS, known) is (rule is None)


def test_and_only_while_the_strategy_is_locating_him() -> None:
    assert said(ASKING, LOST, LOCATING).allowed
    assert said(ASKING, LOST).rule == "strategy.not_locating"


def test_the_refusal_of_a_contact_is_final() -> None:
    refused = said(replace(ASKING, refused=True), LOST, LOCATING)

    assert (refused.why, refused.until) == (Why.CONTACT_REFUSED, None)


def test_a_pack_without_third_persons_closes_that_door_for_all() -> None:
    strict = PACKS + read([{**CN_CBA_2026, "code": "strict", "third_person": None}])

    assert decide(strict, ASKING, LOST, LOCATING).rule == "strict.third_person"
    assert not unreachable(strict, LOST)


def test_where_packs_leave_no_hour_of_the_day_nobody_can_say_when() -> None:
    days_off = read([{**CN_GBT_45251, "code": "days", "rest": {"from": "08:00", "to": "22:00"}}])

    refused = decide(PACKS + days_off, NOON, Tally(), Plan())

    assert (refused.allowed, refused.until) == (False, None)


# Whatever is known, wanted and planned

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=SHANGHAI))  # noqa: DTZ001 - the zone follows
counts = st.integers(0, 8)
tallies = st.builds(
    Tally, effective=counts, unanswered=counts, dials=counts, failed=counts.map(attempts), invalid=st.booleans()
)
plans = st.builds(Plan, locating=st.booleans(), calls_per_day=st.none() | st.integers(1, 8))
contacts = st.builds(Wanted, st.sampled_from(Channel), st.sampled_from(Party), moments, st.booleans())


@st.composite
def any_pack(draw: st.DrawFn) -> Pack:
    begin, end = draw(st.lists(st.integers(0, 23), min_size=2, max_size=2, unique=True))
    third: dict[str, Any] = {"failed_in_a_row": draw(st.integers(1, 6)), "invalid_number": draw(st.booleans())}
    (pack,) = read(
        [
            {
                "code": f"pack{draw(st.integers(0, 99))}",
                "source": "a test",
                "rest": {"from": f"{begin:02d}:00", "to": f"{end:02d}:00"},
                "effective_calls_per_day": draw(st.none() | st.integers(1, 6)),
                "unanswered_per_day": draw(st.none() | st.integers(1, 6)),
                "third_person": draw(st.none() | st.just(third)),
            }
        ]
    )
    return pack


@given(contacts, tallies, plans)
def test_nothing_is_ever_allowed_between_ten_in_the_evening_and_eight(wanted: Wanted, known: Tally, plan: Plan) -> None:
    if decide(PACKS, wanted, known, plan).allowed:
        assert 8 <= wanted.at.astimezone(SHANGHAI).hour < 22


@given(st.lists(any_pack(), min_size=1, max_size=4), contacts, tallies, plans)
def test_what_one_pack_refuses_all_of_them_together_refuse(
    packs: list[Pack], wanted: Wanted, known: Tally, plan: Plan
) -> None:
    alone = all(decide((pack,), wanted, known, plan).allowed for pack in packs)

    assert decide(tuple(packs), wanted, known, plan).allowed is alone


@given(st.lists(any_pack(), min_size=1, max_size=3), contacts, tallies, plans)
def test_what_is_refused_until_a_moment_is_allowed_at_that_moment_and_not_a_minute_before(
    packs: list[Pack], wanted: Wanted, known: Tally, plan: Plan
) -> None:
    decision = decide(tuple(packs), wanted, known, plan)
    if decision.until is None:
        return

    assert not decision.allowed
    for moment, allowed in ((decision.until, True), (decision.until - timedelta(minutes=1), False)):
        if moment < wanted.at:
            continue
        later = known if business_day(moment) == business_day(wanted.at) else known.tomorrow()
        assert decide(tuple(packs), replace(wanted, at=moment), later, plan).allowed is allowed


@given(contacts, tallies, plans)
def test_a_refusal_says_why_and_leave_says_nothing(wanted: Wanted, known: Tally, plan: Plan) -> None:
    decision = decide(PACKS, wanted, known, plan)

    assert (decision.rule is None) is decision.allowed
    assert (decision.source is None) is decision.allowed
    assert decision.until is None or decision.until > wanted.at
