"""Does an editor learn what a kill reached, also when words are lost on the way?"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from sqlalchemy import select, update

from services.ingest.adapters.context import Names
from services.ingest.adapters.receipts import SqlReceipts
from services.ingest.adapters.tables import receipts as table
from services.ingest.domain import receipts
from services.ingest.domain.receipts import expected
from shared import clock
from shared.bus import Bus
from shared.database import Database, is_outage
from shared.events import KillChannel, KillConfirmed
from tests.integration.ingest.conftest import STORY, Line, Running, answered, running, until

WAIT = {"Prefer": "wait=10"}
WANTED = expected(has_cdn=False)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who does not answer is asked again after a tenth of a second."""
    for waits_for in ("ourselves", "others"):
        monkeypatch.setitem(receipts.PATIENCE, waits_for, timedelta(seconds=0.1))
    yield
    monkeypatch.undo()


async def killed(ingest: Running) -> tuple[httpx.AsyncClient, str]:
    """A publisher whose only story is withdrawn, and the receipt."""
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    return desk, (await desk.post("/v1/stories/a/kill", json={"reason": "x"})).json()["receipt"]


async def told(desk: httpx.AsyncClient, receipt: str) -> dict[str, Any]:
    return dict((await desk.get(f"/v1/receipts/{receipt}")).json())


async def row(ingest: Running) -> Any:
    """What is owed of the only receipt."""
    return await ingest.database.read(lambda connection: connection.execute(select(table)).one())


async def ended(ingest: Running) -> bool:
    return (await row(ingest)).ended is not None


async def test_a_receipt_is_complete_when_every_channel_has_said_its_last_word(ingest: Running) -> None:
    ingest.line.silent = {"email", "webhook"}
    desk, receipt = await killed(ingest)

    async def ours() -> bool:
        found = (await told(desk, receipt))["channels"]
        return all(found[channel]["outcome"] == "confirmed" for channel in receipts.PROMPT)

    await until(ours)
    found = await told(desk, receipt)
    assert (found["state"], set(found["channels"])) == ("open", set(WANTED))
    assert found["channels"]["email"] == {"outcome": "pending", "at": None, "detail": "", "retrying": True}
    (event,) = ingest.line.killed
    await ingest.service.bus.emit([answered(event, "email"), answered(event, "webhook", "failed", detail="1 failed")])
    await until(lambda: _state(desk, receipt, "complete"))
    assert (await told(desk, receipt))["channels"]["webhook"]["outcome"] == "failed"
    await until(lambda: ended(ingest), 30)
    assert len(ingest.line.killed) == 1, "nobody was asked again"


@pytest.mark.parametrize("channel", receipts.PROMPT)
@pytest.mark.usefixtures("hasty")
async def test_a_word_that_was_lost_on_the_way_is_asked_for_until_it_comes(
    ingest: Running, channel: KillChannel
) -> None:
    ingest.line.silent = {channel}
    desk, receipt = await killed(ingest)
    await until(lambda: len(ingest.line.killed) >= 2, 30)
    assert (await told(desk, receipt))["channels"][channel]["outcome"] == "pending"
    ingest.line.silent = set()
    await until(lambda: ended(ingest), 30)
    found = await told(desk, receipt)
    assert found["state"] == "complete"
    assert {one["outcome"] for one in found["channels"].values()} == {"confirmed"}


@pytest.mark.usefixtures("hasty")
async def test_words_that_are_deleted_from_their_stream_are_said_again(
    database_url: str, redis_url: str, tmp_path: Path, line: Line
) -> None:
    """Ingest is away while everybody answers, and what they said is gone when it is back."""
    async with running(database_url, redis_url, tmp_path, line) as ingest:
        line.working = False
        _, receipt = await killed(ingest)
        await until(lambda: bool(line.killed))
    line.working = True
    with Redis(unix_socket_path=redis_url.removeprefix("unix://")) as redis:
        others = Bus(redis_url, "enrich", is_outage=is_outage, sole=True)
        await others.start()
        await others.emit([answered(line.killed[0], channel) for channel in WANTED])
        await others.stop()
        assert redis.xlen(KillConfirmed.stream) == len(WANTED)
        redis.delete(KillConfirmed.stream)
        before = len(line.killed)
        async with running(database_url, redis_url, tmp_path, line) as ingest:
            await until(lambda: ended(ingest), 40)
            assert (await told(ingest.api, receipt))["state"] == "complete"
    assert len(line.killed) > before


async def test_a_redis_that_forgot_everything_makes_every_open_receipt_due(ingest: Running) -> None:
    ingest.line.silent = {"email"}
    desk, receipt = await killed(ingest)
    await until(lambda: _waits_for(ingest, "others"), 30)
    assert len(ingest.line.killed) == 1
    ingest.line.silent = set()
    with Redis(unix_socket_path=ingest.redis_url.removeprefix("unix://")) as redis:
        redis.flushall()
    await until(lambda: _state(desk, receipt, "complete"), 40)


