"""What is done to the house itself: its clock moved, a job tried again, its policy changed, a decision made once more."""

from domain.operations.services.house import advance_clock, retry_job

__all__ = ["advance_clock", "retry_job"]
