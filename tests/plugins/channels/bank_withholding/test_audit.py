"""What is kept of an exchange with UnionPay names nobody."""

from plugins.runtime import Exchange
from suidai.contract import ConfirmMandate, SecretStr
from tests.plugins.channels.bank_withholding.test_channel import BEGIN, DEBIT, PERSON
from tests.plugins.channels.bank_withholding.unionpay import CONFIG, PAID, channel, saying


async def test_every_exchange_is_audited_and_nothing_in_it_gives_a_person_or_a_key_away() -> None:
    heard: list[Exchange] = []

    async def audit(exchange: Exchange) -> None:
        heard.append(exchange)

    done = {name: value for name, value in PAID.items() if name not in {"orderId", "txnAmt"}}
    bank = channel(saying({**done, "accNo": "6216261000000000018"}), audit=audit)
    begun = await bank.begin_mandate(BEGIN)
    await bank.confirm_mandate(ConfirmMandate(BEGIN.mandate_no, SecretStr("123456"), begun.channel_state))
    await bank.debit(DEBIT)

    assert [one.status for one in heard] == [200, 200, 200]
    assert "txnType=77" in heard[0].request
    assert "accNo=***" in heard[0].response
    shown = repr(heard) + "".join(one.request + one.response + one.url for one in heard)
    for field in ("accNo", "customerInfo"):
        assert f"{field}=***" in heard[1].request
    for secret in (PERSON.card_number, PERSON.name, PERSON.id_number, PERSON.phone):
        assert secret.reveal().removeprefix("+86") not in shown
    assert CONFIG["private_key"][40:80] not in shown
