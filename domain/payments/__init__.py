"""What a borrower was asked to pay, each try to move that money, and what the channels said of it.

An order is what he wants to pay, an attempt one try at one channel, a notice what the channel told us. This context
knows how money moves and when that is certain; what a payment means for a loan is not its business: it announces that
an order is settled, and lending applies it.
"""
