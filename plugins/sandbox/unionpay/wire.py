"""How UnionPay reads a merchant's request and writes to him: everything signed, people's data encrypted."""

import base64
import binascii
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from plugins.channels.bank_withholding import answers, signing
from plugins.keys import private_key, public_key
from plugins.sandbox.unionpay.keys import UnionPayKeys

Fields = Mapping[str, str]

_ECHOED = (
    "version", "encoding", "signMethod", "accessType", "merId", "bizType", "txnType", "txnSubType", "orderId",
    "txnTime", "txnAmt", "currencyCode", "bindId", "reqReserved",
)  # fmt: skip

MESSAGES: Mapping[str, str] = {
    "00": "成功[0000000]",
    "03": "交易通讯超时，请发起查询交易[0000003]",
    "05": "交易已受理，请稍后查询交易结果[0000005]",
    "10": "报文格式错误[6000010]",
    "11": "验证签名失败[9100004]",
    "12": "重复交易[6020012]",
    "13": "报文交易要素缺失[6000013]",
    "14": "无效卡号[1000014]",
    "31": "商户状态不正确[2040002]",
    "33": "交易金额超限[2040033]",
    "34": "查无此交易[2600000]",
    "35": "原交易不存在或状态不正确[2600035]",
    "36": "与原交易信息不符[2600036]",
    "40": "绑定关系检查失败[2600040]",
    "51": "余额不足[1000051]",
    "61": "超出金额限制[1000061]",
    "62": "受限制的卡[1000062]",
    "66": "持卡人身份信息或手机号输入不正确，验证失败[1000066]",
    "71": "短信验证码校验失败[2600071]",
    "98": "文件不存在[6000098]",
}


class Refused(Exception):
    """UnionPay does not do it. Says with which code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wire:
    """UnionPay's pen: proves what the merchant asks, signs what it tells him."""

    def __init__(self, keys: UnionPayKeys) -> None:
        self.mer_id = keys.mer_id
        self._keys = keys
        self._merchant = public_key(keys.merchant_public_key, "merchant_public_key")
        self._signer = private_key(keys.sign_private_key.reveal(), "sign_private_key")
        self._opener = private_key(keys.encrypt_private_key.reveal(), "encrypt_private_key")

    def prove(self, asked: Fields) -> None:
        """Raises Refused unless our merchant signed this, by the version that is spoken here."""
        if asked.get("merId") != self.mer_id:
            raise Refused("31")
        spoken = (asked.get("version"), asked.get("encoding"), asked.get("signMethod"), asked.get("certId"))
        if spoken != ("5.1.0", "UTF-8", "01", self._keys.cert_id) or not signing.holds(asked, self._merchant):
            raise Refused("11")

    def person(self, asked: Fields) -> dict[str, str]:
        """Card, name, identity number, phone and perhaps a code, opened. Raises Refused."""
        if asked.get("encryptCertId") != self._keys.encrypt_cert_id:
            raise Refused("10")
        try:
            written = base64.b64decode(asked.get("customerInfo", ""), validate=True).decode()
            customer = answers.read(written.removeprefix("{").removesuffix("}"))
            customer |= answers.read(self._opened(customer.pop("encryptedInfo", "")))
            customer["accNo"] = self._opened(asked.get("accNo", ""))
        except (answers.Malformed, binascii.Error, ValueError):
            raise Refused("10") from None
        if not all(customer.get(part) for part in ("certifTp", "certifId", "customerNm", "phoneNo")):
            raise Refused("13")
        return customer

    def told(self, asked: Fields, fields: Fields, *, forged: bool = False) -> dict[str, str]:
        """What is told of a request, with our certificate and signature; forged: with nobody's."""
        echo = {name: asked[name] for name in _ECHOED if name in asked}
        whole = {**echo, **fields, "signPubKeyCert": self._keys.sign_cert}
        signature = base64.b64encode(secrets.token_bytes(256)).decode() if forged else signing.sign(whole, self._signer)
        return {**whole, "signature": signature}

    def _opened(self, encrypted: str) -> str:
        return self._opener.decrypt(base64.b64decode(encrypted, validate=True), PKCS1v15()).decode()


def code(number: str) -> dict[str, str]:
    return {"respCode": number, "respMsg": MESSAGES.get(number, "交易失败")}
