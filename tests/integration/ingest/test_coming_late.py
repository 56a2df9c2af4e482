"""What does the log make of a confirmation that comes after the one that overtook it?"""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.ingest import app as ingest
from services.ingest.adapters.confirmations import SqlConfirmations
from services.ingest.adapters.context import Names
from services.ingest.adapters.judging import Asked, judge
from services.ingest.adapters.reading import SqlReading
from services.ingest.adapters.tables import confirmations, revisions
from services.ingest.domain.commands import Kill, Put
from services.ingest.domain.fields import pushed
from services.ingest.domain.identity import Identity
from shared.database import Database
from shared.events import KillConfirmed
from shared.runtime.migrate import migrate
from tests.integration.fence.newsroom import NOON, ZONE

FERRY = Identity("desk", "ferry")


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """A log with a story that was published and killed."""
    opened = Database(database_url, "ingest")
    await migrate(opened, Path(ingest.__file__).parent / "migrations")
    told = pushed({"headline": "The ferry", "body_html": "<p>It is back.</p>"})
    for command in (Asked(FERRY, Put(told)), Asked(FERRY, Kill("counsel", None))):
        await opened.write(lambda connection, command=command: judge(connection, [command], NOON, ZONE, Names()))  # type: ignore[misc]
    yield opened
    await opened.close()


async def test_a_revision_that_is_said_to_be_live_after_its_kill_is_no_change(database: Database) -> None:
    log = SqlConfirmations(database)
    _, numbers = await log.live({FERRY.story_id: (2, NOON)})
    news, late = await log.live({FERRY.story_id: (1, NOON)})
    assert (numbers, news, late) == ({FERRY.story_id: 1}, [], {})
    assert [row.told for row in await SqlReading(database).changes(0, 10)] == ["kill"]
    states = await database.read(lambda connection: connection.scalars(select(revisions.c.state)).all())
    assert sorted(states) == ["live", "superseded"]


async def test_late_word_of_a_failure_takes_no_confirmation_back(database: Database) -> None:
    log, receipt = SqlConfirmations(database), uuid4()

    async def say(outcome: str, minute: int) -> None:
        at = NOON + timedelta(minutes=minute)
        about = {"story_id": FERRY.story_id, "revision": 2, "receipt": receipt, "channel": "cdn"}
        await log.killed([KillConfirmed.model_validate({"at": at, "outcome": outcome, **about})])

    async def held() -> tuple[str, int]:
        row = await database.read(lambda connection: connection.execute(select(confirmations)).one())
        return row.outcome, (row.at - NOON) // timedelta(minutes=1)

    await say("unreachable", 3)
    await say("failed", 2)
    assert await held() == ("unreachable", 3)
    await say("confirmed", 5)
    await say("failed", 4)
    await say("confirmed", 6)
    assert await held() == ("confirmed", 5)


async def test_a_step_before_the_proof_halts_nothing_that_is_proven(database: Database) -> None:
    log = SqlConfirmations(database)
    await log.live({FERRY.story_id: (2, NOON)})

    async def state() -> object:
        query = select(revisions.c.state).where(revisions.c.revision == 2)
        return await database.read(lambda connection: connection.scalar(query))

    await log.halted([(FERRY.story_id, 2, "render")])
    assert await state() == "live"
    await log.halted([(FERRY.story_id, 2, "notify")])
    assert await state() == "halted"
