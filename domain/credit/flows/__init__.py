"""The steps with the risk engine and with those who report on a person: claim, call, record."""

from domain.credit.flows.reports import ask_report, collect_reports, receive_report, resume_report
from domain.credit.flows.risk import ask_risk, receive_risk_callback, resume_risk_callback, submit_risk

__all__ = [
    "ask_report",
    "ask_risk",
    "collect_reports",
    "receive_report",
    "receive_risk_callback",
    "resume_report",
    "resume_risk_callback",
    "submit_risk",
]
