"""On which databases does an example stand? On empty ones of its own, copied from ones that were migrated once."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from services import desk, enrich, ingest, notify, render, site
from shared.database import Database
from shared.runtime.migrate import migrate
from tests.integration.fence.newsroom import Clock, Clocked
from tests.servers.postgres import PostgresServer

SERVICES = {"desk": desk, "enrich": enrich, "ingest": ingest, "notify": notify, "render": render, "site": site}


class Ground:
    """Where an example's services keep their state; `url` of the databases, `pages` the directory of the page store."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url, self.pages, self.clock = url, directory / "pages", Clock()
        self._opened: list[Database] = []

    def database(self, service: str) -> Database:
        """A service's database, empty and migrated; its clock is the example's."""
        self._opened.append(Clocked(self.url, service, self.clock))
        return self._opened[-1]

    async def close(self) -> None:
        """Close what was opened."""
        for one in self._opened:
            await one.close()


#: Makes a new ground.
Grounds = Callable[[], AbstractAsyncContextManager[Ground]]


async def _migrated(url: str, services: Sequence[str]) -> None:
    for name in services:
        database = Database(url, name)
        await migrate(database, Path(SERVICES[name].__file__ or "").parent / "migrations")
        await database.close()


def on_sqlite(directory: Path, services: Sequence[str] = tuple(SERVICES)) -> Grounds:
    """SQLite files; `directory` keeps the migrated ones."""
    asyncio.run(_migrated(f"sqlite:///{directory}", services))

    @asynccontextmanager
    async def grounds() -> AsyncGenerator[Ground]:
        with tempfile.TemporaryDirectory() as mine:
            for name in services:
                shutil.copy(directory / f"{name}.db", mine)
            ground = Ground(f"sqlite:///{mine}", Path(mine))
            try:
                yield ground
            finally:
                await ground.close()

    return grounds


def on_postgres(server: PostgresServer, services: Sequence[str] = tuple(SERVICES)) -> Grounds:
    """Databases of one PostgreSQL server."""
    template = f"t{secrets.token_hex(6)}"
    asyncio.run(server.execute(f"CREATE DATABASE {template}"))
    asyncio.run(_migrated(server.url(template), services))

    @asynccontextmanager
    async def grounds() -> AsyncGenerator[Ground]:
        name = f"t{secrets.token_hex(6)}"
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        with tempfile.TemporaryDirectory() as mine:
            ground = Ground(server.url(name), Path(mine))
            try:
                yield ground
            finally:
                await ground.close()
                await server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    return grounds
