"""Trades as the sandbox keeps them, and how they stand in a query's answer and in a statement."""

import base64
import zipfile
from dataclasses import dataclass
from io import BytesIO
from zoneinfo import ZoneInfo

from suidai_allinpay import codes
from suidai_allinpay.documents import Fields

SHANGHAI = ZoneInfo("Asia/Shanghai")
FEE_FEN = 100
"""What Allinpay keeps of each payment."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One collection or refund. Its time is the one its request named."""

    batch: str
    sn: int
    direction: str
    amount_fen: int
    finished: str
    code: str = "0000"
    account: str = ""
    name: str = ""
    remark: str = ""
    gives_back: tuple[str, int] | None = None


def collection(asked: Fields, req_sn: str, sn: int) -> Trade:
    return Trade(req_sn, sn, "1", int(asked["AMOUNT"]), asked["SUBMIT_TIME"], remark=asked.get("REMARK", ""))


def refund(asked: Fields, req_sn: str, of: Trade, place: tuple[str, int]) -> Trade:
    return Trade(
        req_sn,
        0,
        "0",
        int(asked["AMOUNT"]),
        asked["SUBMIT_TIME"],
        account=of.account,
        name=of.name,
        remark=asked.get("REMARK", ""),
        gives_back=place,
    )


def detail(trade: Trade) -> dict[str, str]:
    """A QTDETAIL."""
    return {
        "BATCHID": trade.batch,
        "SN": f"{trade.sn:04d}",
        "TRXDIR": trade.direction,
        "SETTDAY": trade.finished[:8],
        "FINTIME": trade.finished,
        "SUBMITTIME": trade.finished,
        "ACCOUNT_NO": trade.account,
        "ACCOUNT_NAME": trade.name,
        "AMOUNT": str(trade.amount_fen),
        "REMARK": trade.remark,
        "RET_CODE": trade.code,
        "ERR_MSG": "见返回码",
    }


def lines(day: str, trades: list[Trade]) -> list[Trade]:
    """What a statement of this day has."""
    return [trade for trade in trades if trade.code in codes.OK and trade.finished.startswith(day)]


def statement(merchant_id: str, day: str, trades: list[Trade]) -> str:
    """The text of a statement; fees are kept of payments, and stay where a payment is given back."""
    payments = [trade for trade in trades if trade.direction == "1"]
    refunds = [trade for trade in trades if trade.direction == "0"]
    numbers = (
        len(payments),
        sum(trade.amount_fen for trade in payments),
        len(refunds),
        sum(trade.amount_fen for trade in refunds),
        FEE_FEN * len(payments),
    )
    rows = ["|".join([day, merchant_id, *map(str, numbers)])]
    for trade in trades:
        batch, sn = trade.gives_back or ("", 0)
        rows.append(
            "|".join(
                [
                    trade.batch,
                    f"{trade.sn:04d}",
                    trade.direction,
                    str(trade.amount_fen),
                    str(FEE_FEN if trade.direction == "1" else 0),
                    trade.finished,
                    trade.code,
                    trade.remark,
                    batch,
                    f"{sn:04d}" if batch else "",
                    "还款",
                ]
            )
        )
    return "\r\n".join([*rows, ""])


def zipped(text: str, day: str) -> bytes:
    """A statement's file."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{day}.txt"), text.encode("gbk"))
    return content.getvalue()


def packed(text: str, day: str) -> str:
    """A text as CONTENT has it."""
    return base64.b64encode(zipped(text, day)).decode()
