"""`suidai channels`: what is installed, the kit's verdict, and a package to begin with that passes its own tests."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from domain.shared.clock import real_now
from domain.shared.db import Sessions
from suidai.channels_commands import app
from tests.domain.credit.builders import member_of_staff
from tests.domain.payments.builders import NOW, paid, routed
from tests.domain.payments.services.test_routing import tried
from tests.domain.payments.services.test_settings import ask, decide
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai as suidai_command
from tests.suidai.test_installed import said as said_by


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No suidai runs here."""
    monkeypatch.setenv("SUIDAI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SUIDAI_DATABASE_URL", raising=False)
    monkeypatch.delenv("SUIDAI_CHANNELS", raising=False)


def said(*words: str, code: int = 0) -> str:
    return said_by(*words, code=code, of=app)


def installed(package: Path, folder: Path) -> str:
    """A path on which a package lies as an installer would have put it there."""
    told = folder / f"{package.name.replace('-', '_')}-0.1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.name}\nVersion: 0.1.0\n", "utf-8")
    groups = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    lines = [line for group, named in groups.items() for line in (f"[{group}]", *map(" = ".join, named.items()))]
    (told / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    return os.pathsep.join([str(package / "src"), str(folder)])


def test_every_channel_is_listed_with_what_it_can_do() -> None:
    listed = {one["code"]: one for one in json.loads(said("--json"))}

    assert {"alipay", "wechat", "bank_withholding"} <= set(listed)
    assert listed["alipay"]["status"] == "NOT_CONFIGURED"
    assert "pay by app, page, qr, wap" in listed["alipay"]["capabilities"]
    assert listed["bank_withholding"]["capabilities"] == [
        "sign by sms",
        "refund full, multiple, partial",
        "bill of trade",
        "debit",
    ]
    assert "支付宝" in said()


def test_the_settings_of_the_environment_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIDAI_CHANNELS", json.dumps({"alipay": {"app_id": "1"}, "wechat": {"enabled": False}}))

    listed = {one["code"]: one for one in json.loads(said("--json"))}

    assert listed["alipay"]["status"] == "DISABLED_BROKEN"
    assert "seller_id" in listed["alipay"]["reason"]
    assert listed["wechat"]["status"] == "DISABLED"


async def test_what_was_laid_down_over_the_api_is_shown(sessions: Sessions, database_url: str) -> None:
    async with sessions.begin() as session:
        by = await member_of_staff(session, "asker", "ADMIN")
        environment = {"app_id": "1"}
        await decide(
            session,
            await ask(
                session, by, None, channel="alipay", enabled=False, use_environment=True, environment=environment
            ),
        )
        await routed(session)
        await tried(session, "alipay", paid(), ago=NOW - real_now())

    channels = json.dumps({"alipay": environment})
    listed = suidai_command(
        "channels",
        "--json",
        SUIDAI_DATABASE_URL=database_url,
        SUIDAI_MASTER_KEY=MASTER,
        SUIDAI_CHANNELS=channels,
    )

    assert listed.returncode == 0, listed.stderr
    told = {one["code"]: (one["status"], one["success"]) for one in json.loads(listed.stdout)}
    assert (told["alipay"], told["wechat"]) == (("DISABLED", "90.9% of 1"), ("NOT_CONFIGURED", ""))


def test_a_code_that_nobody_offers_is_one_sentence() -> None:
    assert "no plugin offers a channel 'alipa'; there is: alipay, " in said("check", "alipa", code=2)


def test_a_channel_is_checked_without_anything_running() -> None:
    told = json.loads(said("check", "wechat", "--json"))

    assert (told["code"], told["ok"]) == ("wechat", True)
    assert {"check": "batches are kept", "outcome": "not applicable", "sentence": "it takes no batches"} in told[
        "checks"
    ]
    assert [one["check"] for one in told["checks"] if one["outcome"] == "ok"].count("doubt is unknown") == 1


@pytest.mark.parametrize("name", ["Bad", "a", "9pay", "pay-now", "pay__now", "pay_", "x" * 33, "../up", ""])
def test_a_name_that_is_no_code_is_one_sentence(name: str, tmp_path: Path) -> None:
    assert "cannot be a channel's code" in said("new", "--into", str(tmp_path), "--", name, code=2)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    assert "there is a channel wechat already" in said("new", "wechat", "--into", str(tmp_path), code=2)


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "suidai-tillpay").mkdir()

    assert "is there already" in said("new", "tillpay", "--into", str(tmp_path), code=2)
    assert list((tmp_path / "suidai-tillpay").iterdir()) == []


def test_a_new_package_passes_its_own_tests_and_the_check(tmp_path: Path) -> None:
    said("new", "paynow_cn", "--into", str(tmp_path))
    package = tmp_path / "suidai-paynow-cn"
    site = tmp_path / "site"
    site.mkdir()
    here = installed(package, site)

    own = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:randomly"],
        cwd=package,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
    )
    checked = suidai_command("channels", "check", "paynow_cn", PYTHONPATH=here, COLUMNS="160")
    listed = json.loads(suidai_command("channels", "--json", PYTHONPATH=here).stdout)

    assert own.returncode == 0, own.stdout
    assert "10 passed" in own.stdout
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "payments are made once" in checked.stdout
    assert "broken" not in checked.stdout.replace("a broken one is a problem", "")
    assert ("paynow_cn", "suidai-paynow-cn", "NOT_CONFIGURED") in [
        (one["code"], one["package"], one["status"]) for one in listed
    ]
    assert not [path for path in package.rglob("*.py") if re.search("ashpay|现金付", path.read_text("utf-8"))]


def test_a_channel_that_breaks_the_contract_ends_with_1(tmp_path: Path) -> None:
    said("new", "tillpay", "--into", str(tmp_path))
    channel = tmp_path / "suidai-tillpay" / "src" / "suidai_tillpay" / "channel.py"
    doubt = "PaymentResult(PaymentState.UNKNOWN, error=answer)"
    assert doubt in channel.read_text("utf-8")
    channel.write_text(channel.read_text("utf-8").replace(doubt, "PaymentResult(PaymentState.DECLINED, error=answer)"))
    site = tmp_path / "site"
    site.mkdir()

    checked = suidai_command(
        "channels", "check", "tillpay", "--json", PYTHONPATH=installed(tmp_path / "suidai-tillpay", site)
    )

    broken = {
        one["check"]: one["sentence"] for one in json.loads(checked.stdout)["checks"] if one["outcome"] == "broken"
    }
    assert checked.returncode == 1
    assert "is DECLINED; nobody knows what it did" in broken["doubt is unknown"]


def test_a_package_without_a_sample_is_told_what_to_add(tmp_path: Path) -> None:
    said("new", "tillpay", "--into", str(tmp_path))
    site = tmp_path / "site"
    site.mkdir()
    here = installed(tmp_path / "suidai-tillpay", site)
    points = next(site.rglob("entry_points.txt"))
    points.write_text(points.read_text("utf-8").partition("[suidai.samples]")[0], "utf-8")

    checked = suidai_command("channels", "check", "tillpay", PYTHONPATH=here)

    assert checked.returncode == 2
    assert "an entry point tillpay in the group suidai.samples" in checked.stderr
