"""What one line of Alipay's bill says: of a trade (业务明细), or of a move on the account (账务明细).

Amounts of payments and refunds are positive; `kind` tells the direction. A fee is positive where it was charged and
negative where it was given back. An OTHER move is positive when money came.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from domain.payments.ports import BillKind, BillRow
from domain.shared.money import CURRENCY
from plugins.channels.alipay.states import instant

SUM = r"([+-]?[0-9]{1,12}(?:\.[0-9]{1,2})?)"
COUNT = r"([0-9]{1,9})"
_AMOUNT = re.compile(SUM)

_ORDER_NO, _TYPE = "商户订单号", "业务类型"
_TRADE_NO, _FINISHED, _REFUND_NO = "支付宝交易号", "完成时间", "退款批次号/请求号"
_ORDERED, _RECEIVED, _FEE = "订单金额(元)", "商家实收(元)", "服务费(元)"
_ENTRY_NO, _BUSINESS_NO, _HAPPENED = "账务流水号", "业务流水号", "发生时间"
_INCOME, _EXPENSE = "收入金额(+元)", "支出金额(-元)"

_TRADES = {"交易": BillKind.PAYMENT, "退款": BillKind.REFUND}
# Any other business on the account, a withdrawal for one, is OTHER.
_MOVES = {
    ("在线支付", True): BillKind.PAYMENT,
    ("交易付款", True): BillKind.PAYMENT,
    ("交易退款", False): BillKind.REFUND,
    ("退款", False): BillKind.REFUND,
}
_FEES = frozenset({"收费", "服务费", "手续费", "退费"})

Cells = Mapping[str, str]


class NotUnderstood(ValueError):
    """Why a line is not read."""


class Side(Enum):
    """What the lines of a file are counted by at its end."""

    PAYMENTS = auto()
    REFUNDS = auto()
    INCOME = auto()
    EXPENSE = auto()


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table: the columns it cannot do without, its totals, and how a line of it is read.

    `read` gives the row, the side it counts on, and what it adds there as Alipay counts: what was received or moved.
    """

    columns: frozenset[str]
    totals: Mapping[Side, re.Pattern[str]]
    read: Callable[[Cells, str], tuple[BillRow, Side, int]]


def trade(cells: Cells, raw: str) -> tuple[BillRow, Side, int]:
    """A payment or a refund. A refund's sums are negative in the file, the fee of a payment is too."""
    kind = _TRADES.get(cells[_TYPE])
    if kind is None:
        raise NotUnderstood(f"{cells[_TYPE]!r} is neither a trade nor a refund")
    sign = 1 if kind is BillKind.PAYMENT else -1
    ordered, received = sign * _fen(cells, _ORDERED), sign * _fen(cells, _RECEIVED)
    if ordered <= 0 or received < 0:
        raise NotUnderstood("the sums go the other way than the kind of the line")
    row = BillRow(
        kind,
        cells[_ORDER_NO] or None,
        ordered,
        CURRENCY,
        provider_no=_number(cells, _TRADE_NO),
        refund_no=(cells[_REFUND_NO] or None) if kind is BillKind.REFUND else None,
        received_fen=received,
        fee_fen=-_fen(cells, _FEE) if cells[_FEE] else None,
        occurred_at=_time(cells, _FINISHED),
        status=cells[_TYPE],
        raw=raw,
    )
    return row, Side.PAYMENTS if kind is BillKind.PAYMENT else Side.REFUNDS, sign * received


def move(cells: Cells, raw: str) -> tuple[BillRow, Side, int]:
    """Money that came to the account or left it."""
    income = _fen(cells, _INCOME) if cells[_INCOME] else 0
    expense = abs(_fen(cells, _EXPENSE)) if cells[_EXPENSE] else 0
    if income < 0 or (income > 0) is (expense > 0):
        raise NotUnderstood("money moves both ways or not at all")
    business = cells[_TYPE]
    kind = BillKind.FEE if business in _FEES else _MOVES.get((business, income > 0), BillKind.OTHER)
    amount = {BillKind.FEE: expense - income, BillKind.OTHER: income - expense}.get(kind, income + expense)
    row = BillRow(
        kind,
        cells[_ORDER_NO] or None,
        amount,
        CURRENCY,
        provider_no=cells[_BUSINESS_NO] or _number(cells, _ENTRY_NO),
        occurred_at=_time(cells, _HAPPENED),
        status=business,
        raw=raw,
    )
    return row, Side.INCOME if income else Side.EXPENSE, income - expense


TABLES = (
    Table(
        frozenset({_TRADE_NO, _ORDER_NO, _TYPE, _FINISHED, _ORDERED, _RECEIVED, _REFUND_NO, _FEE}),
        {
            Side.PAYMENTS: re.compile(rf"#交易合计[:：]{COUNT}笔[,，]商家实收共{SUM}元"),
            Side.REFUNDS: re.compile(rf"#退款合计[:：]{COUNT}笔[,，]商家实收退款共{SUM}元"),
        },
        trade,
    ),
    Table(
        frozenset({_ENTRY_NO, _BUSINESS_NO, _ORDER_NO, _HAPPENED, _INCOME, _EXPENSE, _TYPE}),
        {
            Side.INCOME: re.compile(rf"#收入合计[:：]{COUNT}笔[,，]共{SUM}元"),
            Side.EXPENSE: re.compile(rf"#支出合计[:：]{COUNT}笔[,，]共{SUM}元"),
        },
        move,
    ),
)


def signed_fen(text: str) -> int:
    """A sum in yuan, with or without its sign. Raises NotUnderstood."""
    if not _AMOUNT.fullmatch(text):
        raise NotUnderstood(f"{text!r} is not a sum")
    whole, _, part = text.lstrip("+-").partition(".")
    fen = int(whole) * 100 + int(part.ljust(2, "0"))
    return -fen if text.startswith("-") else fen


def _fen(cells: Cells, name: str) -> int:
    return signed_fen(cells[name])


def _number(cells: Cells, name: str) -> str:
    if not cells[name]:
        raise NotUnderstood(f"{name} is empty")
    return cells[name]


def _time(cells: Cells, name: str) -> datetime:
    if (at := instant(cells[name])) is None:
        raise NotUnderstood(f"{name} {cells[name]!r} is not a time")
    return at
