"""A log-in that has ended acts no more, whatever its access token still says; looking ends with the token."""

import pytest
from sqlalchemy import update

from domain.borrowers.models import BorrowerSession
from domain.shared.clock import real_now
from domain.staff.models import StaffSession
from tests.graph.town import Town, key

EXCESS = {"amount": "1.00", "reason": "asked for", "idempotencyKey": "a key of theirs"}


@pytest.fixture
async def town(own_town: Town) -> Town:
    return own_town


async def test_whoever_has_logged_out_moves_no_money_with_the_token_he_had(town: Town) -> None:
    token = await town.token("debtor")
    paying = {
        "loanId": town.ids["debtor's running"],
        "intent": "INSTALLMENT",
        "channel": "fake",
        "product": "QR",
        "idempotencyKey": key(),
    }
    await town.api.do("logout", None, token=token)

    assert await town.api.problem("createRepayment", paying, token=token) == "SESSION_OVER"
    assert (await town.api.do("logout", None, token=token))["code"] == "SESSION_OVER"
    assert await town.api.mine("number", token=token)


async def test_staff_whose_log_in_was_ended_act_no_more(town: Town) -> None:
    token = await town.token("cashier")
    await town.api.write_log_ins()
    async with town.api.house.sessions.begin() as session:
        await session.execute(update(StaffSession).values(revoked_at=real_now()))

    given = {**EXCESS, "loanId": town.ids["debtor's running"]}
    assert await town.api.problem("refundExcess", given, token=token) == "SESSION_OVER"


async def test_a_log_in_that_ran_out_or_never_was_acts_no_more(town: Town) -> None:
    token = await town.token("debtor")
    await town.api.write_log_ins()
    async with town.api.house.sessions.begin() as session:
        await session.execute(update(BorrowerSession).values(expires_at=real_now()))

    withdrawn = {"loanId": town.ids["debtor's pending"]}
    assert await town.api.problem("cancelLoan", withdrawn, token=token) == "SESSION_OVER"


async def test_a_stranger_has_no_log_in_to_stand_by(town: Town) -> None:
    told = await town.api.do("requestLoginCode", {"phone": town.phone(), "purpose": "REGISTER"}, token=None)

    assert told["__typename"] != "Problem"
