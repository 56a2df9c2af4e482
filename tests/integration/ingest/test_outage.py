"""Is what came due while nobody was there done once, as it must be, when somebody is there again?"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.ingest.adapters.due import SqlDue
from services.ingest.adapters.overdue import SqlOverdue
from services.ingest.adapters.tables import revisions, stories
from shared import clock
from shared.database import Database
from shared.events import rfc3339
from tests.integration.ingest.conftest import STORY, Line, Running, running, until

DAYS = timedelta(days=3)


async def push(ingest: Running, name: str, **fields: Any) -> None:
    answer = await ingest.api.put(f"/v1/stories/{name}?publisher=desk", json={**STORY, **fields})
    assert answer.status_code == 202, answer.text


def later(**delta: float) -> str:
    return rfc3339(clock.now() + timedelta(**delta))


async def make_due(database: Database) -> None:
    """Every time that was still to come has passed three days ago (those of expiry a little later)."""
    past = await database.now() - DAYS

    def work(connection: Any) -> None:
        waiting = (revisions.c.state == "waiting", revisions.c.release_at.is_not(None))
        connection.execute(update(revisions).where(*waiting).values(release_at=past))
        expiring = stories.c.expires_at.is_not(None)
        connection.execute(update(stories).where(expiring).values(expires_at=past + timedelta(hours=1)))

    await database.write(work)


async def log(database: Database, name: str) -> Sequence[tuple[int, str, str]]:
    """(revision, action, state) of a story's revisions."""
    columns = (revisions.c.revision, revisions.c.action, revisions.c.state)
    query = select(*columns).where(revisions.c.external_id == name).order_by(revisions.c.revision)
    rows = await database.read(lambda connection: connection.execute(query).all())
    return [tuple(row) for row in rows]


@pytest.fixture
async def asleep(database_url: str, redis_url: str, tmp_path: Path, line: Line) -> AsyncGenerator[Running]:
    """Ingest that accepts and does nothing by itself."""
    async with running(database_url, redis_url, tmp_path, line, loops=False) as ingest:
        assert (await ingest.api.post("/v1/publishers", json={"name": "desk"})).status_code == 201
        yield ingest


async def test_embargoes_and_expiries_of_an_outage_happen_once_at_the_next_start(
    database_url: str, redis_url: str, tmp_path: Path, line: Line
) -> None:
    async with running(database_url, redis_url, tmp_path, line, loops=False) as ingest:
        await ingest.api.post("/v1/publishers", json={"name": "desk"})
        await push(ingest, "embargoed", embargo_until=later(hours=1))
        await push(ingest, "embargoed", embargo_until=later(hours=1), dek="Better.")
        await push(ingest, "killed", embargo_until=later(hours=1))
        await ingest.api.post("/v1/stories/killed/kill?publisher=desk", json={"reason": "x"})
        await push(ingest, "expiring", expires_at=later(hours=1))
        await push(ingest, "both", embargo_until=later(hours=1), expires_at=later(hours=2))
        await make_due(ingest.database)
        found = await SqlOverdue(ingest.database).measure(await ingest.database.now())
        assert found["embargo"] >= DAYS.total_seconds()
        assert found["expiry"] >= DAYS.total_seconds() - 3600
    async with running(database_url, redis_url, tmp_path, line) as ingest:

        async def settled() -> bool:
            states = {
                state
                for name in ("embargoed", "killed", "expiring", "both")
                for *_, state in await log(ingest.database, name)
            }
            return states <= {"settled", "superseded"}

        await until(settled, 40)
        assert await log(ingest.database, "embargoed") == [(1, "publish", "superseded"), (2, "update", "settled")]
        assert set(line.revisions("embargoed")) == {2}
        assert line.revisions("killed") == []
        assert [action for _, action, _ in await log(ingest.database, "expiring")] == ["publish", "expire"]
        # Nobody sees a story whose time came and went meanwhile.
        assert {one.head.action for one in line.received if one.head.external_id == "both"} == {"expire"}
        found = await SqlOverdue(ingest.database).measure(await ingest.database.now())
        assert found == {"embargo": 0.0, "expiry": 0.0, "drive": 0.0}


async def test_two_replicas_release_and_expire_once(asleep: Running, database_url: str) -> None:
    for number in range(20):
        await push(asleep, f"embargoed-{number}", embargo_until=later(hours=1))
        await push(asleep, f"expiring-{number}", expires_at=later(hours=1))
    await make_due(asleep.database)
    other = Database(database_url, "ingest")
    try:
        both = [SqlDue(one) for one in (asleep.database, other)]
        assert sum(await asyncio.gather(*(one.release() for one in both))) == 20
        clockwork = asleep.service.loops["clockwork"].__self__  # type: ignore[attr-defined]  # a bound method
        await asyncio.gather(clockwork.tick(), clockwork.tick(), clockwork.tick())
        assert await both[1].expired() == []
        for number in range(20):
            actions = [action for _, action, _ in await log(other, f"expiring-{number}")]
            assert actions == ["publish", "expire"]
    finally:
        await other.close()


async def test_a_revision_that_does_not_get_on_is_overdue_since_it_was_accepted(asleep: Running) -> None:
    await push(asleep, "stuck")
    now = await asleep.database.now()
    found = await SqlOverdue(asleep.database).measure(now + timedelta(minutes=10))
    assert 590 < found["drive"] < 660
    assert asleep.service.owed is not None
    assert {one.kind: one.late for one in await asleep.service.owed.measure()} == {
        "embargo": False,
        "expiry": False,
        "drive": False,
        "receipt": False,
    }


async def test_what_a_process_claimed_and_did_not_emit_before_it_died_is_emitted_by_the_next(
    database_url: str, redis_url: str, tmp_path: Path, line: Line
) -> None:
    async with running(database_url, redis_url, tmp_path, line) as ingest:
        await ingest.api.post("/v1/publishers", json={"name": "desk"})
        await push(ingest, "before")
        await until(lambda: line.revisions("before") == [1], 40)
    async with running(database_url, redis_url, tmp_path, line, loops=False) as ingest:
        await push(ingest, "claimed")
        assert [state for *_, state in await log(ingest.database, "claimed")] == ["emitted"]
    assert line.revisions("claimed") == []
    # Redis remembers everything, so nothing but the log says that this one never got there.
    async with running(database_url, redis_url, tmp_path, line):
        await until(lambda: line.revisions("claimed")[:1] == [1], 40)
