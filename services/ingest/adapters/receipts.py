"""Which kills still lack a word? Receipts as owed work: each open one has a time at which it is looked at."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from services.ingest.adapters import context
from services.ingest.adapters.outbox import claimed
from services.ingest.adapters.tables import confirmations, receipts, revisions, stories
from services.ingest.domain.receipts import (
    DRIVEN,
    PATIENCE,
    Ask,
    Complete,
    GivenUp,
    Look,
    Open,
    Overtaken,
    Wait,
    look,
)
from services.ingest.domain.standing import Entry
from services.ingest.domain.telling import Told
from shared import telemetry
from shared.database import Database, lock

BATCH: Final = 64
log = telemetry.logger("ingest")

_ENDS: Final = {Complete: "complete", Overtaken: "overtaken", GivenUp: "given up"}


class SqlReceipts:
    """Looks at receipts when they are due; replicas take turns."""

    def __init__(self, database: Database, names: context.Names, wanted: Sequence[str]) -> None:
        """`wanted`: the channels that answer every kill."""
        self._database, self._names, self._wanted = database, names, tuple(wanted)

    async def are_due(self) -> bool:
        """Is there anything to look at?"""
        now = await self._database.now()
        return await self._database.read(lambda connection: _is_due(connection, now))

    async def look(self) -> list[Told]:
        """Close the receipts that are done; the kills that must be said again, claimed."""
        now = await self._database.now()
        found, told = await self._database.write(lambda connection: self._look(connection, now))
        for row, decided in found:
            _log(row, decided)
        return told

    async def hurry(self) -> None:
        """Redis has forgotten everything, and perhaps words that were on their way: look at all now."""
        now = await self._database.now()
        statement = update(receipts).where(receipts.c.due_at.is_not(None)).values(due_at=now)
        await self._database.write(lambda connection: connection.execute(statement))

    async def overdue(self, now: datetime) -> dict[str, float]:
        """Seconds since which the oldest receipt waits for what we do ourselves and were asked for again."""
        query = select(func.min(receipts.c.opened_at)).where(
            receipts.c.due_at.is_not(None), receipts.c.waits_for == "ourselves", receipts.c.asked > 0
        )
        oldest = await self._database.read(lambda connection: connection.scalar(query))
        return {"receipt": (now - oldest).total_seconds() if oldest else 0.0}

    def _look(self, connection: Connection, now: datetime) -> tuple[list[tuple[Row[Any], Look]], list[Told]]:
        lock(connection, "ingest.log")
        rows = connection.execute(_DUE.where(receipts.c.due_at <= now)).all()
        said = _said(connection, [row.receipt for row in rows])
        found = [(row, look(_open(row, said.get(row.receipt, {})), self._wanted, now)) for row in rows]
        for row, decided in found:
            _store(connection, row.receipt, decided, now)
        again = [row.position for row, decided in found if isinstance(decided, Ask)]
        return found, claimed(connection, again, now, self._names) if again else []


#: Looked at in the order of their times; a revision's own confirmations stand in its row of the log.
_DUE: Final = (
    select(
        receipts,
        revisions.c.position,
        revisions.c.live_at,
        revisions.c.planned_at,
        (stories.c.revision > receipts.c.revision).label("overtaken"),
    )
    .join(revisions, revisions.c.receipt == receipts.c.receipt)
    .join(stories, stories.c.story_id == receipts.c.story_id)
    .where(receipts.c.due_at.is_not(None))
    .order_by(receipts.c.due_at)
    .limit(BATCH)
)


def begin(connection: Connection, kills: Iterable[Entry], now: datetime) -> None:
    """Open the receipts of kills that were just accepted, in the transaction that accepts them."""
    rows = [
        {
            "receipt": kill.receipt,
            "story_id": kill.identity.story_id,
            "revision": kill.revision,
            "opened_at": now,
            "waits_for": "ourselves",
            "asked": 0,
            "due_at": now + PATIENCE["ourselves"],
        }
        for kill in kills
    ]
    if rows:
        connection.execute(insert(receipts), rows)


def _is_due(connection: Connection, now: datetime) -> bool:
    return connection.execute(select(1).where(receipts.c.due_at <= now).limit(1)).first() is not None


def _said(connection: Connection, wanted: Sequence[str]) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {}
    for row in connection.execute(select(confirmations).where(confirmations.c.receipt.in_(wanted))):
        found.setdefault(row.receipt, {})[row.channel] = not row.retrying
    return found


def _open(row: Row[Any], said: dict[str, bool]) -> Open:
    driven = dict(zip(DRIVEN, (row.live_at is not None, row.planned_at is not None), strict=True))
    return Open(row.opened_at, row.waits_for, row.asked, {**said, **driven}, bool(row.overtaken))


def _store(connection: Connection, receipt: str, decided: Look, now: datetime) -> None:
    values: dict[str, Any]
    if isinstance(decided, Wait):
        values = {"waits_for": decided.waits_for, "asked": decided.asked, "due_at": decided.due_at}
    else:
        values = {"due_at": None, "ended": _ENDS[type(decided)], "ended_at": now}
    connection.execute(update(receipts).where(receipts.c.receipt == receipt).values(values))
    if isinstance(decided, GivenUp) and decided.silent:
        row = {"receipt": receipt, "outcome": "unreachable", "detail": "no answer came", "at": now, "retrying": False}
        connection.execute(insert(confirmations), [{**row, "channel": channel} for channel in decided.silent])


def _log(row: Row[Any], decided: Look) -> None:
    subject = {"receipt": row.receipt, "story": row.story_id, "revision": row.revision}
    match decided:
        case Ask():
            log.warning("kill is said again", missing=",".join(decided.missing), asked=decided.asked, **subject)
        case GivenUp():
            log.error("receipt is given up", missing=",".join(decided.missing), **subject)
        case Wait() | Complete() | Overtaken():
            pass
