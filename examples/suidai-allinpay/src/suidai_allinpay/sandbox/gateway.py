"""Plays Allinpay in memory: agreements, trades, statements and notices, all signed, and what can go wrong by plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

import httpx
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from suidai_allinpay import codes, documents, signing
from suidai_allinpay.documents import Document, Fields, Node
from suidai_allinpay.sandbox import papers
from suidai_allinpay.sandbox.papers import SHANGHAI, Trade

SMS_CODE = "123456"
NO_MONEY, NOT_HIS = "5151", "3131"

Body = tuple[str, Node]
Said = tuple[str, str, tuple[Body, ...]]
"""Code and message of INFO, and what follows it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The two parties' keys: throw-away ones."""

    merchant: RSAPrivateKey
    allinpay: RSAPrivateKey


def keys() -> Keys:
    return Keys(*(rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)))


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong once. `code` is the one answered, where it is a matter of codes."""

    kind: str
    code: str = ""

    LOSE_ANSWER: ClassVar = "LOSE_ANSWER"
    """Done, and nobody hears of it."""
    BREAK: ClassVar = "BREAK"
    """Not done, and answered HTTP 500."""
    BAD_SIGNATURE: ClassVar = "BAD_SIGNATURE"
    OTHER_ANSWER: ClassVar = "OTHER_ANSWER"
    """Signed, but the answer to another request."""
    INFO: ClassVar = "INFO"
    """Not done; INFO says `code`."""
    DETAIL: ClassVar = "DETAIL"
    """The trade is there, and `code` is its state."""
    WRONG_AMOUNT: ClassVar = "WRONG_AMOUNT"
    """One fen more than was asked."""


class Lost(Exception):
    """The answer is on its way for ever."""


class Broken(Exception):
    """HTTP 500."""


@dataclass(slots=True)
class Agreement:
    req_sn: str
    account: Fields
    number: str = ""
    signed_at: str = ""
    in_force: bool = False


@dataclass
class Allinpay:
    """The gateway of one merchant."""

    merchant_id: str
    keys: Keys
    clock: Callable[[], datetime]
    agreements: list[Agreement] = field(default_factory=list[Agreement])
    trades: dict[tuple[str, int], Trade] = field(default_factory=dict[tuple[str, int], Trade])
    faults: dict[str, list[Fault]] = field(default_factory=dict[str, list[Fault]])
    notices: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """What is to be posted, and where."""
    heard: list[Document] = field(default_factory=list[Document])

    def settings(self, gateway_url: str = "https://allinpay.test/aipg/ProcessServlet") -> dict[str, Any]:
        """What an operator would write."""
        private = self.keys.merchant.private_bytes(
            form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
        ).decode()
        public = self.keys.allinpay.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        return {
            "merchant_id": self.merchant_id,
            "user_name": f"{self.merchant_id}02",
            "user_password": "a password nobody looks at",
            "private_key": private,
            "allinpay_cert": public.decode(),
            "gateway_url": gateway_url,
        }

    def plan(self, about: str, *faults: Fault) -> None:
        """Have this go wrong with the next requests of this REQ_SN or TRX_CODE, one fault each."""
        self.faults.setdefault(about, []).extend(faults)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._respond)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        try:
            return httpx.Response(200, content=self.answer(request.content))
        except Lost:
            raise httpx.ReadTimeout("nobody answered", request=request) from None
        except Broken:
            return httpx.Response(500, text="error")

    def answer(self, content: bytes) -> bytes:
        """The signed answer to a request. Raises Lost and Broken, where that was planned."""
        request = documents.read(signing.proven(content, self.keys.merchant.public_key()))
        self.heard.append(request)
        fault = self._fault(request)
        if fault.kind == Fault.BREAK:
            raise Broken
        code, message, bodies = (fault.code, "按计划", ()) if fault.kind == Fault.INFO else self._do(request, fault)
        if fault.kind == Fault.LOSE_ANSWER:
            raise Lost
        number = "Q0" if fault.kind == Fault.OTHER_ANSWER else request.req_sn
        answer = self.signed(request.trx_code, number, bodies, code=code, message=message)
        return answer.replace(b"<RET_CODE>", b"<RET_CODE> ", 1) if fault.kind == Fault.BAD_SIGNATURE else answer

    def signed(
        self, trx_code: str, req_sn: str, bodies: tuple[Body, ...], *, code: str = "0000", message: str = "处理成功"
    ) -> bytes:
        """A document that Allinpay signed."""
        info = {"TRX_CODE": trx_code, "VERSION": "04", "DATA_TYPE": "2", "REQ_SN": req_sn, "RET_CODE": code}
        return signing.signed(documents.write({**info, "ERR_MSG": message}, *bodies), self.keys.allinpay)

    def settle(self, req_sn: str, code: str = "0000", sn: int = 0) -> Trade:
        """Bring a trade that is under way to its end."""
        trade = self.trades[req_sn, sn]
        self.trades[req_sn, sn] = replace(trade, code=code)
        return self.trades[req_sn, sn]

    def notice_of(self, req_sn: str, sn: int = 0) -> bytes:
        """The notice that a trade ended."""
        detail = papers.detail(self.trades[req_sn, sn])
        info = {"MERCHANT_ID": self.merchant_id}
        return self.signed("310011", f"N{req_sn}", (("QTRANSRSP", {"QTDETAIL": detail}), ("MERCHANT", info)))

    def notice_of_batch(self, batch_no: str) -> bytes:
        """The notice that a batch is done. It names no trade."""
        said = {"MERCHANT_ID": self.merchant_id, "REQ_SN": batch_no}
        return self.signed("200003", f"N{batch_no}", (("NOTIFY", said),))

    def end_at_the_bank(self, req_sn: str, *, named: bool = True) -> bytes:
        """The borrower ends his agreement at his bank; gives the notice of it."""
        agreement = self._agreement(req_sn)
        agreement.in_force = False
        said = {
            "MERCHANT_ID": self.merchant_id,
            "AGRMNO": agreement.number,
            "ACCOUNT_NO": agreement.account["ACCOUNT_NO"],
            "MERREM": req_sn if named else "",
        }
        return self.signed("310005", f"N{agreement.number}", (("FAGRCNLNOTIFY", said),))

    def is_receipt(self, notice: bytes, answer: bytes) -> bool:
        """Whether this answer ends the repeats of a notice: `success`, or its number, signed, where it wants that."""
        posted = documents.read(notice)
        if posted.trx_code not in {"200003", "310005"}:
            return answer == b"success"
        try:
            said = documents.read(signing.proven(answer, self.keys.merchant.public_key()))
        except (signing.Unproven, documents.Malformed):
            return False
        return (said.trx_code, said.req_sn, said.code) == (posted.trx_code, posted.req_sn, "0000")

    def _agreement(self, req_sn: str) -> Agreement:
        return next(one for one in self.agreements if one.req_sn == req_sn)

    def _fault(self, request: Document) -> Fault:
        for about in (request.req_sn, request.trx_code):
            if self.faults.get(about):
                return self.faults[about].pop(0)
        return Fault("")

    @cached_property
    def _offered(self) -> Mapping[str, Callable[[Document, Fault], Said]]:
        return {
            "310001": self._send_code,
            "310002": self._sign,
            "310003": self._cancel,
            "340009": self._agreements_of_card,
            "310011": self._collect,
            "310016": self._collect_many,
            "200004": self._tell,
            "200002": self._statement,
            "REFUND": self._refund,
        }

    def _do(self, request: Document, fault: Fault) -> Said:
        offered = self._offered.get(request.trx_code)
        return offered(request, fault) if offered else ("1000", "没有此交易", ())

    def _send_code(self, request: Document, _: Fault) -> Said:
        account = request.one("FAGRA")
        if any(one.req_sn == request.req_sn for one in self.agreements):
            return "1000", "交易流水号重复", ()
        if account["ACCOUNT_NO"].endswith(NOT_HIS):
            return _told("FAGRARET", "3031", "账号户名不符")
        self.agreements.append(Agreement(request.req_sn, account))
        return _told("FAGRARET", "0000", "处理成功")

    def _sign(self, request: Document, _: Fault) -> Said:
        asked = request.one("FAGRC")
        found = [one for one in self.agreements if one.req_sn == asked.get("SRCREQSN")]
        if not found or found[0].number:
            return "1000", "原请求不存在或已签约", ()
        if asked.get("VERCODE") != SMS_CODE:
            return _told("FAGRCRET", codes.WRONG_SMS_CODE, "短信验证码错误")
        agreement = found[0]
        agreement.number, agreement.in_force = f"AIP{len(self.agreements):013d}", True
        agreement.signed_at = self._now()
        said = {"RET_CODE": "0000", "ERR_MSG": "签约成功", "AGRMNO": agreement.number}
        return "0000", "处理成功", (("FAGRCRET", said),)

    def _cancel(self, request: Document, _: Fault) -> Said:
        number = request.one("FAGRCNL").get("AGRMNO")
        for agreement in self.agreements:
            if agreement.number == number and agreement.in_force:
                agreement.in_force = False
                return _told("FAGRCNLRET", "0000", "解约成功")
        return _told("FAGRCNLRET", "3059", "协议不存在")

    def _agreements_of_card(self, request: Document, _: Fault) -> Said:
        card = request.one("QAGRINFO").get("ACCOUNT_NO")
        known = [one for one in self.agreements if one.number and one.account["ACCOUNT_NO"] == card]
        if not known:
            return codes.NO_TRADE, "无法查询到该交易", ()
        details = [
            {"AGRMNO": one.number, "STATUS": "1" if one.in_force else "0", "SIGNTIME": one.signed_at} for one in known
        ]
        return "0000", "处理成功", (("QAGRRSP", {"QAGRDETAIL": details}),)

    def _collect(self, request: Document, fault: Fault) -> Said:
        if (request.req_sn, 0) in self.trades:
            return "1000", "交易流水号重复", ()
        asked = request.one("FASTTRX")
        trade = self._keep(papers.collection(asked, request.req_sn, 0), asked.get("AGRMNO", ""), fault)
        if url := asked.get("NOTIFYURL"):
            self.notices.append((url, self.notice_of(request.req_sn)))
        said = {"RET_CODE": trade.code, "ERR_MSG": "见返回码", "SETTLE_DAY": trade.finished[:8]}
        return "0000", "处理成功", (("FASTTRXRET", {**said, "ACCT_SUFFIX": trade.account[-4:]}),)

    def _collect_many(self, request: Document, fault: Fault) -> Said:
        if any(batch == request.req_sn for batch, _ in self.trades):
            return "1000", "交易流水号重复", ()
        total = request.one("TRANS_SUM")
        for asked in request.all("TRANS_DETAIL"):
            placed = papers.collection({**total, **asked}, request.req_sn, int(asked["SN"]))
            self._keep(placed, asked["AGRMNO"], fault)
        return "0000", "处理成功", ()

    def _refund(self, request: Document, fault: Fault) -> Said:
        if (request.req_sn, 0) in self.trades:
            return "1000", "交易流水号重复", ()
        asked = request.one("REFUND")
        place = asked["ORGBATCHID"], int(asked["ORGBATCHSN"])
        paid, amount = self.trades.get(place), int(asked["AMOUNT"])
        given = sum(one.amount_fen for one in self.trades.values() if one.gives_back == place and one.code in codes.OK)
        if not paid or paid.code not in codes.OK or given + amount > paid.amount_fen:
            return _told("TRANSRET", "3033", "无此原交易")
        trade = papers.refund(asked, request.req_sn, paid, place)
        if fault.kind == Fault.DETAIL:
            trade = replace(trade, code=fault.code)
        self.trades[request.req_sn, 0] = trade
        if url := asked.get("NOTIFYURL"):
            self.notices.append((url, self.notice_of(request.req_sn)))
        return _told("TRANSRET", trade.code, "见返回码")

    def _keep(self, trade: Trade, number: str, fault: Fault) -> Trade:
        agreement = next((one for one in self.agreements if one.number == number and one.in_force), None)
        account: Fields = agreement.account if agreement else {}
        code = "0000" if agreement else "3059"
        if account.get("ACCOUNT_NO", "").endswith(NO_MONEY):
            code = "3008"
        trade = replace(
            trade,
            code=fault.code if fault.kind == Fault.DETAIL else code,
            amount_fen=trade.amount_fen + (fault.kind == Fault.WRONG_AMOUNT),
            account=account.get("ACCOUNT_NO", ""),
            name=account.get("ACCOUNT_NAME", ""),
        )
        self.trades[trade.batch, trade.sn] = trade
        return trade

    def _tell(self, request: Document, _: Fault) -> Said:
        asked = request.one("QTRANSREQ").get("QUERY_SN")
        details = [papers.detail(trade) for (batch, _), trade in self.trades.items() if batch == asked]
        if not details:
            return codes.NO_TRADE, "无法查询到该交易，可以重发", ()
        return "0000", "处理成功", (("QTRANSRSP", {"QTDETAIL": details}),)

    def _statement(self, request: Document, _: Fault) -> Said:
        day = request.one("QTRANSREQ")["START_DAY"][:8]
        lines = papers.lines(day, list(self.trades.values()))
        if not lines:
            return codes.NO_TRADE, "无法查询到该交易", ()
        content = papers.packed(papers.statement(self.merchant_id, day, lines), day)
        return "0000", "处理成功", (("QTRANSRSP", {"CONTENT": content}),)

    def _now(self) -> str:
        return codes.beijing(self.clock(), SHANGHAI)


def _told(name: str, code: str, message: str) -> Said:
    """INFO heard the request; the detail says what became of it."""
    return "0000", "处理成功", ((name, {"RET_CODE": code, "ERR_MSG": message}),)