async def _state(desk: httpx.AsyncClient, receipt: str, state: str) -> bool:
    return bool((await told(desk, receipt))["state"] == state)


async def _waits_for(ingest: Running, whom: str) -> bool:
    return bool((await row(ingest)).waits_for == whom)


@pytest.mark.usefixtures("hasty")
async def test_a_revived_story_is_not_killed_again_for_a_word_that_is_missing(ingest: Running) -> None:
    ingest.line.silent = {"lists"}
    desk, receipt = await killed(ingest)
    await until(lambda: len(ingest.line.killed) >= 2, 30)
    assert (await desk.post("/v1/stories/a/revive", json={"note": "Right."}, headers=WAIT)).status_code == 200
    await until(lambda: ended(ingest), 30)
    assert (await told(desk, receipt))["state"] == "overtaken"


async def test_a_later_word_replaces_an_earlier_one_and_the_same_word_keeps_its_time(ingest: Running) -> None:
    ingest.line.silent = {"cdn", "webhook"}
    desk, receipt = await killed(ingest)
    await until(lambda: bool(ingest.line.killed))
    (event,) = ingest.line.killed
    first = clock.now()
    down = answered(event, "cdn", "unreachable", at=first, detail="answers 503", retrying=True)
    await ingest.service.bus.emit([down])

    async def says(outcome: str) -> bool:
        return bool((await told(desk, receipt))["channels"].get("cdn", {}).get("outcome") == outcome)

    await until(lambda: says("unreachable"))
    await ingest.service.bus.emit([answered(event, "cdn", at=first + timedelta(seconds=1))])
    await until(lambda: says("confirmed"))
    shown = (await told(desk, receipt))["channels"]["cdn"]
    again = answered(event, "cdn", at=first + timedelta(seconds=2))
    late = answered(event, "cdn", "unreachable", at=first, retrying=True)
    await ingest.service.bus.emit([again, late, answered(event, "webhook", detail="heard last")])

    async def all_heard() -> bool:
        return bool((await told(desk, receipt))["channels"]["webhook"]["outcome"] == "confirmed")

    await until(all_heard)
    assert (await told(desk, receipt))["channels"]["cdn"] == shown


async def test_a_receipt_that_nobody_completes_ends_and_says_who_was_silent(ingest: Running) -> None:
    ingest.line.silent = {"email", "webhook"}
    desk, receipt = await killed(ingest)
    await until(lambda: _waits_for(ingest, "others"), 30)
    now = await ingest.database.now()
    long_ago = {"opened_at": now - receipts.END, "due_at": now}
    await ingest.database.write(lambda connection: connection.execute(update(table).values(long_ago)))
    await until(lambda: ended(ingest), 30)
    found = await told(desk, receipt)
    assert found["state"] == "given up"
    assert (found["channels"]["email"]["outcome"], found["channels"]["email"]["retrying"]) == ("unreachable", False)
    assert len(ingest.line.killed) == 1


async def test_two_replicas_say_a_kill_again_once(
    database_url: str, redis_url: str, tmp_path: Path, line: Line
) -> None:
    async with running(database_url, redis_url, tmp_path, line, loops=False) as ingest:
        desk = await ingest.publisher()
        await desk.put("/v1/stories/a", json=STORY)
        await desk.post("/v1/stories/a/kill", json={"reason": "x"})
        now = await ingest.database.now()
        due = update(table).values(due_at=now - timedelta(days=3))
        await ingest.database.write(lambda connection: connection.execute(due))
        other = Database(database_url, "ingest")
        try:
            both = [SqlReceipts(one, Names(), WANTED) for one in (ingest.database, other)]
            found = await asyncio.gather(*(one.look() for one in both))
        finally:
            await other.close()
        assert sorted(len(one) for one in found) == [0, 1]
        assert (await row(ingest)).asked == 1
        assert (await both[0].overdue(now + timedelta(seconds=9)))["receipt"] > 0


@pytest.mark.usefixtures("hasty")
async def test_a_step_that_stands_still_is_not_told_again_and_again(ingest: Running) -> None:
    ingest.line.silent = {"lists"}
    ingest.line.moving.clear()
    await killed(ingest)
    began = clock.now()
    await until(lambda: clock.now() > began + timedelta(seconds=6), 30)
    # It has a moment to read what it was told; what it then lacks is told once more at most.
    said = len(ingest.line.killed)
    assert said <= 5
    await until(lambda: clock.now() > began + timedelta(seconds=10), 30)
    assert len(ingest.line.killed) == said
    ingest.line.moving.set()
    await until(lambda: len(ingest.line.killed) > said, 30)
    ingest.line.silent = set()
    await until(lambda: ended(ingest), 30)
