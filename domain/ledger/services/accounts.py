"""Opening the accounts of the chart."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.models import Account
from domain.ledger.rules.chart import CHART, account_named


async def ensure(session: AsyncSession, *codes: str) -> None:
    """Open the accounts that are not open yet. Raises LookupError for a code the chart does not know."""
    # Rows in one order: two that open the same accounts at once wait for each other instead of dying together.
    rows = [_row(code) for code in sorted(set(codes))]
    if rows:
        await session.execute(insert(Account).values(rows).on_conflict_do_nothing(index_elements=["code"]))


async def open_chart(session: AsyncSession) -> None:
    """Open every account there is one of; those of a channel or a funding party are opened by its first posting."""
    await ensure(session, *CHART)


def _row(code: str) -> dict[str, object]:
    account = account_named(code)
    return {
        "code": account.code,
        "name_en": account.name_en,
        "name_zh": account.name_zh,
        "kind": account.kind,
        "side": account.side,
    }
