"""Which addresses has the CDN still to hear of? Owed in the transaction that changes them, so no crash forgets one."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from services.site.adapters.tables import media, purges, routes
from services.site.domain.cuts import CARD
from services.site.domain.kills import Kill
from services.site.domain.purging import Again, Purge, picture_paths
from shared.database import Database

#: Who has leased a purge tells the CDN within this, or somebody else does.
LEASE: Final = timedelta(seconds=60)
AT_ONCE: Final = 64


class SqlPurges:
    """What the CDN is owed."""

    def __init__(self, database: Database) -> None:
        """The site's database."""
        self._database = database

    async def lease(self) -> list[Purge]:
        """Those that are due, kills alone and first; nobody else gets them for a while."""
        now = await self._database.now()
        if not await self._database.read(lambda connection: _is_due(connection, now)):
            return []
        return await self._database.write(lambda connection: _lease(connection, now))

    async def others(self, kills: Collection[Kill], done: Collection[int]) -> set[str]:
        """The receipts of those kills for which something else than `done` is owed."""
        query = select(purges.c.kills).where(purges.c.urgent, purges.c.id.not_in(list(done)))
        rows = await self._database.read(lambda connection: connection.scalars(query).all())
        return {one.receipt for row in rows for one in _kills(row)} & {one.receipt for one in kills}

    async def settle(self, done: Iterable[int]) -> None:
        """The CDN has heard of these, or never will."""
        ids = list(done)
        await self._database.write(lambda connection: connection.execute(delete(purges).where(purges.c.id.in_(ids))))

    async def postpone(self, later: Iterable[tuple[Purge, Again]], detail: str) -> None:
        """It has not heard of these; again then."""
        rows = [(one.id, {"due_at": again.due_at, "attempts": one.attempts + 1}) for one, again in later]

        def work(connection: Connection) -> None:
            for number, values in rows:
                change = update(purges).where(purges.c.id == number)
                connection.execute(change.values(**values, detail=detail[:500]))

        await self._database.write(work)

    async def next_due(self) -> float | None:
        """Seconds until something is due; None when nothing is owed."""
        due = await self._database.read(lambda connection: connection.scalar(select(func.min(purges.c.due_at))))
        return None if due is None else (due - await self._database.now()).total_seconds()

    async def overdue(self, now: datetime) -> dict[str, float]:
        """Seconds for which the oldest purge is owed."""
        oldest = await self._database.read(lambda connection: connection.scalar(select(func.min(purges.c.owed_at))))
        return {"purge": (now - oldest).total_seconds() if oldest else 0.0}


def owe(connection: Connection, paths: Collection[str], kills: Sequence[Kill], now: datetime) -> None:
    """Remember that the CDN must forget these paths; the receipts of `kills` hear what becomes of it."""
    if not paths:
        return
    values = {
        "urgent": bool(kills),
        "paths": orjson.dumps(sorted(paths)).decode(),
        "kills": orjson.dumps([list(one) for one in kills]).decode(),
        "owed_at": now,
        "due_at": now,
        "attempts": 0,
        "detail": "",
    }
    connection.execute(insert(purges).values(values))


def owe_kill(connection: Connection, path: str, kill: Kill, now: datetime) -> set[str]:
    """A kill, heard for the first time or again: its page, its comments and its pictures, unless they are owed."""
    names = connection.scalars(select(media.c.name).where(media.c.story_id == kill.story_id)).all()
    own = connection.scalars(select(routes.c.path).where(routes.c.story_id == kill.story_id)).all()
    paths = {path, f"{path}feed/", path + CARD, *own, *picture_paths(names)}
    owed = connection.scalars(select(purges.c.kills).where(purges.c.urgent)).all()
    if not any(kill in _kills(one) for one in owed):
        owe(connection, paths, [kill], now)
    return paths


def _is_due(connection: Connection, now: datetime) -> bool:
    return connection.execute(select(1).where(purges.c.due_at <= now).limit(1)).first() is not None


def _lease(connection: Connection, now: datetime) -> list[Purge]:
    due = select(purges).where(purges.c.due_at <= now).order_by(purges.c.id).limit(AT_ONCE)
    for urgent in (True, False):
        which = due.where(purges.c.urgent.is_(urgent)).with_for_update(skip_locked=True)
        rows = connection.execute(which).all()
        if rows:
            ids = [row.id for row in rows]
            connection.execute(update(purges).where(purges.c.id.in_(ids)).values(due_at=now + LEASE))
            return [_purge(row) for row in rows]
    return []


def _purge(row: Row[Any]) -> Purge:
    return Purge(row.id, orjson.loads(row.paths), _kills(row.kills), row.attempts, row.owed_at)


def _kills(text: str) -> list[Kill]:
    return [Kill(*one) for one in orjson.loads(text)]
