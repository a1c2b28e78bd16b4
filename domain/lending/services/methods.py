"""Loans whose repayment method no package provides here: they wait for it, everybody is told, and nobody else waits."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.queries import methods as queries
from domain.lending.queries.methods import Waiting
from domain.lending.rules.methods import methods

log = structlog.get_logger()


async def unusable_versions(session: AsyncSession) -> Sequence[UUID]:
    """The product versions whose loans cannot be replayed in this process."""
    return await queries.versions_of_others(session, [method.code for method in methods()])


async def tell_who_waits(session: AsyncSession) -> Sequence[Waiting]:
    """The running loans that wait for a package, by method; an error in the log for each."""
    versions = await unusable_versions(session)
    if not versions:
        return ()
    waiting = await queries.running_of(session, versions)
    for each in waiting:
        log.error(
            "lending.method_missing",
            method=each.method,
            loans=each.loans,
            first=each.first,
            mend="install the package that provides the method, and start again",
        )
    return waiting
