"""Bytes are a function of what is published, never of the order in which it came."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.database import Database
from shared.events import ApprovedComment, CommentsChanged, Event, StoryEnriched, Term
from shared.pages import Pages
from shared.runtime.migrate import migrate
from tests.integration.render.conftest import AT, MIGRATIONS, World, also, enriched, story_id


def wire() -> list[Event]:
    """Stories with all that links them: references, related stories, corrections, comments, breaking news."""
    plain: list[Event] = [enriched(f"s{number}", number) for number in range(1, 24)]
    return [
        *plain,
        enriched("ref", 30, body=also("late"), related=(story_id("s3"), story_id("late"))),
        enriched("late", 25, headline="Old name"),
        enriched("late", 25, revision=2, headline="New name", tags=(Term(slug="sea", name="Sea"),)),
        enriched("fixed", 26, revision=2, action="correct", note="It was blue."),
        enriched("big", 27, priority="breaking"),
        CommentsChanged(
            story_id=story_id("s7"),
            version=3,
            comments=(ApprovedComment(id=1, name="Bea", html="<p>Yes</p>", at=AT),),
            at=AT,
        ),
    ]


async def _published(order: Sequence[Event], batch: int, url: str = "") -> Mapping[str, str]:
    with tempfile.TemporaryDirectory() as directory:
        database = Database(url or f"sqlite:///{directory}/db", "render")
        await migrate(database, MIGRATIONS)
        world = World(database, Pages(f"file://{Path(directory)}/pages"))
        stories = [one for one in order if isinstance(one, StoryEnriched)]
        for start in range(0, len(stories), batch):
            await world.take(*stories[start : start + batch])
            await world.settle(seconds=3)
        for one in order:
            if not isinstance(one, StoryEnriched):
                await world.take(one)
        world.index.time = AT + timedelta(hours=2)
        await world.settle()
        await database.close()
        return await world.bodies()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(wire()), batch=st.sampled_from([1, 5, 64]))
def test_the_same_stories_in_any_order_and_batches_give_identical_bytes(order: list[Event], batch: int) -> None:
    expected = asyncio.run(_published(wire(), 64))
    found = asyncio.run(_published(order, batch))
    assert {path: key for path, key in found.items() if expected.get(path) != key} == {}
    assert found.keys() == expected.keys()


async def test_both_databases_give_identical_bytes_however_they_sort(postgres_url: str) -> None:
    """SQLite sorts text by its bytes, PostgreSQL as its cluster was set up: ł before z, or after it."""
    names = ("zoo", "łódź", "ab", "a-b", "a1", "écran", "öl", "海")
    terms = tuple(Term(slug=name, name=name.title()) for name in names)
    events = [
        *wire(),
        *(enriched(f"t{n}", 40 + n, tags=(term,), sections=(term, terms[n - 1])) for n, term in enumerate(terms)),
    ]
    expected, found = await _published(events, 64), await _published(events, 64, postgres_url)
    assert {path: key for path, key in found.items() if expected.get(path) != key} == {}
    assert found.keys() == expected.keys()
