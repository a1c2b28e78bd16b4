"""What every test of a loan's life ends with."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries
from domain.lending.services import verification


async def balances(session: AsyncSession) -> dict[str, int]:
    """What stands in the accounts in which something stands."""
    return {each.code: each.balance_fen for each in await queries.trial_balance(session) if each.balance_fen}


async def the_books_hold(session: AsyncSession) -> bool:
    broken = await verification.verify(session)
    assert not broken, "\n".join(map(str, broken))
    return True
