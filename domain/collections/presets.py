"""What a lender may choose from: collection strategies, and the contact rules of the law and the trade, as data.

Policy names a strategy or spells one out. A preset is never changed: another way of doing it gets another name, so that a
decision can be re-run under the policy of its day.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]

_TELL: Data = {
    "dpd_from": 1,
    "dpd_to": 3,
    "action": "SMS",
    "channel": "SMS",
    "assignee": "SYSTEM",
    "max_per_day": 1,
    "requires": [],
    "priority": 0,
}
_CALL: Data = {
    "dpd_from": 4,
    "dpd_to": 4,
    "action": "CALL",
    "channel": "CALL",
    "assignee": "QUEUE",
    "max_per_day": 6,
    "requires": ["NO_OPEN_PROMISE"],
    "priority": 1,
}
# From here on the case is red: what was routine is called first.
_CALL_FIRST: Data = {**_CALL, "dpd_from": 5, "dpd_to": None, "priority": 2}
_LOCATE: Data = {
    **_CALL,
    "dpd_from": 30,
    "dpd_to": None,
    "action": "LOCATE",
    "max_per_day": 2,
    "requires": ["NO_OPEN_PROMISE", "UNREACHABLE"],
    "priority": 1,
}

STRATEGIES: Mapping[str, Sequence[Data]] = {
    "standard": (_TELL, _CALL, _CALL_FIRST, _LOCATE),
    # No third person, ever.
    "strict": (_TELL, _CALL, _CALL_FIRST),
}

CN_GBT_45251: Data = {
    "code": "cn_gbt_45251",
    "source": "GB/T 45251-2025",
    "rest": {"from": "22:00", "to": "08:00"},
    "effective_calls_per_day": 3,
    "unanswered_per_day": None,
    # "Cannot be reached": some failure must be on record; how many, the guideline of the banks says.
    "third_person": {"failed_in_a_row": 1, "invalid_number": True},
}
CN_CBA_2026: Data = {
    "code": "cn_cba_2026",
    "source": "China Banking Association, guideline of January 2026 (trial)",
    "rest": {"from": "22:00", "to": "08:00"},
    "effective_calls_per_day": None,
    "unanswered_per_day": 6,
    "third_person": {"failed_in_a_row": 3, "invalid_number": True},
}
