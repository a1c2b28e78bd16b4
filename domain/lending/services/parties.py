"""What lending reads and says of its borrower: who signs, where the money goes, what he is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import CardNotFound
from domain.borrowers.models import BankCard, CardStatus
from domain.borrowers.queries import bank_card, four_elements, identity_of, phone_of
from domain.lending.errors import BankCardNotUsable
from domain.lending.models import Loan
from domain.lending.ports import PayeeAccount, Signer
from domain.messaging import services as messaging
from domain.shared.secret import SecretStr


async def must_be_own_card(session: AsyncSession, *, borrower_id: UUID, card_id: UUID) -> BankCard:
    """A card of his that is bound. Raises BankCardNotUsable, the same for another's card as for none."""
    try:
        card = await bank_card(session, card_id=card_id, borrower_id=borrower_id)
    except CardNotFound as error:
        raise BankCardNotUsable(fields=("bankCardId",)) from error
    if card.status is not CardStatus.BOUND:
        raise BankCardNotUsable(fields=("bankCardId",))
    return card


async def signer_of(session: AsyncSession, borrower_id: UUID) -> Signer:
    identity = await identity_of(session, borrower_id)
    if identity is None:
        raise RuntimeError(f"borrower {borrower_id} has a loan and no profile")
    phone = await phone_of(session, borrower_id)
    return Signer(name=identity.name, id_number=identity.id_number, phone=SecretStr(phone))


async def payee_of(session: AsyncSession, loan: Loan) -> PayeeAccount:
    """Where the loan's money goes. Raises CardNotBound if the card was unbound since."""
    card = await four_elements(session, loan.bank_card_id)
    return PayeeAccount(name=card.name, bank=card.bank_name or card.bank_code or "", token=card.token)


async def tell(
    session: AsyncSession,
    loan: Loan,
    template: str,
    *,
    at: datetime,
    about: UUID | str | None = None,
    send_after: datetime | None = None,
    **params: str,
) -> None:
    """Send the borrower a message about his loan, once per template and what it is about: the loan if nothing else."""
    await messaging.queue(
        session,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        to_phone=await phone_of(session, loan.borrower_id),
        template=template,
        params={"number": loan.number, **params},
        once_key=f"{template.lower()}:{about or loan.id}",
        at=at,
        send_after=send_after,
    )
