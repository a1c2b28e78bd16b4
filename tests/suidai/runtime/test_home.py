"""Where the state lies, and who may hold it."""

import json
import os
import stat
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from suidai.runtime.errors import CannotStart
from suidai.runtime.home import AlreadyRuns, Home, Running, open_home, place_of, running_in
from suidai.runtime.keys import keys_of
from suidai.runtime.platform import Account, postgres_binaries, readable_by, server_account, valkey_binary
from suidai.runtime.postgres import embedded_postgres
from suidai.runtime.sockets import LONGEST_NAME, PATH_LIMIT, own_folder, socket_folder

ME = Running(os.getpid(), "2026-11-22", "http://127.0.0.1:8000", None, {"token_key": "secret"})
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account run PostgreSQL")


def account() -> Account:
    found = server_account()
    assert found
    return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / ".suidai", None)


def test_only_one_holds_a_folder_and_the_other_hears_who(home: Home) -> None:
    with home.held():
        home.tell(ME)
        with pytest.raises(AlreadyRuns) as refused, home.held():
            pass

        assert refused.value.other == ME
        assert running_in(home.path) == ME
    assert running_in(home.path) is None


def test_a_holder_that_was_killed_is_noticed(home: Home) -> None:
    with home.held():
        home.tell(ME)
        left_behind = (home.path / "running.json").read_bytes()
    (home.path / "running.json").write_bytes(left_behind)

    with home.held() as unclean:
        assert unclean
    with home.held() as unclean:
        assert not unclean


def test_secrets_are_for_their_owner_only_and_stay_the_same(home: Home) -> None:
    keys = keys_of(home)

    assert stat.S_IMODE(home.keys.stat().st_mode) == 0o600
    assert keys_of(home) == keys
    assert keys.master_key not in repr(keys)


def test_a_folder_from_before_a_channel_came_gets_keys_for_it_and_keeps_the_others(home: Home) -> None:
    keys = keys_of(home)
    before = {**asdict(keys), "alipay": {"app_id": "1"}}
    del before["channels"]
    home.keys.write_text(json.dumps(before))

    now = keys_of(home)

    assert replace(now, channels=keys.channels) == keys
    assert set(now.channels) == set(keys.channels)
    assert keys_of(home) == now


def test_damaged_keys_are_not_replaced(home: Home) -> None:
    home.keys.write_text("{")

    with pytest.raises(CannotStart, match=r"keys.json is damaged"):
        keys_of(home)


@as_root
def test_a_folder_the_other_account_cannot_enter_is_exchanged_for_one_it_can() -> None:
    with tempfile.TemporaryDirectory(prefix="suidai-home-") as closed, tempfile.TemporaryDirectory() as elsewhere:
        Path(elsewhere).chmod(0o755)
        asked_for = Path(closed, "shop", ".suidai")
        asked_for.parent.mkdir()

        home = open_home(asked_for, account(), Path(elsewhere))

        assert home.path == Path(elsewhere, place_of(asked_for))
        assert home.asked_for == asked_for
        assert account().can_enter(home.path)
        assert not asked_for.exists()
        assert home == open_home(asked_for, account(), Path(elsewhere))


def test_two_folders_of_one_name_have_two_places() -> None:
    assert place_of(Path("/root/a/shop/.suidai")).startswith("shop-")
    assert place_of(Path("/root/a/shop/.suidai")) != place_of(Path("/root/b/shop/.suidai"))


@as_root
def test_binaries_the_other_account_cannot_reach_are_copied_with_their_libraries() -> None:
    with tempfile.TemporaryDirectory() as closed, tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        packages = postgres_binaries().parents[2]
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            Path(closed, part).symlink_to(packages / part)
        Path(closed).chmod(0o700)

        binaries = readable_by(account(), Path(closed, "embedded_postgres/pginstall/bin"), Path(open_to_all, "kept"))

        assert binaries.is_relative_to(open_to_all)
        assert account().runs([str(binaries / "initdb"), "--version"])


@pytest.mark.parametrize(
    ("binaries", "instead"), [(postgres_binaries, "SUIDAI_DATABASE_URL"), (valkey_binary, "SUIDAI_REDIS_URL")]
)
def test_a_platform_without_binaries_is_told_what_to_set(binaries: object, instead: str) -> None:
    with pytest.raises(CannotStart, match=rf"no embedded .* for this platform .*: set {instead}"):
        binaries("no_such_package")  # type: ignore[operator]  # two functions of one shape


def test_a_socket_lies_beside_the_data_unless_its_path_would_be_too_long_or_odd(tmp_path: Path) -> None:
    assert socket_folder(Path("/srv/shop/socket")) == Path("/srv/shop/socket")
    for odd in (Path("/srv", "x" * 100), Path("/srv/my shop/socket"), Path("/srv/小店/socket")):
        moved = socket_folder(odd)

        assert moved == socket_folder(odd)
        assert moved != odd
        assert len(str(moved)) + LONGEST_NAME <= PATH_LIMIT


def test_a_socket_folder_somebody_else_made_is_not_used(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    trap = tmp_path / "trap"
    trap.symlink_to(elsewhere)

    with pytest.raises(CannotStart, match="is not a folder of this user's"):
        own_folder(trap)


async def test_an_initdb_that_fails_names_its_log_and_leaves_no_data(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    server = embedded_postgres(tmp_path / "postgres", "", tmp_path / "log")  # it wants a password

    with pytest.raises(CannotStart, match=f"could not make its data folder.*see the end of {tmp_path / 'log'}"):
        await server.prepare()

    assert not server.data.exists()
    assert not (server.folder / "password").exists()
