"""What a start does with its settings."""

import base64
from pathlib import Path
from typing import Any

import pytest

from domain.shared.settings import Environment, Settings
from suidai.runtime.configuration import attached, completed, environment, read_settings, refusals
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Running, open_home
from suidai.runtime.keys import new_keys

KEY = base64.b64encode(bytes(32)).decode()
KEYS = new_keys()


def production(**settings: Any) -> Settings:
    return Settings(**{"env": Environment.PRODUCTION, "master_key": KEY, "token_key": KEY, **settings})


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SUIDAI_{name.upper()}", raising=False)


def test_production_with_all_it_needs_is_let_through() -> None:
    assert refusals(production()) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"master_key": None}, "SUIDAI_MASTER_KEY is not set"),
        ({"token_key": None}, "SUIDAI_TOKEN_KEY is not set"),
        ({"master_key": "short"}, "SUIDAI_MASTER_KEY is not 32 bytes"),
        ({"sandbox": {"alipay": {}}}, "SUIDAI_SANDBOX is set"),
        ({"providers": {"risk": {"name": "sandbox"}}}, "the sandbox as risk provider"),
        ({"failpoints": "inbox"}, "SUIDAI_FAILPOINTS is set"),
    ],
)
def test_production_refuses_with_one_sentence_each(settings: dict[str, Any], said: str) -> None:
    [sentence] = refusals(production(**settings))

    assert said in sentence
    assert sentence.endswith(".")


def test_development_asks_for_none_of_it() -> None:
    assert refusals(Settings(failpoints="inbox", sandbox={"alipay": {}})) == []


def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIDAI_API_PORT", "eight thousand")

    with pytest.raises(CannotStart, match="SUIDAI_API_PORT cannot be used"):
        read_settings()


def test_a_setting_that_is_not_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIDAI_CHANNELS", "{alipay}")

    with pytest.raises(CannotStart, match="channels"):
        read_settings()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_database_address_may_be_written_in_the_usual_ways(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("SUIDAI_DATABASE_URL", f"{scheme}://me@db/suidai")

    url = read_settings().database_url

    assert url
    assert url.get_secret_value() == "postgresql+asyncpg://me@db/suidai"


def test_an_address_of_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIDAI_DATABASE_URL", "mysql://me@db/suidai")

    with pytest.raises(CannotStart, match="SUIDAI_DATABASE_URL is no PostgreSQL address"):
        read_settings()


def test_a_child_reads_the_very_settings_its_parent_completed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = completed(Settings(api_port=8123), tmp_path, KEYS, "postgresql+asyncpg://db", "redis://queue")

    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    assert read_settings() == settings


def test_both_ends_of_the_sandbox_share_their_secrets() -> None:
    settings = completed(
        Settings(api_port=8123, sandbox_port=8124), Path("x"), KEYS, "postgresql+asyncpg://db", "redis://q"
    )

    assert settings.channels["alipay"]["gateway_url"] == "http://127.0.0.1:8124/alipay/gateway.do"
    assert settings.channels["alipay"]["app_id"] == settings.sandbox["alipay"]["app_id"]
    assert set(settings.providers) == {"identity", "bankcard", "risk", "esign", "funding", "sms", "bureau", "data"}
    for kind, provider in settings.providers.items():
        assert provider["name"] == "sandbox"
        assert provider["base_url"] == f"http://127.0.0.1:8124/{kind}"
        assert provider["secret"] == settings.sandbox[kind]["secret"]
        assert settings.sandbox[kind]["callback_url"] == f"http://127.0.0.1:8123/notify/{kind}/sandbox"


def test_what_was_given_is_kept_and_only_the_rest_is_made_up() -> None:
    mine = {"alipay": {"app_id": "mine"}}

    settings = completed(
        Settings(channels=mine, master_key=KEY), Path("x"), KEYS, "postgresql+asyncpg://db", "redis://q"
    )

    assert settings.channels["alipay"] == mine["alipay"]
    assert settings.master_key
    assert settings.master_key.get_secret_value() == KEY
    assert settings.token_key
    assert settings.token_key.get_secret_value() == KEYS.token_key


def test_production_is_completed_by_addresses_alone() -> None:
    settings = completed(production(), Path("x"), None, "postgresql+asyncpg://db", "redis://q")

    assert settings.channels == settings.providers == settings.sandbox == {}


def test_a_command_beside_a_running_suidai_has_its_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUIDAI_HOME", str(tmp_path))
    with pytest.raises(CannotStart, match=f"No suidai runs in {tmp_path}"):
        attached()

    running = Running(1, "", "", None, {"database_url": "postgresql+asyncpg://db", "master_key": KEY})
    home = open_home(tmp_path, None)
    with home.held():
        home.tell(running)
        url = attached().database_url

    assert url
    assert url.get_secret_value() == "postgresql+asyncpg://db"
