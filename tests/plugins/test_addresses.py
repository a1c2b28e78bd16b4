"""Which addresses are taken."""

import pytest

from plugins.addresses import require_https


@pytest.mark.parametrize(
    "url",
    [
        "https://api.mch.weixin.qq.com",
        "http://127.0.0.1:8001/wechat",
        "http://[::1]:8001",
        "http://localhost:8001",
        "http://pay.test",
    ],
)
def test_tls_and_this_machine_are_taken(url: str) -> None:
    require_https(url, "gateway_url")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "api.mch.weixin.qq.com",
        "http://api.mch.weixin.qq.com",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "http://attest",
    ],
)
def test_an_open_line_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(ValueError, match="gateway_url must begin with https"):
        require_https(url, "gateway_url")


@pytest.mark.parametrize("url", ["https://pay.example:port/", "https://pay.example:99999/", "https://[::1/"])
def test_an_address_nothing_can_be_sent_to_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(ValueError, match="gateway_url has a host or a port that is none"):
        require_https(url, "gateway_url")
