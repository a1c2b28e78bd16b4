"""A database knows its master key."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.crypto import Keyring
from domain.shared.key_mark import WrongMasterKey, must_belong


async def test_the_first_key_is_the_databases_own_and_no_other(session: AsyncSession, keyring: Keyring) -> None:
    await must_belong(session, keyring)
    await must_belong(session, keyring)

    with pytest.raises(WrongMasterKey, match="another SUIDAI_MASTER_KEY"):
        await must_belong(session, Keyring.from_master(bytes(32)))
    await must_belong(session, keyring)
