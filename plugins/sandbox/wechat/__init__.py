"""WeChat Pay as a merchant meets it: the signed API, the cashier a borrower opens, the notices and bills that follow.

It speaks the real protocol with a key of its own: it signs every answer, also a refusal, and encrypts its notices.
"""

WECHAT = "wechat"
RULES = (
    "An order exists from the call that makes it, is NOTPAY until it is paid, and CLOSED when its time_expire has passed.",
    "The same order again gives the same code; with anything changed it is INVALID_REQUEST, once paid ORDER_PAID.",
    "A code is scanned at GET /wechat/scan?code_url=...; JSAPI and app parameters are posted to /wechat/app/pay.",
    "Paying posts the notice 0 to 3 times (notices=0|1|2|3); each is repeated until it is answered 200 or 204.",
    "A closed order is paid all the same with late=1; fail=1 ends an order as PAYERROR, and it cannot be paid any more.",
    "A refund is PROCESSING in its first answer, and done in every later one.",
    "A day's bill is there from 10:00 of the next day if anything moved on it.",
    "A payment costs 0.6 % of it, to the nearest fen; a refund gives its part of that back.",
)
