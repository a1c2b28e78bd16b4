"""A trade as Alipay keeps it, and what may happen to it."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.shared.days import SHANGHAI
from plugins.sandbox.store import Document, Store

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_PRECREATED_FOR = timedelta(hours=2)
_FOREVER = timedelta(days=15)
"""How long an order without a limit of its own may wait for its payer."""


@dataclass(slots=True)
class Trade:
    """An order and its money. `status` is empty until the cashier was opened: to the merchant it does not exist."""

    out_trade_no: str
    total_fen: int
    subject: str
    product_code: str
    notify_url: str
    return_url: str
    passback_params: str
    expires_at: str
    token: str
    status: str = ""
    trade_no: str = ""
    created_at: str = ""
    paid_at: str = ""
    closed_at: str = ""
    refunds: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def refunded_fen(self) -> int:
        return sum(refund["fen"] for refund in self.refunds)

    @property
    def is_closed_unpaid(self) -> bool:
        return self.status == "TRADE_CLOSED" and not self.paid_at

    def open(self, now: datetime) -> None:
        """The payer looks at it."""
        if not self.status:
            self.status, self.created_at = "WAIT_BUYER_PAY", now.isoformat()
            self.trade_no = f"{now.astimezone(SHANGHAI):%Y%m%d}22001{secrets.randbelow(10**15):015d}"

    def age(self, now: datetime) -> None:
        """Nobody paid in time."""
        if self.status == "WAIT_BUYER_PAY" and now >= datetime.fromisoformat(self.expires_at):
            self.close(now)

    def pay(self, now: datetime, *, late: bool = False) -> bool:
        """Take the money; only once, and only while it waits for it.

        `late`: the payer's page was open when the order was closed, and the money was on its way.
        """
        self.age(now)
        if not (self.status == "WAIT_BUYER_PAY" or (late and self.is_closed_unpaid)):
            return False
        self.status, self.paid_at, self.closed_at = "TRADE_SUCCESS", now.isoformat(), ""
        return True

    def close(self, now: datetime) -> None:
        self.status, self.closed_at = "TRADE_CLOSED", now.isoformat()

    def refund(self, request_no: str, fen: int, now: datetime) -> None:
        """Give money back; when all is given back the trade is closed."""
        self.refunds.append({"no": request_no, "fen": fen, "at": now.isoformat()})
        if self.refunded_fen == self.total_fen:
            self.close(now)


def ordered(params: Mapping[str, str], biz: Mapping[str, Any], total_fen: int, now: datetime) -> Trade:
    """The trade that an order asks for."""
    return Trade(
        out_trade_no=str(biz["out_trade_no"]),
        total_fen=total_fen,
        subject=str(biz.get("subject", "")),
        product_code=str(biz.get("product_code", "")),
        notify_url=params.get("notify_url", ""),
        return_url=params.get("return_url", ""),
        passback_params=str(biz.get("passback_params", "")),
        expires_at=_expiry(params["method"], biz, now).isoformat(),
        token=secrets.token_urlsafe(18),
    )


def find(store: Store, out_trade_no: str) -> Trade | None:
    return _read(store.get("trade", out_trade_no))


def by_token(store: Store, token: str) -> Trade | None:
    return _read(next(iter(store.by_key("trade", token)), None))


def every(store: Store) -> list[Trade]:
    return [Trade(**document) for document in store.all("trade")]


def keep(store: Store, trade: Trade) -> None:
    store.put("trade", trade.out_trade_no, asdict(trade), key=trade.token)


def _read(document: Document | None) -> Trade | None:
    return Trade(**document) if document else None


def _expiry(method: str, biz: Mapping[str, Any], now: datetime) -> datetime:
    if absolute := biz.get("time_expire"):
        return datetime.fromisoformat(str(absolute)).replace(tzinfo=SHANGHAI)
    express = str(biz.get("timeout_express", ""))
    if express[:-1].isdigit() and express[-1:] in _UNITS:
        return now + timedelta(**{_UNITS[express[-1]]: int(express[:-1])})
    return now + (_PRECREATED_FOR if method == "alipay.trade.precreate" else _FOREVER)
