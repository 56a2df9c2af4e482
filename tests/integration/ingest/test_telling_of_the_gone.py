"""What does ingest tell of a story that is gone? Enough for those who have never heard of it."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from services.ingest import app as ingest
from shared.database import Database
from shared.events import StoryKilled, StoryReceived
from shared.runtime.migrate import migrate
from tests.integration.fence.newsroom import Clock, Clocked, Content, Emitted, Move, Newsroom


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """An empty log."""
    opened = Clocked(database_url, "ingest", Clock())
    await migrate(opened, Path(ingest.__file__).parent / "migrations")
    yield opened
    await opened.close()


async def told(database: Database, *moves: Move) -> Sequence[Emitted]:
    assert isinstance(database, Clocked)
    return await Newsroom(database, database.clock).make(moves)


async def test_a_kill_names_every_address_that_the_story_ever_had(database: Database) -> None:
    first = Move(0, content=Content(canonical=True, aliased=True, slug=1))
    emitted = await told(database, first, Move(0, content=Content(slug=2)), Move(0, "kill"))
    kill = emitted[-1]
    assert isinstance(kill, StoryKilled)
    assert set(kill.head.known_as) == {
        "https://elsewhere.example/s0",
        "/old/s0/",
        "/2026/11/23/s0-1/",
        "/2026/11/23/s0-2/",
    }
    assert [one.head.known_as for one in emitted[:-1] if isinstance(one, StoryReceived)] == [(), ()]


async def test_of_a_story_that_nobody_has_seen_nothing_is_named(database: Database) -> None:
    [kill] = await told(database, Move(0, "embargo", Content(canonical=True)), Move(0, "kill"))
    assert isinstance(kill, StoryKilled)
    assert (kill.head.hidden, kill.head.known_as) == (True, ())


async def test_an_expiry_says_what_expired_to_the_desk_alone(database: Database) -> None:
    *_, expiry = await told(database, Move(0, "expire", Content(headline=1)))
    assert isinstance(expiry, StoryReceived)
    assert (expiry.head.action, expiry.story, expiry.headline) == ("expire", None, "Story 0 south")
    assert "/2026/11/23/story-0-south/" in expiry.head.known_as
