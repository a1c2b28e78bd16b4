"""The sandbox process: Alipay and the other outside parties on one port, each under its own path."""

import asyncio
import html
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from domain.shared.days import SHANGHAI
from domain.shared.settings import Environment, Settings
from plugins.sandbox import alipay, bankcard, esign, funding, identity, risk, script, sms, unionpay, wechat
from plugins.sandbox.alipay import gateway as alipay_gateway
from plugins.sandbox.bureau import BUREAU, DATA, Reporters
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import Clock, House, SandboxConfig
from plugins.sandbox.pages import page
from plugins.sandbox.post import real_time
from plugins.sandbox.store import Store
from plugins.sandbox.unionpay import gateway as unionpay_gateway
from plugins.sandbox.wechat import gateway as wechat_gateway

_PARTIES = {
    "identity": (identity, "实名认证 identity register"),
    "bankcard": (bankcard, "银行卡验证 card bank"),
    "sms": (sms, "短信 text messages"),
    "risk": (risk, "风控 risk engine"),
    "esign": (esign, "电子签 e-signature"),
    "funding": (funding, "资金方 funding party"),
    "bureau": (Reporters(BUREAU), "征信机构 credit bureau"),
    "data": (Reporters(DATA), "数据源 licensed source of data"),
}
_CHANNELS = {
    "alipay": (alipay_gateway, alipay.RULES, "支付宝 Alipay"),
    "bank_withholding": (unionpay_gateway, unionpay.RULES, "银联代收 UnionPay withholding"),
    "wechat": (wechat_gateway, wechat.RULES, "微信支付 WeChat Pay"),
}


def create_sandbox(settings: Settings | None = None, clock: Clock | None = None) -> Starlette:
    """The application. `clock` gives business time, at once or to be awaited; without one it is real time.

    Refuses to be made in production: there the outside parties are real.
    """
    settings = settings or Settings()
    if settings.env is Environment.PRODUCTION:
        raise RuntimeError("production has no sandbox: the outside parties there are real")
    config = SandboxConfig.of(settings.sandbox)
    store = Store(settings.home / "sandbox.sqlite3")
    house = House(config, store, clock or _real_clock)
    mounts = [Mount(f"/{party}", routes=_PARTIES[party][0].routes(house)) for party in config.secrets]
    mounts += [
        Mount(f"/{code}", routes=_CHANNELS[code][0].routes(house, keys)) for code, keys in config.channels.items()
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        post = asyncio.create_task(house.postman.run())
        yield
        post.cancel()
        with suppress(asyncio.CancelledError):
            await post
        store.close()

    routes = [Route("/", _index), Route("/healthz", _healthz), *script.routes(house.faults), *mounts]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.house = house
    return app


async def _index(request: Request) -> Response:
    house: House = request.app.state.house
    known = {party: (module.RULES, name) for party, (module, name) in _PARTIES.items()}
    known |= {code: (rules, name) for code, (_, rules, name) in _CHANNELS.items()}
    playing = {*house.config.secrets, *house.config.channels}
    parties = "".join(
        f"<h2>{name}</h2><p><code>/{party}</code>{'' if party in playing else ' (no settings: not played)'}</p>"
        f"<ul>{''.join(f'<li>{html.escape(rule)}</li>' for rule in rules)}</ul>{_doors(house, party)}"
        for party, (rules, name) in known.items()
    )
    intro = "<p>Outside parties played on this machine. No money moves.</p>"
    return page("suidai sandbox", f"{intro}{_faults_to_come(house)}{parties}{_faults()}")


def _faults_to_come(house: House) -> str:
    to_come = "".join(
        f"<li>{html.escape(one['party'])}: {one['fault']} {html.escape(one['order'] or 'any order')} × {one['left']}</li>"
        for one in house.faults.to_come()
    )
    return f'<h2><a href="faults">Faults</a> to come</h2><ul>{to_come or "<li>none</li>"}</ul>'


def _faults() -> str:
    """What each fault is, in the words in which it is planned."""
    known = "".join(f"<li><code>{fault}</code> {html.escape(fault.sentence)}</li>" for fault in Fault)
    return f"<h2>What can go wrong</h2><p>Planned by <code>suidai faults add</code>.</p><ul>{known}</ul>"


def _doors(house: House, party: str) -> str:
    """What a channel has taken, and what it can do wrong."""
    trades = f'<p><a href="{party}/trades">Trades</a></p>' if party in house.config.channels else ""
    can_do = ", ".join(house.faults.known().get(party, []))
    return f"{trades}{f'<p>Can go wrong: <code>{can_do}</code></p>' if can_do else ''}"


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")


def _real_clock() -> datetime:
    return datetime.fromtimestamp(real_time(), SHANGHAI)
