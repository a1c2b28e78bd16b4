"""When the lender takes by itself what is due: the moments of the day, and after which refusals it waits, for what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from domain.messaging.rules.quiet import QuietHours
from domain.payments.ports import ErrorCode, Retry
from domain.payments.rules.faring import is_accounts_own, is_channels_own
from domain.payments.rules.mandates import ends_mandate
from domain.shared.days import SHANGHAI, business_day

RUNS = (time(10), time(18))
"""Shanghai times of the day."""


@dataclass(frozen=True, slots=True)
class WithholdingRules:
    """The policy "withholding.rules": {"insufficient_funds_per_day": 2, "days_past_due_max": 30, "quiet_hours": {...}}.

    In the quiet hours no debit is begun.
    """

    insufficient_funds_per_day: int
    days_past_due_max: int
    quiet: QuietHours

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "WithholdingRules":
        return cls(
            int(value["insufficient_funds_per_day"]),
            int(value["days_past_due_max"]),
            QuietHours.read(value["quiet_hours"]),
        )

    def are_quiet(self, at: datetime) -> bool:
        return self.quiet.covers(at.astimezone(SHANGHAI).time())


class Hold(StrEnum):
    """Why a loan is not debited now, after debits that were refused."""

    FUNDS = "FUNDS"
    """There was not enough on the account, as often as may be tried in a day."""
    ANOTHER_DAY = "ANOTHER_DAY"
    BORROWER = "BORROWER"
    """Until he has done something: signed anew, or paid himself."""
    MANDATE = "MANDATE"
    """Nothing can be debited under it any more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A debit that was declined, in the channel's reasons, and of which account at which channel."""

    at: datetime
    code: ErrorCode
    retry: Retry
    channel: str = ""
    account: str = ""

    def concerns(self, channel: str, account: str) -> bool:
        """Whether it forbids to debit this account by this channel too.

        Another channel need not share a channel's own reasons, nor another account an account's. What is neither, such as
        a suspicion, concerns them all.
        """
        if is_channels_own(self.code):
            return channel == self.channel
        return account == self.account or not is_accounts_own(self.code)


class Elsewhere(StrEnum):
    """Where the same may be tried in the same run after a debit came to nothing."""

    CHANNEL = "CHANNEL"
    """By another channel."""
    ACCOUNT = "ACCOUNT"
    """Of another account."""
    NOWHERE = "NOWHERE"


def elsewhere(code: ErrorCode) -> Elsewhere:
    """Where it may be, after a debit was declined for this reason.

    An account without money is not tried again by another channel. RISK and what says nothing go nowhere.
    """
    if is_channels_own(code):
        return Elsewhere.CHANNEL
    return Elsewhere.ACCOUNT if code is ErrorCode.INSUFFICIENT_FUNDS else Elsewhere.NOWHERE


def moment_of(at: datetime) -> datetime:
    """The run an instant belongs to: the last one not after it. Runs made up for after an outage are one and the same."""
    return max(moment for moment in _around(at) if moment <= at)


def next_run(at: datetime) -> datetime:
    return min(moment for moment in _around(at) if moment > at)


def hold(
    refused: Iterable[Refused], *, at: datetime, rules: WithholdingRules, signed_at: datetime, acted_at: datetime
) -> Hold | None:
    """What earlier refusals of a loan's debits forbid now; None: nothing.

    `signed_at` is when the mandate was, `acted_at` when the borrower last did something about it, or paid himself. An
    account without money is tried so often a day, whatever else the channel says of it.
    """
    today, short = business_day(at), 0
    for each in refused:
        if each.code is ErrorCode.INSUFFICIENT_FUNDS:
            short += business_day(each.at) == today
        elif found := _held_by(each, today, signed_at, acted_at):
            return found
    return Hold.FUNDS if short >= rules.insufficient_funds_per_day else None


def _held_by(refused: Refused, today: date, signed_at: datetime, acted_at: datetime) -> Hold | None:
    if ends_mandate(refused.code, refused.retry):
        return Hold.MANDATE if refused.at >= signed_at else None
    if refused.retry is Retry.AFTER_USER_ACTION:
        return Hold.BORROWER if refused.at >= acted_at else None
    return Hold.ANOTHER_DAY if business_day(refused.at) >= today else None


def _around(at: datetime) -> list[datetime]:
    today = business_day(at)
    days = (today - timedelta(days=1), today, today + timedelta(days=1))
    return [datetime.combine(day, moment, SHANGHAI) for day in days for moment in RUNS]
