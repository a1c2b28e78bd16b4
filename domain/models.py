"""Every table, imported for what importing does: the metadata is whole afterwards."""

from domain.borrowers import models as borrowers
from domain.collections import models as collections
from domain.content import models as content
from domain.credit import models as credit
from domain.ledger import models as ledger
from domain.lending import models as lending
from domain.messaging import models as messaging
from domain.payments import models as payments
from domain.reconciliation import models as reconciliation
from domain.shared import audit, clock, idempotency, inbox, key_mark, logins, numbers, outbox, policy, schedule
from domain.shared.db import Base
from domain.staff import models as staff

__all__ = [
    "Base",
    "audit",
    "borrowers",
    "clock",
    "collections",
    "content",
    "credit",
    "idempotency",
    "inbox",
    "key_mark",
    "ledger",
    "lending",
    "logins",
    "messaging",
    "numbers",
    "outbox",
    "payments",
    "policy",
    "reconciliation",
    "schedule",
    "staff",
]
