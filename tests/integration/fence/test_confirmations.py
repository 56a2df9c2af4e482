"""Does the log end in the same state however confirmations come: in any order, twice, late, in batches of any size?"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from sqlalchemy import select

from services.ingest.adapters.confirmations import SqlConfirmations
from services.ingest.adapters.tables import confirmations, counters, revisions, stories
from services.ingest.handlers.confirming import Confirming
from shared.database import Database
from shared.events import (
    CommentsChanged,
    Event,
    KillConfirmed,
    LiveOutline,
    NoticesPlanned,
    StoryHalted,
    StoryHead,
    StoryKilled,
)
from tests.integration.fence.chance import CHANCES, Chance, some
from tests.integration.fence.grounds import Grounds, on_postgres, on_sqlite
from tests.integration.fence.newsroom import MINUTE, MOVES, NOON, Emitted, Move, Newsroom
from tests.servers.postgres import PostgresServer

OPEN: Final = {"waiting", "queued", "emitted", "live"}
LATER: Final = NOON + 60 * MINUTE
#: What channels say of a kill, a minute apart: at first one is not reached, then it is, then it is asked once more.
WORDS: Final = (
    ("page", "confirmed"),
    ("cdn", "unreachable"),
    ("cdn", "confirmed"),
    ("cdn", "failed"),
    ("email", "failed"),
)
RECEIPT: Final = {"page": ("confirmed", 0), "cdn": ("confirmed", 2), "email": ("failed", 4)}


def said(emitted: Sequence[Emitted]) -> list[Event]:
    """Everything that may come back for these revisions."""
    found: list[Event] = []
    for number, one in enumerate(emitted):
        if isinstance(one, CommentsChanged):
            continue
        head, at = one.head, LATER + number * timedelta(seconds=1)
        found.append(LiveOutline(at=at, head=head, article=None, live_at=at))
        found.append(NoticesPlanned(at=at, story_id=head.story_id, revision=head.revision))
        if number % 3 == 0:
            halted = {"story_id": head.story_id, "revision": head.revision, "error": "x"}
            found.append(StoryHalted(at=at, step=("enrich", "notify")[number % 2], **halted))
        if isinstance(one, StoryKilled):
            found += _receipts(one)
    return found


def _receipts(kill: StoryKilled) -> list[Event]:
    about = {"story_id": kill.head.story_id, "revision": kill.head.revision, "receipt": kill.receipt}
    return [
        KillConfirmed(at=LATER + number * MINUTE, channel=channel, outcome=outcome, **about)
        for number, (channel, outcome) in enumerate(WORDS)
    ]


async def hear(grounds: Grounds, moves: Sequence[Move], chance: Chance) -> None:
    """Let everything come back as chance has it, and look at the log after each batch."""
    async with grounds() as ground:
        database = ground.database("ingest")
        emitted = await Newsroom(database, ground.clock).make(moves)
        steps = Confirming(SqlConfirmations(database), lambda _: None, lambda: None)
        waiting, heard = said(emitted), list[Event]()
        while waiting:
            batch = [chance.one_of(heard)] if heard and chance.below(4) == 1 else chance.batch(waiting)
            await _take(steps, batch)
            heard += batch
            assert await _wrong(database, heard) == []
        assert await _receipts_kept(database) == {
            (str(one.receipt), channel): (outcome, LATER + minutes * MINUTE)
            for one in emitted
            if isinstance(one, StoryKilled)
            for channel, (outcome, minutes) in RECEIPT.items()
        }
        heads = [one.head for one in emitted if not isinstance(one, CommentsChanged)]
        assert await _unsettled(database, heads) == []


async def _take(steps: Confirming, batch: Sequence[Event]) -> None:
    handlers: dict[type[Event], Any] = {
        LiveOutline: steps.live,
        NoticesPlanned: steps.planned,
        StoryHalted: steps.halted,
        KillConfirmed: steps.killed,
    }
    for kind, handler in handlers.items():
        mine = [one for one in batch if isinstance(one, kind)]
        if mine:
            await handler(mine)


async def _wrong(database: Database, heard: Sequence[Event]) -> list[str]:
    """What must never be: gaps or doubles in seq, a lower revision numbered after a higher one or open below it."""
    rows = await database.read(lambda connection: connection.execute(select(revisions)).all())
    last = await database.read(
        lambda connection: connection.scalar(select(counters.c.value).where(counters.c.name == "seq"))
    )
    numbers = sorted(row.seq for row in rows if row.seq is not None)
    found = [] if numbers == list(range(1, (last or 0) + 1)) else [f"seq: {numbers}, counter at {last}"]
    live: dict[str, int] = {}
    for one in heard:
        if isinstance(one, LiveOutline):
            live[one.subject[0]] = max(one.subject[1], live.get(one.subject[0], 0))
    below = (row for row in rows if row.revision < live.get(row.story_id, 0) and row.state in OPEN)
    found += [f"{row.external_id} r{row.revision} is {row.state} below what is live" for row in below]
    by_story: dict[str, list[int]] = {}
    for row in sorted((row for row in rows if row.seq is not None), key=lambda row: row.revision):
        by_story.setdefault(row.external_id, []).append(row.seq)
    found += [f"{name}: {seqs}" for name, seqs in by_story.items() if seqs != sorted(seqs)]
    known = await database.read(lambda connection: connection.execute(select(stories)).all())
    found += [
        f"{row.story_id} is live at {row.live_revision}"
        for row in known
        if (row.live_revision or 0) != live.get(row.story_id, 0)
    ]
    return found


async def _receipts_kept(database: Database) -> dict[tuple[str, str], tuple[str, Any]]:
    rows = await database.read(lambda connection: connection.execute(select(confirmations)).all())
    return {(row.receipt, row.channel): (row.outcome, row.at) for row in rows}


async def _unsettled(database: Database, heads: Sequence[StoryHead]) -> list[str]:
    """The newest revision of each story is live and planned for: whatever else was said of it, it is settled."""
    newest = {str(head.story_id): head.revision for head in heads}
    query = select(revisions.c.story_id, revisions.c.revision, revisions.c.state)
    rows = await database.read(lambda connection: connection.execute(query).all())
    return [str(row) for row in rows if newest.get(row.story_id) == row.revision and row.state != "settled"]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return on_sqlite(tmp_path_factory.mktemp("migrated"), ["ingest"])


@pytest.fixture(scope="module")
def postgres(postgres_server: PostgresServer) -> Grounds:
    return on_postgres(postgres_server, ["ingest"])


@some(50)
@given(moves=MOVES, chances=CHANCES)
def test_seq_has_no_gap_and_nothing_comes_back_whatever_is_confirmed_when(
    sqlite: Grounds, moves: list[Move], chances: list[int]
) -> None:
    asyncio.run(hear(sqlite, moves, Chance(chances)))


@some(3)
@given(moves=MOVES, chances=CHANCES)
def test_the_same_on_postgresql(postgres: Grounds, moves: list[Move], chances: list[int]) -> None:
    asyncio.run(hear(postgres, moves, Chance(chances)))
