"""Logs are events with ids, one JSON object a line; never names, phones, cards or identity numbers."""

import logging
import sys

import structlog


def set_up_logs(role: str) -> None:
    """Send the events of this process to standard error, each with its time, level and role."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
    # The HTTP client would log full addresses, and addresses may hold what is nobody's business.
    logging.getLogger("httpx").setLevel(logging.WARNING)
