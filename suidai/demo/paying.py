"""How the borrower pays: an order through the API, then the button at the channel's own cashier."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.shared.days import business_day
from suidai.demo.api import Json, expect
from suidai.demo.stage import Stage, fen, key

ORDER = (
    "... on RepaymentOrder { id number status amount "
    "action { __typename ... on RedirectAction { url } ... on QrCodeAction { codeUrl } } }"
)
ROWS = "plan { installments { n status principal interest penalty paid outstanding daysPastDue } }"
ATTEMPTS = "attempts { state late changes { told source } refunds { state amount channel } }"

ALIPAY, WECHAT, BANK = "alipay", "wechat", "bank_withholding"


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of the story, or its refund, as its channel's bill will say it."""

    channel: str
    day: date
    amount_fen: int


def order(
    stage: Stage,
    intent: str = "INSTALLMENT",
    *,
    channel: str = ALIPAY,
    product: str = "PAGE",
    amount: str | None = None,
) -> Json:
    """A new order, with the way to its cashier. Without an amount it is over what the intent comes to."""
    asked: Json = {
        "loanId": stage.known["loan"],
        "intent": intent,
        "amount": amount,
        "channel": channel,
        "product": product,
        "idempotencyKey": key(),
    }
    made = stage.door.do("createRepayment", asked, ORDER, token=stage.borrower) | {"channel": channel}

    def with_action() -> Json | None:
        found = look(stage, made, ORDER)
        return made | found if found["action"] else None

    return made if made["action"] else stage.until(with_action, "the way to the cashier")


def cashier_of(stage: Stage, order: Json) -> str:
    """Open the page, or scan the code; gives the cashier's address."""
    action = order["action"]
    if action["__typename"] == "QrCodeAction":
        return str(stage.door.outside("GET", "/wechat/scan", params={"code_url": action["codeUrl"]}).url)
    return str(stage.door.outside("GET", action["url"]).url)


def press(stage: Stage, cashier: str, **button: str) -> None:
    """Press a button of the cashier."""
    stage.door.outside("POST", f"{cashier}/pay", data=button)


def pay(stage: Stage, order: Json, *, notices: int = 1) -> None:
    """Open the cashier and pay; so many notices of it come to us."""
    press(stage, cashier_of(stage, order), notices=str(notices))
    has_paid(stage, order["channel"], fen(order["amount"]))


def has_paid(stage: Stage, channel: str, amount_fen: int) -> None:
    """Remember what was paid, to reckon with at the end; what went back is negative."""
    stage.known.setdefault("paid", []).append(Paid(channel, business_day(stage.now()), amount_fen))


def look(stage: Stage, order: Json, selection: str) -> Any:
    return stage.door.ask(
        f"query($id: ID!) {{ node(id: $id) {{ {selection} }} }}", {"id": order["id"]}, token=stage.borrower
    )["node"]


def until_paid(stage: Stage, order: Json) -> None:
    def paid() -> bool:
        return look(stage, order, "... on RepaymentOrder { status }")["status"] == "PAID"

    stage.until(paid, f"order {order['number']} to be paid")
    stage.settle()


def attempts(stage: Stage, order: Json) -> list[Json]:
    return look(stage, order, f"... on RepaymentOrder {{ {ATTEMPTS} }}")["attempts"]


def told_by(stage: Stage, order: Json) -> str:
    """Who told us that the order was paid."""
    changes = attempts(stage, order)[-1]["changes"]
    return next(change["source"] for change in changes if change["told"] == "SUCCEEDED")


def paid_row(stage: Stage, n: int) -> Json:
    """The installment, which must be paid."""
    row = stage.loan(ROWS)["plan"]["installments"][n - 1]
    expect(row["status"] == "PAID" and fen(row["outstanding"]) == 0, f"installment {n} is {row}")
    return row


def repayments(stage: Stage) -> list[Json]:
    return stage.loan("repayments { amount status method intent }")["repayments"]


def messages(stage: Stage) -> list[str]:
    """The templates of what was sent to the borrower, one each."""
    told = stage.mine("messages(first: 100) { nodes { template status } }")["messages"]["nodes"]
    return [message["template"] for message in told if message["status"] in ("SENT", "DELIVERED")]
