"""Lending: products, quotes, loans from application to settlement, and what is owed on them to the fen.

The arithmetic is in `rules` (terms and events in, plan and position out); a loan is its terms and its journal of
events, and stored installments are a projection of their replay. It says what is withheld under a mandate, and passes
repaid principal on to who lent it. Moving borrowers' money is payments' work, keeping the books the ledger's, chasing what
is late collections'.
"""
