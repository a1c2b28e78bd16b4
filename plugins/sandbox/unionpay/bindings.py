"""The bound cards, and the codes that were sent to bind them. No card number is kept, only what the rules look at."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from plugins.sandbox import handset
from plugins.sandbox.house import House
from plugins.sandbox.store import Store

_BINDING, _CODE = "unionpay_binding", "unionpay_code"
_GOOD_FOR = timedelta(minutes=5)
_TRIES = 3


@dataclass(slots=True)
class Binding:
    """`ending` are the card's last four digits, by which the rules go."""

    bind_id: str
    account: str
    ending: str
    bound: bool = True
    empty: bool = False


def find(store: Store, bind_id: str) -> Binding | None:
    found = store.get(_BINDING, bind_id)
    return Binding(**found) if found else None


def every(store: Store) -> list[Binding]:
    return [Binding(**found) for found in store.all(_BINDING)]


def keep(store: Store, binding: Binding) -> None:
    store.put(_BINDING, binding.bind_id, asdict(binding))


def binding_of(bind_id: str, person: Mapping[str, str]) -> Binding:
    card = person["accNo"]
    return Binding(bind_id, f"{card[:4]}{'*' * (len(card) - 8)}{card[-4:]}", card[-4:])


def send_code(house: House, order: str, person: Mapping[str, str], now: datetime) -> None:
    """A code to the phone, for this order and these very elements."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    sent = {"code": code, "tries": _TRIES, "until": (now + _GOOD_FOR).isoformat(), "person": _fingerprint(person)}
    text = f"【银联】您正在绑定尾号{person['accNo'][-4:]}的银行卡用于还款代扣，验证码{code}，5分钟内有效。"
    with house.store.together():
        house.store.put(_CODE, order, sent)
        handset.receive(house, person["phoneNo"], text, now, sender="UnionPay", template="unionpay_code")


def code_holds(store: Store, order: str, person: Mapping[str, str], now: datetime) -> bool:
    """Whether the person gives the code that was sent for this order. Each wrong one costs a try."""
    sent = store.get(_CODE, order)
    if sent is None or sent["person"] != _fingerprint(person):
        return False
    if now > datetime.fromisoformat(sent["until"]) or sent["tries"] < 1:
        return False
    if hmac.compare_digest(person.get("smsCode", "").encode(), sent["code"].encode()):
        return True
    store.put(_CODE, order, {**sent, "tries": sent["tries"] - 1})
    return False


def _fingerprint(person: Mapping[str, str]) -> str:
    elements = "|".join(person[part] for part in ("accNo", "certifId", "customerNm", "phoneNo"))
    return sha256(elements.encode()).hexdigest()
