"""A config model says which settings are secret and what a form looks like; nothing that is refused is ever quoted."""

from dataclasses import dataclass, field
from typing import Any

import pydantic
import pytest

from plugins.channels.alipay.config import AlipayConfig
from plugins.channels.wechat.config import WechatConfig
from plugins.configuring import names_of, schema_of, secrets_of, unquoted, wrongs
from suidai.contract import SecretStr

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----"


@dataclass(frozen=True, kw_only=True)
class Config:
    """A till."""

    till: int
    key: SecretStr
    keys: dict[str, SecretStr] = field(default_factory=dict[str, SecretStr])
    note: str | None = None
    test_mode: bool = False


class Strict(pydantic.BaseModel):
    """The same kind of thing in pydantic."""

    till: int
    key: pydantic.SecretStr
    other: str = pydantic.Field(default="", max_length=5)


def test_what_is_typed_secret_is_secret_also_within_a_mapping() -> None:
    assert secrets_of(Config) == {"key", "keys"}
    assert secrets_of(Strict) == {"key"}
    assert secrets_of(AlipayConfig) == {"app_private_key"}


def test_of_a_model_that_says_nothing_everything_is_secret() -> None:
    def anything(**settings: Any) -> dict[str, Any]:
        return settings

    assert names_of(anything) is None
    assert secrets_of(anything, {"till", "key"}) == {"till", "key"}


def test_a_setting_the_model_does_not_know_may_be_a_secret_under_a_wrong_name() -> None:
    assert secrets_of(Config, {"till", "kee"}) == {"key", "keys", "kee"}


def test_the_schema_is_that_of_a_form() -> None:
    password = {"type": "string", "format": "password", "writeOnly": True}

    assert schema_of(Config) == {
        "type": "object",
        "properties": {
            "till": {"type": "integer"},
            "key": password,
            "keys": {"type": "object", "additionalProperties": password},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "test_mode": {"type": "boolean", "default": False},
        },
        "required": ["till", "key"],
        "additionalProperties": False,
    }
    assert schema_of(Strict)["properties"]["key"]["writeOnly"] is True
    assert {"app_id", "seller_id", "app_private_key"} <= set(schema_of(AlipayConfig)["required"])
    assert schema_of(WechatConfig)["properties"]["merchant_private_key"] == password


def test_each_setting_pydantic_refuses_is_told_by_its_name_and_without_its_value() -> None:
    given = {"till": "twenty-two", "key": KEY, "other": "too long a text"}
    with pytest.raises(pydantic.ValidationError) as refusal:
        Strict(**given)  # type: ignore[arg-type]  # that is the point

    told = wrongs(refusal.value, given, secrets_of(Strict))

    assert {each.setting for each in told} == {"till", "other"}
    assert not any("twenty-two" in each.why or "too long a" in each.why for each in told)


@pytest.mark.parametrize(
    "quoted",
    [
        "{key}",
        "{key!r}",
        "cannot read {key:.40}...",
        "ends in {key!s:.30}",
    ],
)
def test_a_secret_is_never_quoted_not_even_a_part_of_it(quoted: str) -> None:
    said = unquoted(f"app_private_key: {quoted.format(key=KEY)}", {"app_private_key": KEY}, {"app_private_key"})

    assert "BEGIN" not in said
    assert "MII" not in said


def test_a_short_secret_is_not_quoted_either() -> None:
    assert "x1" not in unquoted("password 'x1' is too short", {"password": "x1"}, {"password"})


def test_a_plain_setting_is_masked_where_it_is_quoted_whole() -> None:
    assert unquoted("no such seller 2088000000000001", {"seller_id": "2088000000000001"}) == "no such seller ***"


def test_the_setting_that_a_sentence_names_is_the_one_it_is_about() -> None:
    (told,) = wrongs(ValueError("app_cert is empty"), {"app_cert": "", "app_id": "1"})

    assert (told.setting, told.why) == ("app_cert", "ValueError: app_cert is empty")
