"""Who may work on a data directory? One process for each service, and one owner of the embedded Redis."""

import fcntl
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from shared.settings import Settings

ADMIN_KEY = "admin.key"
#: Where the command line finds the process that works on a directory; services/cli/settings.py reads it.
API_URL = "api.url"
SAMPLE_PENDING = "sample.pending"


class CannotStart(Exception):  # noqa: N818 - reads as the sentence that is printed
    """The process cannot start; the text says why and what helps."""


class Claim:
    """An exclusive hold on a file, released with the process however it ends."""

    def __init__(self, path: Path) -> None:
        """`path` is made when it is absent; nothing is taken yet."""
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take it unless another process has it; True when it is ours."""
        if self._file is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def prepare(settings: Settings) -> bool:
    """Make the data directory; True when it was empty, which an interrupted first start leaves true."""
    directory = settings.data_dir
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        empty = all(path.name == ADMIN_KEY for path in directory.iterdir())
    except OSError as error:
        raise CannotStart(f"cannot use the data directory {directory}: {error.strerror}") from None
    return empty


def claim_services(settings: Settings, services: Iterable[str]) -> list[Claim]:
    """Hold `services` of this data directory for this process; CannotStart when another has one of them."""
    claims: list[Claim] = []
    for service in services:
        claim = Claim(settings.data_dir / "locks" / service)
        if not claim.take():
            for taken in claims:
                taken.release()
            raise CannotStart(
                f"another process already runs {service} on {settings.data_dir}: "
                "stop it, or choose another NEWSWIRE_DATA_DIR"
            )
        claims.append(claim)
    return claims


def leave_address(settings: Settings) -> Path:
    """Write where this process listens into the data directory, whole or not at all; the file, to be removed later."""
    path, fresh = settings.data_dir / API_URL, settings.data_dir / f".{API_URL}.{os.getpid()}"
    fresh.write_text(f"{settings.listening}\n", encoding="utf-8")
    return fresh.replace(path)


def admin_key(settings: Settings) -> str:
    """The operator's key: the setting, else the one in the data directory, made on the first start (mode 0600)."""
    if settings.admin_key is not None:
        return settings.admin_key.get_secret_value()
    path = settings.data_dir / ADMIN_KEY
    fresh = settings.data_dir / f".{ADMIN_KEY}.{os.getpid()}"
    if not path.exists():
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as stream:
            stream.write(f"nw_{secrets.token_urlsafe(32)}\n")
        try:
            os.link(fresh, path)  # whole or not at all, and the first of several processes wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
