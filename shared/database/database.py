"""How does a service keep its state in SQL, on SQLite and on PostgreSQL alike?

Work is a plain function from a SQLAlchemy connection to an answer, run as one transaction:

    await database.write(lambda connection: connection.execute(...))

On SQLite it runs whole on a thread (one writer with `BEGIN IMMEDIATE`, readers beside it): one hop a transaction, not
one a statement. On PostgreSQL it runs on the event loop through SQLAlchemy's own bridge over asyncpg. One form serves
both.
"""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropSchema

from shared import clock
from shared.database.outages import reached
from shared.database.sqlite import READERS, Care, sqlite_engine

if TYPE_CHECKING:  # SQLAlchemy's bridge brings its whole ORM along: a quarter of a second that only PostgreSQL needs
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

POOL = 8
#: The server ends a connection that is idle for so long. The last used one is used next, so that what a peak opened and
#: nobody needs is given back: eighteen processes that each kept eight would be more than a server takes by default.
IDLE_MS = 60_000
#: How long a measured difference between our clock and the database's holds.
SKEW_TTL = 60.0

#: One of two transactions that waited for each other; how long (s, at most) it waits before it runs again.
_CONFLICTS = ("40001", "40P01")
_AGAIN = (0.02, 0.05, 0.1, 0.2)


class Database:
    """One service's database: a SQLite file or a PostgreSQL schema, named after the service."""

    def __init__(self, url: str, service: str, *, durable: bool = False, passing: bool = False) -> None:
        """Open `url`.

        Args:
            url: `sqlite:///directory` (the file is `{service}.db` in it) or `postgresql://…` (the schema is `service`).
            service: whose state it is.
            durable: SQLite forces each commit to disk; PostgreSQL does so anyway.
            passing: what is in it will be thrown away, also when the machine fails: SQLite waits for no disk.
        """
        self.service = service
        self._skew = timedelta(0)
        self._skew_at = -SKEW_TTL
        self._postgres: AsyncEngine | None = None
        self._writer: Engine | None = None
        self._reader: Engine | None = None
        self.dialect: Literal["sqlite", "postgresql"]
        if url.startswith("sqlite:///"):
            self.dialect = "sqlite"
            self.path = Path(url.removeprefix("sqlite:///")) / f"{service}.db"
            self.path.parent.mkdir(parents=True, exist_ok=True)
            care: Care = "durable" if durable else "passing" if passing else "whole"
            self._writer = sqlite_engine(self.path, writer=True, care=care)
            self._reader = sqlite_engine(self.path, writer=False, care=care)
            self._write_thread = ThreadPoolExecutor(1, thread_name_prefix=f"{service}-writer")
            self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix=f"{service}-reader")
        else:
            from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - see the top

            self.dialect = "postgresql"
            self._postgres = create_async_engine(
                "postgresql+asyncpg://" + url.split("://", 1)[1],
                pool_size=POOL,
                max_overflow=0,
                pool_timeout=10,
                pool_pre_ping=True,
                pool_use_lifo=True,
                connect_args={
                    "timeout": 10,
                    "command_timeout": 60,
                    "server_settings": {
                        "search_path": service,
                        "timezone": "UTC",
                        "idle_session_timeout": str(IDLE_MS),
                        # A plan that was kept while a table was empty walks through all of it until the next ANALYZE:
                        # of 50,000 pushes into a new database the last took 4.4 times as long as the first.
                        "plan_cache_mode": "force_custom_plan",
                        "application_name": f"newswire-{service}",
                    },
                },
            )

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction that is committed when it returns and rolled back when it raises.

        PostgreSQL undoes one of two transactions that wait for each other; that one runs again, so `work` must change
        nothing but the database.
        """
        if self._postgres is not None:
            for pause in _AGAIN:
                try:
                    return await self._write_once(self._postgres, work)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in _CONFLICTS:
                        raise
                await asyncio.sleep(pause * random.random())  # noqa: S311 - so that the two do not meet again
            return await self._write_once(self._postgres, work)
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._write_now, work)

    @staticmethod
    async def _write_once(engine: "AsyncEngine", work: Callable[[Connection], T]) -> T:
        async with reached(), engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one snapshot, without taking a lock. It must not change anything."""
        if self._postgres is not None:
            async with reached(), self._postgres.connect() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._read_now, work)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, however long it takes, on what was true at one moment. It must not change anything."""
        if self._postgres is None:
            return await self.read(work)
        async with reached(), self._postgres.connect() as connection:
            # READ COMMITTED, the default, would give each statement a moment of its own.
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await connection.run_sync(work)

    async def now(self) -> datetime:
        """The database's clock, by which due times are judged; on SQLite that is ours."""
        if self.dialect == "postgresql" and clock.monotonic() - self._skew_at > SKEW_TTL:
            await self.skew()
        return clock.now() + self._skew

    async def skew(self) -> timedelta:
        """Measure how far the database's clock is ahead of ours (zero on SQLite)."""
        if self.dialect == "postgresql":
            before = clock.now()
            theirs = await self.read(lambda connection: connection.scalar(select(func.clock_timestamp())))
            self._skew = theirs - (before + (clock.now() - before) / 2) if theirs else timedelta(0)
            self._skew_at = clock.monotonic()
        return self._skew

    async def compact(self) -> bool:
        """Leave no byte of what was deleted or overwritten in a SQLite file, nor in the log beside it.

        The file is written anew, while writers wait. False when a long read kept the log from being emptied: ask again.
        PostgreSQL does this by itself, later (autovacuum); always True.
        """
        if self._postgres is not None:
            return True
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._compact_now)

    async def discard(self) -> None:
        """Close it and remove all that it holds, for a database that was only needed for a while."""
        if self._postgres is not None:
            drop = DropSchema(self.service, cascade=True, if_exists=True)
            await self.write(lambda connection: connection.execute(drop))
            await self.close()
            return
        await self.close()
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        await self.read(lambda connection: connection.execute(select(1)).all())

    async def close(self) -> None:
        """Finish running transactions and close every connection."""
        if self._postgres is not None:
            await self._postgres.dispose()
            return
        await asyncio.to_thread(self._close_now)

    def _write_now(self, work: Callable[[Connection], T]) -> T:
        assert self._writer is not None  # noqa: S101 - narrows the type; only SQLite comes here
        with self._writer.begin() as connection:
            return work(connection)

    def _compact_now(self) -> bool:
        assert self._writer is not None  # noqa: S101 - narrows the type; only SQLite comes here
        connection = self._writer.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        finally:
            connection.close()

    def _read_now(self, work: Callable[[Connection], T]) -> T:
        assert self._reader is not None  # noqa: S101 - narrows the type; only SQLite comes here
        with self._reader.connect() as connection:
            return work(connection)

    def _close_now(self) -> None:
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()
