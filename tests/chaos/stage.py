"""What stands on the stage? Every service a process of its own, and the real servers that they need."""

import asyncio
import random
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.chaos.partners import Partners
from tests.chaos.relay import MoodyRelay
from tests.servers.fleet import Fleet, Ship, fleet
from tests.servers.postgres import PostgresServer
from tests.servers.postgres import binaries as postgres_binaries
from tests.servers.redis import DURABLE, RedisServer
from tests.servers.redis import binaries as redis_binaries

#: On SQLite a service is one process (it claims its files); on PostgreSQL some have a replica.
ALONE: Final = ("ingest", "enrich", "render", "site", "notify", "desk")
SHARED: Final = ("ingest", "enrich", "enrich", "render", "site", "notify", "notify", "desk")
#: Seconds after which another takes over; the ledger's rows are `sending` four times as long.
LEASE_S: Final = 2.0
SENDING_S: Final = 4 * LEASE_S
WORKERS: Final = 2
#: The page store's file system; it takes memory only for what is on it.
ROOM: Final = "4g"
#: The server that tests use otherwise gains time by losing what was committed last; here that is what we look for.
KEEPING: Final = ("fsync=off", "synchronous_commit=on", "listen_addresses=", "max_connections=200")


@dataclass
class Stage:
    """Everything that can be hurt."""

    fleet: Fleet
    redis: RedisServer
    relay: MoodyRelay
    partners: Partners
    database_url: str
    pages: Path
    chance: random.Random
    postgres: PostgresServer | None = None
    #: Can the page store be made full? (See `disk`.)
    disk: bool = False
    #: Mail workers that died or were held up with mail in hand: each may leave 32 messages uncertain.
    workers_lost: int = 0
    faults: list[str] = field(default_factory=list)
    #: Processes that ended without having been killed.
    deserters: list[str] = field(default_factory=list)

    def one_of(self, service: str) -> Ship:
        """A replica of a service."""
        return self.chance.choice(self.fleet.of(service))

    def muster(self) -> None:
        """Start again who has left by himself, and remember it."""
        for ship in self.fleet.ships:
            if ship.process is not None and ship.process.poll() is not None:
                self.deserters.append(f"{ship.service} ended by itself with {ship.process.returncode}")
                ship.start()


@contextmanager
def sqlite_stage(directory: Path, chance: random.Random) -> Iterator[Stage]:
    """Six processes on SQLite."""
    with _stage(directory, chance, ALONE, f"sqlite:///{directory}/data/db") as stage:
        yield stage


@contextmanager
def postgres_stage(directory: Path, chance: random.Random) -> Iterator[Stage]:
    """Eight processes on PostgreSQL."""
    found = postgres_binaries()
    assert found is not None, "there are no PostgreSQL binaries on this machine"
    server = PostgresServer(found, KEEPING)
    try:
        server.start()
        name = f"chaos{secrets.token_hex(4)}"
        asyncio.run(server.execute(f"CREATE DATABASE {name}"))
        with _stage(directory, chance, SHARED, server.url(name)) as stage:
            stage.postgres = server
            yield stage
    finally:
        server.remove()


@contextmanager
def _stage(directory: Path, chance: random.Random, services: tuple[str, ...], database_url: str) -> Iterator[Stage]:
    with ExitStack() as stack:
        redis = RedisServer(next(iter(redis_binaries().values())), DURABLE)
        stack.callback(redis.remove)
        redis.start()
        relay, partners = MoodyRelay(), Partners()
        relay.start()
        stack.callback(relay.stop)
        partners.start()
        stack.callback(partners.receiver.stop)
        pages = directory / "pages"
        disk = stack.enter_context(small_disk(pages))
        settings: dict[str, Any] = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": database_url,
            "MAIL_URL": relay.url,
            "ALLOW_NETWORKS": "127.0.0.0/8",
            "LEASE_SECONDS": LEASE_S,
            "NOTIFY_MAIL_WORKERS": WORKERS,
        }
        ships = stack.enter_context(fleet(directory, services, **settings))
        yield Stage(ships, redis, relay, partners, database_url, pages, chance, disk=disk)


@contextmanager
def small_disk(pages: Path) -> Iterator[bool]:
    """A file system of its own for the page store, so that it can be full while nothing else is; False where it cannot.

    Only root may mount. A directory without the right to write is no obstacle to root, and RLIMIT_FSIZE would also hit
    the service's database and log: neither is a full disk. Who may not mount runs without this fault, and is told.
    """
    pages.mkdir(parents=True, exist_ok=True)
    mount = shutil.which("mount")
    options = ("-t", "tmpfs", "-o", f"size={ROOM}", "newswire-chaos", str(pages))
    done = mount and subprocess.run([mount, *options], capture_output=True, check=False).returncode == 0
    try:
        yield bool(done)
    finally:
        if done:
            subprocess.run(["umount", "--lazy", str(pages)], check=True)


def resized(pages: Path, size: str) -> bool:
    """Give the page store's file system another size; False when it holds more than that."""
    command = ["mount", "-o", f"remount,size={size}", str(pages)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def temporary() -> Path:
    """A directory with a short path: unix sockets have room for a hundred characters."""
    return Path(tempfile.mkdtemp(prefix="nw-chaos-"))
