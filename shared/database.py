"""How does a service keep its state in SQL, on SQLite and on PostgreSQL alike?

Work is a plain function from a SQLAlchemy connection to an answer, run as one transaction:

    await database.write(lambda connection: connection.execute(...))

On SQLite it runs whole on a thread (one writer with `BEGIN IMMEDIATE`, readers beside it): one hop a transaction, not
one a statement. On PostgreSQL it runs on the event loop through SQLAlchemy's own bridge over asyncpg. One form serves
both.

    DatabaseAway     no connection, or no answer in time
    (`is_outage(error)` tells these, a full disk and their like from a statement that is wrong)
"""

import asyncio
import hashlib
import random
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Table,
    TypeDecorator,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool

from shared import clock

if TYPE_CHECKING:  # SQLAlchemy's bridge brings its whole ORM along: a quarter of a second that only PostgreSQL needs
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

READERS = 4
POOL = 8
#: How long a measured difference between our clock and the database's holds.
SKEW_TTL = 60.0

_SQLITE_OUTAGE = ("disk is full", "disk I/O error", "unable to open", "database is locked", "readonly")
#: One of two transactions that waited for each other; how long (s, at most) it waits before it runs again.
_CONFLICTS = ("40001", "40P01")
_AGAIN = (0.02, 0.05, 0.1, 0.2)
_POSTGRES_OUTAGE = ("08", "53", "57P", "55P03", "40001", "40P01")


class DatabaseAway(ConnectionError):  # noqa: N818 - an outcome with a name, as in LookupError
    """The server cannot be reached or did not answer in time."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC time: `timestamptz` on PostgreSQL, ISO text on SQLite (which drops the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; SQLite gets UTC without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One service's database: a SQLite file or a PostgreSQL schema, named after the service."""

    def __init__(self, url: str, service: str, *, durable: bool = False) -> None:
        """Open `url`.

        Args:
            url: `sqlite:///directory` (the file is `{service}.db` in it) or `postgresql://…` (the schema is `service`).
            service: whose state it is.
            durable: SQLite forces each commit to disk; PostgreSQL does so anyway.
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
            self._writer = _sqlite_engine(self.path, writer=True, durable=durable)
            self._reader = _sqlite_engine(self.path, writer=False, durable=durable)
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
                connect_args={
                    "timeout": 10,
                    "command_timeout": 60,
                    "server_settings": {
                        "search_path": service,
                        "timezone": "UTC",
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
        async with _reached(), engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one snapshot, without taking a lock. It must not change anything."""
        if self._postgres is not None:
            async with _reached(), self._postgres.connect() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._read_now, work)

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

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        await self.read(lambda connection: connection.execute(select(1)).all())

    async def close(self) -> None:
        """Finish running transactions and close every connection."""
        if self._postgres is not None:
            await self._postgres.dispose()
            return
        await asyncio.to_thread(self._close_now)

    def sync_engine_url(self) -> str:
        """The address for Alembic, which runs apart from the service's own connections."""
        if self._postgres is not None:
            return self._postgres.url.render_as_string(hide_password=False)
        return f"sqlite:///{self.path}"

    def _write_now(self, work: Callable[[Connection], T]) -> T:
        assert self._writer is not None  # noqa: S101 - narrows the type; only SQLite comes here
        with self._writer.begin() as connection:
            return work(connection)

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


def upsert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - the two dialects' Insert have no common parent with on_conflict
    """`INSERT` with `on_conflict_do_update` and `on_conflict_do_nothing`, in the connection's dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def lock(connection: Connection, name: str) -> None:
    """Let one transaction at a time past this point, among all replicas; SQLite's writers are one at a time anyway."""
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def is_outage(error: BaseException) -> bool:
    """Is the database away (or its disk full), so that waiting helps and the story is not to blame?"""
    if isinstance(error, (PoolTimeoutError, DatabaseAway)):
        return True
    if not isinstance(error, DBAPIError):
        return _is_away(error)
    if error.connection_invalidated:
        return True
    if getattr(error.orig, "sqlstate", None):
        return _is_away(error.orig)
    away = isinstance(error, OperationalError) and any(sign in str(error.orig) for sign in _SQLITE_OUTAGE)
    return away or isinstance(error, InterfaceError)


@asynccontextmanager
async def _reached() -> AsyncGenerator[None]:
    """Give a name to what the driver lets through as it comes from the operating system: refused, unknown, too slow."""
    try:
        yield
    except (OSError, TimeoutError) as error:
        raise DatabaseAway(f"{type(error).__name__}: {error}") from error


def _is_away(error: BaseException | None) -> bool:
    """By the server's own code; while it starts or stops, the driver's error reaches us bare."""
    return str(getattr(error, "sqlstate", "") or "").startswith(_POSTGRES_OUTAGE)


def _sqlite_engine(path: Path, *, writer: bool, durable: bool) -> Engine:
    size = 1 if writer else READERS
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 10, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys=ON")
        # KB, for each of thirty connections; what a reader does not hold the system's own cache does.
        connection.execute(f"PRAGMA cache_size={-4000 if writer else -500}")
        if not writer:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once in spite of the busy timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 - a DBAPI connection
    """Switch a file to its write-ahead log; only the first connection to a new file has anything to do.

    The switch needs the file alone and, unlike a statement, does not wait for its turn (the busy timeout is not
    asked, to avoid a deadlock): of processes that open a new file together all but one would fail.
    """
    for pause in (*_AGAIN, *_AGAIN, 1, 2, 4):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(pause * random.random())  # noqa: S311 - on a thread of ours; so that they do not meet again
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def migration_engine(url: str) -> Engine:
    """An engine for one migration run on SQLite; every connection is closed after use."""
    return create_engine(url, poolclass=NullPool)
