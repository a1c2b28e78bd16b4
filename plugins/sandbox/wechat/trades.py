"""A trade as WeChat keeps it, and what may happen to it."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.shared.days import SHANGHAI
from domain.shared.money import round_ratio
from plugins.sandbox.store import Document, Store

TYPES: Mapping[str, str] = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB", "app": "APP"}
PAYER = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
_KIND = "wechat_trade"
_REFUND_KIND = "wechat_refund"
_FOREVER = timedelta(days=7)
"""How long an order without a limit of its own may wait for its payer."""


@dataclass(slots=True)
class Trade:
    """An order and its money. `asked` is the order as it came: it may come again, and must then be the same."""

    out_trade_no: str
    way: str
    total_fen: int
    asked: dict[str, Any]
    expires_at: str
    token: str
    status: str = "NOTPAY"
    transaction_id: str = ""
    return_url: str = ""
    paid_at: str = ""
    refunds: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def state(self) -> str:
        return "REFUND" if self.refunds else self.status

    @property
    def refunded_fen(self) -> int:
        return sum(refund["fen"] for refund in self.refunds)

    @property
    def is_closed_unpaid(self) -> bool:
        return self.status == "CLOSED"

    @property
    def prepay_id(self) -> str:
        return f"wx{self.token}"

    @property
    def code_url(self) -> str:
        return f"weixin://wxpay/bizpayurl?pr={self.token}"

    def age(self, now: datetime) -> None:
        """Nobody paid in time."""
        if self.status == "NOTPAY" and now >= datetime.fromisoformat(self.expires_at):
            self.close()

    def pay(self, now: datetime, *, late: bool = False) -> bool:
        """Take the money; only once, and only while it waits for it.

        `late`: the payer's page was open when the order was closed, and the money was on its way.
        """
        self.age(now)
        if not (self.status == "NOTPAY" or (late and self.is_closed_unpaid)):
            return False
        self.status, self.paid_at = "SUCCESS", now.isoformat()
        self.transaction_id = f"4200002486{now.astimezone(SHANGHAI):%Y%m%d}{secrets.randbelow(10**10):010d}"
        return True

    def fail(self, now: datetime) -> None:
        """The payer's bank refused."""
        self.age(now)
        if self.status == "NOTPAY":
            self.status = "PAYERROR"

    def close(self) -> None:
        self.status = "CLOSED"

    def refund(self, number: str, fen: int, notify_url: str, now: datetime) -> dict[str, Any]:
        """Give money back, and the part of the fee that was taken for it."""
        before = self.refunded_fen
        made = {
            "no": number,
            "id": f"50300{now.astimezone(SHANGHAI):%Y%m%d}{secrets.randbelow(10**16):016d}",
            "fen": fen,
            # What is rounded on the way must not add up to more than was charged.
            "fee_fen": fee_fen(before + fen) - fee_fen(before),
            "notify_url": notify_url,
            "at": now.isoformat(),
        }
        self.refunds.append(made)
        return made


def fee_fen(fen: int) -> int:
    """What WeChat takes for a payment."""
    return round_ratio(fen * 6, 1000)


def ordered(way: str, asked: Mapping[str, Any], total_fen: int, now: datetime) -> Trade:
    """The trade that an order asks for. Raises ValueError for a time that is none."""
    limit = str(asked.get("time_expire", ""))
    return Trade(
        out_trade_no=str(asked["out_trade_no"]),
        way=way,
        total_fen=total_fen,
        asked=dict(asked),
        expires_at=(datetime.fromisoformat(limit) if limit else now + _FOREVER).isoformat(),
        token=secrets.token_hex(16),
    )


def find(store: Store, out_trade_no: str) -> Trade | None:
    return _read(store.get(_KIND, out_trade_no))


def by_token(store: Store, token: str) -> Trade | None:
    return _read(next(iter(store.by_key(_KIND, token)), None))


def by_refund(store: Store, refund_no: str) -> Trade | None:
    known = store.get(_REFUND_KIND, refund_no)
    return find(store, known["out_trade_no"]) if known else None


def every(store: Store) -> list[Trade]:
    return [Trade(**document) for document in store.all(_KIND)]


def keep(store: Store, trade: Trade) -> None:
    store.put(_KIND, trade.out_trade_no, asdict(trade), key=trade.token)
    for refund in trade.refunds:
        store.put(_REFUND_KIND, refund["no"], {"out_trade_no": trade.out_trade_no})


def _read(document: Document | None) -> Trade | None:
    return Trade(**document) if document else None
