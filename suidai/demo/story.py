"""The story, step by step, in order; a step that is not there yet is listed as absent, never left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from suidai.demo import borrowing, credit, ending, late, on_time, reckoning, stranger, twice
from suidai.demo.api import Json, StepFailed
from suidai.demo.stage import Stage

Step = Callable[[Stage], str]

STORY: tuple[tuple[str, Step], ...] = (
    ("registers", stranger.registers),
    ("logs in", stranger.logs_in),
    ("saves the profile", stranger.saves_profile),
    ("shows the identity card", stranger.shows_papers),
    ("shows the face", stranger.shows_face),
    ("saves the employment", stranger.saves_employment),
    ("names two contacts", stranger.saves_contacts),
    ("gives consents", stranger.gives_consents),
    ("binds a bank card", stranger.binds_card),
    ("applies for credit", credit.applies),
    ("application is returned", credit.is_returned),
    ("resubmits", credit.resubmits),
    ("application is approved", credit.is_approved),
    ("gets a credit line", credit.gets_a_line),
    ("asks for a quote", borrowing.quotes),
    ("reads the disclosure", borrowing.reads_the_disclosure),
    ("applies for the loan", borrowing.applies),
    ("loan is reviewed", borrowing.is_reviewed),
    ("signs the contract", borrowing.signs),
    ("loan is paid out", borrowing.is_paid_out),
    ("plan begins at the value date", borrowing.has_a_plan),
    ("is reminded of installment 1", on_time.is_reminded),
    ("pays installment 1 by Alipay", partial(on_time.pays_on_time, n=1)),
    ("pays installment 2 by Alipay", partial(on_time.pays_on_time, n=2)),
    ("pays installment 3 by WeChat, the notice is lost", on_time.pays_and_the_notice_is_lost),
    ("signs a mandate", on_time.signs_a_mandate),
    ("installment 4 is withheld at the second try", on_time.is_withheld),
    ("revokes the mandate", on_time.revokes_the_mandate),
    ("misses installment 5", late.misses_one),
    ("is imported into collections", late.is_imported),
    ("turns red", late.turns_red),
    ("is not called at night", late.is_not_called_at_night),
    ("promises to pay", late.promises_to_pay),
    ("asks why the penalty is what it is", late.asks_why),
    ("pays installment 5 with penalty", late.pays_with_penalty),
    ("case is closed", late.case_is_closed),
    ("pays installment 6 twice", twice.pays_twice),
    ("gets the double payment back", twice.gets_the_double_back),
    ("tries out a prepayment", ending.tries_a_prepayment),
    ("asks for a payoff quote", ending.asks_for_a_payoff),
    ("pays the rest off", ending.pays_off),
    ("gets the settlement certificate", ending.has_it_on_paper),
    ("the channels' bills agree with us", reckoning.bills_agree),
    ("the channels have settled", reckoning.channels_have_settled),
    ("the funder is repaid", reckoning.funder_is_repaid),
    ("receivables, suspense, excess are 0", reckoning.books_close),
    ("debits equal credits", reckoning.debits_equal_credits),
    ("credit line is whole again", reckoning.line_is_whole),
    ("every message came once", reckoning.messages_came_once),
)


@dataclass(frozen=True, slots=True)
class Told:
    """How a step came out."""

    name: str
    ok: bool
    detail: str

    def as_json(self) -> Json:
        return {"name": self.name, "ok": self.ok, "detail": self.detail}


LENT = STORY[: next(at for at, (_, step) in enumerate(STORY) if step is borrowing.has_a_plan) + 1]
"""As far as somebody has a loan, and all of it is still to be repaid."""


def tell(stage: Stage, failed: str = "", story: Sequence[tuple[str, Step]] = STORY) -> Iterator[Told]:
    """Tell the story. After a step that failed, or what failed before it, the later ones are not tried, but listed."""
    for name, step in story:
        if failed:
            yield Told(name, ok=False, detail=f"not tried: {failed!r} failed")
            continue
        try:
            yield Told(name, ok=True, detail=step(stage))
        except StepFailed as trouble:
            failed = name
            yield Told(name, ok=False, detail=str(trouble))
