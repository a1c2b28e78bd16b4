"""Alipay's open platform (RSA2): pay pages, app and QR payments, query, close, refund, notifications.

`plugin` says what it is without loading it; `channel` is the channel; `gateway` the wire, `signing` the signatures,
`notifications` and `states` the reading of Alipay's words, `bill_fetching`, `bills` and `bill_rows` the daily bill. Format: https://opendocs.alipay.com/open-v3
"""
