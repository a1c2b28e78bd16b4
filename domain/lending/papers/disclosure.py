"""The cost disclosure on paper: whatever the sheet holds is printed, also what a later version of it adds."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeGuard

from domain.lending.papers.wording import NONE, Pair, Table, grouped, percent

_NAMES: Mapping[str, str] = {
    "amount": "金额（元）",
    "annualRate": "年利率",
    "annualisedCost": "正常履约情形下的年化综合融资成本",
    "ceiling": "年化成本上限",
    "contingent": "或有成本（仅在所列情形发生时收取）",
    "currency": "币种",
    "effective": "实际年化（按实际日期，复利）",
    "items": "融资成本项目",
    "measure": "与上限比较的口径",
    "method": "还款方式",
    "months": "月数",
    "name": "项目",
    "nominal": "名义年化（月内部收益率×12）",
    "path": "还款情形",
    "payee": "收取方",
    "principal": "借款本金（元）",
    "product": "产品",
    "rate": "费率",
    "received": "实际到账金额（元）",
    "simple": "单利年化（成本÷实际占用本金）",
    "source": "上限依据",
    "standard": "收取标准",
    "terms": "期限（月）",
    "totalCost": "融资成本合计（元）",
    "totalRepayment": "还款总额（元）",
    "valueDate": "测算起息日",
    "version": "明示表版本",
    "way": "收取方式",
    "when": "情形",
    "worstCase": "最不利情形下",
}
_RATES = frozenset({"annualRate", "ceiling", "effective", "nominal", "rate", "simple", "limit"})
_VALUES: Mapping[str, str] = {
    "CNY": "人民币（CNY）",
    "EFFECTIVE": "实际年化",
    "LATE": "逾期还款",
    "NOMINAL": "名义年化",
    "ON_TIME": "按期还款",
    "PREPAID": "提前还款",
    "SIMPLE": "单利年化",
}
_LONG = 20
_YUAN = re.compile(r"-?[0-9]+\.[0-9]{2}")
_RATE = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FIGURES = frozenset({"amount", "annualRate", "rate"})


def sheet_on_paper(sheet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sheet as blocks of a page, in its own order: labelled facts, tables of items, sentences on their own."""
    facts = ((key, value) for key, value in sheet.items() if _is_plain(value) and not _is_sentence(key, value))
    pairs = [_pair(_name(key), _text(key, value)) for key, value in facts]
    blocks: list[dict[str, Any]] = [{"kind": "pairs", "title": "", "pairs": pairs}]
    said: list[dict[str, Any]] = []
    for key, value in sheet.items():
        if _is_items(value):
            blocks.append({"kind": "table", "title": _name(key), "table": _table(value).laid_out()})
        elif _is_sentence(key, value):
            said.append({"kind": "said", "text": value["zh"]})
        elif not _is_plain(value):
            pairs = [_pair(name, text) for name, text in _flat(key, value)]
            blocks.append({"kind": "pairs", "title": _name(key), "pairs": pairs})
    return blocks + said


def _pair(name: str, text: str) -> dict[str, Any]:
    return Pair(name, text, wide=len(text) > _LONG).laid_out()


def _name(key: str) -> str:
    return _NAMES.get(key, key)


def _is_group(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_text(value: Any) -> TypeGuard[Mapping[str, str]]:
    """Words in Chinese, and perhaps in other languages and with a code."""
    return _is_group(value) and "zh" in value


def _is_sentence(key: str, value: Any) -> bool:
    """Words that nothing labels stand on their own."""
    return _is_text(value) and key not in _NAMES


def _is_plain(value: Any) -> bool:
    return not (_is_group(value) or _is_list(value)) or _is_text(value)


def _is_items(value: Any) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return _is_list(value) and bool(value) and all(_is_group(each) and not _is_text(each) for each in value)


def _text(key: str, value: Any) -> str:
    """A value in words: the Chinese of what has several languages, rates as a percentage, thousands set apart."""
    if _is_text(value):
        return value["zh"]
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "是" if value else "否"
    text = str(value)
    if key in _RATES and _RATE.fullmatch(text):
        return percent(Decimal(text))
    return grouped(text) if _YUAN.fullmatch(text) else _VALUES.get(text, text)


def _table(items: Sequence[Mapping[str, Any]]) -> Table:
    """A column for everything an item says; its code is for programs."""
    keys = tuple(dict.fromkeys(key for item in items for key in item if key != "code"))
    rows = tuple(tuple(_cell(key, item.get(key)) for key in keys) for item in items)
    return Table(tuple(map(_name, keys)), rows, figures=frozenset(map(_name, _FIGURES)))


def _cell(key: str, value: Any) -> str:
    return _text(key, value) if _is_plain(value) else "；".join(f"{name}：{text}" for name, text in _flat(key, value))


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Everything within, each under its name; what is nested two deep carries the name of what it is in."""
    inner: Iterable[tuple[str, Any]] = value.items() if _is_group(value) else ((key, each) for each in value)
    for name, each in inner:
        if _is_plain(each):
            yield _name(name), _text(name, each)
        else:
            yield from ((f"{_name(name)}：{deeper}", text) for deeper, text in _flat(name, each))
