"""Settings of channels, as they were entered."""

from collections.abc import Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import ChannelSetting
from domain.shared.paging import Order

BY_APPROVAL = Order((ChannelSetting.at, ChannelSetting.id))
_NEWEST = (
    select(ChannelSetting)
    .ext(distinct_on(ChannelSetting.channel))
    .order_by(ChannelSetting.channel, ChannelSetting.version.desc())
)


async def newest_settings(session: AsyncSession) -> Mapping[str, ChannelSetting]:
    """The newest version of each channel that ever had one."""
    return {row.channel: row for row in await session.scalars(_NEWEST)}


async def newest_setting(session: AsyncSession, channel: str) -> ChannelSetting | None:
    return await session.scalar(_NEWEST.where(ChannelSetting.channel == channel))


async def versions_of_settings(session: AsyncSession) -> Mapping[str, int]:
    """How new each channel's settings are: what is asked every few seconds."""
    rows = await session.execute(
        select(ChannelSetting.channel, func.max(ChannelSetting.version)).group_by(ChannelSetting.channel)
    )
    return {channel: version for channel, version in rows}  # noqa: C416 - rows are no pairs to a type checker


def versions_listed(channel: str) -> Select[ChannelSetting]:
    """Every version of a channel's settings, for `paging.rows_in` by BY_APPROVAL and for `paging.total`."""
    return select(ChannelSetting).where(ChannelSetting.channel == channel)
