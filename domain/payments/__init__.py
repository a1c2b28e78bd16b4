"""What is to be paid for a loan, each try to move that money, what the channels said of it, and what goes back.

An order is what a borrower wants to pay, or lets us debit by his mandate; an attempt is one try at one channel, a notice
what the channel told us. Money that came and cannot be applied waits on a work list, and is refunded or placed. This context
knows how money moves and when that is certain; what a payment means for a loan is not its business: it announces that
an order is settled, and lending applies it.
"""
