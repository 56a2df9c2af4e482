"""Whose key is this, where ingest's table of publishers is out of reach? A copy of its directory, fed by events.

A service that keeps one has the table `directory_table` among its own, and gives `PublishersChanged` to `replace`.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import BigInteger, Boolean, Column, Connection, MetaData, String, Table, delete, func, insert, select
from starlette.requests import HTTPConnection

from shared.database import Database, lock
from shared.events import PublishersChanged
from shared.runtime.callers import bearer, is_publisher_key
from shared.runtime.problems import Problem

#: A key made a moment ago may be ahead of the event that tells us of it: so long (s) is it looked for again.
GRACE: Final = 1.0
POLL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a key, and what the key is good for; `publisher` is None for the admin."""

    publisher: str | None
    scopes: frozenset[str]

    @classmethod
    def admin(cls) -> "Caller":
        """The holder of the admin key."""
        return cls(None, frozenset({"push", "read"}))

    @property
    def is_admin(self) -> bool:
        """May this caller see and steer everything?"""
        return self.publisher is None

    def may_see(self, publisher: str) -> bool:
        """Own stories, with either scope; the admin sees all."""
        return self.is_admin or self.publisher == publisher


class Directory(Protocol):
    """Knows keys."""

    async def caller(self, key: str) -> Caller | None:
        """The active holder of a key."""


class Callers:
    """Who is asking? The admin, or the publisher that holds the key."""

    def __init__(self, directory: Directory, admin_key: str) -> None:
        """`admin_key` opens everything."""
        self._directory, self._admin_key = directory, admin_key.encode()

    async def who(self, request: HTTPConnection) -> Caller:
        """The caller; Problem 401 without a valid key."""
        key = bearer(request)
        if key is None:
            raise Problem(401, detail="Send `Authorization: Bearer <key>`.")
        if hmac.compare_digest(key.encode(), self._admin_key):
            return Caller.admin()
        for _ in range(int(GRACE / POLL)):
            caller = await self._directory.caller(key)
            if caller is not None:
                return caller
            if not is_publisher_key(key):
                break
            await asyncio.sleep(POLL)
        raise Problem(401, detail="This key is unknown, rotated away or disabled.")

    async def admin(self, request: HTTPConnection) -> None:
        """Problem 403 for anybody but the admin."""
        if not (await self.who(request)).is_admin:
            raise Problem(403, detail="This needs the admin key.")

    async def reader(self, request: HTTPConnection) -> Caller:
        """The admin, or a publisher whose key may read; Problem 403 otherwise."""
        caller = await self.who(request)
        if "read" not in caller.scopes:
            raise Problem(403, detail="This needs a key with the scope `read`.")
        return caller


def directory_table(metadata: MetaData) -> Table:
    """A row a key."""
    return Table(
        "directory",
        metadata,
        Column("key_hash", String(64), primary_key=True),
        Column("publisher", String(200), nullable=False),
        Column("scopes", String(40), nullable=False),
        Column("active", Boolean, nullable=False),
        Column("version", BigInteger, nullable=False),
    )


class DirectoryCopy:
    """The copy in a service's own database."""

    def __init__(self, database: Database, table: Table) -> None:
        """`table`: the service's `directory_table`."""
        self._database, self._table = database, table

    async def replace(self, newest: PublishersChanged) -> None:
        """Take a newer directory over, whole; an older one changes nothing."""
        await self._database.write(lambda connection: self._replace(connection, newest))

    async def caller(self, key: str) -> Caller | None:
        """The active holder of `key`; None for a key that is unknown, rotated away or disabled."""
        columns = self._table.c
        query = select(self._table).where(columns.key_hash == hashlib.sha256(key.encode()).hexdigest(), columns.active)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else Caller(row.publisher, frozenset(row.scopes.split()))

    def _replace(self, connection: Connection, newest: PublishersChanged) -> None:
        lock(connection, f"{self._database.service}.directory")
        held = connection.scalar(select(func.max(self._table.c.version)))
        if held is not None and held >= newest.version:
            return
        connection.execute(delete(self._table))
        rows = _rows(newest)
        if rows:
            connection.execute(insert(self._table), rows)


def _rows(newest: PublishersChanged) -> Sequence[dict[str, object]]:
    return [
        {
            "key_hash": digest,
            "publisher": one.slug,
            "scopes": " ".join(one.scopes),
            "active": one.active,
            "version": newest.version,
        }
        for one in newest.publishers
        for digest in one.key_hashes
    ]
