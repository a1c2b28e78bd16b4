"""What moves or promises money is done once per idempotency key: the same answer again, and nothing twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.domain.credit.builders import ready_borrower
from tests.graph.api import Json
from tests.graph.town import Town, key

LOAN = "... on Loan { id number status principal }"
ORDER = "... on RepaymentOrder { id number status amount }"
REPAYMENT = "... on Repayment { id number amount status valueDate parts { interest penalty principal excess } }"


@pytest.fixture(scope="module")
async def town(town: Town) -> Town:
    async with town.api.house.sessions.begin() as session:
        town.who["hopeful"] = await ready_borrower(session, phone="+8613800000007")
    taken = {"loanId": town.ids["neighbour's running"], "amount": "50.00", "intent": "INSTALLMENT"}
    taken |= {"valueDate": "2026-02-20", "idempotencyKey": key()}
    made = await town.api.do("recordOfflineRepayment", taken, REPAYMENT, token=await town.token("cashier"))
    town.ids["repayment"] = made["id"]
    return town


@dataclass(frozen=True)
class Act:
    name: str
    who: str
    given: Callable[[Town], Json]
    selection: str
    otherwise: Json = field(default_factory=dict)
    """What makes another request of it."""

    def __str__(self) -> str:
        return self.name

    async def done(self, town: Town, given: Json, **headers: str) -> Json:
        return await town.api.do(self.name, given, self.selection, token=await town.token(self.who), **headers)


ACTS = [
    Act("applyForCredit", "hopeful", lambda _: {}, "... on CreditApplication { id number status submittedAt }"),
    Act(
        "applyForLoan",
        "debtor",
        lambda t: {
            "quoteId": t.ids["debtor's confirmed quote"],
            "bankCardId": t.ids["debtor's card"],
            "purpose": "DAILY_CONSUMPTION",
        },
        LOAN,
        {"purpose": "TRAVEL"},
    ),
    Act(
        "createRepayment",
        "debtor",
        lambda t: {
            "loanId": t.ids["debtor's running"],
            "intent": "INSTALLMENT",
            "amount": "20.00",
            "channel": "fake",
            "product": "QR",
        },
        "... on RepaymentOrder { id number amount }",  # its channel may be asked already when the second is answered
        {"amount": "20.01"},
    ),
    Act(
        "recordOfflineRepayment",
        "cashier",
        lambda t: {
            "loanId": t.ids["debtor's running"],
            "amount": "30.00",
            "intent": "INSTALLMENT",
            "valueDate": "2026-02-19",
        },
        REPAYMENT,
        {"valueDate": "2026-02-18"},
    ),
    Act(
        "signMandate",
        "proven",
        lambda t: {"bankCardId": t.ids["proven's bound card"], "channel": "giro"},
        "... on Mandate { id number terms }",  # where it stands is as far as the channel is by then
        {"channel": "bank"},
    ),
    Act(
        "waive",
        "finance",
        lambda t: {
            "loanId": t.ids["debtor's running"],
            "penalty": "0.10",
            "interest": "1.00",
            "reason": "goodwill",
        },
        LOAN,
        {"interest": "1.01"},
    ),
    Act(
        "resolveUnplacedPayment",
        "cashier",
        lambda t: {"unplacedPaymentId": t.ids["debtor's aside"], "action": "APPLY", "reason": "meant for it"},
        "... on UnplacedPayment { id resolution resolvedAt amount loan { number } refund { number } }",
        {"action": "REFUND"},
    ),
    Act(
        "resolveDiscrepancy",
        "finance",
        lambda t: {"discrepancyId": t.ids["missing bill"], "resolution": "ACCEPT_OURS", "reason": "nothing was paid"},
        "... on Discrepancy { id state resolution reason resolvedAt resolvedBy { username } }",
        {"resolution": "ASK_CHANNEL"},
    ),
    Act(
        "recordContact",
        "collector",
        lambda t: {
            "caseId": t.ids["debtor's case"],
            "channel": "CALL",
            "party": "DEBTOR",
            "outcome": "ANSWERED",
            "note": "He will pay.",
        },
        "... on ContactAttempt { id outcome note at case { number } }",
        {"outcome": "UNANSWERED"},
    ),
    Act(
        "recordPromise",
        "collector",
        lambda t: {"caseId": t.ids["debtor's case"], "amount": "1.00", "on": "2026-02-21"},
        "... on PaymentPromise { id amount on status case { number } }",
        {"amount": "1.01"},
    ),
    Act(
        "reverseRepayment",
        "finance",
        lambda t: {"repaymentId": t.ids["repayment"], "reason": "it never came"},
        REPAYMENT,
        {"reason": "it came after all"},
    ),
]


def calls(town: Town) -> list[tuple[str, str]]:
    """What the channel was asked."""
    return list(town.api.house.registry.channel("fake").asked)  # type: ignore[attr-defined]  # the test's own


@pytest.mark.parametrize("act", ACTS, ids=str)
async def test_the_same_key_is_the_same_act(town: Town, act: Act) -> None:
    given = act.given(town) | {"idempotencyKey": key()}
    before = await town.state()

    # As if the app, not having heard, asked twice more, once at the same moment.
    first, twin = await asyncio.gather(act.done(town, given), act.done(town, given))
    after, asked = await town.state(), calls(town)
    again = await act.done(town, given, accept_language="zh-CN")

    assert first["__typename"] != "Problem", first
    assert twin == first
    assert again == first
    assert after != before
    assert (await town.state(), calls(town)) == (after, asked)
    assert after["idempotency_keys"][0] == before["idempotency_keys"][0] + 1

    altered = given | (act.otherwise or {"idempotencyKey": "short"})
    refused = await act.done(town, altered)
    assert refused["code"] == ("IDEMPOTENCY_KEY_REUSED" if act.otherwise else "BAD_IDEMPOTENCY_KEY")
    assert refused["field"] == ["idempotencyKey"]
    assert "take a new key" in refused["message"] or not act.otherwise
    assert await town.state() == after


async def test_a_key_is_of_one_person_and_one_act(town: Town) -> None:
    shared = key()
    paying = next(act for act in ACTS if act.name == "createRepayment")
    mine = await paying.done(town, paying.given(town) | {"idempotencyKey": shared})

    given = paying.given(town) | {"loanId": town.ids["neighbour's running"], "idempotencyKey": shared}
    theirs = await town.api.do("createRepayment", given, ORDER, token=await town.token("neighbour"))
    other_act = next(act for act in ACTS if act.name == "applyForLoan")
    refused = await other_act.done(town, other_act.given(town) | {"idempotencyKey": shared})

    assert theirs["__typename"] == mine["__typename"] == "RepaymentOrder"
    assert theirs["id"] != mine["id"]
    assert refused["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_lasting_refusal_is_told_again_word_for_word_in_either_language(town: Town) -> None:
    paying = next(act for act in ACTS if act.name == "createRepayment")
    given = paying.given(town) | {"amount": "999999.00", "idempotencyKey": key()}

    english, again = await paying.done(town, given), await paying.done(town, given)
    chinese = await paying.done(town, given, accept_language="zh-CN")

    assert english["code"] == "MORE_THAN_OWED"
    assert again == english
    assert (chinese["code"], chinese["field"]) == (english["code"], english["field"])
    assert "超出应还总额" in chinese["message"]
    assert (await paying.done(town, given | {"amount": "1.00"}))["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_passing_refusal_does_not_use_the_key_up(town: Town) -> None:
    paying = next(act for act in ACTS if act.name == "createRepayment")
    given = paying.given(town) | {"channel": "alipay", "idempotencyKey": key()}
    keys = (await town.state())["idempotency_keys"]

    assert (await paying.done(town, given))["code"] == "CHANNEL_NOT_AVAILABLE"

    assert (await town.state())["idempotency_keys"] == keys


async def test_what_could_not_be_read_does_not_use_the_key_up(town: Town) -> None:
    paying = next(act for act in ACTS if act.name == "createRepayment")
    given = paying.given(town) | {"idempotencyKey": key()}

    assert (await paying.done(town, given | {"amount": "1079.7"}))["code"] == "UNREADABLE_INPUT"

    assert (await paying.done(town, given))["__typename"] == "RepaymentOrder"
