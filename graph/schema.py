"""The one schema: the contexts' fields put together, its scalars, its refusals, its limits."""

from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, DisableIntrospection, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from typing_extensions import override

from graph.borrowers.mutations import BorrowersMutation
from graph.borrowers.queries import BorrowersQuery
from graph.collections.mutations import CollectionsMutation
from graph.collections.queries import CollectionsQuery
from graph.content.mutations import ContentMutation
from graph.content.queries import ContentQuery
from graph.credit.mutations import CreditMutation
from graph.credit.queries import CreditQuery
from graph.documents import MAX_TOKENS, Known, LooksThroughOnce, SaysWhichOperation, WithinLimits
from graph.faults import told
from graph.ledger.queries import LedgerQuery
from graph.lending.configuring import ConfiguringMutation, ConfiguringQuery
from graph.lending.methods import MethodsQuery
from graph.lending.mutations import LendingMutation
from graph.lending.papers import PapersMutation
from graph.lending.queries import LendingQuery
from graph.lending.remittances import RemittanceQuery
from graph.lending.servicing import ServicingMutation
from graph.lending.simulating import SimulatingMutation
from graph.nodes import NodesQuery
from graph.operations.decisions import DecisionsQuery
from graph.operations.mutations import OperationsMutation
from graph.operations.policies import PolicyMutation, PolicyQuery
from graph.operations.queries import OperationsQuery
from graph.payments.batches import BatchesQuery
from graph.payments.excess import ExcessMutation
from graph.payments.mutations import PaymentsMutation
from graph.payments.queries import PaymentsQuery
from graph.payments.refunds import RefundsQuery
from graph.payments.settings import ChannelSettingsMutation
from graph.payments.signing import MandatesMutation
from graph.payments.unplaced import UnplacedMutation, UnplacedQuery
from graph.problems import ProblemHandler
from graph.reconciliation.mutations import ReconciliationMutation
from graph.reconciliation.queries import ReconciliationQuery
from graph.scalars import SCALARS
from graph.staff.mutations import StaffMutation
from graph.staff.queries import StaffQuery


@strawberry.type(description="What can be asked.")
class Query(
    BorrowersQuery,
    CreditQuery,
    LendingQuery,
    ConfiguringQuery,
    MethodsQuery,
    PaymentsQuery,
    BatchesQuery,
    RefundsQuery,
    UnplacedQuery,
    CollectionsQuery,
    LedgerQuery,
    ReconciliationQuery,
    RemittanceQuery,
    StaffQuery,
    OperationsQuery,
    PolicyQuery,
    DecisionsQuery,
    ContentQuery,
    NodesQuery,
):
    pass


@strawberry.type(description="What can be done: each one business act.")
class Mutation(
    BorrowersMutation,
    CreditMutation,
    LendingMutation,
    ServicingMutation,
    SimulatingMutation,
    ConfiguringMutation,
    PapersMutation,
    PaymentsMutation,
    ChannelSettingsMutation,
    MandatesMutation,
    ExcessMutation,
    UnplacedMutation,
    CollectionsMutation,
    ReconciliationMutation,
    StaffMutation,
    OperationsMutation,
    PolicyMutation,
    ContentMutation,
):
    pass


class Schema(strawberry.Schema):
    """One whose errors say what a client may know, on whichever way they come."""

    @override
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Told in place, and not logged as the framework would: they quote what people wrote, phones and passwords too."""
        language = getattr(execution_context.context if execution_context else None, "language", "en")
        errors[:] = [told(error, language) for error in errors]

    @override
    @staticmethod
    def remove_field_suggestion(error: GraphQLError) -> None:
        """Of every kind of error, not only of a field that is not there: arguments and enum values are suggested too."""
        error.message = error.message.partition(" Did you mean")[0]


@cache
def make_schema(*, introspection: bool = True, in_order: bool = False) -> Schema:
    """The schema. Without introspection nothing is told of it by suggestions either.

    `in_order` sorts it, to be printed: a sorted schema cannot tell the types of a union apart when it runs.
    """
    known = Known()
    limits = [
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: AddValidationRules([WithinLimits]),
        lambda: LooksThroughOnce(known),
    ]
    return Schema(
        query=Query,
        mutation=Mutation,
        extensions=[*limits, SaysWhichOperation, *([] if introspection else [DisableIntrospection])],
        exception_handlers=[ProblemHandler()],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=in_order, disable_field_suggestions=not introspection),
    )
