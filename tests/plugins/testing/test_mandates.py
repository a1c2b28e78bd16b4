"""A mandate that is signed by nothing, or kept badly, is found."""

from dataclasses import replace
from typing import Any, cast

import pytest
from suidai_allinpay.channel import AllinpayChannel

from plugins.testing import Subject, doubt_is_unknown, mandates_are_kept
from suidai.contract import ConfirmMandate, Debit, MandateRef, MandateResult, MandateState, PaymentResult
from tests.plugins.testing.allinpay import NO, Check, instead, spoiled, then


async def ends_by_token(self: Any, asked: MandateRef) -> MandateResult:
    return await AllinpayChannel.revoke_mandate(self, replace(asked, token="" + cast("str", asked.token)))


DOUBT = MandateResult(MandateState.UNKNOWN)


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (
            mandates_are_kept,
            then("query_mandate", lambda asked, told: replace(told, token=None)),
            "by the query without its token",
        ),
        (mandates_are_kept, instead("begin_mandate", DOUBT), "waits for a code is UNKNOWN"),
        (
            mandates_are_kept,
            then("begin_mandate", lambda asked, told: replace(told, action=None)),
            "does not say so by an action",
        ),
        (
            mandates_are_kept,
            instead("confirm_mandate", MandateResult(MandateState.ACTIVE, "T", error=NO)),
            "a wrong code signs a mandate",
        ),
        (mandates_are_kept, then("confirm_mandate", lambda asked, told: replace(told, error=None)), "without an error"),
        (
            mandates_are_kept,
            then("confirm_mandate", lambda asked, told: replace(told, state=MandateState.DECLINED, error=NO)),
            "a wrong code makes the mandate DECLINED; he may enter it again",
        ),
        (mandates_are_kept, then("confirm_mandate", lambda asked, told: replace(told, token=None)), "has no token"),
        (mandates_are_kept, instead("query_mandate", DOUBT), "a mandate in force is UNKNOWN"),
        (mandates_are_kept, instead("revoke_mandate", DOUBT), "was revoked is UNKNOWN"),
        (
            mandates_are_kept,
            then("query_mandate", lambda asked, told: MandateResult(MandateState.ACTIVE, asked.token)),
            "a mandate that was revoked is ACTIVE",
        ),
        (
            doubt_is_unknown,
            spoiled(revoke_mandate=ends_by_token),
            "revoke_mandate without a token, .* raises TypeError",
        ),
    ],
    ids=range(11),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


async def test_a_revocation_that_never_reached_the_provider_is_found() -> None:
    base = AllinpayChannel.query_mandate
    over: set[int] = set()

    async def revoke(self: Any, asked: MandateRef) -> MandateResult:
        over.add(1)
        return MandateResult(MandateState.REVOKED)

    async def query(self: Any, asked: MandateRef) -> MandateResult:
        return MandateResult(MandateState.REVOKED) if over else await base(self, asked)

    with pytest.raises(AssertionError, match="a debit under a mandate that was revoked takes money"):
        await mandates_are_kept(spoiled(revoke_mandate=revoke, query_mandate=query))


async def test_a_debit_that_does_not_name_its_token_is_found() -> None:
    tokens: list[str] = []

    async def confirm(self: Any, asked: ConfirmMandate) -> MandateResult:
        told = await AllinpayChannel.confirm_mandate(self, asked)
        tokens.extend(filter(None, [told.token]))
        return told

    async def debit(self: Any, asked: Debit) -> PaymentResult:
        return await AllinpayChannel.debit(self, replace(asked, token=tokens[-1]))

    with pytest.raises(AssertionError, match="a debit under a mandate that nobody signed takes money"):
        await mandates_are_kept(spoiled(confirm_mandate=confirm, debit=debit))
