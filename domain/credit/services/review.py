"""A reviewer's decision on a credit application: to the risk engine, back to the borrower, or no."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import phone_of
from domain.credit.errors import FieldReasonsMissing, UnknownReviewField
from domain.credit.events import ApplicationRejected, ApplicationReturned
from domain.credit.models import ApplicationStatus, CreditApplication, ReviewSubject, ReviewVerdict
from domain.credit.queries.applications import lock_application
from domain.credit.queries.reviews import lock_task_of
from domain.credit.rules.parts import PARTS, is_part
from domain.credit.services import risk, tasks
from domain.messaging import services as messaging
from domain.shared import outbox
from domain.shared.actors import Actor
from domain.shared.reasons import reason_of


async def decide(
    session: AsyncSession,
    *,
    actor: Actor,
    application_id: UUID,
    verdict: ReviewVerdict,
    reason: str,
    field_reasons: Mapping[str, str] | None = None,
    risk_provider: str,
    at: datetime,
) -> CreditApplication:
    """Decide an application one has claimed. APPROVED sends it to the risk engine of that code.

    RETURNED says field by field what to mend ("employment.monthlyPay": "..."). Raises CreditApplicationNotFound,
    ReviewTaskTaken, -NotClaimed, -Closed, ReasonMissing, FieldReasonsMissing, UnknownReviewField.
    """
    application = await lock_application(session, application_id)
    task = await lock_task_of(session, ReviewSubject.CREDIT_APPLICATION, application_id)
    reasons = _checked(verdict, field_reasons or {})
    await tasks.decide(session, actor=actor, task=task, verdict=verdict, reason=reason, field_reasons=reasons, at=at)
    match verdict:
        case ReviewVerdict.APPROVED:
            application.move_to(ApplicationStatus.RISK_PENDING, at)
            await risk.request(session, application=application, provider=risk_provider, at=at)
        case ReviewVerdict.RETURNED:
            application.move_to(ApplicationStatus.RETURNED, at)
            outbox.publish(session, ApplicationReturned(application.id))
            await _tell(session, application, "CREDIT_RETURNED", at)
        case ReviewVerdict.REJECTED:
            application.move_to(ApplicationStatus.REJECTED, at)
            application.decided_at = at
            outbox.publish(session, ApplicationRejected(application.id))
            await _tell(session, application, "CREDIT_REJECTED", at)
    await session.flush()
    return application


def _checked(verdict: ReviewVerdict, reasons: Mapping[str, str]) -> dict[str, str]:
    if verdict is ReviewVerdict.RETURNED and not any(text.strip() for text in reasons.values()):
        raise FieldReasonsMissing(fields=("fieldReasons",))
    for name in reasons:
        if not is_part(name):
            raise UnknownReviewField(field=name, parts=", ".join(PARTS), fields=("fieldReasons",))
    return {name: reason_of(text, field="fieldReasons") for name, text in reasons.items() if text.strip()}


async def _tell(session: AsyncSession, application: CreditApplication, template: str, at: datetime) -> None:
    await messaging.queue(
        session,
        borrower_id=application.borrower_id,
        to_phone=await phone_of(session, application.borrower_id),
        template=template,
        params={"number": application.number},
        once_key=f"{template.lower()}:{application.id}",
        at=at,
    )
