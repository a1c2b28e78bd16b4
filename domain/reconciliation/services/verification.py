"""The laws between what was reconciled and the books: every broken one with its figures."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.rules.chart import BANK, CHANNEL_FEES, clearing
from domain.lending.queries.laws import Difference, net_balances
from domain.lending.services.verification import BrokenLaw, broken
from domain.payments.queries.clearing import clearing_expected
from domain.reconciliation.queries import laws


async def verify(session: AsyncSession) -> list[BrokenLaw]:
    """Check every law. The session should read one snapshot."""
    settled_fen = await laws.posted_fen(session, BANK, [laws.SETTLED])
    cost_fen = await laws.fees_fen(session) + sum((await laws.written_off_by_channel(session)).values())
    net = await net_balances(session)
    return [
        *broken("a clearing account holds what came and was neither refunded nor settled", await _clearing(session)),
        *broken(
            "what was settled came to the bank",
            [Difference(BANK, await laws.net_settled_fen(session), settled_fen)],
        ),
        *broken("fees are what the bills say", [Difference(CHANNEL_FEES, cost_fen, net.get(CHANNEL_FEES, 0))]),
        *broken("a settlement is its lines", await laws.settlements_unlike_their_items(session)),
    ]


async def _clearing(session: AsyncSession) -> list[Difference]:
    expected = await clearing_expected(session)
    settled = await laws.settled_by_channel(session)
    lost = await laws.written_off_by_channel(session)
    net = await net_balances(session)
    channels = {
        *expected,
        *settled,
        *lost,
        *(code.removeprefix(_CLEARING) for code in net if code.startswith(_CLEARING)),
    }
    return [
        Difference(
            clearing(channel),
            expected.get(channel, 0) - settled.get(channel, 0) - lost.get(channel, 0),
            net.get(clearing(channel), 0),
        )
        for channel in sorted(channels)
    ]


_CLEARING = clearing("")
