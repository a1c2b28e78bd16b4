"""Collections: a case for each loan that is past due, from the night that finds it to the payment that ends it.

The case is a fact about a loan, not a copy of its figures: what is owed is asked of lending. What is done on which day a
strategy says, and a guard decides on every contact; both are data, with the day from which they hold.
"""
