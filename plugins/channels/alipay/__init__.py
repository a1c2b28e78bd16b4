"""Alipay's open platform (RSA2): pay pages, app and QR payments, query, close, refund, notifications, the daily bill.

Where Alipay granted it, agreements and debits under them too. `plugin` says what it is without loading it; `channel` is
the channel, `agreements` its mandates; `gateway` the wire, `signing` and `certificates` the proofs, `notifications` and
`states` the reading of Alipay's words, `bill_fetching`, `bills` and `bill_rows` the bill.
Format: https://opendocs.alipay.com/open-v3
"""
