"""The kit lets a borrower sign on a page, and finds out a channel that says he has signed, or is free, when he is not."""

from dataclasses import replace
from functools import partial

import pytest

from plugins.channels.alipay.channel import AlipayChannel
from plugins.testing import Gateway, Subject, mandates_are_kept
from suidai import channel_samples
from suidai.contract import MandateRef, MandateResult, MandateState


def made_by(kind: type[AlipayChannel]) -> Subject:
    subject = channel_samples.alipay()
    return replace(subject, spec=replace(subject.spec, factory=kind))


class Hasty(AlipayChannel):
    """Takes a page that was shown for one that was signed."""

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        return MandateResult(MandateState.ACTIVE, token=ref.mandate_no)


class Polite(AlipayChannel):
    """Says that it told Alipay."""

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        return MandateResult(MandateState.REVOKED)


async def test_what_is_signed_on_a_page_is_followed_to_its_end() -> None:
    await mandates_are_kept(made_by(AlipayChannel))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [(Hasty, "a mandate that nobody signed is ACTIVE"), (Polite, "a mandate that was revoked is ACTIVE")],
)
async def test_what_is_said_of_a_page_must_be_so(kind: type[AlipayChannel], sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        await mandates_are_kept(made_by(kind))


async def test_a_gateway_must_let_a_borrower_sign_where_there_is_a_page() -> None:
    subject = made_by(AlipayChannel)

    def without_a_pen() -> Gateway:
        assert subject.gateway
        played = subject.gateway()
        played.sign = partial(Gateway.sign, played)
        return played

    with pytest.raises(NotImplementedError, match="signed on a page"):
        await mandates_are_kept(replace(subject, gateway=without_a_pen))
