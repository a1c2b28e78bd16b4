"""What changes the books: opening accounts, posting transfers, closing days."""

from domain.ledger.rules.lines import Draft, Line, credit, debit
from domain.ledger.services.closing import booking_day, close_day
from domain.ledger.services.posting import post, post_together

__all__ = ["Draft", "Line", "booking_day", "close_day", "credit", "debit", "post", "post_together"]
