"""A paper asked for: found or drafted, set between two transactions, handed out."""

import asyncio

from domain.lending.services import papers
from domain.shared.clock import Clock
from domain.shared.db import Sessions


async def request(sessions: Sessions, clock: Clock, wanted: papers.Wanted) -> papers.Ticket:
    """An address for the paper that is wanted; it is set unless there is one that says the same.

    Setting takes a processor for a moment, so it is done in a thread, with no transaction open. Raises what
    `papers.look_up` raises, and LoanMoved.
    """
    async with sessions.begin() as session:
        found = await papers.look_up(session, wanted, at=await clock.now(session))
    content = await asyncio.to_thread(found.set_on_paper) if isinstance(found, papers.Draft) else b""
    async with sessions.begin() as session:
        there = await papers.keep(session, wanted, found, content) if isinstance(found, papers.Draft) else found
        return await papers.hand_out(session, wanted, there, at=await clock.now(session))
