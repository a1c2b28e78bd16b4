"""`node` and `nodes`: any thing that has an id, for whoever may see it."""

import asyncio
from typing import Annotated

import strawberry

from domain.shared.errors import DomainError
from graph.access import logged_in, query
from graph.borrowers import types as borrowers
from graph.collections import types as collections
from graph.context import Context, Info
from graph.credit import types as credit
from graph.ids import read_any
from graph.lending import loading as lending
from graph.messaging import types as messaging
from graph.node import Node, Nodes
from graph.payments import mandates
from graph.payments import types as payments
from graph.staff import types as staff

MOST = 100

NODES: Nodes = {
    **borrowers.NODES,
    **messaging.NODES,
    **staff.NODES,
    **credit.NODES,
    **lending.NODES,
    **payments.NODES,
    **mandates.NODES,
    **collections.NODES,
}


class TooManyIds(DomainError):
    code = "TOO_MANY_IDS"
    english = "At most {most} ids at once; ask for the rest in another request."
    chinese = "一次最多查询 {most} 个 id，其余请另行查询。"


@strawberry.type
class NodesQuery:
    @query(logged_in, "The thing with this id; null if there is none, or if it is nobody's business of the asker.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        return await _found(info.context, id)

    @query(logged_in, "Things by their ids, in that order; null in place of one that cannot be seen.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids, at most 100.")],
    ) -> list[Node | None]:
        if len(ids) > MOST:
            raise TooManyIds(most=MOST, fields=("ids",))
        return list(await asyncio.gather(*(_found(info.context, one) for one in ids)))


async def _found(context: Context, id: str) -> Node | None:
    try:
        kind, key = read_any(id)
        return await NODES[kind](context, key) if kind in NODES else None
    except (ValueError, DomainError):
        # Why not is not told: whether somebody else's thing exists is nobody's business.
        return None
