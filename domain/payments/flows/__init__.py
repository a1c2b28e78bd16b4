"""The steps with a channel: claim, call, record. No transaction is open while a channel is called."""

from domain.payments.flows.asking import ask
from domain.payments.flows.batching import ask_batch
from domain.payments.flows.debiting import DebitDesk
from domain.payments.flows.notices import reapply_inbox, receive_notice
from domain.payments.flows.paying import close, replace_open, start, submit
from domain.payments.flows.refunding import refund
from domain.payments.flows.withholding import withhold

__all__ = [
    "DebitDesk",
    "ask",
    "ask_batch",
    "close",
    "reapply_inbox",
    "receive_notice",
    "refund",
    "replace_open",
    "start",
    "submit",
    "withhold",
]
