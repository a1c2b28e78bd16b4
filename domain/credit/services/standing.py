"""What credit reads of a borrower: how ready he is, who he is, and the facts an application is judged by."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Contact, Employment, Profile
from domain.borrowers.queries import Missing, Standing, phone_of
from domain.borrowers.queries.facts import opened_identity
from domain.credit.errors import NotReadyForCredit
from domain.credit.models import CreditApplication
from domain.credit.ports import Subject
from domain.shared.secret import SecretStr

_PARTS: dict[Missing, tuple[str, str, str]] = {
    Missing.ACCOUNT: ("account", "an active account", "有效账户"),
    Missing.ID_CARD: ("identity", "the identity card", "身份证识别"),
    Missing.FACE: ("face", "the face check", "人脸核验"),
    Missing.PROFILE: ("profile", "the profile", "基本信息"),
    Missing.REAL_NAME: ("profile", "the profile with the name on the card", "与证件一致的基本信息"),
    Missing.EMPLOYMENT: ("employment", "the employment", "工作信息"),
    Missing.CONTACTS: ("contacts", "two contacts", "两位联系人"),
    Missing.CONSENT_PERSONAL_DATA: ("consents", "consent to the use of personal data", "个人信息授权"),
    Missing.CONSENT_CREDIT_REPORT: ("consents", "consent to a credit report", "征信查询授权"),
    Missing.BANK_CARD: ("bankCard", "a bound bank card", "绑定银行卡"),
}


def must_be_ready(standing: Standing) -> None:
    """Raises NotReadyForCredit with everything that is missing."""
    if missing := standing.missing():
        parts = [_PARTS[step] for step in missing]
        raise NotReadyForCredit(
            missing_en=", ".join(english for _, english, _ in parts),
            missing_zh="、".join(chinese for _, _, chinese in parts),
            fields=tuple(dict.fromkeys(field for field, _, _ in parts)),
        )


def judged_by(standing: Standing) -> dict[str, Any]:
    """The ids of what an application is judged by; nothing personal."""
    return {
        "card_check_id": str(standing.card_check_id),
        "face_check_id": str(standing.face_check_id),
        "contact_ids": [str(id_) for id_ in standing.contact_ids],
        "consent_ids": {purpose.value: str(id_) for purpose, id_ in standing.consent_ids.items()},
        "bank_card_id": str(standing.bank_card_id),
    }


async def subject_of(session: AsyncSession, application: CreditApplication) -> Subject:
    """The person as he stood in the application."""
    identity = await opened_identity(session, await session.get_one(Profile, application.profile_id))
    phone = await phone_of(session, application.borrower_id)
    return Subject(name=identity.name, id_number=identity.id_number, phone=SecretStr(phone))


async def risk_facts(session: AsyncSession, application: CreditApplication) -> dict[str, Any]:
    """What the engine weighs, as it stood in the application: plain values, sums in fen, no images, no third persons."""
    profile = await session.get_one(Profile, application.profile_id)
    employment = await session.get_one(Employment, application.employment_id)
    contacts = [await session.get_one(Contact, id_) for id_ in application.facts["contact_ids"]]
    return {
        "application": application.number,
        "education": profile.education,
        "monthly_pay_fen": employment.monthly_pay_fen,
        "employed_since": employment.started_on.isoformat() if employment.started_on else None,
        "position": employment.position,
        "contact_relations": [contact.relation for contact in contacts],
    }
