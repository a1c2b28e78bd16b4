"""Asking for a loan's papers; they themselves go out over plain HTTP (`graph.papers`)."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from domain.lending import models
from domain.lending.flows import papers
from domain.lending.services.papers import Ticket, Wanted
from domain.shared.actors import Actor, Role
from graph.access import borrower, mutation, staff
from graph.context import Context, Info
from graph.enums import described
from graph.ids import read_id
from graph.problems import Problem

PaperKind = models.PaperKind
described(
    PaperKind,
    "What can be had of a loan on paper.",
    {
        "CONTRACT": "The contract as it was drawn up to be signed.",
        "SIGNED_CONTRACT": "The contract as it was signed.",
        "STATEMENT": "A statement of the loan (对账单): what happened in a period, the plan, what is owed.",
        "SETTLEMENT_CERTIFICATE": "The certificate that nothing is owed any more (结清证明); of a settled loan only.",
    },
)

_reading_staff = staff(Role.REVIEWER, Role.CASHIER, Role.FINANCE, Role.ADMIN)


def _borrower_or_staff(actor: Actor) -> bool:
    """His own papers for a borrower, anybody's for whoever of the staff sees all loans."""
    return borrower(actor) or _reading_staff(actor)


@strawberry.input(description="Which paper of a loan.")
class RequestPaperInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    kind: PaperKind = strawberry.field(description="What is wanted.")
    since: date | None = strawberry.field(
        default=None, description="Of a statement: its first day; the loan's first unless said."
    )
    until: date | None = strawberry.field(default=None, description="Of a statement: its last day; today unless said.")
    purpose: str | None = strawberry.field(
        default=None, description="What staff need it for, in 2 to 500 characters; written down. Borrowers need none."
    )


@strawberry.type(description="A paper that can be fetched for five minutes.")
class Paper:
    number: str = strawberry.field(description="Its number.")
    kind: PaperKind = strawberry.field(description="What it is.")
    sha256: str = strawberry.field(description="SHA-256 of the file, in hexadecimal.")
    url: str = strawberry.field(description="GET it here, without logging in. The address is a secret.")
    expires_at: datetime = strawberry.field(description="Until when the address works, in business time.")

    @classmethod
    def of(cls, context: Context, ticket: Ticket) -> "Paper":
        return cls(
            number=ticket.number,
            kind=ticket.kind,
            sha256=ticket.sha256.hex(),
            url=f"{context.house.settings.base_url}/papers/{ticket.token.reveal()}",
            expires_at=ticket.until,
        )


@strawberry.type(description="A statement or certificate that was issued. What says the same is issued once.")
class IssuedPaper:
    number: str = strawberry.field(description="Its number.")
    kind: PaperKind = strawberry.field(description="What it is.")
    since: date | None = strawberry.field(description="Of a statement: its first day.")
    until: date | None = strawberry.field(description="Of a statement: its last day.")
    sha256: str = strawberry.field(description="SHA-256 of the file, in hexadecimal.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    stands: bool = strawberry.field(description="Whether nothing has happened to the loan since.")

    @classmethod
    def of(cls, row: models.Paper, *, last_sequence: int) -> "IssuedPaper":
        return cls(
            number=row.number,
            kind=row.kind,
            since=row.since,
            until=row.until,
            sha256=row.sha256.hex(),
            issued_at=row.issued_at,
            stands=row.sequence == last_sequence,
        )


RequestPaperResult = Annotated[
    Paper | Problem, strawberry.union("RequestPaperResult", description="Where to fetch it, or why not.")
]


@strawberry.type
class PapersMutation:
    @mutation(
        _borrower_or_staff,
        "Ask for a paper of a loan: its contract, a statement, the certificate that it is settled. Answered with an "
        "address that works for five minutes.",
    )
    async def request_paper(self, info: Info, input: RequestPaperInput) -> RequestPaperResult:
        wanted = Wanted(
            actor=info.context.actor,
            loan_id=read_id("Loan", input.loan_id, "loanId"),
            kind=input.kind,
            since=input.since,
            until=input.until,
            purpose=input.purpose,
        )
        house = info.context.house
        return Paper.of(info.context, await papers.request(house.sessions, house.clock, wanted))
