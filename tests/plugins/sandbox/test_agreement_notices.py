"""Whatever becomes of the notices that an agreement was signed or ended: nothing is debited that Alipay would not debit."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.borrowers.models import Profile
from domain.payments import queries
from domain.payments.flows import mandates as flows
from domain.payments.models import Mandate
from domain.payments.rules.mandates import MandateStatus
from domain.payments.services import mandates
from domain.shared.crypto import Keyring
from domain.shared.db import make_engine, make_sessions
from domain.shared.inbox import InboxRow, InboxState
from plugins.sandbox.faults import Fault, Of
from tests.database import Servers, create_database, drop_database
from tests.domain.payments.builders import a_loan
from tests.domain.payments.mandates import Debiting, card_of
from tests.plugins.sandbox.city import ALIPAY, City, city_at

WITHHOLDING = {"withholding": True, "withholding_product": "GENERAL_WITHHOLDING"}
TOLD_IN_THE_END = (Fault.REPEAT_NOTICE, Fault.DELAY_NOTICE, Fault.FORGED_NOTICE)
BUTTONS = {"notices": "1"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
async def _city(servers: Servers, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    name = f"test_{uuid4().hex}"
    engine = make_engine(await create_database(servers, name))
    async with city_at(tmp_path_factory.mktemp("city"), make_sessions(engine, keyring), alipay=WITHHOLDING) as city:
        yield city
    await engine.dispose()
    await drop_database(servers, name)


@pytest.fixture
def city(_city: City) -> City:
    _city.house.faults.forget()
    _city.heard.clear()
    return _city


@dataclass
class Signer:
    """A borrower before the page on which he may sign, and the mandate we keep of it."""

    city: City
    mandate_id: UUID
    page: str

    async def press(self, act: str) -> None:
        """He signs or ends it; whatever is to be told within a second was told."""
        answer = await self.city.http.post(self.page, data={**BUTTONS, "act": act}, headers=JSON)
        assert answer.status_code == 200, answer.text
        await self.city.all_is_told()

    async def status(self) -> MandateStatus:
        async with self.city.sessions() as session:
            return (await session.get_one(Mandate, self.mandate_id)).status

    async def asked_about(self) -> MandateStatus:
        """What it is once a minute went by and whatever is due was asked."""
        self.city.business_time.advance(timedelta(minutes=1))
        channels = self.city.registry.ready_channels()
        async with self.city.sessions() as session:
            due = await queries.due_mandate_asks(session, self.city.business_time(), 100)
        for each in due:
            await flows.ask(self.city.sessions, self.city.clock, channels, mandate_id=each)
        return await self.status()


async def to_sign(city: City) -> Signer:
    alipay = Debiting(ALIPAY, capabilities=city.registry.capabilities(ALIPAY))
    async with city.sessions.begin() as session:
        debt = await a_loan(session)
        card = await card_of(session, debt.borrower_id)
        (await session.get_one(Profile, card.profile_id)).real_name_at = city.business_time()
        made = await mandates.request(
            session, borrower_id=debt.borrower_id, bank_card_id=None, channel=alipay, at=city.business_time()
        )
    begun = await flows.begin(city.sessions, city.clock, city.registry.channel(ALIPAY), mandate_id=made.id)
    assert begun.action is not None
    page = await city.http.get(begun.action["url"], follow_redirects=True)
    return Signer(city, made.id, str(page.url))


def said(city: City, fault: Fault) -> None:
    city.plan(ALIPAY, fault, of=Of.MANDATE, seconds=0.1 if fault is Fault.DELAY_NOTICE else None)


async def states_of(city: City) -> list[InboxState]:
    """What became of the notices, in the order they came."""
    async with city.sessions() as session:
        rows = select(InboxRow).order_by(InboxRow.id.desc()).limit(len(city.heard))
        return [row.state for row in reversed((await session.scalars(rows)).all())]


@pytest.mark.parametrize("fault", TOLD_IN_THE_END)
async def test_what_is_signed_and_ended_is_so_here_however_it_is_told(city: City, fault: Fault) -> None:
    signer = await to_sign(city)
    said(city, fault)
    await signer.press("sign")
    signed = await signer.status()
    said(city, fault)
    await signer.press("unsign")

    assert (signed, await signer.status()) == (MandateStatus.ACTIVE, MandateStatus.REVOKED)
    assert city.house.faults.to_come() == []
    if fault is Fault.FORGED_NOTICE:
        refused, applied = InboxState.REFUSED, InboxState.APPLIED
        assert await states_of(city) == [refused, applied, refused, applied]


async def test_a_signature_nobody_told_us_of_is_found_by_asking(city: City) -> None:
    signer = await to_sign(city)
    said(city, Fault.LOSE_NOTICE)
    await signer.press("sign")

    assert await signer.status() is MandateStatus.AWAITING_PAGE
    assert await signer.asked_about() is MandateStatus.ACTIVE


async def test_an_end_that_is_told_before_the_signature_leaves_nothing_in_force(city: City) -> None:
    signer = await to_sign(city)
    said(city, Fault.REORDER_NOTICES)
    await signer.press("sign")
    told_of_the_signature = len(city.heard)

    await signer.press("unsign")

    assert (told_of_the_signature, len(city.heard)) == (0, 2)
    assert await signer.status() is not MandateStatus.ACTIVE
    assert await signer.asked_about() is MandateStatus.REVOKED


async def test_a_signature_that_is_told_again_after_the_end_brings_nothing_back(city: City) -> None:
    signer = await to_sign(city)
    await signer.press("sign")
    await signer.press("unsign")
    (told, _) = city.heard

    repeated = await city.http.post(f"{city.url}{told.path}", content=told.body, headers=dict(told.headers.items()))

    assert repeated.content == b"success"
    assert await signer.status() is MandateStatus.REVOKED


async def test_an_end_nobody_told_us_of_is_found_when_it_is_asked_about(city: City) -> None:
    signer = await to_sign(city)
    await signer.press("sign")
    said(city, Fault.LOSE_NOTICE)
    await signer.press("unsign")
    assert await signer.status() is MandateStatus.ACTIVE

    async with city.sessions.begin() as session:
        await mandates.suspend(session, mandate_id=signer.mandate_id, at=city.business_time())

    assert await signer.asked_about() is MandateStatus.REVOKED
