"""The embedded Valkey: on a unix socket, every write in a file, so that a restart finds the queue as it was."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

from suidai.runtime.platform import valkey_binary
from suidai.runtime.process import Child, end_orphan
from suidai.runtime.sockets import own_folder, socket_folder


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server: where it lies and what it logs to."""

    folder: Path
    binary: Path
    log: Path
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def socket(self) -> Path:
        return socket_folder(self.folder / "socket") / "valkey.sock"

    def url(self, database: int = 0) -> str:
        return f"unix://{self.socket}?db={database}"

    def child(self) -> Child:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self._pidfile),
            "set-proc-title": "no",  # the command line stays as given: an orphan is known by it
            "save": "",
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
            **self.options,
        }
        settings = [part for name, value in options.items() for part in (f"--{name}", value)]
        return Child(
            name="Valkey",
            argv=(str(self.binary), *settings),
            log=self.log,
            env={"LC_ALL": "C"},
            healthy=self.answers,
            orphan_signal=Signals.SIGTERM,
        )

    async def prepare(self) -> None:
        own_folder(self.folder)
        own_folder(self.socket.parent)
        with suppress(OSError, ValueError):
            pid = int(self._pidfile.read_text())
            await end_orphan(pid, str(self._pidfile), (Signals.SIGTERM, Signals.SIGKILL))
        self.socket.unlink(missing_ok=True)

    async def answers(self) -> bool:
        """Whether it takes commands. It says LOADING while it reads its file."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            return False
        try:
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
        except OSError:
            return False
        finally:
            writer.close()

    @property
    def _pidfile(self) -> Path:
        return self.folder / "valkey.pid"


def embedded_valkey(folder: Path, log: Path, options: Mapping[str, str] | None = None) -> Valkey:
    return Valkey(folder, valkey_binary(), log, options or {})
