"""UnionPay as a merchant of 代收 meets it: the gateway, the borrower's bank behind it, its notices and its daily file.

It speaks ACP 5.1.0 with certificates of its own and does what the real one does, also where that is awkward: a trade
is known by its number and its time together, what is accepted is decided later, and a failure is told like a success.
"""

UNIONPAY = "bank_withholding"
"""The code of our channel is the party's name here."""

RULES = (
    "A card that ends in 0404: code 66 when it is bound, the elements are not those of one customer.",
    "The code goes to the phone's handset (GET /sms/handset/{phone}); it is good for five minutes and three tries.",
    "A withholding is accepted with 00 and decided a moment later; until then a query says 05.",
    "From a card that ends in 5151: 51, no money. 6161: 61, over its limit. 6262: 62, not allowed. 1414: 14, a bad card.",
    "From a card that ends in 0303: the answer is 03, and the money comes all the same.",
    "More than 50,000.00 yuan at once: 61.",
    "A batch is decided like that line by line; nobody is told, and its file is there for whoever asks a moment later.",
    "Accounts are emptied and filled at GET /bank_withholding/. What was taken: GET /bank_withholding/trades.",
    "The file of a day is there from 09:00 of the next; each withholding costs 1.00 yuan.",
)
