"""Does the whole line end in the same state, however its events come: in any order, twice, late, in any batches?"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import CommentsChanged
from tests.integration.fence.chance import CHANCES, Chance, some
from tests.integration.fence.grounds import Grounds, on_postgres, on_sqlite
from tests.integration.fence.line import Line
from tests.integration.fence.newsroom import MOVES, NOON, Emitted, Move
from tests.integration.fence.shown import Seen, seen
from tests.servers.postgres import PostgresServer

#: When both runs are looked at, and when the second one is once more.
LATER, LATEST = NOON + timedelta(hours=3), NOON + timedelta(hours=4)
#: So many of the first events of each step come again in the end, each by itself and the oldest last.
AGAIN = 12
#: A page of a list shows 20.
CROWDS = st.sampled_from((0, 0, 0, 0, 19, 20))


async def orderly(grounds: Grounds, moves: Sequence[Move], crowd: int) -> Seen:
    """Every event goes the whole way before the next one comes."""
    async with grounds() as ground:
        line = Line(ground)
        await line.begin()
        events = await line.newsroom.make(moves, crowd)
        for batch in (events[:crowd], *([one] for one in events[crowd:])):
            line.post(batch)
            await line.drain()
        await line.settle(LATER)
        return await seen(line)


async def disorderly(grounds: Grounds, moves: Sequence[Move], crowd: int, chance: Chance) -> Seen:
    """Overtaken revisions may be missing; the rest comes as chance has it; in the end what was old comes again."""
    async with grounds() as ground:
        line = Line(ground)
        await line.begin()
        emitted = await line.newsroom.make(moves, crowd)
        line.post(one for one in emitted if not (overtaken(one, emitted) and chance.below(4) == 1))
        while chance.left:
            await line.once(chance)
        await line.settle(LATER)
        for step, events in line.taken.items():
            for event in events[:AGAIN][::-1]:
                await line.take(step, [event])
            await line.drain()
        await line.settle(LATEST)
        return await seen(line)


def overtaken(one: Emitted, emitted: Sequence[Emitted]) -> bool:
    """Is a newer revision of its story (or a newer list of its comments) on its way, so that it need not arrive?"""
    if isinstance(one, CommentsChanged):
        lists = (each for each in emitted if isinstance(each, CommentsChanged) and each.story_id == one.story_id)
        return any(each.version > one.version for each in lists)
    heads = (each.head for each in emitted if not isinstance(each, CommentsChanged))
    return any(head.story_id == one.head.story_id and head.revision > one.head.revision for head in heads)


def compare(grounds: Grounds, moves: Sequence[Move], crowd: int, chances: Sequence[int]) -> None:
    """The same log, told in order and told as chance has it."""
    expected = asyncio.run(orderly(grounds, moves, crowd))
    found = asyncio.run(disorderly(grounds, moves, crowd, Chance(chances)))
    assert differences(expected, found) == {}


def differences(expected: Seen, found: Seen) -> dict[str, tuple[object, object]]:
    """What is not the same, both ways."""
    names = sorted(expected.keys() | found.keys())
    return {name: (expected.get(name), found.get(name)) for name in names if expected.get(name) != found.get(name)}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return on_sqlite(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="module")
def postgres(postgres_server: PostgresServer) -> Grounds:
    return on_postgres(postgres_server)


@some(12)
@given(moves=MOVES, crowd=CROWDS, chances=CHANCES)
def test_any_order_of_events_ends_in_the_same_state(
    sqlite: Grounds, moves: list[Move], crowd: int, chances: list[int]
) -> None:
    compare(sqlite, moves, crowd, chances)


@some(2)
@given(moves=MOVES, crowd=CROWDS, chances=CHANCES)
def test_any_order_ends_in_the_same_state_on_postgresql_too(
    postgres: Grounds, moves: list[Move], crowd: int, chances: list[int]
) -> None:
    compare(postgres, moves, crowd, chances)
