"""Alipay as a merchant meets it: the signed gateway, the cashier a borrower opens, the notices that follow.

It speaks the real protocol with a key of its own and does what the real one does with orders, also where that is
awkward: a page order does not exist before somebody opens the cashier, so it can neither be found nor closed.
"""

ALIPAY = "alipay"
RULES = (
    "An order exists from the moment its cashier is opened: before that a query or close says ACQ.TRADE_NOT_EXIST.",
    "An order whose time_expire has passed is TRADE_CLOSED and cannot be paid.",
    "Paying posts the notice 0 to 3 times (notices=0|1|2|3); each is repeated until it is answered `success`.",
    "A closed order is paid all the same with late=1: the payer's page was open, and the money was on its way.",
    "A day's bill is there from 09:00 of the next day if anything moved on it; its address lives for 30 seconds.",
    "An agreement exists from the moment it is signed; one that was refused or ended is USER_AGREEMENT_NOT_EXIST.",
    "A monthly agreement is debited on its day and up to five days before; an emptied account declines.",
    "A payment costs 0.6 % of it, to the nearest fen; refunds cost nothing and give no fee back.",
)
