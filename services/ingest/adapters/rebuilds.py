"""Which rebuilds and audits are there, and how far are they?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import uuid4

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from services.ingest.adapters.tables import rebuilds
from shared.database import Database, lock

Mode = Literal["rebuild", "audit", "repair"]
#: Of one that has said nothing for so long the process has died.
SILENCE: Final = timedelta(minutes=1)
DIED: Final = "its process died"


@dataclass(frozen=True, slots=True)
class Run:
    """One rebuild or audit. `findings`: what was found to differ, each `{where, what, key}`."""

    id: str
    mode: Mode
    state: Literal["running", "done", "failed"]
    phase: str
    done: int
    total: int
    findings: Sequence[Mapping[str, Any]]
    error: str | None
    started_at: datetime
    changed_at: datetime


class SqlRebuilds:
    """Their rows; one runs at a time."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database = database

    async def begin(self, mode: Mode) -> Run | None:
        """Enter one; None while another runs."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _begin(connection, mode, now))

    async def one(self, run: str) -> Run | None:
        """How far it is."""
        now = await self._database.now()
        query = select(rebuilds).where(rebuilds.c.id == run)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _run(row, now)

    async def newest(self, most: int) -> list[Run]:
        """The last ones, newest first."""
        now = await self._database.now()
        query = select(rebuilds).order_by(rebuilds.c.started_at.desc()).limit(most)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_run(row, now) for row in rows]

    async def tell(self, run: str, phase: str, done: int, total: int) -> None:
        """It lives, and is so far."""
        await self._change(run, phase=phase, done=done, total=total)

    async def end(self, run: str, findings: Sequence[Mapping[str, Any]] = (), error: str | None = None) -> None:
        """It is done, or failed with `error`."""
        state = "failed" if error else "done"
        await self._change(run, state=state, findings=orjson.dumps(list(findings)).decode(), error=error)

    async def _change(self, run: str, **values: Any) -> None:  # noqa: ANN401 - values of columns
        now = await self._database.now()
        mine = (rebuilds.c.id == run, rebuilds.c.state == "running")
        statement = update(rebuilds).where(*mine).values(changed_at=now, **values)
        await self._database.write(lambda connection: connection.execute(statement))


def _begin(connection: Connection, mode: Mode, now: datetime) -> Run | None:
    lock(connection, "ingest.rebuild")
    running = select(rebuilds.c.id).where(rebuilds.c.state == "running", rebuilds.c.changed_at > now - SILENCE)
    if connection.execute(running).first() is not None:
        return None
    left = rebuilds.c.state == "running"
    connection.execute(update(rebuilds).where(left).values(state="failed", error=DIED))
    run = Run(str(uuid4()), mode, "running", "begin", 0, 0, (), None, now, now)
    row = {name: getattr(run, name) for name in ("id", "mode", "state", "phase", "done", "total", "error")}
    connection.execute(insert(rebuilds).values(**row, findings="[]", started_at=now, changed_at=now))
    return run


def _run(row: Row[Any], now: datetime) -> Run:
    died = row.state == "running" and row.changed_at <= now - SILENCE
    return Run(
        row.id,
        row.mode,
        "failed" if died else row.state,
        row.phase,
        row.done,
        row.total,
        orjson.loads(row.findings),
        DIED if died else row.error,
        row.started_at,
        row.changed_at,
    )
