"""Alipay as a merchant meets it: the signed gateway, the cashier a borrower opens, the notices that follow.

It speaks the real protocol with a key of its own and does what the real one does with orders, also where that is
awkward: a page order does not exist before somebody opens the cashier, so it can neither be found nor closed.
"""

RULES = (
    "An order exists from the moment its cashier is opened: before that a query or close says ACQ.TRADE_NOT_EXIST.",
    "An order whose time_expire has passed is TRADE_CLOSED and cannot be paid.",
    "Paying posts the notice 0, 1 or 3 times (notices=0|1|3); each is repeated until it is answered `success`.",
    "What was paid and refunded: GET /alipay/trades.",
)
