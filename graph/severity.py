"""How pressing a loan is, by the policy of the day."""

from domain.collections.rules.severity import Severity, severity
from domain.shared import policy
from graph.context import Context
from graph.enums import described

described(
    Severity,
    "How pressing a loan is.",
    {"NORMAL": "Nothing is past due.", "WARN": "It is past due.", "RED": "It is past due for long: call first."},
)


async def severity_of(context: Context, days: int) -> Severity:
    """The severity after so many days past due, by the thresholds in force today."""
    thresholds = context.kept.get("severity")
    if thresholds is None:
        async with context.reading() as (session, _):
            today = await context.today()
            thresholds = (
                await policy.value(session, "collections.warn_after_days", on=today),
                await policy.value(session, "collections.red_after_days", on=today),
            )
        context.kept["severity"] = thresholds
    return severity(days, warn_after=thresholds[0], red_after=thresholds[1])
