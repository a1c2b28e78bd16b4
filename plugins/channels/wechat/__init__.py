"""WeChat Pay (APIv3): native, JSAPI, H5 and app payments, query, close, refund, notifications, the daily bill.

`plugin` says what it is without loading it; `channel` is the channel; `gateway` the wire, `signing` our signatures,
`proofs` theirs, `orders` what is asked for an order, `states` the reading of WeChat's words, `notifications`,
`bill_fetching` and `bills` what it sends.
Format: https://pay.weixin.qq.com/doc/v3/merchant/4012791870
"""
