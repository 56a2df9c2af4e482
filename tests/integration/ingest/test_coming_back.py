"""What if something is lost on the way?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis

from services.ingest.adapters import outbox, window
from services.ingest.domain import receipts
from services.ingest.handlers import braking
from tests.integration.ingest.conftest import STORY, Running, until

WAIT = {"Prefer": "wait=10"}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Patience of a tenth of a second."""
    monkeypatch.setattr(outbox, "OVERDUE", timedelta(seconds=0.1))
    monkeypatch.setitem(receipts.PATIENCE, "ourselves", timedelta(seconds=0.1))
    yield
    monkeypatch.undo()


async def settled(ingest: Running) -> bool:
    rows = await ingest.database.read(
        lambda connection: connection.exec_driver_sql("SELECT state FROM revisions").scalars().all()
    )
    return set(rows) <= {"settled", "superseded"}


async def test_a_redis_that_forgot_everything_gets_everything_open_again(ingest: Running) -> None:
    desk = await ingest.publisher()
    ingest.line.working = False
    for name in "abc":
        await desk.put(f"/v1/stories/{name}", json=STORY)
    await until(lambda: len({one.head.external_id for one in ingest.line.received}) == 3)
    before, known = len(ingest.line.received), len(ingest.line.directories)
    ingest.line.working = True
    with Redis(unix_socket_path=ingest.redis_url.removeprefix("unix://")) as redis:
        redis.flushall()
    await until(lambda: settled(ingest), 30)
    assert {one.head.external_id for one in ingest.line.received[before:]} == {"a", "b", "c"}
    await until(lambda: len(ingest.line.directories) > known)


@pytest.mark.usefixtures("hasty")
async def test_what_a_step_lost_is_found_and_goes_again(ingest: Running) -> None:
    desk = await ingest.publisher()
    ingest.line.working = False
    await desk.put("/v1/stories/a", json=STORY)
    await until(lambda: len(ingest.line.received) == 1)
    ingest.line.working = True
    await until(lambda: settled(ingest), 30)
    assert ingest.line.revisions("a")[:2] == [1, 1]


@pytest.mark.usefixtures("hasty")
async def test_a_live_story_whose_notices_were_lost_goes_through_again(ingest: Running) -> None:
    desk = await ingest.publisher()
    ingest.line.planning = False
    await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    ingest.line.planning = True
    await until(lambda: settled(ingest), 30)
    changes = (await desk.get("/v1/changes")).json()["changes"]
    assert [one["seq"] for one in changes] == [1], "the second proof is no second change"


@pytest.mark.usefixtures("hasty")
async def test_a_kill_is_said_until_it_is_confirmed(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    ingest.line.working = False
    await desk.post("/v1/stories/a/kill", json={"reason": "x"})
    await until(lambda: len(ingest.line.killed) >= 2, 30)
    ingest.line.working = True
    await until(lambda: settled(ingest), 30)


async def test_what_nobody_reads_behind_the_window_holds_stories_back_and_lets_kills_through(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/first", json=STORY, headers=WAIT)
    monkeypatch.setattr(braking, "MOST", 0)
    monkeypatch.setattr(braking, "ENOUGH", 0)

    async def waits() -> bool:
        name = f"held-{len(ingest.line.received)}"
        answer = await desk.put(f"/v1/stories/{name}", json=STORY, headers={"Prefer": "wait=1"})
        return answer.status_code == 202

    await until(waits, 30)
    received = len(ingest.line.received)
    assert (await desk.post("/v1/stories/first/kill", json={"reason": "x"}, headers=WAIT)).status_code == 200
    assert len(ingest.line.received) == received
    monkeypatch.setattr(braking, "MOST", 2**40)
    monkeypatch.setattr(braking, "ENOUGH", 2**40)
    await until(lambda: settled(ingest), 30)
    names = [one.head.external_id for one in ingest.line.received]
    assert len(names) == len(set(names)), "each went once"


async def test_a_full_window_holds_stories_back_in_order_and_lets_kills_through(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "REVISIONS", 2)
    desk = await ingest.publisher()
    ingest.line.working = False
    for name in "abcd":
        await desk.put(f"/v1/stories/{name}", json=STORY)
    await desk.put("/v1/stories/c", json={**STORY, "dek": "Newer."})
    await desk.post("/v1/stories/d/kill", json={"reason": "x"})

    def emitted() -> list[str]:  # a slow machine may emit twice what it does not know to be emitted
        return list(dict.fromkeys(one.head.external_id for one in ingest.line.received))

    await until(lambda: len(ingest.line.killed) >= 1 and len(emitted()) >= 2)
    assert emitted() == ["a", "b"]
    assert {one.head.external_id for one in ingest.line.killed} == {"d"}
    monkeypatch.setattr(window, "REVISIONS", 1000)
    ingest.line.working = True
    await until(lambda: ingest.line.revisions("c") == [2])
    assert "d" not in [one.head.external_id for one in ingest.line.received]
    history = ingest.line.received[-1].head.history
    assert [(one.revision, one.action) for one in history] == [(1, "publish"), (2, "update")]


async def test_kills_that_wait_go_before_all_else_that_waits(ingest: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await ingest.publisher()
    for name in ("a", "b"):
        await desk.put(f"/v1/stories/{name}", json=STORY, headers=WAIT)
    await desk.post("/v1/stories/b/kill", json={"reason": "x"}, headers=WAIT)
    await until(lambda: settled(ingest), 30)
    told = len(ingest.line.received), len(ingest.line.killed)
    monkeypatch.setattr(window, "REVISIONS", 0)
    again = "UPDATE revisions SET state = 'queued' WHERE state = 'settled'"  # as a restore leaves it
    await ingest.database.write(lambda connection: connection.exec_driver_sql(again))
    await until(lambda: len(ingest.line.killed) > told[1], 30)
    assert len(ingest.line.received) == told[0]
    monkeypatch.setattr(window, "REVISIONS", 1000)
    await until(lambda: len(ingest.line.received) > told[0], 30)
