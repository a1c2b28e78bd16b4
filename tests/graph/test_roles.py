"""Who may use which field: a row for each, tried in both directions by asking. A field without a row fails."""

import pytest
from strawberry.utils.str_converters import to_camel_case

from domain.lending.rules.supposing import Supposed, SupposedKind
from domain.lending.services.simulating import may_commit
from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.clock import real_now
from domain.shared.ids import new_id
from domain.shared.tokens import ACCESS_LIFE, Tokens
from graph.access import Guard
from graph.ids import global_id
from tests.graph.asking import SCHEMA, TYPES, asking
from tests.graph.town import ALL, NOW, SPEAKERS, STAFF, Town

QUERY = {
    "banners": "A",
    "borrowers": "RCKA",
    "businessClock": ALL,
    "calculateDeposit": ALL,
    "calculators": ALL,
    "changeRequests": "RA",
    "collectionCases": "CA",
    "consentTexts": ALL,
    "discrepancies": "F",
    "reconciliationRuns": "F",
    "remittances": "F",
    "creditApplications": "R",
    "decisionsAgain": "RKFA",
    "failedJobs": "A",
    "homeFeed": ALL,
    "ledgerAccounts": "F",
    "loan": "B" + STAFF,
    "loanProducts": ALL,
    "loans": "RKFA",
    "me": "B",
    "node": "B" + STAFF,
    "nodes": "B" + STAFF,
    "paymentBatches": "KF",
    "paymentChannels": ALL,
    "policies": STAFF,
    "policyHistory": STAFF,
    "productVersions": STAFF,
    "quoteLoan": ALL,
    "refunds": "KF",
    "repaymentMethods": ALL,
    "repaymentOrders": "KF",
    "reviewQueue": "R",
    "staffMe": STAFF,
    "staffMembers": STAFF,
    "trialBalance": "F",
    "unplacedPayments": "KF",
}
MUTATION = {
    "advanceClock": "A",
    "applyForCredit": "B",
    "applyForLoan": "B",
    "assignCase": "CA",
    "bindBankCard": "B",
    "cancelLoan": "B",
    "claimReview": "R",
    "closeRepayment": "B",
    "configureChannel": "A",
    "configureProduct": "A",
    "commitSimulation": "BKF",
    "confirmBankCard": "B",
    "confirmDisclosure": "B",
    "confirmMandate": "B",
    "createRepayment": "B",
    "decideChange": "RA",
    "grantConsent": "B",
    "login": ALL,
    "logout": "B",
    "openDisclosure": "B",
    "recordOfflineRefund": "K",
    "recordContact": "C",
    "recordOfflineRepayment": "KF",
    "recordPromise": "C",
    "refundExcess": "K",
    "refreshSession": ALL,
    "refreshStaffSession": ALL,
    "register": ALL,
    "releaseReview": "R",
    "requestCreditLineChange": "R",
    "requestLoginCode": ALL,
    "requestPaper": "BRKFA",
    "requestQuote": "B",
    "requestUpload": "B",
    "rerunReconciliation": "F",
    "resetPassword": ALL,
    "resolveDiscrepancy": "F",
    "resolveUnplacedPayment": "KF",
    "retryFunding": "F",
    "retryJob": "A",
    "revealPersonalData": "RK",
    "reverseRepayment": "F",
    "reviewCreditApplication": "R",
    "reviewLoan": "R",
    "revokeConsent": "B",
    "revokeMandate": "B",
    "saveBanner": "A",
    "saveContacts": "B",
    "saveEmployment": "B",
    "saveProfile": "B",
    "setPolicy": "A",
    "signContract": "B",
    "signMandate": "B",
    "simulateLoan": "B" + STAFF,
    "staffLogin": ALL,
    "staffLogout": STAFF,
    "submitIdentity": "B",
    "unbindBankCard": "B",
    "verifyFace": "B",
    "waive": "F",
    "writeOff": "F",
}
BORROWER = {"contacts": "BR", "employment": "BRC", "identityChecks": "BRA", "loginRecords": "BRA"}
"""Fields of a borrower that not everybody who sees him sees."""

CHANNEL = {f"PaymentChannel.{name}" for name in ("breaker", "configuration", "reason", "refusedNotices", "route")}

DENIED = {"NOT_LOGGED_IN", "FORBIDDEN"}
OWN_CODES = {"TOKEN_EXPIRED", "TOKEN_INVALID"}


@pytest.fixture
async def town(town: Town) -> Town:
    await town.api.house.limits.limiter.storage.reset()  # type: ignore[misc]  # the asynchronous kind
    return town


async def code_of(town: Town, operation: str, name: str, token: str | None) -> str | None:
    """The code with which a field refuses, as a Problem or as an error; None if it does not."""
    of = TYPES[operation.capitalize()].fields[name]  # type: ignore[attr-defined]  # an object type
    told = (await town.api.answer(*asking(operation, name, of), token=token)).json()
    assert told.get("data") is not None or told["errors"][0].get("path"), f"never ran: {told}"
    if errors := told.get("errors"):
        return errors[0]["extensions"]["code"]
    answer = told["data"][name]
    return answer.get("code") if isinstance(answer, dict) else None


