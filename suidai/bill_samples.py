"""Daily bills as the built-in channels get them, for `suidai channels check`: a payment and its partial refund, or nothing."""

import gzip
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO

from domain.payments.ports import BillFile
from plugins.channels.bank_withholding.bills import COLUMNS

_DAY = date(2026, 11, 20)

_ALIPAY = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
_WECHAT = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
_WECHAT_SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


@dataclass(frozen=True, slots=True)
class Bills:
    """A bill with a payment and a refund, and one of a day without a trade."""

    full: BillFile
    empty: BillFile


def alipay(seller_id: str) -> Bills:
    trade = {"支付宝交易号": "2026112022001\t", "商户订单号": "RP1\t", "商品名称": "还款"}
    times = {"创建时间": "2026-11-20 09:00:00", "完成时间": "2026-11-20 09:00:09"}
    paid = {"业务类型": "交易\t", "订单金额（元）": "100.00", "商家实收（元）": "100.00", "服务费（元）": "-0.60"}
    back = {"业务类型": "退款\t", "订单金额（元）": "-40.00", "商家实收（元）": "-40.00", "服务费（元）": "0.24"}
    back |= {"退款批次号/请求号": "RF1\t"}
    rows = [_row(_ALIPAY, {**trade, **times, **kind}) for kind in (paid, back)]

    def table(rows: list[str], payments: str, refunds: str) -> bytes:
        lines = [
            "#支付宝业务明细查询",
            f"#账号：[{seller_id}0156]",
            "#起始日期：[2026年11月20日 00:00:00]   终止日期：[2026年11月21日 00:00:00]",
            "#------------------业务明细列表------------------",
            _ALIPAY,
            *rows,
            "#------------------业务明细列表结束------------------",
            f"#交易合计：{payments}，商家优惠共0.00元",
            f"#退款合计：{refunds}，商家优惠退款共0.00元",
        ]
        return "\r\n".join([*lines, ""]).encode("gbk")

    name = f"{seller_id}0156_20261120_业务明细.csv".encode("gbk").decode("cp437")
    full = table(rows, "1笔，商家实收共100.00元", "1笔，商家实收退款共-40.00元")
    none = table([], "0笔，商家实收共0.00元", "0笔，商家实收退款共0.00元")
    return _pair("bill.csv.zip", _zipped(name, full), _zipped(name, none))


def wechat(appid: str, mchid: str) -> Bills:
    trade = {"公众账号ID": appid, "商户号": mchid, "微信订单号": "4200002026", "商户订单号": "RP1", "货币种类": "CNY"}
    trade |= {"交易时间": "2026-11-20 09:00:09", "交易类型": "NATIVE", "代金券金额": "0.00", "商品名称": "还款,第3期"}
    paid = {
        "交易状态": "SUCCESS",
        "应结订单金额": "100.00",
        "订单金额": "100.00",
        "退款金额": "0.00",
        "申请退款金额": "0.00",
    }
    back = {
        "交易状态": "REFUND",
        "应结订单金额": "0.00",
        "订单金额": "0.00",
        "退款金额": "40.00",
        "申请退款金额": "40.00",
    }
    back |= {"微信退款单号": "5020", "商户退款单号": "RF1", "退款状态": "SUCCESS", "手续费": "-0.24000"}
    rows = ["`" + _row(_WECHAT, {**trade, "手续费": "0.60000", **kind}, ",`") for kind in (paid, back)]

    def table(rows: list[str], sums: str) -> bytes:
        return gzip.compress("\r\n".join([f"\ufeff{_WECHAT}", *rows, _WECHAT_SUMMARY, sums, ""]).encode(), mtime=0)

    full = table(rows, "`2,`100.00,`40.00,`0.00,`0.36000,`100.00,`40.00")
    return _pair("bill.csv.gz", full, table([], "`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00"))


def bank_withholding(mer_id: str) -> Bills:
    trade = {"mer_id": mer_id, "query_id": "202611200900000000001", "trans_time": "1120090009"}
    paid = {"txn_type": "11", "order_id": "WD20261120000001", "txn_amt": "000000010000", "fee": "D000000000200"}
    back = {"txn_type": "04", "order_id": "RF20261120000001", "txn_amt": "000000004000", "fee": "C000000000000"}
    paid |= {"net_amt": "C000000009800"}
    back |= {"net_amt": "D000000004000", "orig_order_id": "WD20261120000001"}
    lines = [_fixed({**trade, **kind}) for kind in (paid, back)]
    name = f"INN26112088ZM_{mer_id}"
    return _pair("bill.zip", _zipped(name, b"".join(lines)), _zipped(name, b""))


def _row(columns: str, values: Mapping[str, str], separator: str = ",") -> str:
    return separator.join(values.get(name, "") for name in columns.split(","))


def _fixed(values: Mapping[str, str]) -> bytes:
    return " ".join(values.get(name, "").ljust(width) for name, width in COLUMNS.items()).encode() + b"\r\n"


def _zipped(name: str, content: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def _pair(name: str, bill: bytes, empty: bytes) -> Bills:
    return Bills(*(BillFile(content, name, sha256(content).hexdigest(), day=_DAY) for content in (bill, empty)))
