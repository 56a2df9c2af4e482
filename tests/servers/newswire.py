"""A whole newswire in a process of its own, for tests that stand outside like its users do."""

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from sqlalchemy import Connection, MetaData, select

from shared.database import Database
from tests.servers.postgres import PostgresServer

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
START_S = 120.0
STOP_S = 10.0
#: What every newswire of this session keeps its state on (`pytest --database=postgresql`); None: SQLite, as by default.
SERVERS: list[PostgresServer] = []


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Newswire:
    """A running newswire; `url` has no trailing slash."""

    data: Path
    url: str
    process: subprocess.Popen[bytes]
    command: Sequence[str]
    environment: dict[str, str]
    started_s: float = 0.0
    log: Path = field(default=Path())

    @property
    def admin_key(self) -> str:
        """The key that the first start wrote."""
        return (self.data / "admin.key").read_text().strip()

    @property
    def admin(self) -> dict[str, str]:
        """Headers of the admin."""
        return {"Authorization": f"Bearer {self.admin_key}"}

    def client(self, key: str | None = None) -> httpx.Client:
        """An API client with the admin's key, or another."""
        headers = {"Authorization": f"Bearer {key}"} if key else self.admin
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def publisher(self, name: str, **fields: Any) -> dict[str, Any]:
        """Make a publisher; the answer with its key."""
        with self.client() as client:
            answer = client.post("/v1/publishers", json={"name": name, **fields})
        answer.raise_for_status()
        return dict(answer.json())

    def mails(self) -> list[bytes]:
        """Every mail in the maildir, oldest first."""
        return [path.read_bytes() for path in sorted((self.data / "mail" / "new").glob("*"), key=_written)]

    def rows(self, service: str) -> list[str]:
        """Every row of a service's tables, as text."""
        url = self.environment.get("NEWSWIRE_DATABASE_URL") or f"sqlite:///{self.data}/db"
        return _finished(_rows(Database(url, service)))

    def memory(self) -> int:
        """Bytes of resident memory (proportional where the kernel tells) of the process and its children."""
        whole = psutil.Process(self.process.pid)
        return sum(_resident(one) for one in [whole, *whole.children(recursive=True)])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(STOP_S)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_S)

    def start(self) -> None:
        """Start (again) on the same data, and wait until it is ready."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.started_s = self._until_ready(begun)

    def _until_ready(self, begun: float) -> float:
        while time.monotonic() - begun < START_S:
            if self.process.poll() is not None:
                raise RuntimeError(f"newswire ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    started = time.monotonic() - begun
                    _forget_broken_connections()
                    return started
            time.sleep(0.02)
        raise TimeoutError(f"not ready after {START_S} s:\n{self.log.read_text()[-4000:]}")


@contextlib.contextmanager
def newswire(directory: Path, *arguments: str, module: str = "services", **settings: str) -> Iterator[Newswire]:
    """Run everything in one process with its data below `directory`; `settings`: NEWSWIRE_ variables.

    `module`: what is run instead of the product itself.
    """
    with chosen_database() as chosen:
        yield from _running(directory, [module, *arguments], {**chosen, **settings})


@contextlib.contextmanager
def chosen_database() -> Iterator[dict[str, str]]:
    """The setting that names this session's kind of database: none for SQLite, else one of the server's own."""
    if not SERVERS:
        yield {}
        return
    name = f"wire{secrets.token_hex(6)}"
    _finished(SERVERS[0].execute(f"CREATE DATABASE {name}"))
    try:
        yield {"DATABASE_URL": SERVERS[0].url(name)}
    finally:
        _finished(SERVERS[0].execute(f"DROP DATABASE {name} WITH (FORCE)"))


def _running(directory: Path, arguments: Sequence[str], settings: Mapping[str, str]) -> Iterator[Newswire]:
    port = free_port()
    data = directory / "data"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    environment = {
        **inherited,
        "NEWSWIRE_DATA_DIR": str(data),
        "NEWSWIRE_PORT": str(port),
        "NEWSWIRE_SAMPLE": "no",
        **{f"NEWSWIRE_{name}": value for name, value in settings.items()},
    }
    command = [sys.executable, "-m", *arguments]
    running = Newswire(data, f"http://127.0.0.1:{port}", None, command, environment, log=directory / "newswire.log")  # type: ignore[arg-type]
    try:
        running.start()
        yield running
    finally:
        # Also one that was not ready in time: left alone it would run for ever, and its warning meet another test.
        if running.process.poll() is None:
            try:
                running.stop()
            except subprocess.TimeoutExpired:
                running.kill()


def wait_until(condition: Any, timeout: float = 10.0, step: float = 0.02) -> Any:
    """Wait until `condition()` is true (its value); AssertionError when it does not come."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for {condition}")
        time.sleep(step)


def _forget_broken_connections() -> None:
    """Collect sockets that httpcore drops unclosed when a server dies between connect and the first socket option.

    Otherwise their ResourceWarning meets whichever test runs when they are collected.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _written(path: Path) -> float:
    return path.stat().st_mtime_ns


def _resident(process: psutil.Process) -> int:
    info = process.memory_full_info()
    return int(getattr(info, "pss", 0) or info.rss)


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """What it answers; on a thread, for the test that waits may have a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _rows(database: Database) -> list[str]:
    def read(connection: Connection) -> list[str]:
        tables = MetaData()
        tables.reflect(connection)
        return [f"{table.name} {row}" for table in tables.sorted_tables for row in connection.execute(select(table))]

    try:
        return await database.read(read)
    finally:
        await database.close()
