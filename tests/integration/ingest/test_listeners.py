"""Is the desk, for which nobody waits, told again what Redis forgot?"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from redis import Redis

from services.ingest.adapters import listeners
from services.ingest.adapters.context import Names
from services.ingest.adapters.listeners import SqlListeners
from services.ingest.domain.listening import Heard
from services.ingest.handlers.following import Following
from services.ingest.handlers.retelling import Retelling
from shared import clock
from shared.bus import Unavailable, keys
from shared.events import Event, StoryReceived
from tests.integration.ingest.conftest import STORY, Running, until

WAIT = {"Prefer": "wait=10"}


def redis(ingest: Running) -> Redis:
    return Redis(unix_socket_path=ingest.redis_url.removeprefix("unix://"))


async def numbered(ingest: Running, last: int) -> None:
    """Wait until so many changes are numbered and settled."""
    count = "SELECT count(*) FROM revisions WHERE state = 'settled'"

    async def done() -> bool:
        return await ingest.database.read(lambda connection: connection.exec_driver_sql(count).scalar()) == last

    await until(done, 30)


async def test_what_the_desk_may_not_have_read_goes_again_when_redis_forgets_it(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    await numbered(ingest, 1)
    before = len(ingest.line.received)
    with redis(ingest) as server:
        server.flushall()
    await until(lambda: len(ingest.line.received) > before)
    assert ingest.line.received[-1].head.external_id == "a"
    changes = (await desk.get("/v1/changes")).json()["changes"]
    assert [one["seq"] for one in changes] == [1]


async def test_a_redis_that_was_started_again_may_have_lost_a_second_of_it(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    await numbered(ingest, 1)
    before = len(ingest.line.received)
    with redis(ingest) as server:
        server.set(keys.EPOCH, "another process/an epoch")
    await until(lambda: len(ingest.line.received) > before)
    assert ingest.line.received[-1].head.external_id == "a"


async def test_the_desk_hears_again_of_what_waits_for_its_time(ingest: Running) -> None:
    desk = await ingest.publisher()
    later = (clock.now() + timedelta(hours=1)).isoformat()
    await desk.put("/v1/stories/a", json={**STORY, "embargo_until": later})
    await until(lambda: len(ingest.line.scheduled) == 1)
    with redis(ingest) as server:
        server.flushall()
    await until(lambda: len(ingest.line.scheduled) > 1)  # twice again, when it forgot just as somebody looked
    assert len({one.story_id for one in ingest.line.scheduled}) == 1
    assert not ingest.line.received


class Wire:
    """Takes events; is away for the first `away` calls."""

    def __init__(self, away: int = 0) -> None:
        self.away, self.told = away, list[str]()

    async def emit(self, events: Sequence[Event]) -> list[str]:
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        self.told += [one.head.external_id for one in events if isinstance(one, StoryReceived)]
        return ["1-0" for _ in events]


TELL = Retelling.tell


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service that runs here tells nothing by itself: the test does."""

    async def nothing(_: Retelling) -> None:
        return

    monkeypatch.setattr(Retelling, "tell", nothing)


@pytest.mark.usefixtures("idle")
async def test_what_is_owed_outlives_the_process_that_knew_of_it(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "BATCH", 2)
    desk = await ingest.publisher()
    for name in "abcde":
        await desk.put(f"/v1/stories/{name}", json=STORY, headers=WAIT)
    await numbered(ingest, 5)
    log = SqlListeners(ingest.database, Names())
    await log.has_read(1)
    await log.has_read(0)
    owed = await log.owe()
    assert (owed.told, owed.owed) == (1, 5), "what was read is not owed"
    told, end = await log.changes(owed)
    await log.were_told(owed, end)
    assert [one.entry.identity.external_id for one in told] == ["b", "c"]
    # The process dies; the next one finds Redis away, and full, and goes on with the rest when it can.
    full = True
    wire = Wire(away=1)
    next_one = Retelling(log, wire, lambda: full)
    await TELL(next_one)
    full = False
    with pytest.raises(Unavailable):
        await TELL(next_one)
    await TELL(next_one)
    assert wire.told == ["d", "e"]
    assert not (await log.heard()).is_owed


@pytest.mark.usefixtures("idle")
async def test_what_was_emitted_before_redis_forgot_again_is_not_crossed_out(ingest: Running) -> None:
    desk = await ingest.publisher()
    for name in "ab":
        await desk.put(f"/v1/stories/{name}", json=STORY, headers=WAIT)
    await numbered(ingest, 2)
    log = SqlListeners(ingest.database, Names())
    await log.has_read(1)
    first = await log.owe()
    _, end = await log.changes(first)
    second = await log.owe()
    await log.were_told(first, end)
    left = await log.heard()
    assert (left.told, left.owed, left.debts) == (1, 2, second.debts)


def test_what_redis_forgets_while_it_is_told_again_is_told_a_third_time() -> None:
    owed = Heard(last=600, read=100).forgotten()
    assert (owed.told, owed.owed, owed.is_owed) == (100, 600, True)
    meanwhile = Heard(last=700, read=100, told=400, owed=600).forgotten()
    assert (meanwhile.told, meanwhile.owed) == (100, 700)
    assert not Heard(last=700, read=700, told=600, owed=600).forgotten().is_owed


class _There:
    """Changes are numbered up to `last`; whoever listens has read what came before `read_ms` of Redis' clock."""

    def __init__(self) -> None:
        self.heard_of, self.ms, self.read_ms, self.epochs = Heard(2000, 1500), 10, 0, ["one"]

    async def heard(self) -> Heard:
        return self.heard_of

    async def has_read(self, number: int) -> None:
        self.heard_of = Heard(self.heard_of.last, number, self.heard_of.told, self.heard_of.owed)

    async def epoch(self) -> str | None:
        return self.epochs.pop() if len(self.epochs) > 1 else self.epochs[0]

    async def time_ms(self) -> int:
        return self.ms

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        del event, group
        return before_ms <= self.read_ms


async def test_a_change_is_read_when_everybody_has_passed_a_moment_after_it() -> None:
    there = _There()
    known = Following(there, there)
    await known.look()
    there.heard_of, there.ms = Heard(2001, 1500), 20
    await known.look()
    assert there.heard_of.read == 1500
    there.read_ms = 10
    await known.look()
    assert there.heard_of.read == 2000
    there.read_ms, there.epochs = 20, ["two"]
    await known.look()
    assert there.heard_of.read == 2000, "what was asked for before Redis forgot it is not known to be read"
    await known.look()
    assert there.heard_of.read == 2001


async def test_nobody_is_asked_while_anything_is_owed() -> None:
    there = _There()
    there.read_ms, there.heard_of = 100, Heard(2000, 1500, told=1600, owed=2000)
    known = Following(there, there)
    await known.look()
    await known.look()
    assert there.heard_of.read == 1500
