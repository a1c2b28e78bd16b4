"""A trade as UnionPay keeps it. Its number and its time together are its name; another time makes another trade."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from domain.shared.days import SHANGHAI, business_day
from plugins.sandbox.faults import Of
from plugins.sandbox.mishaps import About
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Store

WITHHOLDING, REFUND = "11", "04"
FEE_FEN = 100
"""Of each withholding."""

_KIND = "unionpay_trade"


@dataclass(slots=True)
class Trade:
    """`code` is how it ends. Until the real moment `known_from` nobody is told, not even whether it ends well."""

    order_id: str
    txn_time: str
    txn_type: str
    sub_type: str
    at: str
    trace_no: int
    query_id: str
    amount_fen: int = 0
    code: str = "00"
    known_from: float = 0
    back_url: str = ""
    bind_id: str = ""
    account: str = ""
    req_reserved: str = ""
    orig_query_id: str = ""
    orig_order_id: str = ""

    @property
    def open(self) -> bool:
        return real_time() < self.known_from

    @property
    def done(self) -> bool:
        """Whether the money has moved, as far as one can tell."""
        return self.code == "00" and not self.open

    @property
    def fee_fen(self) -> int:
        return FEE_FEN if self.txn_type == WITHHOLDING else 0

    @property
    def about(self) -> About:
        """What can go wrong with it is planned for its own number or for that of the trade it gives back."""
        if self.txn_type == REFUND:
            return About((self.order_id, self.orig_order_id), Of.REFUND)
        return About((self.order_id,), Of.PAYMENT if self.txn_type == WITHHOLDING else Of.MANDATE)

    @property
    def trace_time(self) -> str:
        """Month to second, in Beijing: UnionPay leaves the year to its reader."""
        return f"{datetime.fromisoformat(self.at).astimezone(SHANGHAI):%m%d%H%M%S}"

    @property
    def settle_day(self) -> date:
        return business_day(datetime.fromisoformat(self.at))


def begun(store: Store, asked: Mapping[str, str], now: datetime) -> Trade:
    """A new trade of this number and time, not yet kept."""
    trace = (store.get(_KIND + "_counter", "trace") or {"last": 0})["last"] + 1
    store.put(_KIND + "_counter", "trace", {"last": trace})
    return Trade(
        order_id=asked.get("orderId", ""),
        txn_time=asked.get("txnTime", ""),
        txn_type=asked.get("txnType", ""),
        sub_type=asked.get("txnSubType", ""),
        at=now.isoformat(),
        trace_no=trace % 1_000_000,
        query_id=f"{now.astimezone(SHANGHAI):%Y%m%d%H%M%S}{trace % 10_000_000:07d}",
        bind_id=asked.get("bindId", ""),
        back_url=asked.get("backUrl", ""),
        req_reserved=asked.get("reqReserved", ""),
    )


def find(store: Store, asked: Mapping[str, str]) -> Trade | None:
    found = store.get(_KIND, f"{asked.get('orderId')}:{asked.get('txnTime')}")
    return Trade(**found) if found else None


def by_query_id(store: Store, query_id: str) -> Trade | None:
    return next((Trade(**found) for found in store.by_key(_KIND, query_id)), None)


def of_money(store: Store) -> list[Trade]:
    """Withholdings and refunds, oldest first."""
    known = [Trade(**found) for found in store.all(_KIND)]
    return [trade for trade in known if trade.txn_type in {WITHHOLDING, REFUND}]


def given_back_fen(store: Store, paid: Trade) -> int:
    """What went back of a withholding, or is on its way."""
    refunds = [one for one in of_money(store) if one.orig_query_id == paid.query_id]
    return sum(one.amount_fen for one in refunds if one.code == "00")


def keep(store: Store, trade: Trade) -> None:
    store.put(_KIND, f"{trade.order_id}:{trade.txn_time}", asdict(trade), key=trade.query_id)
