"""Settings as operators write them, in JSON or into a form: what is clearly meant is taken, and what is not is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from suidai.contract import Notification
from tests.plugins.channels.outside import test_alipay, test_unionpay, test_wechat
from tests.plugins.channels.outside.door import CLOCK, made, told

CONFIGS: dict[str, dict[str, Any]] = {
    "alipay": test_alipay.CONFIG,
    "wechat": test_wechat.CONFIG,
    "bank_withholding": test_unionpay.CONFIG,
}
NOW = datetime.fromtimestamp(test_wechat.NOW, UTC)
_PAID = test_wechat.NOTICES["cases"][0]
NOTICES: dict[str, tuple[Any, ...]] = {
    "alipay": (test_alipay.VECTORS["notifications"][0]["form_body"], (), CLOCK),
    "wechat": (_PAID["body"], _PAID["headers"], NOW),
    "bank_withholding": (test_unionpay.VECTORS["responses"][2]["back_notify_form"], (), test_unionpay.LATER),
}


@pytest.mark.parametrize("write", [json.loads, lambda text: f" {text}\n"], ids=["a number", "with blanks"])
@pytest.mark.parametrize(
    ("code", "setting"),
    [("alipay", "app_id"), ("alipay", "seller_id"), ("wechat", "mchid"), ("bank_withholding", "mer_id")],
)
async def test_an_id_is_the_same_however_it_was_written_down(code: str, setting: str, write: Any) -> None:
    config = CONFIGS[code]
    config = {**config, setting: write(config[setting])}

    notice = await told(made(code, config, now=CLOCK), *NOTICES[code])

    assert isinstance(notice, Notification)
    assert notice.result
    assert notice.result.state == "SUCCEEDED"


@pytest.mark.parametrize(
    ("code", "setting", "value", "says"),
    [
        ("alipay", "withholding", "false", "withholding is neither true nor false"),
        ("alipay", "test_mode", 1, "test_mode is neither true nor false"),
        ("alipay", "seller_id", 2088000000000001.0, "seller_id is not a text"),
        ("alipay", "app_id", None, "app_id is empty"),
        ("alipay", "app_id", True, "app_id is not a text"),
        ("alipay", "app_private_key", ["MII"], "app_private_key is not a text"),
        ("wechat", "apiv3_key", 11112222333344445555666677778888, "apiv3_key is not a text"),
        ("wechat", "gateway_url", 5, "gateway_url must begin with https://"),
        ("wechat", "platform_certificates", "MII", "platform_certificates is not texts by name"),
        ("wechat", "platform_certificates", {"51": None}, "platform_certificates is not a text"),
        ("bank_withholding", "root_cert", {}, "root_cert is not a text"),
        ("bank_withholding", "batch_size", None, "batch_size is from 0 to 100000"),
        ("bank_withholding", "batch_account", 1.5, "batch_account is not a text"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_the_name_of_its_setting(
    code: str, setting: str, value: Any, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        made(code, {**CONFIGS[code], setting: value})
