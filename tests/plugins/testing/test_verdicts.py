"""What keeps the contract passes every check; what does not is told in a line for each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from suidai_allinpay.sandbox.sample import sample

from plugins.testing import (
    Outcome,
    Subject,
    a_bill_in_doubt_is_not_ready,
    doubt_is_unknown,
    judged,
    nobody_waits_for_it,
    notices_are_answered,
    offers_what_it_says,
    secrets_stay_secret,
    settings_are_read,
    spec_is_valid,
    what_was_not_sent_is_known,
)
from suidai import channel_samples
from suidai.contract import PaymentChannel, PaymentRef, PaymentResult
from tests.plugins.testing.allinpay import altered
from tests.plugins.testing.till import SUBJECT, Check, bills, notices


async def spec(subject: Subject) -> None:
    spec_is_valid(subject)


async def settings(subject: Subject) -> None:
    settings_are_read(subject)


CHECKS: list[Check] = [
    spec,
    settings,
    offers_what_it_says,
    doubt_is_unknown,
    a_bill_in_doubt_is_not_ready,
    what_was_not_sent_is_known,
    nobody_waits_for_it,
    secrets_stay_secret,
    notices,
    notices_are_answered,
    bills,
]


async def test_a_sound_channel_passes() -> None:
    for check in CHECKS:
        await check(SUBJECT)


@pytest.mark.parametrize(
    "subject",
    [channel_samples.alipay, channel_samples.bank_withholding, channel_samples.wechat, sample],
    ids=["alipay", "bank_withholding", "wechat", "allinpay"],
)
async def test_our_own_channels_keep_the_contract(subject: Callable[[], Subject]) -> None:
    verdicts = await judged(subject())

    assert [f"{one.check}: {one.sentence}" for one in verdicts if one.outcome is Outcome.BROKEN] == []
    assert sum(one.outcome is Outcome.OK for one in verdicts) >= 15
    assert Outcome.OK in {one.outcome for one in verdicts if one.check == "bills are read"}


async def test_a_channel_that_cannot_be_made_is_said_once(tillpay: Subject) -> None:
    def factory(config: Any, runtime: Any) -> PaymentChannel:
        raise RuntimeError("no such key")

    verdicts = await judged(replace(tillpay, spec=replace(tillpay.spec, factory=factory)))

    broken = {one.check: one.sentence for one in verdicts if one.outcome is Outcome.BROKEN}
    assert broken == {"spec is valid": "the factory raises RuntimeError for these settings: no such key"}
    untried = {one.check: one.sentence for one in verdicts if one.outcome is Outcome.NOT_APPLICABLE}
    assert untried["doubt is unknown"] == "not tried: the channel cannot be made"
    assert untried.keys() | broken.keys() | {"settings are read", "imports quickly"} == {one.check for one in verdicts}


async def test_what_a_check_raises_is_a_broken_line_of_the_table(tillpay: Subject) -> None:
    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        raise RuntimeError(f"no such order by {self._config.key.reveal()}")

    verdicts = {one.check: one for one in await judged(altered(tillpay, query_payment=query))}

    assert verdicts["doubt is unknown"].outcome is Outcome.BROKEN
    assert "query_payment" in verdicts["doubt is unknown"].sentence
    assert "raises RuntimeError" in verdicts["doubt is unknown"].sentence
    assert verdicts["doubt is unknown"].sentence.endswith("instead of giving a result: no such order by ***")


async def test_without_a_gateway_only_the_dry_checks_are_made(tillpay: Subject) -> None:
    verdicts = {one.check: one for one in await judged(replace(tillpay, gateway=None))}

    assert verdicts["payments are made once"].sentence == "the subject has no gateway"
    assert verdicts["spec is valid"].outcome is Outcome.OK


async def test_what_every_story_stumbles_over_is_one_broken_line(tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        return replace(await base.query_payment(self, ref), paid_at=None)

    verdicts = await judged(altered(tillpay, query_payment=query))

    broken = {one.check: one.sentence for one in verdicts if one.outcome is Outcome.BROKEN}
    assert broken == {"payments are made once": "a payment that came does not say when, with its offset"}
    stopped = [
        one.check for one in verdicts if one.sentence == "not tried: stopped by what breaks 'payments are made once'"
    ]
    assert {"refunds are made once", "forged answers are doubt", "what it posts is proven"} <= set(stopped)
