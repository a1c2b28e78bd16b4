"""Reconciliation: a channel's bill of a day against our payments and refunds, to the fen, and what it settles to the bank.

It keeps the file, says what agrees and what does not, and books what a bill proves. It moves no money itself, and a
payment only a bill knows of is applied where every other is: in payments.
"""
