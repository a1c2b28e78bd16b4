"""The books: double entry, append only, whole fen.

A transfer moves value between accounts on a booking date, for a value date, because of one source, once. What a transfer
means for a loan is not known here: lending and payments say which accounts and how much.
"""
