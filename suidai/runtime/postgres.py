"""The embedded PostgreSQL: made once, started as a child of ours on a unix socket, found again after a crash."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from urllib.parse import quote

from suidai.runtime import sql
from suidai.runtime.errors import CannotStart
from suidai.runtime.platform import Account, postgres_binaries, readable_by, server_account
from suidai.runtime.process import Child, end_group, end_orphan, open_log, run_as
from suidai.runtime.sockets import own_folder, socket_folder

MAJOR = "18"
SUPERUSER = "postgres"
ROLE = DATABASE = "suidai"
PORT = 5432  # names the socket; nothing listens on TCP

SMALL_MACHINE: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "120",
    "jit": "off",  # costs more than it saves on short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%d ",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server: where it lies, who runs it, its password."""

    folder: Path
    binaries: Path
    password: str = field(repr=False)
    log: Path
    account: Account | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        return socket_folder(self.folder / "socket", self.account)

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        return f"postgresql+asyncpg://{role}:{quote(self.password)}@/{database}?host={self.socket}&port={PORT}"

    def child(self) -> Child:
        options = {**SMALL_MACHINE, **self.options, "listen_addresses": "", "unix_socket_directories": str(self.socket)}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Child(
            name="PostgreSQL",
            argv=(str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(PORT), *settings),
            log=self.log,
            env={"LC_ALL": "C"},
            healthy=self.answers,
            patience=600.0,  # after a crash it first reads through its write-ahead log
            account=self.account,
            stop_signal=Signals.SIGINT,  # fast shutdown: open transactions are rolled back, nothing is lost
            quit_signal=Signals.SIGQUIT,  # immediate: the next start recovers from the write-ahead log
            orphan_signal=Signals.SIGINT,
        )

    async def prepare(self) -> None:
        """Make the data folder if there is none yet; else see to it that it is ours to start.

        Raises CannotStart for the data of another major version.
        """
        own_folder(self.folder, self.account)
        own_folder(self.socket, self.account)
        if not self.data.exists():
            await self._make()
            return
        major = (self.data / "PG_VERSION").read_text().strip()
        if major != MAJOR:
            raise CannotStart(
                f"{self.data} holds data of PostgreSQL {major}, this suidai brings {MAJOR}: start it once more with the "
                f"suidai that made it and carry the data over with pg_dump, or move the folder away to begin anew."
            )
        await self._end_orphan()

    async def answers(self) -> bool:
        """Whether the server takes connections. It says no while it starts, and through recovery."""
        try:
            async with sql.connected(self.url(SUPERUSER, SUPERUSER)):
                return True
        except sql.STILL_STARTING:
            return False
        except sql.WRONG_PASSWORD as error:
            raise CannotStart(
                f"PostgreSQL in {self.data} refuses the password kept for it: put the keys.json that belongs to this "
                "data back, or move the folder away to begin anew."
            ) from error

    async def ensure_database(self) -> None:
        """Make the role and the database suidai uses, unless they are there. The role is no superuser."""
        with suppress(*sql.WRONG_PASSWORD, *sql.NO_DATABASE):
            async with sql.connected(self.url()):
                return
        async with sql.connected(self.url(SUPERUSER, SUPERUSER)) as connection:
            with suppress(*sql.EXISTS_ALREADY):
                await connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")
            with suppress(*sql.EXISTS_ALREADY):
                await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    async def _make(self) -> None:
        """Run initdb beside the final place and move it there when done: an interrupted one leaves nothing half made."""
        unfinished, secret = self.folder / "data.new", self.folder / "password"
        shutil.rmtree(unfinished, ignore_errors=True)
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.account:
            self.account.own(secret)
        options = {"-D": unfinished, "-U": SUPERUSER, "--pwfile": secret, "-E": "UTF8", "--auth": "scram-sha-256"}
        # The builtin provider sorts the same on every machine, whatever its C library does with an upgrade.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments = [part for name, value in options.items() for part in (name, str(value))]
        arguments += [*locale, "--data-checksums", *(["--no-sync"] if self.options.get("fsync") == "off" else [])]
        with open_log(self.log) as log:
            making = await asyncio.create_subprocess_exec(
                str(self.binaries / "initdb"), *arguments, stdin=DEVNULL, stdout=log, stderr=STDOUT,
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, start_new_session=True, **run_as(self.account),
            )  # fmt: skip
            try:
                code = await making.wait()
            finally:
                if making.returncode is None:  # we are told to stop, and the server it starts to fill the folder too
                    await end_group(making)
                secret.unlink()
        if code != 0:
            raise CannotStart(f"PostgreSQL could not make its data folder in {self.folder}: see the end of {self.log}.")
        unfinished.rename(self.data)

    async def _end_orphan(self) -> None:
        """Stop the server of an earlier run that was killed. We hold the folder's lock, so nobody is using it."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        await end_orphan(pid, f"-D {self.data}", (Signals.SIGINT, Signals.SIGQUIT, Signals.SIGKILL))


def embedded_postgres(folder: Path, password: str, log: Path, options: Mapping[str, str] | None = None) -> Postgres:
    """The server whose data lies below `folder`, run by an account that may."""
    account = server_account()
    binaries = readable_by(account, postgres_binaries(), keep_in=folder.parent / "binaries")
    return Postgres(folder, binaries, password, log, account, options or {})
