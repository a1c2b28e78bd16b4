"""Loan arithmetic: pure functions from terms and events to what is owed, to the fen.

No clock, no settings, no database. `plan.make_plan` says what a borrower promises, `replay.replay` what has become of
it on a day. Dates inside are day numbers (`date.toordinal`), exact amounts are integers over one denominator a loan.
"""
