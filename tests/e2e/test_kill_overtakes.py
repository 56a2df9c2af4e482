"""Does a kill stand in the queue? It must not: 5,000 stories before it are still on their way when its page is gone.

Nothing here looks at a clock, but at the order of things.
"""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.servers.fleet import Fleet, Ship, fleet
from tests.servers.newswire import wait_until
from tests.servers.postgres import PostgresServer
from tests.servers.redis import DURABLE, RedisServer, binaries

pytestmark = [pytest.mark.timeout(300)]

PROCESSES = ("ingest", "enrich", "render", "site", "notify", "desk")
BACKLOG = 5_000
NDJSON = {"Content-Type": "application/x-ndjson"}
WAIT = {"Prefer": "wait=30"}
#: What the site and notify do for a kill without any help from render.
WITHOUT_RENDER = {"page", "search", "media", "email", "webhook"}
FROM_RENDER = {"lists", "feeds", "sitemaps", "related"}


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Fleet]:
    """Each service a process of its own, so that one can be stopped."""
    name = f"kill{secrets.token_hex(4)}"
    asyncio.run(postgres_server.execute(f"CREATE DATABASE {name}"))
    redis = RedisServer(next(iter(binaries().values())), DURABLE)
    redis.start()
    directory: Path = tmp_path_factory.mktemp("kill")
    try:
        with fleet(directory, PROCESSES, REDIS_URL=redis.url, DATABASE_URL=postgres_server.url(name)) as running:
            yield running
    finally:
        redis.remove()
        asyncio.run(postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def desk(ships: Fleet) -> Iterator[httpx.Client]:
    """A publisher's client."""
    with ships.client("ingest") as admin:
        key = admin.post("/v1/publishers", json={"name": "Kill Desk"}).json()["key"]
    with ships.client("ingest", str(key)) as client:
        client.timeout = httpx.Timeout(120)
        yield client


def story(headline: str) -> dict[str, Any]:
    return {"headline": headline, "body_html": f"<p>{headline}, at length.</p>", "notify": False, "tags": ["kill"]}


def changes(desk: httpx.Client) -> int:
    """How many changes have become live so far."""
    return len(desk.get("/v1/changes", params={"limit": 1000}).json()["changes"])


def said(desk: httpx.Client, receipt: str) -> dict[str, str]:
    told = desk.get(f"/v1/receipts/{receipt}").json()
    return {channel: one["outcome"] for channel, one in told["channels"].items()}


def kill(desk: httpx.Client, name: str, *, again: bool = False) -> str:
    """Withdraw a story; the receipt."""
    answer = desk.post(f"/v1/stories/{name}/kill", json={"reason": "another" if again else "counsel"})
    assert answer.status_code == (200 if again else 202), answer.text
    return str(answer.json()["receipt"])


def gone(ships: Fleet, page: str) -> bool:
    return httpx.get(ships.url("site") + httpx.URL(page).path).status_code == 410


def publish(desk: httpx.Client, name: str) -> str:
    """A story that is live; its page."""
    answer = desk.put(f"/v1/stories/{name}", json=story(f"The {name} story"), headers=WAIT)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["links"]["page"])


def push_backlog(desk: httpx.Client) -> None:
    lines = (orjson.dumps({"external_id": f"backlog-{n}", **story(f"Backlog {n}")}) for n in range(BACKLOG))
    answer = desk.post("/v1/stories:batch", content=b"\n".join(lines), headers=NDJSON)
    assert sum(orjson.loads(line)["status"] == "accepted" for line in answer.text.splitlines()) == BACKLOG


@contextlib.contextmanager
def stopped(ship: Ship) -> Iterator[None]:
    """A process that stands still."""
    assert ship.process is not None
    ship.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        ship.process.send_signal(signal.SIGCONT)


def complete(desk: httpx.Client, receipt: str) -> bool:
    return set(said(desk, receipt).values()) == {"confirmed"}


def test_a_kill_overtakes_a_backlog_and_reaches_everything_that_does_not_stand_still(
    ships: Fleet, desk: httpx.Client
) -> None:
    first, second, third = (publish(desk, name) for name in ("first", "second", "third"))
    (enrich,), (render,) = ships.of("enrich"), ships.of("render")
    before = changes(desk)
    with stopped(enrich):
        push_backlog(desk)
        receipt = kill(desk, "first")
        wait_until(lambda: gone(ships, first), 60.0)
        wait_until(lambda: complete(desk, receipt), 60.0)
        assert changes(desk) == before + 1, "of 5,000 stories before it none is live, and the kill is complete"
        with stopped(render):
            without_render(ships, desk, second)
    wait_until(lambda: complete(desk, kill(desk, "second", again=True)), 60.0)
    # While the whole line works on the backlog, a third one passes it.
    kill(desk, "third")
    wait_until(lambda: gone(ships, third), 60.0)
    last = desk.get(f"/v1/stories/backlog-{BACKLOG - 1}").json()
    assert last["status"] == "accepted", "the end of the backlog is not live yet"


def without_render(ships: Fleet, desk: httpx.Client, page: str) -> None:
    """All is gone but the lists, which follow when render works again."""
    receipt = kill(desk, "second")
    wait_until(lambda: gone(ships, page), 60.0)

    def all_but_lists() -> bool:
        told = said(desk, receipt)
        assert {told[channel] for channel in FROM_RENDER} == {"pending"}
        return {told[channel] for channel in WITHOUT_RENDER} == {"confirmed"}

    wait_until(all_but_lists, 60.0)


def test_each_process_answers_for_what_it_owes(ships: Fleet) -> None:
    for ship in ships.ships:
        with ships.client(ship.service) as admin:
            told = admin.get(f"/v1/owed/{ship.service}")
            assert (told.status_code, told.json()["service"]) == (200, ship.service)
            assert not [one for one in told.json()["owed"] if one["late"] and one["kind"] != "drive"]
            other = "desk" if ship.service == "ingest" else "ingest"
            assert admin.get(f"/v1/owed/{other}").status_code == 404


def test_a_killed_story_is_refused_until_it_is_revived_and_a_second_kill_is_the_same_one(desk: httpx.Client) -> None:
    publish(desk, "refused")
    receipt = kill(desk, "refused")
    assert kill(desk, "refused", again=True) == receipt
    assert desk.get(f"/v1/receipts/{receipt}").json()["reason"] == "counsel"
    assert desk.put("/v1/stories/refused", json=story("The refused story")).status_code == 409
    line = orjson.dumps({"external_id": "refused", **story("Once more")})
    told = orjson.loads(desk.post("/v1/stories:batch", content=line, headers=NDJSON).text)
    assert told["error"]["status"] == 409
    assert desk.post("/v1/stories/refused/revive", json={"note": "Right."}).status_code == 202
    assert desk.put("/v1/stories/refused", json=story("The refused story, new")).status_code == 202
