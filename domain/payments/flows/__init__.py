"""The steps with a channel: claim, call, record. No transaction is open while a channel is called."""

from domain.payments.flows.asking import ask
from domain.payments.flows.notices import reapply_inbox, receive_notice
from domain.payments.flows.paying import close, replace_open, start, submit

__all__ = ["ask", "close", "reapply_inbox", "receive_notice", "replace_open", "start", "submit"]
