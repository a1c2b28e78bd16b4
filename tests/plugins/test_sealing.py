"""What a plugin seals: opened by that plugin alone, in whatever process has the same master key."""

import base64
from datetime import UTC, datetime

import pydantic
import pytest

from domain.shared.crypto import Keyring
from domain.shared.days import SHANGHAI
from domain.shared.secret import SecretStr
from domain.shared.settings import Settings
from plugins.masking import plugin_logger
from plugins.registry import Registry
from plugins.sealing import NotSealedHere, Sealing
from plugins.spec import ChannelRuntime
from plugins.testing import runtime
from tests.plugins.test_registry import Cash, offering, spec

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NAME = "王小明13800138000"


def test_what_is_sealed_is_letters_that_say_nothing_and_opens_again() -> None:
    given = runtime(now=NOW, code="cash")

    sealed, again = given.seal(NAME), given.seal(SecretStr(NAME))

    assert sealed.isascii()
    assert sealed != again
    assert NAME.encode() not in base64.b64decode(sealed)
    assert given.unseal(sealed) == given.unseal(again) == SecretStr(NAME)
    assert NAME not in repr(given.unseal(sealed))


@pytest.mark.parametrize("nonsense", ["", "not base64!", "AAAA", base64.b64encode(bytes(60)).decode()])
def test_what_was_not_sealed_does_not_open(nonsense: str) -> None:
    with pytest.raises(NotSealedHere, match="not sealed for cash"):
        runtime(now=NOW, code="cash").unseal(nonsense)


def test_another_plugin_does_not_open_it_nor_does_another_master_key() -> None:
    sealed = runtime(now=NOW, code="cash").seal(NAME)

    with pytest.raises(ValueError, match="not sealed for coins"):
        runtime(now=NOW, code="coins").unseal(sealed)
    with pytest.raises(NotSealedHere):
        Sealing("cash", Keyring.from_master(bytes(32))).unseal(sealed)


async def test_a_channel_of_one_process_opens_what_that_of_another_sealed() -> None:
    key = base64.b64encode(bytes(range(32))).decode()

    def process() -> ChannelRuntime:
        settings = Settings(master_key=pydantic.SecretStr(key), channels={"cash": {}})
        registry = Registry.from_settings(settings, clock=lambda: NOW, plugins={"cash": offering(spec())})
        channel = registry.channel("cash")
        assert isinstance(channel, Cash)
        return channel.runtime

    assert process().unseal(process().seal(NAME)).reveal() == NAME


def test_without_a_master_key_nothing_is_sealed_and_that_is_said() -> None:
    by_hand = ChannelRuntime(
        code="cash",
        http=runtime(now=NOW).http,
        clock=lambda: NOW,
        tz=SHANGHAI,
        logger=plugin_logger("cash"),
        secrets={}.__getitem__,
        notify_base_url="https://suidai.example",
    )

    for given in (Sealing("cash", None), by_hand):
        with pytest.raises(LookupError, match="key to seal with"):
            given.seal(NAME)
