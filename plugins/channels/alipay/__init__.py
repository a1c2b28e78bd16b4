"""Alipay's open platform (RSA2): pay pages, app and QR payments, query, close, refund, notifications, the daily bill.

`plugin` says what it is without loading it; `channel` is the channel; `gateway` the wire, `signing` and `certificates`
the proofs, `notifications` and `states` the reading of Alipay's words, `bill_fetching`, `bills` and `bill_rows` the bill.
Format: https://opendocs.alipay.com/open-v3
"""
