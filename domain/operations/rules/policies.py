"""The policies there are: what each of them says, in which shape and unit, and where it is gone by.

A value is read here by the same function that reads it where it is gone by, so that none is entered which cannot be.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from domain.collections.presets import STRATEGIES
from domain.collections.rules import packs, strategy
from domain.lending.rules.quoting import Ceiling
from domain.lending.rules.reminding import stages
from domain.lending.rules.withholding import WithholdingRules
from domain.messaging.rules.quiet import QuietHours
from domain.payments.rules.batching import MOST, Batching
from domain.payments.rules.pricing import NAME as ROUTING
from domain.payments.rules.pricing import RoutingRules
from domain.shared.money import MOST_FEN

Read = Callable[[Any], object]
"""Raises ValueError, with a reason, for a value that cannot be gone by."""

FARTHEST_REMINDER = 30
LONGEST_CODE = 60
LONGEST_LENDER = 40
REFUNDED_BY_ITSELF = ("DOUBLE", "WRONG_AMOUNT", "LOAN_CANNOT_TAKE_IT", "REPAYMENT_REVERSED")
"""Reasons for which money may go back without a person; for the others nobody knows to whom, or how much of what."""
_UNSTORABLE = re.compile(r"\\u(0000|d[89a-f])")
"""What JSON can say and no database can hold, as an ASCII encoder writes it."""
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: its shape in words, the unit of its figures, and what is decided by it."""

    name: str
    shape_en: str
    shape_zh: str
    unit: str
    used_in: str
    read: Read

    def why_not(self, value: Any) -> str | None:
        """Why a value cannot be gone by; None if it can."""
        try:
            text = json.dumps(value, allow_nan=False)
            if len(text) > LONGEST or _UNSTORABLE.search(text):
                return "it is too long, or has letters that cannot be kept"
            self.read(value)
        except InvalidOperation:
            return "a number in it is none"
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return str(error) or type(error).__name__
        return None


def _whole(lowest: int, highest: int) -> Read:
    def read(value: Any) -> int:
        if type(value) is not int or not lowest <= value <= highest:
            raise ValueError(f"a whole number from {lowest} to {highest} is wanted")
        return value

    return read


def _keys(value: Any, needed: Collection[str], optional: Collection[str] = ()) -> Mapping[str, Any]:
    facts = cast("dict[str, Any]", value if isinstance(value, dict) else {})
    if not set(needed) <= set(facts) <= {*needed, *optional}:
        raise ValueError(f"an object with {', '.join(needed)} is wanted")
    return facts


def _different(value: Any, kind: type) -> list[Any]:
    listed = cast("list[Any]", value) if isinstance(value, list) else [None]
    if any(type(each) is not kind for each in listed):
        raise ValueError(f"a list of {'texts' if kind is str else 'whole numbers'} is wanted")
    if len(set(listed)) < len(listed):
        raise ValueError("something is in it twice")
    return listed


def _ceiling(value: Any) -> Ceiling:
    facts = _keys(value, ("measure", "limit"), ("paths",))
    if not isinstance(facts["limit"], str) or not 0 < Decimal(facts["limit"]) <= 1:
        raise ValueError('the limit is a text such as "0.24", above 0 and up to 1')
    if "paths" in facts and not _different(facts["paths"], str):
        raise ValueError("at least one path is wanted")
    return Ceiling.read(facts, "")