def rows() -> list[tuple[str, str, str]]:
    return [
        (operation, name, letters)
        for operation, table in (("query", QUERY), ("mutation", MUTATION))
        for name, letters in table.items()
    ]


# The matrix


def test_every_root_field_has_a_row() -> None:
    assert set(QUERY) == set(TYPES["Query"].fields)  # type: ignore[attr-defined]  # an object type
    assert set(MUTATION) == set(TYPES["Mutation"].fields)  # type: ignore[attr-defined]  # an object type


def test_every_other_field_behind_a_permission_has_a_row() -> None:
    guarded = {
        f"{kind.definition.name}.{to_camel_case(field.name)}"  # type: ignore[union-attr]  # ours
        for kind in SCHEMA.schema_converter.type_map.values()
        for field in getattr(kind.definition, "fields", [])
        if any(isinstance(each, Guard) for each in getattr(field, "extensions", []))
        if kind.definition.name not in {"Query", "Mutation"}  # type: ignore[union-attr]  # ours
    }

    # Tried with what they belong to: tests/graph/payments/test_channels.py, test_choosing.py, test_history.py.
    assert guarded == {
        *CHANNEL,
        "RepaymentOrder.choice",
        "RepaymentOrder.history",
        *(f"Borrower.{name}" for name in BORROWER),
    }


@pytest.mark.parametrize(("operation", "name", "letters"), rows(), ids=lambda part: part)
async def test_a_field_is_for_those_in_its_row_and_for_nobody_else(
    town: Town, operation: str, name: str, letters: str
) -> None:
    for letter, who in SPEAKERS.items():
        code = await code_of(town, operation, name, await town.token(who))

        if letter in letters:
            assert code not in DENIED | {"INTERNAL"}, f"{who or 'nobody'} may, and is told {code}"
        else:
            assert code == ("FORBIDDEN" if who else "NOT_LOGGED_IN"), f"{who or 'nobody'} is told {code}"


@pytest.mark.parametrize(("operation", "name", "letters"), rows(), ids=lambda part: part)
async def test_a_token_that_does_not_count_opens_nothing(town: Town, operation: str, name: str, letters: str) -> None:
    """Where nobody has to be known, a token that does not count is of no account."""
    who = next(letter for letter in letters if letter != "-")
    actor = town.api.house.tokens.read(await town.token(SPEAKERS[who]) or "", now=real_now()).actor
    good = town.api.issue(actor)
    head, body, signature = good.split(".")
    other_body = town.api.issue(actor, at=real_now() - ACCESS_LIFE / 2).split(".")[1]
    before = await town.state({"login_codes", "login_guards"})

    for token, code in (
        (town.api.issue(actor, at=real_now() - ACCESS_LIFE), "TOKEN_EXPIRED"),
        (f"{head}.{other_body}.{signature}", "TOKEN_INVALID"),
        (f"{head}.{body}.", "TOKEN_INVALID"),
        (Tokens(bytes(32)).issue(actor, new_id(), now=real_now()).text, "TOKEN_INVALID"),
        ("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + body + ".", "TOKEN_INVALID"),
        ("not-a-token", "TOKEN_INVALID"),
    ):
        told = await code_of(town, operation, name, token)
        if "-" in letters:
            assert told not in OWN_CODES
        else:
            assert told == code

    assert await town.state({"login_codes", "login_guards"}) == before


@pytest.mark.parametrize(("name", "letters"), BORROWER.items(), ids=lambda part: part)
async def test_some_of_a_borrower_is_for_some_only(town: Town, name: str, letters: str) -> None:
    given = "(first: 1)" if name == "loginRecords" else ""
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Borrower {{ {name}{given} {{ __typename }} }} }} }}"
    for letter in "BRCKA":
        asked = {"id": global_id("Borrower", town.who["debtor"])}
        told = (await town.api.answer(document, asked, token=await town.token(SPEAKERS[letter]))).json()

        if letter in letters:
            assert told["data"]["node"][name] is not None, letter
        else:
            assert told["data"]["node"] == {name: None}, letter
            assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("kind", "by_itself"),
    [
        (SupposedKind.PAYMENT, "recordOfflineRepayment"),
        (SupposedKind.WAIVER, "waive"),
        (SupposedKind.REVERSAL, "reverseRepayment"),
        (SupposedKind.WRITE_OFF, "writeOff"),
    ],
)
def test_who_may_let_a_simulation_come_true_may_do_the_same_by_itself(kind: SupposedKind, by_itself: str) -> None:
    supposed = [Supposed(kind, NOW.date())]

    for letter, role in zip("RCKFA", Role, strict=True):
        somebody = Actor(ActorKind.STAFF, new_id(), frozenset({role}))
        assert may_commit(somebody, supposed, NOW.date()) is (letter in MUTATION[by_itself]), role
