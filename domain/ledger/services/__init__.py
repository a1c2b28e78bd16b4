"""What changes the books: opening accounts, posting transfers, closing days."""

from domain.ledger.rules.lines import Line, credit, debit
from domain.ledger.services.closing import booking_day, close_day
from domain.ledger.services.posting import post

__all__ = ["Line", "booking_day", "close_day", "credit", "debit", "post"]