def _lender(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_LENDER or not value.isprintable():
        raise ValueError(f"a name of 1 to {LONGEST_LENDER} characters on one line is wanted")
    return value


def _codes(value: Any) -> list[str]:
    codes = _different(value, str)
    if any(not 0 < len(code.strip()) <= LONGEST_CODE for code in codes):
        raise ValueError(f"a code has 1 to {LONGEST_CODE} characters")
    return codes


def _refunded(value: Any) -> list[str]:
    reasons = _different(value, str)
    if unknown := set(reasons) - set(REFUNDED_BY_ITSELF):
        raise ValueError(f"{', '.join(sorted(unknown))} needs a person")
    return reasons


def _offsets(value: Any) -> list[int]:
    offsets = _different(value, int)
    stages(offsets, date(2026, 1, 1))
    if any(offset < -FARTHEST_REMINDER for offset in offsets):
        raise ValueError(f"nobody is reminded more than {FARTHEST_REMINDER} days before")
    return offsets


def _hours(value: Any) -> QuietHours:
    facts = _keys(value, ("from", "to"))
    for text in facts.values():
        if not isinstance(text, str) or time.fromisoformat(text).strftime("%H:%M") != text:
            raise ValueError('an hour is a text such as "22:00"')
    return QuietHours.read(facts)


def _withholding(value: Any) -> WithholdingRules:
    facts = _keys(value, ("insufficient_funds_per_day", "days_past_due_max", "quiet_hours"))
    _whole(1, 10)(facts["insufficient_funds_per_day"])
    _whole(0, 3650)(facts["days_past_due_max"])
    _hours(facts["quiet_hours"])
    return WithholdingRules.read(facts)


def _batching(value: Any) -> Batching:
    facts = _keys(value, ("least", "most"))
    _whole(2, MOST)(facts["least"])
    _whole(1, MOST)(facts["most"])
    return Batching.read(facts)


def _days(name: str, most: int, used_in: str) -> Policy:
    return Policy(name, f"a whole number from 1 to {most}", f"1 至 {most} 的整数", "days", used_in, _whole(1, most))


def _sum(name: str, used_in: str) -> Policy:
    return Policy(name, "a whole number of fen", "以分为单位的整数", "fen", used_in, _whole(0, MOST_FEN))


POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(
            "lending.cost_ceiling",
            'an object: "measure" NOMINAL, EFFECTIVE, SIMPLE or STRICTEST; "limit" such as "0.24"; "paths" a list of '
            "ON_TIME, LATE, PREPAID",
            '对象："measure" 为 NOMINAL、EFFECTIVE、SIMPLE 或 STRICTEST，"limit" 例如 "0.24"，"paths" 为 '
            "ON_TIME、LATE、PREPAID 的列表",
            "a rate a year",
            "products as they are laid down, quotes, applications",
            _ceiling,
        ),
        Policy(
            "lending.lender",
            f"a text of 1 to {LONGEST_LENDER} characters: the lender's name, as it signs",
            f"1 至 {LONGEST_LENDER} 个字符的文本：贷款人签约名称",
            "a name",
            "contracts, statements and settlement certificates",
            _lender,
        ),
        _sum("lending.exposure_cap_fen", "applications: what one person may owe in all"),
        Policy(
            "lending.refused_purposes",
            "a list of codes, such as SECURITIES",
            "代码列表，例如 SECURITIES",
            "codes",
            "applications",
            _codes,
        ),
        _days("collections.warn_after_days", 3650, "the severity of a loan: WARN from this day past due on"),
        _days("collections.red_after_days", 3650, "the severity of a loan: RED from this day past due on"),
        Policy(
            "collections.strategy",
            f"{' or '.join(STRATEGIES)}, or a list of steps",
            f"{' 或 '.join(STRATEGIES)}，或步骤列表",
            "days past due",
            "what is done for an overdue loan on which day",
            strategy.read,
        ),
        Policy(
            "collections.contact_packs",
            "a list of packs of contact rules",
            "联系规则包列表",
            "contacts a day",
            "the guard that decides on every contact",
            packs.read,
        ),
        _days("collections.promise_max_days", 365, "promises to pay: how many days ahead"),
        Policy(
            "reminders.offsets",
            f"a list of whole numbers from -{FARTHEST_REMINDER} to 0",
            f"-{FARTHEST_REMINDER} 至 0 的整数列表",
            "days from the due date",
            "reminders of what falls due",
            _offsets,
        ),
        Policy(
            "messaging.quiet_hours",
            'an object: "from" such as "22:00", "to" such as "08:00"',
            '对象："from" 例如 "22:00"，"to" 例如 "08:00"',
            "hours of the day in Shanghai",
            "reminders: held back in these hours",
            _hours,
        ),
        _days("inbox.unproven_kept_days", 3650, "how long notices whose signature did not hold can be looked at"),
        _days("outbox.kept_days", 3650, "how long deliveries can be looked at"),
        _days("sources.raw_kept_days", 3650, "how long what sources said is kept in full"),
        Policy(
            "identity.face_min_score_millis",
            "a whole number from 0 to 1000",
            "0 至 1000 的整数",
            "thousandths",
            "whether two faces are one person's",
            _whole(0, 1000),
        ),
        Policy(
            "withholding.rules",
            'an object: "insufficient_funds_per_day" such as 2, "days_past_due_max" such as 30, and "quiet_hours" with '
            '"from" and "to"',
            '对象："insufficient_funds_per_day" 例如 2，"days_past_due_max" 例如 30，"quiet_hours" 含 "from" 与 "to"',
            "tries a day, days past due, hours",
            "when what is due is debited",
            _withholding,
        ),
        Policy(
            "withholding.batches",
            f'an object: "least" from 2 and "most" from 1, both up to {MOST}; with "most" 1 nothing goes together',
            f'对象："least" 不小于 2，"most" 不小于 1，均不大于 {MOST}；"most" 为 1 时逐笔代扣',
            "debits",
            "which debits go to a channel in one request, where it takes batches",
            _batching,
        ),
        _sum("mandates.cap_fen", "mandates as they are signed: what one debit may take"),
        Policy(
            "payments.auto_refund",
            f"a list of {', '.join(REFUNDED_BY_ITSELF)}",
            f"{'、'.join(REFUNDED_BY_ITSELF)} 的列表",
            "reasons",
            "which money on the work list goes back by itself",
            _refunded,
        ),
        Policy(
            ROUTING,
            'an object: "half_life_hours" such as 24; "failure_costs_fen"; "prior" with "good" and "bad" such as "9"; '
            '"default" and, by code, "channels" with "fee" ("per_mille" such as "6", "fixed_fen", "least_fen", "most_fen"), '
            '"maintenance" (a list of "from" and "to", such as "23:30" or "2026-11-22T01:00") and "limits" ("payment_fen", '
            '"borrower_day_fen")',
            '对象："half_life_hours" 例如 24；"failure_costs_fen"；"prior" 含 "good" 与 "bad"，例如 "9"；'
            '"default" 与按渠道代码的 "channels"，含 "fee"（"per_mille" 例如 "6"、"fixed_fen"、"least_fen"、"most_fen"）、'
            '"maintenance"（"from" 与 "to" 的列表，例如 "23:30" 或 "2026-11-22T01:00"）与 "limits"（"payment_fen"、'
            '"borrower_day_fen"）',
            "hours, fen, thousandths of a payment, Beijing time",
            "which channel a payment goes through, where nobody named one",
            RoutingRules.read,
        ),
        _days("reconciliation.days_back", 366, "for which days a missing bill is fetched"),
    )
}
