"""People to test with, brought as far as a test needs by the same services an app would call."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import flows
from domain.borrowers.models import BankCard, Borrower, CodePurpose, ConsentPurpose, IdentityCheck, ImageKind, Relation
from domain.borrowers.ports import (
    BindCard,
    CardBinding,
    CardReading,
    CardState,
    ConfirmCard,
    FaceMatch,
    IdentityState,
    MatchFace,
    ReadCard,
)
from domain.borrowers.rules.devices import Device
from domain.borrowers.services import cards, codes, consents, contacts, employment, identity, profile, sessions, uploads
from domain.borrowers.services.contacts import ContactFacts
from domain.messaging import services as messaging
from domain.messaging.models import Message
from domain.shared.clock import Clock
from domain.shared.crypto import keyring_of
from domain.shared.db import Sessions
from domain.shared.logins import LoggedIn
from domain.shared.outcome import done
from domain.shared.policy import PolicyValue
from domain.shared.secret import SecretStr

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""
PHONE = "13800001234"
OTHER_PHONE = "13900005678"
NAME = "王小明"
CARD_NUMBER = "6222020000000000000"
DEVICE = Device(device_id="a-device", model="Pixel 9", geohash="wx4g0ec1", ip="203.0.113.77")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def id_number(born: str = "19900101", order: int = 1, region: str = "110101") -> str:
    """A number whose check digit holds."""
    body = f"{region}{born}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


ID_NUMBER = id_number()


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(written, kind)
    return written.getvalue()


@dataclass
class Hands:
    """The clock of a test: it stands still until the test moves it."""

    now: datetime = NOW
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(movable=False, real=lambda: self.now)

    def wait(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


@dataclass
class Register:
    """An identity provider that says what it is told to; None: it breaks. Remembers what it was asked."""

    reading: CardReading | None = None
    match: FaceMatch | None = None
    known: CardReading | FaceMatch | None = None
    sent: list[ReadCard | MatchFace] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    code: str = "fake"

    async def read_card(self, request: ReadCard) -> CardReading:
        self.sent.append(request)
        return _or_break(self.reading)

    async def match_face(self, request: MatchFace) -> FaceMatch:
        self.sent.append(request)
        return _or_break(self.match)

    async def query_card(self, ref: str) -> Any:
        self.asked.append(ref)
        return _or_break(self.known)

    query_face = query_card


@dataclass
class Bank:
    """A card verifier that says what it is told to; None: it breaks. Remembers what it was asked."""

    begun: CardBinding | None = None
    confirmed: CardBinding | None = None
    known: CardBinding | None = None
    unbound: CardBinding | None = None
    asked: list[Any] = field(default_factory=list)
    code: str = "fake"

    async def begin(self, request: BindCard) -> CardBinding:
        self.asked.append(request)
        return _or_break(self.begun)

    async def confirm(self, request: ConfirmCard) -> CardBinding:
        self.asked.append(request)
        return _or_break(self.confirmed)

    async def query(self, ref: str) -> CardBinding:
        self.asked.append(("query", ref))
        return _or_break(self.known)

    async def unbind(self, ref: str) -> CardBinding:
        self.asked.append(("unbind", ref))
        return _or_break(self.unbound)


def _or_break(answer: Any) -> Any:
    if answer is None:
        raise ConnectionResetError("the line broke")
    return answer


def reading(name: str = NAME, number: str = ID_NUMBER, **more: Any) -> CardReading:
    return CardReading(
        IdentityState.MATCHED, SecretStr(name), SecretStr(number), SecretStr("北京市东城区某街一号"), **more
    )


MATCH = FaceMatch(IdentityState.MATCHED, score=97, provider_ref="R-1")
SMS_SENT = CardBinding(CardState.SMS_SENT)
BOUND = CardBinding(CardState.BOUND, token=SecretStr("token-of-the-card"), bank="ICBC")


async def set_up(session: AsyncSession) -> None:
    """The policies and wordings borrowers rely on."""
    for name, value in {
        "identity.face_min_score_millis": 800,
        "messaging.quiet_hours": {"from": "22:00", "to": "08:00"},
    }.items():
        row = PolicyValue(name=name, value=value, source=f"the test's {name}", effective_from=date(2020, 1, 1))
        session.add(row)
    await messaging.install_templates(session, at=NOW)


async def last_code(session: AsyncSession) -> str:
    """The code in the message that was queued last."""
    message = (await session.scalars(select(Message).order_by(Message.id.desc()).limit(1))).one()
    return messaging._params(session, message)["code"]


async def code_for(session: AsyncSession, purpose: CodePurpose, *, phone: str = PHONE, at: datetime = NOW) -> str:
    await codes.request(session, phone=phone, purpose=purpose, at=at)
    return await last_code(session)


async def registered(
    session: AsyncSession, *, phone: str = PHONE, at: datetime = NOW, password: str | None = None
) -> LoggedIn:
    code = await code_for(session, CodePurpose.REGISTER, phone=phone, at=at)
    return done(
        await sessions.register(session, phone=phone, code=code, password=password, device=DEVICE, at=at, now=at)
    )


async def borrower(session: AsyncSession, *, phone: str = PHONE, at: datetime = NOW) -> Borrower:
    logged_in = await registered(session, phone=phone, at=at)
    return await session.get_one(Borrower, logged_in.actor.id)


async def uploaded(session: AsyncSession, person: UUID, kind: ImageKind, *, at: datetime = NOW) -> UUID:
    ticket = await uploads.request(session, borrower_id=person, kind=kind, at=at)
    return (await uploads.store(session, token=ticket.token.reveal(), content=picture(), at=at)).id


async def submitted(session: AsyncSession, person: UUID, *, at: datetime = NOW) -> IdentityCheck:
    """His identity card, waiting to be read."""
    return await identity.submit(
        session,
        borrower_id=person,
        front_image_id=await uploaded(session, person, ImageKind.ID_FRONT, at=at),
        back_image_id=await uploaded(session, person, ImageKind.ID_BACK, at=at),
        provider="fake",
        at=at,
    )


async def face_submitted(session: AsyncSession, person: UUID, *, at: datetime = NOW) -> IdentityCheck:
    """His face, waiting to be compared; consented to."""
    await consented(session, person, ConsentPurpose.FACE, at=at)
    image = await uploaded(session, person, ImageKind.FACE, at=at)
    return await identity.verify_face(session, borrower_id=person, image_id=image, provider="fake", at=at)


async def consented(session: AsyncSession, person: UUID, *purposes: ConsentPurpose, at: datetime = NOW) -> None:
    for purpose in purposes:
        await consents.grant(session, borrower_id=person, purpose=purpose, text_version="2026-01", at=at)


async def employed(session: AsyncSession, person: UUID, *, at: datetime = NOW) -> None:
    await employment.save(session, borrower_id=person, employer="某某公司", monthly_pay_fen=1_500_000, at=at)


def friend(phone: str = "13700001111", name: str = "李四") -> ContactFacts:
    return ContactFacts(Relation.FRIEND, name, phone)


async def with_contacts(session: AsyncSession, person: UUID, *, at: datetime = NOW) -> None:
    named = [friend(), friend("13700002222", "赵五")]
    await contacts.save(session, borrower_id=person, contacts=named, at=at)


async def registered_in(made: Sessions, *, phone: str = PHONE, at: datetime = NOW) -> UUID:
    """A registered borrower on a database that has nothing yet, for tests with several connections."""
    async with made.begin() as session:
        if await session.scalar(select(PolicyValue).limit(1)) is None:
            await set_up(session)
        return (await borrower(session, phone=phone, at=at)).id


async def proven_in(made: Sessions, hands: Hands, *, phone: str = PHONE, number: str = ID_NUMBER) -> UUID:
    """A borrower whose card and face matched and whose profile says what the card says."""
    person = await registered_in(made, phone=phone, at=hands.now)
    register = Register(reading(number=number), MATCH)
    async with made.begin() as session:
        check = await submitted(session, person, at=hands.now)
    await flows.run_check(made, hands.clock, register, check_id=check.id)
    async with made.begin() as session:
        check = await face_submitted(session, person, at=hands.now)
    await flows.run_check(made, hands.clock, register, check_id=check.id)
    async with made.begin() as session:
        await profile.save(session, borrower_id=person, at=hands.now)
    return person


async def awaiting_code_in(made: Sessions, hands: Hands, person: UUID, number: str = CARD_NUMBER) -> BankCard:
    """A card whose bank has sent its code."""
    async with made.begin() as session:
        card = await cards.bind(
            session, borrower_id=person, card_number=number, phone=PHONE, provider="fake", at=hands.now
        )
    return await flows.begin_card(made, hands.clock, Bank(begun=SMS_SENT), card_id=card.id)


async def bound_in(made: Sessions, hands: Hands, person: UUID) -> BankCard:
    card = await awaiting_code_in(made, hands, person)
    return await flows.confirm_card(
        made, hands.clock, Bank(confirmed=BOUND), borrower_id=person, card_id=card.id, code="123456"
    )


def open_with(session: AsyncSession, person: Borrower, field: str, sealed: bytes) -> str:
    return person.box(keyring_of(session)).open(field, sealed)


async def overlapping(made: Sessions, act: Callable[[AsyncSession], Awaitable[Any]]) -> list[Any]:
    """What came of an act done twice, the second begun before the first has committed; refusals included."""

    async def second() -> Any:
        async with made.begin() as session:
            return await act(session)

    async with made.begin() as session:
        first = await act(session)
        rival = asyncio.create_task(second())
        await asyncio.sleep(0.3)
        assert not rival.done(), "the second has to wait for the first"
    return [first, *await asyncio.gather(rival, return_exceptions=True)]


async def at_once(*acts: Awaitable[Any]) -> list[Any]:
    """What came of acts done at the same time, refusals included."""
    return await asyncio.gather(*acts, return_exceptions=True)
