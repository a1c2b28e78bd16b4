"""The people of a run: each has a phone that rings in the sandbox, a card, one loan that runs, and logs in by password."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard, Borrower, CardStatus, Profile
from domain.lending.models import LoanProduct, ProductVersion
from domain.shared import passwords
from domain.shared.crypto import Keyring, keyring_of
from domain.shared.days import add_months
from domain.shared.db import Sessions
from graph.ids import global_id
from suidai.demo.person import Person, somebody
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import running_loan
from tests.journeys.chaos.plan import Loan, Plan

PRODUCT = "SUIDAI_EQUAL"
PASSWORD = "chaos-of-the-run-1"


@dataclass(frozen=True, slots=True)
class Resident:
    """A borrower as the doors know him."""

    n: int
    person: Person
    loan_id: str
    card_id: str
    may_be_debited: bool


async def founded(sessions: Sessions, plan: Plan, first_day: date, at: datetime) -> list[Resident]:
    """Let everybody move in, with the loans of the plan, paid out a month before their first due date."""
    dice = Random(plan.seed)
    password_hash = await passwords.hashed(PASSWORD)
    residents: list[Resident] = []
    for n, loan in enumerate(plan.loans):
        async with sessions.begin() as session:
            residents.append(await _moves_in(session, n, loan, somebody(dice), password_hash, first_day, at))
    return residents


async def _moves_in(
    session: AsyncSession, n: int, wanted: Loan, person: Person, password_hash: str, first_day: date, at: datetime
) -> Resident:
    of_product = select(ProductVersion).join(LoanProduct, LoanProduct.id == ProductVersion.product_id)
    version = (await session.scalars(of_product.where(LoanProduct.code == PRODUCT))).one()
    due_on = date.fromordinal(first_day.toordinal() + wanted.due)
    terms = terms_like(principal_fen=wanted.principal_fen, terms=wanted.terms, value_date=add_months(due_on, -1))
    loan = await running_loan(session, terms, at=at, version_id=version.id)
    borrower = await session.get_one(Borrower, loan.borrower_id)
    card = await session.get_one(BankCard, loan.bank_card_id)
    profile = await session.get_one(Profile, card.profile_id)
    _dress(keyring_of(session), borrower, profile, card, person, wanted.card_ending)
    profile.real_name_at = at
    borrower.password_hash = password_hash
    await session.flush()
    return Resident(
        n, person, global_id("Loan", loan.id), global_id("BankCard", card.id), wanted.card_ending is not None
    )


def _dress(
    keyring: Keyring, borrower: Borrower, profile: Profile, card: BankCard, person: Person, ending: str | None
) -> None:
    borrower.data_key = keyring.new_data_key()
    box = borrower.box(keyring)
    number = person.card_number[:-4] + (ending or person.card_number[-4:])
    borrower.phone_sealed, borrower.phone_index = box.seal("phone", person.phone), keyring.index("phone", person.phone)
    profile.name_sealed = box.seal("name", person.name)
    profile.id_number_sealed = box.seal("id_number", person.id_number)
    card.status, card.last4 = CardStatus.BOUND, number[-4:]
    card.card_number_sealed, card.phone_sealed = box.seal("card_number", number), box.seal("phone", person.phone)
    card.token_sealed = box.seal("token", "token-of-the-card")
