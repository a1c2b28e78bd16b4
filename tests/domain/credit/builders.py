"""People to test with: a borrower who has told and proved everything, and reviewers; a clock in the test's hand."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import (
    BankCard,
    Borrower,
    CardStatus,
    CheckKind,
    CheckStatus,
    Consent,
    ConsentPurpose,
    Contact,
    Employment,
    IdentityCheck,
    Profile,
    Relation,
)
from domain.credit.models import CreditApplication, CreditLine, ReviewSubject, ReviewVerdict
from domain.credit.queries.reviews import lock_task_of
from domain.credit.services import application, lines, review, tasks
from domain.messaging import services as messaging
from domain.shared.actors import Actor
from domain.shared.clock import Clock
from domain.shared.crypto import keyring_of
from domain.shared.ids import new_id
from domain.shared.policy import PolicyValue
from domain.staff.models import StaffMember

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai, on the value date of the worked examples."""

EVER = date(2020, 1, 1)
PHONE = "+8613800001234"
CARD_TOKEN = "token-of-the-card"


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


async def set_up(session: AsyncSession) -> None:
    """The policies and wordings origination relies on."""
    for name, value in {
        "lending.cost_ceiling": {"measure": "NOMINAL", "limit": "0.24"},
        "lending.exposure_cap_fen": 200_000_00,
        "lending.lender": "随贷小额贷款有限公司",
        "lending.refused_purposes": ["HOUSE_PURCHASE", "SECURITIES"],
        "messaging.quiet_hours": {"from": "22:00", "to": "08:00"},
    }.items():
        session.add(PolicyValue(name=name, value=value, source=f"the test's {name}", effective_from=EVER))
    await messaging.install_templates(session, at=NOW)


async def member_of_staff(session: AsyncSession, name: str, *roles: str) -> Actor:
    row = StaffMember(username=name, name=name, password_hash="-", roles=list(roles or ["REVIEWER"]), created_at=NOW)
    session.add(row)
    await session.flush()
    return row.actor()


async def ready_borrower(session: AsyncSession, *, phone: str = PHONE, but: str = "") -> UUID:
    """A borrower who has told and proved everything but the part named."""
    keyring = keyring_of(session)
    id_number = f"11010119900101{int(phone[-4:]):04d}"
    data_key = keyring.new_data_key()
    box = keyring.box(data_key)
    borrower = Borrower(
        number=f"BR{new_id().hex}",
        data_key=data_key,
        phone_sealed=box.seal("phone", phone),
        phone_index=keyring.index("phone", phone),
        registered_at=NOW,
    )
    session.add(borrower)
    await session.flush()
    profile = Profile(
        borrower_id=borrower.id,
        version=1,
        name_sealed=box.seal("name", "王小明"),
        id_number_sealed=box.seal("id_number", id_number),
        id_number_index=keyring.index("id_number", id_number),
        real_name_at=NOW,
        created_at=NOW,
    )
    session.add(profile)
    await session.flush()
    card_check = _check(borrower.id, CheckKind.ID_CARD, matched=but != "identity")
    session.add(card_check)
    await session.flush()
    parts: dict[str, list[Any]] = {
        "face": [_check(borrower.id, CheckKind.FACE, card_check_id=card_check.id)],
        "employment": [
            Employment(borrower_id=borrower.id, version=1, employer="某公司", monthly_pay_fen=1_500_000, created_at=NOW)
        ],
        "contacts": [_contact(session, borrower, n) for n in (1, 2)],
        "consents": [
            Consent(
                borrower_id=borrower.id,
                purpose=purpose,
                scope="credit",
                text_version="1",
                text_hash=b"-",
                granted_at=NOW,
            )
            for purpose in (ConsentPurpose.PERSONAL_DATA, ConsentPurpose.CREDIT_REPORT)
        ],
        "bankCard": [bound_card(session, borrower, profile)],
    }
    for part, rows in parts.items():
        if part != but:
            session.add_all(rows)
    await session.flush()
    if but == "profile":
        await session.execute(delete(BankCard).where(BankCard.borrower_id == borrower.id))
        await session.delete(profile)
        await session.flush()
    return borrower.id


def bound_card(session: AsyncSession, borrower: Borrower, profile: Profile) -> BankCard:
    box = borrower.box(keyring_of(session))
    return BankCard(
        borrower_id=borrower.id,
        profile_id=profile.id,
        status=CardStatus.BOUND,
        provider="fake",
        reference=new_id().hex,
        bank_name="中国银行",
        last4="1234",
        card_index=new_id().bytes,
        phone_sealed=box.seal("phone", PHONE),
        token_sealed=box.seal("token", CARD_TOKEN),
        created_at=NOW,
        bound_at=NOW,
    )


def _check(
    borrower_id: UUID, kind: CheckKind, *, matched: bool = True, card_check_id: UUID | None = None
) -> IdentityCheck:
    return IdentityCheck(
        borrower_id=borrower_id,
        kind=kind,
        card_check_id=card_check_id,
        status=CheckStatus.MATCHED if matched else CheckStatus.MISMATCHED,
        provider="fake",
        created_at=NOW,
        finished_at=NOW,
    )


def _contact(session: AsyncSession, borrower: Borrower, ordinal: int) -> Contact:
    keyring = keyring_of(session)
    phone = f"+861390000000{ordinal}"
    return Contact(
        borrower_id=borrower.id,
        ordinal=ordinal,
        relation=Relation.SIBLING if ordinal == 1 else Relation.FRIEND,
        name_sealed=borrower.box(keyring).seal("name", "联系人"),
        phone_sealed=borrower.box(keyring).seal("phone", phone),
        phone_index=keyring.index("phone", phone),
        created_at=NOW,
    )


async def reviewed(
    session: AsyncSession,
    actor: Actor,
    row: CreditApplication,
    verdict: ReviewVerdict = ReviewVerdict.APPROVED,
    at: datetime = NOW,
) -> CreditApplication:
    """The application, claimed and decided by one reviewer."""
    task = await lock_task_of(session, ReviewSubject.CREDIT_APPLICATION, row.id)
    await tasks.claim(session, actor=actor, task_id=task.id, at=at)
    return await review.decide(
        session,
        actor=actor,
        application_id=row.id,
        verdict=verdict,
        reason="looked at",
        field_reasons={"employment.monthlyPay": "the slip says another figure"},
        risk_provider="fake",
        at=at,
    )


async def granted_line(
    session: AsyncSession, borrower_id: UUID, limit_fen: int = 50_000_00, expires_on: date = date(2027, 1, 14)
) -> CreditLine:
    """A line as an approved application brings it, without the way there."""
    row = await application.apply(session, borrower_id=borrower_id, at=NOW)
    return await lines.grant(session, application=row, limit_fen=limit_fen, expires_on=expires_on, at=NOW)
