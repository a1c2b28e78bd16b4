"""Bank withholding by UnionPay (银联全渠道 代收, ACP 5.1.0): bind a card, withhold, query, refund, notices, daily file.

`plugin` says what it is without loading it; `channel` is the channel; `gateway` the wire, `answers` how an answer is
written, `signing` and `certificates` the proofs, `people` the borrower's data, `codes` UnionPay's words in ours,
`mandates` the binding of cards, `batches` many debits in one file, `notifications` and `bills` what is read. Interface:
https://open.unionpay.com, product 代收 (apiservId 455).
"""
