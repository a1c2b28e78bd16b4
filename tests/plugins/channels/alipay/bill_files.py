"""Bills as Alipay writes them, for tests to spoil."""

import zipfile
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from suidai.contract import BillFile, BillKind

FOLDER = Path(__file__).parents[3] / "vectors" / "channels" / "bills"
DAY = date(2026, 11, 20)
DETAILS = "20880000000000010156_20261120_业务明细.csv"
SUMMARY = "20880000000000010156_20261120_业务明细(汇总).csv"
MOVES = "20880000000000010156_20261120_账务明细.csv"

FUND_HEADER = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,"
    "收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注"
)


def vector() -> dict[str, str]:
    """The tables of the day's vector, by their names."""
    with zipfile.ZipFile(FOLDER / "alipay_20880000000000010156_20261120.csv.zip") as archive:
        return {
            entry.filename.encode("cp437").decode("gbk"): archive.read(entry).decode("gb18030")
            for entry in archive.infolist()
        }


def zipped(tables: dict[str, str | bytes]) -> bytes:
    """Tables in a zip, their names in GBK without the UTF-8 flag."""
    file = BytesIO()
    # zipfile marks every name that is not ASCII as UTF-8, so the names are written in afterwards.
    stand_ins = {name: f"{number:x}".rjust(len(name.encode("gbk")), "@") for number, name in enumerate(tables)}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables.items():
            archive.writestr(stand_ins[name], table.encode("gb18030") if isinstance(table, str) else table)
    content = file.getvalue()
    for name, stand_in in stand_ins.items():
        content = content.replace(stand_in.encode(), name.encode("gbk"))
    return content


def bill(content: bytes, *, kind: BillKind = BillKind.TRADE, day: date | None = DAY) -> BillFile:
    return BillFile(content, "alipay.csv.zip", sha256(content).hexdigest(), kind, day)


def changed(old: str, new: str, *, table: str = DETAILS) -> BillFile:
    """The vector with one text replaced by another."""
    tables = vector()
    assert old in tables[table]
    return bill(zipped({**tables, table: tables[table].replace(old, new)}))


def fund_table(rows: list[str], income: str = "1笔，共100.00元", expense: str = "0笔，共0.00元") -> str:
    lines = [
        "#支付宝账务明细查询",
        "#账号：[20880000000000010156]",
        "#起始日期：[2026年11月20日 00:00:00]   终止日期：[2026年11月21日 00:00:00]",
        "#-----------------------------------------账务明细列表----------------------------------------",
        FUND_HEADER,
        *rows,
        "#-----------------------------------------账务明细列表结束------------------------------------",
        f"#支出合计：{expense}",
        f"#收入合计：{income}",
        "#导出时间：[2026年11月21日 08:27:37]",
    ]
    return "".join(f"{line}\r\n" for line in lines)
