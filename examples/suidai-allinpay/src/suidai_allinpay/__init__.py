"""Allinpay agreement pay (通联支付 协议支付) as a payment channel of suidai.

`plugin` says what it is without loading it; `channel` is the channel; `gateway` the wire, `documents` its XML, `signing`
and `keys` the proofs, `codes` Allinpay's words in ours; `agreements`, `trades` and `batches` what is asked for,
`notifications` and `statements` what is read; `sealing` keeps a card number from being read while it waits. `sandbox` is
a gateway to try against: nothing else imports it.

Interface: 通联 收付通 (https://prodoc.allinpay.com/doc/66), XML documents of version 04. README.md says which parts of it
were seen in public material and which have to be checked with Allinpay before money moves.
"""
