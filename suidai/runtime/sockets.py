"""Where a unix socket can lie: its path has a length limit, and it goes into addresses that do not all quote it."""

import os
import re
import stat
from hashlib import sha256
from pathlib import Path

from suidai.runtime.errors import CannotStart
from suidai.runtime.platform import Account

PATH_LIMIT = 103  # sun_path, with its closing zero: 108 bytes on Linux, 104 on macOS
LONGEST_NAME = len("/.s.PGSQL.5432.lock")
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")  # arq and redis-py disagree on quoting in a unix:// address


def socket_folder(preferred: Path, account: Account | None = None) -> Path:
    """Where to put a socket: in the preferred folder, or in a short one elsewhere if that is too long or odd."""
    path = str(preferred)
    if len(path.encode()) + LONGEST_NAME > PATH_LIMIT or not _PLAIN.fullmatch(path):
        base = Path("/tmp") if account else Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - checked below
        return base / f"suidai-{sha256(path.encode()).hexdigest()[:12]}"
    return preferred


def own_folder(folder: Path, account: Account | None = None) -> Path:
    """Make a folder that only `account` (or we) can enter. Under /tmp another user could have made it before us."""
    try:
        folder.mkdir(mode=0o700)
        if account:
            account.own(folder)
    except FileExistsError:
        pass
    found = folder.lstat()
    owner = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise CannotStart(f"{folder} is not a folder of this user's: remove it, or set SUIDAI_HOME to another folder.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder
