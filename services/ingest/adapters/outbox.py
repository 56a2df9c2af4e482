"""Which revisions must be emitted, first or again? The driver's view of the log."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    literal,
    select,
    text,
    update,
)

from services.ingest.adapters import context, window
from services.ingest.adapters.rows import entries, to_entry
from services.ingest.adapters.tables import in_state, revisions
from services.ingest.domain.driving import OVERDUE
from services.ingest.domain.telling import Told
from shared.database import Database, Many, lock

BATCH: Final = 64
#: After this long without a word of it having reached Redis, a claimed revision is emitted again.
UNSENT: Final = timedelta(seconds=3)
#: What is emitted or proven and not yet confirmed twice.
OPEN: Final = ("emitted", "live")
_SENT = Many(
    lambda _: (
        update(revisions)
        .where(
            revisions.c.story_id == bindparam("b_story"),
            revisions.c.revision <= bindparam("b_revision"),
            in_state(*OPEN),
        )
        .values(emitted_ms=bindparam("b_ms"))
    )
)
#: Word for word as its index says it: with values to be filled in neither database would see that the index serves.
_KILLS: Final = (
    select(revisions.c.position)
    .where(text("state = 'queued' AND action = 'kill'"))
    .order_by(revisions.c.position)
    .limit(BATCH)
)
_LONGEST_BACKOFF: Final = 5


class SqlOutbox:
    """Claims revisions for emission; several replicas share the work without doing it twice."""

    def __init__(self, database: Database, names: context.Names) -> None:
        """`names` is shared with the log."""
        self._database, self._names = database, names

    async def claim(self) -> tuple[list[Told], bool]:
        """The next queued revisions in log order, as far as the window has room (kills always); does any remain?"""
        now = await self._database.now()
        if not await self._database.read(window.backlog):
            return [], False
        return await self._take(partial(_queued, now=now), now), True

    async def unsent(self, *, kills: bool = False) -> list[Told]:
        """Claimed revisions of which nobody knows that they reached Redis: their claimer died, or Redis was away.

        `kills`: only those; the others shall not leave now.
        """
        now = await self._database.now()
        unknown = [in_state(*OPEN), revisions.c.emitted_ms.is_(None), revisions.c.claimed_at < now - UNSENT]
        if kills:
            unknown.append(revisions.c.action == "kill")
        query = select(revisions.c.position).where(*unknown).limit(1)
        if await self._database.read(lambda connection: connection.scalar(query)) is None:
            return []
        return await self._take(lambda connection: _positions(connection, *unknown), now)

    async def unconfirmed(self, after: int) -> tuple[list[Told], int]:
        """The next open revisions after position `after`, and where they end: everything, for a Redis that lost all."""
        now = await self._database.now()
        found: list[int] = []

        def some(connection: Connection) -> Sequence[int]:
            found.extend(_positions(connection, in_state(*OPEN), revisions.c.position > after))
            return found

        told = await self._take(some, now)
        return told, max(found, default=after)

    async def lost(self, before_ms: int) -> list[Told]:
        """Open revisions emitted before `before_ms` that a wave has not brought home; those sent often wait longer."""
        now = await self._database.now()
        return await self._take(lambda connection: _positions(connection, *_overdue(before_ms)), now)

    async def overdue(self, now_ms: int) -> bool:
        """Is there anything that should have come back by now?"""
        query = select(1).where(*_overdue(now_ms)).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)

    async def sent(self, marks: Iterable[tuple[str, int, int]]) -> None:
        """Remember when (story, revision, Redis ms) were emitted; lower revisions travel in its history."""
        rows = [{"b_story": story, "b_revision": revision, "b_ms": ms} for story, revision, ms in sorted(marks)]

        def work(connection: Connection) -> None:
            lock(connection, "ingest.seq")  # confirmations change the same rows, in another order
            _SENT(connection, rows)

        await self._database.write(work)

    async def figures(self) -> dict[str, int]:
        """How many revisions are in which open state, for the metrics."""
        states = ("waiting", "queued", "emitted", "live", "halted")
        query = select(revisions.c.state, func.count()).where(in_state(*states)).group_by(revisions.c.state)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return dict.fromkeys(states, 0) | {row[0]: row[1] for row in rows}

    async def _take(self, choose: Any, now: datetime) -> list[Told]:  # noqa: ANN401 - a function of the connection
        def work(connection: Connection) -> list[Told]:
            lock(connection, "ingest.log")
            positions = list(choose(connection))
            return claimed(connection, positions, now, self._names) if positions else []

        told = await self._database.write(work)
        for one in told:
            self._names.keep(one.names)
        return told


def _queued(connection: Connection, now: datetime) -> list[int]:
    # A kill waits for no room. That any waits at all is rare (a restore has everything wait).
    taken = set(connection.scalars(_KILLS))
    query = select(revisions.c.position, revisions.c.size).where(revisions.c.state == "queued")
    room = window.room(connection, now)
    for row in connection.execute(query.order_by(revisions.c.position).limit(BATCH)):
        if row.position not in taken and not room.take(row.size):
            break
        taken.add(row.position)
    return sorted(taken)


def _positions(connection: Connection, *where: ColumnElement[bool]) -> list[int]:
    query: Select[tuple[int]] = select(revisions.c.position).where(*where)
    return list(connection.scalars(query.order_by(revisions.c.position).limit(BATCH)))


def _overdue(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    patience = int(OVERDUE.total_seconds() * 1000)
    return (
        in_state(*OPEN),
        revisions.c.action != "kill",
        revisions.c.emitted_ms < literal(now_ms, BigInteger) - _backoff(patience),
    )


def _backoff(patience_ms: int) -> ColumnElement[int]:
    """Patience that doubles with every emission, up to 32 times as long."""
    doubled = [(revisions.c.sends > sends, patience_ms * 2**sends) for sends in range(_LONGEST_BACKOFF, 0, -1)]
    return case(*doubled, else_=patience_ms)


def claimed(connection: Connection, positions: Sequence[int], now: datetime, names: context.Names) -> list[Told]:
    """Mark them as being emitted, and complete them. Of a story only the newest goes; it brings the others home."""
    rows = connection.execute(entries(revisions.c.position).where(revisions.c.position.in_(positions)))
    newest = {}
    for row in sorted(rows, key=lambda row: row.revision):
        newest[row.publisher, row.external_id] = row
    chosen = sorted(newest.values(), key=lambda row: row.position)
    connection.execute(
        update(revisions)
        .where(revisions.c.position.in_(positions), revisions.c.state == "queued")
        .values(state="emitted")
    )
    connection.execute(
        update(revisions)
        .where(revisions.c.position.in_(positions))
        .values(claimed_at=now, emitted_ms=None, sends=revisions.c.sends + 1)
    )
    return context.told(connection, [to_entry(row) for row in chosen], names)
