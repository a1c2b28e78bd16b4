"""What a database starts with, and what one of an earlier release is given."""

from sqlalchemy import delete, func, select, text, update

from domain.lending.models import LoanProduct
from domain.messaging.models import MessageTemplate
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from domain.staff.models import StaffMember
from suidai.seed import POLICY, seed


async def count(sessions: Sessions, model: type) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_an_empty_database_gets_everything_once(steps: Sessions) -> None:
    assert await seed(steps, with_staff=True)
    first = [await count(steps, model) for model in (PolicyValue, MessageTemplate, LoanProduct, StaffMember)]

    assert not await seed(steps, with_staff=True)

    again = [await count(steps, model) for model in (PolicyValue, MessageTemplate, LoanProduct, StaffMember)]
    assert first == again
    assert first[0] == len(POLICY)
    assert all(first)


async def test_a_database_of_an_earlier_release_gets_what_it_lacks_and_keeps_what_it_has(steps: Sessions) -> None:
    await seed(steps, with_staff=False)
    async with steps.begin() as session:
        # An earlier release let them be changed; this test is such a release.
        await session.execute(text("ALTER TABLE policy_values DISABLE TRIGGER append_only"))
        await session.execute(delete(PolicyValue).where(PolicyValue.name == "collections.strategy"))
        await session.execute(delete(MessageTemplate).where(MessageTemplate.code == "REFUND_SENT"))
        lenders = update(PolicyValue).where(PolicyValue.name == "collections.red_after_days")
        await session.execute(lenders.values(value=9))
        await session.execute(text("ALTER TABLE policy_values ENABLE TRIGGER append_only"))

    assert await seed(steps, with_staff=True)

    async with steps() as session:
        policies = {row.name: row.value for row in await session.scalars(select(PolicyValue))}
        wordings = set(await session.scalars(select(MessageTemplate.code)))
    assert policies["collections.red_after_days"] == 9
    assert "collections.strategy" in policies
    assert "REFUND_SENT" in wordings
    assert await count(steps, LoanProduct) == 4
    assert await count(steps, StaffMember) == 0
