"""What of notify does not depend on the order in which it hears, and what does?

It cannot all be the same: a publish that is heard of before its kill is planned and told, one that is heard of after it
is not. What holds in any order, with every event heard any number of times, is:

* a notice is planned once, for each revision up to the newest that was heard of, and for none above;
* nobody is sent the same notice twice, unless its row says so;
* of a revision below a kill that was heard of no byte leaves, and nothing of it waits;
* whoever may have had a story when its kill is planned is owed the kill, and so with a correction, unless a later
  kill has been heard of, which they are owed then;
* planned is the sum of what became of it.

And while each story is heard of in the same order, what comes between, again, or late changes nothing at all.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import given

from shared.events import ChannelCounts, StoryLive
from tests.integration.fence.chance import CHANCES, Chance, some
from tests.integration.fence.grounds import Grounds, on_postgres, on_sqlite
from tests.integration.fence.ledger import Heard, Notify, Sent, heard_by_notify
from tests.integration.fence.newsroom import NEWS, Clock, Move, Newsroom
from tests.servers.postgres import PostgresServer

SETTLED: Final = ("delivered", "bounced", "failed", "suppressed", "uncertain", "pending")


async def hear(grounds: Grounds, moves: Sequence[Move], chance: Chance) -> None:
    """In any order, while a worker sends; with no chance left in order, each sent before the next is heard of."""
    async with grounds() as ground:
        notify = Notify(ground)
        await notify.begin()
        waiting = await _events(grounds, moves)
        heard: list[Heard] = []
        while waiting:
            for _ in range(2 - chance.below(3)):
                await notify.work(chance)
            if heard and chance.below(5) == 1:
                batch = [chance.one_of(heard)]
            else:
                batch = [waiting.pop(chance.below(len(waiting))) for _ in range(min(len(waiting), 1 + chance.below(3)))]
            before, planned = await notify.noticed(), list(notify.sent)
            await notify.hear(batch)
            heard += batch
            assert await _forgotten(notify, batch, before, planned) == []
            assert await _wrong(notify) == []
        held = await _held(notify)
        await notify.hear(heard[::-1])
        assert await _held(notify) == held
        assert await _unplanned(notify, heard) == []


async def _events(grounds: Grounds, moves: Sequence[Move]) -> list[Heard]:
    async with grounds() as ground:
        return heard_by_notify(await Newsroom(ground.database("ingest"), Clock()).make(moves))


async def _forgotten(
    notify: Notify, batch: Sequence[Heard], before: dict[str, dict[int, str]], sent: Sequence[Sent]
) -> list[str]:
    """Of kills and corrections that this batch planned: who had the story and is not owed the news?"""
    after, rows = await notify.noticed(), await notify.rows()
    owed = {(row.story_id, row.revision, row.channel, row.recipient) for row in rows if row.state != "suppressed"}
    found = []
    for event in batch:
        story_id, revision = event.subject
        action = after.get(story_id, {}).get(revision)
        news = isinstance(event, StoryLive) and action in {"kill", "correct"} and action == event.head.action
        known = max(before.get(story_id, {0: ""}))
        if not news or revision <= known or revision < notify.killed.get(story_id, 0):
            continue
        had = {(one.channel, one.recipient) for one in sent if one.story == story_id and one.may_be_there}
        found += [f"{one} of {action} r{revision}" for one in had if (story_id, revision, *one) not in owed]
    return found


async def _wrong(notify: Notify) -> list[str]:
    """What must never be."""
    rows = await notify.rows()
    found = [
        f"{row.channel} {row.recipient} r{row.revision} is {row.state} below its kill"
        for row in rows
        if row.revision < notify.killed.get(row.story_id, 0) and row.state == "pending"
    ]
    doubtful = {
        (row.channel, row.recipient, row.story_id, row.revision)
        for row in rows
        if row.maybe_duplicate or row.attempts > 1 or row.state == "sending"
    }
    told = [one[:4] for one in notify.sent]
    found += [f"{one} was sent twice" for one in set(told) if told.count(one) > 1 and one not in doubtful]
    for report in await notify.reports.progress():
        for one in report.revisions:
            counts: list[ChannelCounts] = [one.email, one.webhook]
            found += [f"{each}" for each in counts if each.planned != sum(getattr(each, name) for name in SETTLED)]
    return found


async def _held(notify: Notify) -> tuple[Any, ...]:
    """All that notify has planned."""
    rows = sorted(
        (
            row.story_id,
            row.revision,
            row.channel,
            row.recipient,
            row.state,
            row.detail,
            row.lane,
            row.digest,
            row.action,
        )
        for row in await notify.rows()
    )
    return rows, {story: sorted(actions.items()) for story, actions in (await notify.noticed()).items()}


async def _unplanned(notify: Notify, heard: Sequence[Heard]) -> list[str]:
    """Of each story every revision up to the newest that is live has its notice, and none above has."""
    newest: dict[str, int] = {}
    for event in heard:
        if isinstance(event, StoryLive):
            newest[event.subject[0]] = max(event.head.revision, newest.get(event.subject[0], 0))
    noticed = await notify.noticed()
    return [
        f"{story} up to r{last}: {sorted(noticed.get(story, {}))}"
        for story, last in newest.items()
        if sorted(noticed.get(story, {})) != list(range(1, last + 1))
    ]


async def same_order(grounds: Grounds, moves: Sequence[Move], chance: Chance) -> None:
    """Each story in its order, the stories among each other in any; what was heard of comes again at any time."""
    events = await _events(grounds, moves)
    async with grounds() as ground:
        plain = Notify(ground)
        await plain.begin()
        for event in events:
            await plain.hear([event])
        expected = await _held(plain)
    async with grounds() as ground:
        mixed = Notify(ground)
        await mixed.begin()
        stories = [[one for one in events if one.subject[0] == name] for name in {one.subject[0] for one in events}]
        heard: list[Heard] = []
        while stories := [one for one in stories if one]:
            story = chance.one_of(stories)
            batch = [story.pop(0), *(chance.one_of(heard) for _ in heard[: chance.below(3)])]
            await mixed.hear(batch)
            heard += batch[:1]
        assert await _held(mixed) == expected


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return on_sqlite(tmp_path_factory.mktemp("migrated"), ["ingest", "notify"])


@pytest.fixture(scope="module")
def postgres(postgres_server: PostgresServer) -> Grounds:
    return on_postgres(postgres_server, ["ingest", "notify"])


@some(35)
@given(moves=NEWS, chances=CHANCES)
def test_in_any_order_no_notice_is_doubled_forgotten_or_told_below_a_kill(
    sqlite: Grounds, moves: list[Move], chances: list[int]
) -> None:
    asyncio.run(hear(sqlite, moves, Chance(chances)))


@some(2)
@given(moves=NEWS, chances=CHANCES)
def test_so_it_is_on_postgresql(postgres: Grounds, moves: list[Move], chances: list[int]) -> None:
    asyncio.run(hear(postgres, moves, Chance(chances)))


@some(15)
@given(moves=NEWS, chances=CHANCES)
def test_what_comes_again_or_late_or_between_changes_no_plan(
    sqlite: Grounds, moves: list[Move], chances: list[int]
) -> None:
    asyncio.run(same_order(sqlite, moves, Chance(chances)))
