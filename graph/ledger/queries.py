"""Looking into the books."""

from datetime import date
from typing import Annotated

import strawberry

from domain.ledger import queries
from domain.shared.actors import Role
from graph.access import query, staff
from graph.context import Info
from graph.ledger.types import LedgerAccount, TrialBalance

AsOf = Annotated[date | None, strawberry.argument(description="Through this booking date; without it all there is.")]


@strawberry.type
class LedgerQuery:
    @query(staff(Role.FINANCE), "Debits and credits of every account.")
    async def trial_balance(self, info: Info, as_of: AsOf = None) -> TrialBalance:
        async with info.context.reading() as (session, _):
            return TrialBalance.of(await queries.trial_balance(session, as_of))

    @query(staff(Role.FINANCE), "The chart of accounts with what stands in each.")
    async def ledger_accounts(self, info: Info, as_of: AsOf = None) -> list[LedgerAccount]:
        async with info.context.reading() as (session, _):
            return [LedgerAccount.of(account) for account in await queries.trial_balance(session, as_of)]
