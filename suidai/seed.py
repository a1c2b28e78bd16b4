"""What a small lender starts with: policy, the chart of accounts, message wordings, four products, and staff to try."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.presets import CN_CBA_2026, CN_GBT_45251
from domain.ledger.services import accounts
from domain.lending.models import LoanProduct, ProductVersion
from domain.messaging import services as messaging
from domain.shared.actors import SYSTEM
from domain.shared.clock import real_now
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from domain.staff.services import members
from suidai.log_ins import PASSWORD, STAFF

EVER = date(2020, 1, 1)
"""From when the seeded values hold, so that loans can be tried in the past."""

POLICY: tuple[tuple[str, Any, str, date], ...] = (
    (
        "lending.cost_ceiling",
        {"measure": "NOMINAL", "limit": "0.24", "paths": ["ON_TIME", "LATE", "PREPAID"]},
        "Guideline of PBoC and NFRA for micro-loan companies, December 2025: no new loan above 24 % a year",
        EVER,
    ),
    ("lending.lender", "随贷", "The lender's own name; enter yours before a contract is signed", EVER),
    (
        "lending.exposure_cap_fen",
        20_000_000,
        "金规〔2024〕26号: online micro-loan consumption balance of a borrower at most 200,000 yuan",
        EVER,
    ),
    (
        "lending.refused_purposes",
        ["HOUSE_PURCHASE", "MORTGAGE_REPAYMENT", "SECURITIES", "FIXED_ASSET_INVESTMENT", "EQUITY_INVESTMENT"],
        "Rules of 2020 on internet loans: purposes a consumption loan may not serve",
        EVER,
    ),
    ("collections.warn_after_days", 1, "The lender's own rule", EVER),
    ("collections.red_after_days", 5, "The lender's own rule: a case is red from the fifth day past due", EVER),
    ("collections.strategy", "standard", "The lender's own choice among the presets", EVER),
    ("collections.contact_packs", [CN_GBT_45251], "GB/T 45251-2025; held from ever, to try loans in the past", EVER),
    (
        "collections.contact_packs",
        [CN_GBT_45251, CN_CBA_2026],
        "GB/T 45251-2025 and the China Banking Association's guideline (trial), 54 articles",
        date(2026, 1, 1),
    ),
    ("collections.promise_max_days", 14, "The lender's own rule", EVER),
    ("reminders.offsets", [-2, 0], "The lender's own rule: two days before the due date, and on it", EVER),
    (
        "messaging.quiet_hours",
        {"from": "22:00", "to": "08:00"},
        "GB/T 45251-2025: no collection work from 22:00 to 08:00 unless agreed",
        EVER,
    ),
    ("inbox.unproven_kept_days", 90, "The lender's own rule: forged notices can be looked at for three months", EVER),
    ("outbox.kept_days", 30, "The lender's own rule: deliveries can be looked at for a month", EVER),
    ("sources.raw_kept_days", 30, "PIPL art. 19: kept no longer than needed; the figures decided by are kept", EVER),
    ("identity.face_min_score_millis", 800, "The lender's own rule", EVER),
    (
        "withholding.rules",
        {
            "insufficient_funds_per_day": 2,
            "days_past_due_max": 30,
            "quiet_hours": {"from": "22:00", "to": "08:00"},
        },
        "The lender's own rule: an account without money is debited twice a day at most, as acquirers punish more; "
        "nothing is debited at night, nor from the 31st day past due, when people take over",
        EVER,
    ),
    (
        "withholding.batches",
        {"least": 2, "most": 100},
        "The lender's own rule: what waits for a channel that takes batches goes together, a hundred at a time",
        EVER,
    ),
    ("mandates.cap_fen", 5_000_000, "The lender's own rule: a single debit takes 50,000 yuan at most", EVER),
    ("payments.auto_refund", ["DOUBLE"], "The lender's own rule: what was paid twice goes back by itself", EVER),
    (
        "payments.routing",
        {
            "half_life_hours": 24,
            "failure_costs_fen": 100,
            "prior": {"good": "9", "bad": "1"},
            "default": {"fee": {"per_mille": "6"}, "maintenance": [], "limits": {}},
            "channels": {},
        },
        "The lender's own rule: the usual fee of 0.6 %, a try that fails costs us 1 yuan; enter each channel's own terms",
        EVER,
    ),
    ("reconciliation.days_back", 90, "Channels keep their bills for three months", EVER),
)


async def seed(sessions: Sessions, *, with_staff: bool) -> bool:
    """Give an empty database its first rows, and one of an earlier release what it lacks; False: it lacked nothing.

    Policies and wordings that are missing are entered; those that are there are the lender's, and stay. Products are
    for an empty database alone, and so are members of staff with a password everyone knows (`with_staff`), which are
    for development only.
    """
    async with sessions.begin() as session:
        known = set(await session.scalars(select(PolicyValue.name)))
        missing = [entry for entry in POLICY if entry[0] not in known]
        if not missing:
            return False
        at = real_now()
        for name, value, source, since in missing:
            session.add(PolicyValue(name=name, value=value, source=source, effective_from=since))
        await accounts.open_chart(session)
        await messaging.install_templates(session, at=at)
        if known:
            return True
        await _products(session)
        if with_staff:
            await _staff(session, at)
    return True


async def _staff(session: AsyncSession, at: datetime) -> None:
    for username, name, roles in STAFF:
        await members.create(
            session, username=username, name=name, password=PASSWORD, roles=roles, by=SYSTEM, at=at, seeded=True
        )


async def _products(session: AsyncSession) -> None:
    offered = (
        ("SUIDAI_EQUAL", "Equal instalments", "随贷·每月等额", "EQUAL_INSTALLMENT"),
        ("SUIDAI_EQUAL_PRINCIPAL", "Equal principal", "随贷·等额本金", "EQUAL_PRINCIPAL"),
        ("SUIDAI_INTEREST_ONLY", "Interest first, principal last", "随贷·先息后本", "INTEREST_ONLY"),
        ("SUIDAI_BULLET", "All at the end", "随贷·到期还本付息", "BULLET"),
    )
    for code, name_en, name_zh, method in offered:
        product = LoanProduct(code=code, name_en=name_en, name_zh=name_zh)
        session.add(product)
        await session.flush()
        session.add(
            ProductVersion(
                product_id=product.id,
                version=1,
                effective_from=EVER,
                method=method,
                min_terms=3,
                max_terms=36,
                min_amount_fen=100_000,
                max_amount_fen=20_000_000,
                amount_step_fen=10_000,
                annual_rate=Decimal("0.144"),
                day_count="ACT_360",
                penalty_multiplier=Decimal("1.5"),
                # Interest first: until the end only interest can be late, so penalty is on that too.
                penalty_base="PRINCIPAL_AND_INTEREST" if method == "INTEREST_ONLY" else "PRINCIPAL",
                grace_days=0,
                prepay="REDUCE_INSTALLMENT",
                prepay_fee_rate=Decimal(0),
                min_tail_fen=1_000,
                dpd_switch=90,
                dpd_threshold_fen=0,
                waterfall={
                    "current": ["PENALTY", "INTEREST", "PRINCIPAL"],
                    "late": ["PRINCIPAL", "INTEREST", "PENALTY"],
                    "recovery": ["PRINCIPAL", "INTEREST", "PENALTY"],
                },
                funder="sandbox",
                min_read_seconds=10,
                quote_valid_minutes=60,
                sign_within_days=7,
            )
        )
