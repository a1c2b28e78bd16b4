"""The state folder: where it lies, that only one `suidai up` uses it, and what a running one tells the others."""

import errno
import fcntl
import json
import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from suidai.runtime.errors import CannotStart
from suidai.runtime.platform import Account

REACHABLE = Path("/var/lib/suidai")


@dataclass(frozen=True, slots=True)
class Running:
    """What the suidai that holds a folder says of itself. `settings` are complete, secrets included."""

    pid: int
    since: str
    api_url: str
    sandbox_url: str | None
    settings: Mapping[str, Any]


class AlreadyRuns(Exception):
    """Another suidai holds the folder. `other` is None while that one has not yet said who it is."""

    def __init__(self, other: Running | None) -> None:
        super().__init__()
        self.other = other


@dataclass(frozen=True, slots=True)
class Home:
    path: Path
    asked_for: Path
    """Where it would lie if the account that runs PostgreSQL could get there."""

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def keys(self) -> Path:
        return self.path / "keys.json"

    @contextmanager
    def making_keys(self) -> Generator[None, None, None]:
        """One process at a time: of several that start in a new folder, one makes the keys and the others read them."""
        with writing(self.path), (self.path / "keys.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def unseeded(self) -> Path:
        """Marks a database that has still to be given the rows of this release."""
        return self.path / "unseeded"

    @property
    def _running(self) -> Path:
        return self.path / "running.json"

    @contextmanager
    def held(self) -> Generator[bool, None, None]:
        """Hold the folder; true if the one who held it before did not end properly. Raises AlreadyRuns."""
        with ExitStack() as stack:
            with writing(self.path):
                lock = stack.enter_context((self.path / "lock").open("a"))
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise AlreadyRuns(self.running()) from None
                unclean = self._running.exists()
                self._running.unlink(missing_ok=True)
                self.logs.mkdir(mode=0o700, exist_ok=True)
            try:
                yield unclean
            finally:
                self._running.unlink(missing_ok=True)

    def tell(self, running: Running) -> None:
        """Leave word for a second `suidai up`, and for commands that talk to the one that runs."""
        write_secret(self._running, json.dumps(asdict(running)))

    def running(self) -> Running | None:
        try:
            return Running(**json.loads(self._running.read_text("utf-8")))
        except (FileNotFoundError, ValueError):
            return None

    def is_held(self) -> bool:
        with suppress(FileNotFoundError, NotADirectoryError), (self.path / "lock").open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def running_in(wanted: Path, reachable: Path = REACHABLE) -> Running | None:
    """The suidai that runs with this folder as its own, wherever its state went."""
    asked_for = wanted.absolute()
    homes = (Home(path, asked_for) for path in (asked_for, reachable / place_of(asked_for)))
    return next((home.running() for home in homes if home.is_held()), None)


def open_home(wanted: Path, account: Account | None, reachable: Path = REACHABLE) -> Home:
    """Make the folder if need be. `account`, if any, must be able to enter it: else it goes below `reachable`."""
    asked_for = wanted.absolute()
    if account is None:
        return Home(_made(asked_for, 0o700), asked_for)
    there = asked_for.exists()
    if account.can_enter(_made(asked_for, 0o711)):
        return Home(asked_for, asked_for)
    if not there:
        asked_for.rmdir()
    return Home(_made(reachable / place_of(asked_for), 0o711), asked_for)


def place_of(folder: Path) -> str:
    """A name that tells people which folder it stands for, and differs for every folder."""
    readable = (folder.parent if folder.name == ".suidai" else folder).name or "root"
    return f"{readable}-{sha256(os.fsencode(folder)).hexdigest()[:8]}"


@contextmanager
def writing(folder: Path) -> Generator[None, None, None]:
    """Turn the troubles of a folder into sentences."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotStart(f"The disk is full: make room where {folder} lies, then start again.") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise CannotStart(
                f"The folder {folder} cannot be written ({error.strerror}): set SUIDAI_HOME to one that can."
            ) from error
        raise


def write_secret(path: Path, text: str) -> None:
    """Write a file only we can read, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _made(folder: Path, mode: int) -> Path:
    with writing(folder):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(mode)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(folder))
    return folder
