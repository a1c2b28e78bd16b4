"""The one schema: the contexts' fields put together, its scalars, its refusals, its limits."""

import strawberry
from strawberry.extensions import DisableIntrospection, MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
from strawberry.schema.config import StrawberryConfig

from graph.borrowers.mutations import BorrowersMutation
from graph.borrowers.queries import BorrowersQuery
from graph.collections.mutations import CollectionsMutation
from graph.collections.queries import CollectionsQuery
from graph.credit.mutations import CreditMutation
from graph.credit.queries import CreditQuery
from graph.faults import Faults
from graph.ledger.queries import LedgerQuery
from graph.lending.mutations import LendingMutation
from graph.lending.queries import LendingQuery
from graph.nodes import NodesQuery
from graph.operations.mutations import OperationsMutation
from graph.operations.queries import OperationsQuery
from graph.payments.mutations import PaymentsMutation
from graph.payments.queries import PaymentsQuery
from graph.problems import ProblemHandler
from graph.scalars import SCALARS
from graph.staff.mutations import StaffMutation
from graph.staff.queries import StaffQuery

MAX_DEPTH = 12
MAX_ALIASES = 30
MAX_TOKENS = 2000


@strawberry.type(description="What can be asked.")
class Query(
    BorrowersQuery,
    CreditQuery,
    LendingQuery,
    PaymentsQuery,
    CollectionsQuery,
    LedgerQuery,
    StaffQuery,
    OperationsQuery,
    NodesQuery,
):
    pass


@strawberry.type(description="What can be done: each one business act.")
class Mutation(
    BorrowersMutation,
    CreditMutation,
    LendingMutation,
    PaymentsMutation,
    CollectionsMutation,
    StaffMutation,
    OperationsMutation,
):
    pass


def make_schema(*, introspection: bool = True, in_order: bool = False) -> strawberry.Schema:
    """The schema. Without introspection nothing is told of it by suggestions either.

    `in_order` sorts it, to be printed: a sorted schema cannot tell the types of a union apart when it runs.
    """
    limits = [
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: MaxAliasesLimiter(max_alias_count=MAX_ALIASES),
        lambda: QueryDepthLimiter(max_depth=MAX_DEPTH),
    ]
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        extensions=[*limits, Faults, *([] if introspection else [DisableIntrospection])],
        exception_handlers=[ProblemHandler()],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=in_order, disable_field_suggestions=not introspection),
    )
