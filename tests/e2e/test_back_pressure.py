"""Enrich is stopped and stories keep coming: does Redis stay small, does a kill pass, does everything drain afterwards?

3,000 stories are three times what the window lets out. `--backlog=50000` is the long form.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from redis import Redis

from services.ingest.adapters import window
from tests.servers.fleet import Fleet, fleet
from tests.servers.http import Receiver
from tests.servers.newswire import wait_until
from tests.servers.publisher import path_of, story
from tests.servers.redis import RedisServer, binaries

pytestmark = [pytest.mark.timeout(3600)]

SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")
NDJSON = {"Content-Type": "application/x-ndjson"}
LINES = 500
#: Every so manieth story is told to the partner.
TOLD = 100
#: What Redis may hold besides the window: its own structures, settled entries of some seconds.
SLACK = 16 * 1024 * 1024


@pytest.fixture(scope="module")
def broker() -> Iterator[RedisServer]:
    """A Redis of its own, whose memory is counted."""
    server = RedisServer(next(iter(binaries().values())))
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory, broker: RedisServer) -> Iterator[Fleet]:
    """Each service once."""
    directory: Path = tmp_path_factory.mktemp("pressure")
    with fleet(directory, SERVICES, REDIS_URL=broker.url, ALLOW_NETWORKS="127.0.0.0/8") as running:
        yield running


def push(client: httpx.Client, number: int) -> None:
    """Push so many small stories."""
    for start in range(0, number, LINES):
        names = range(start, min(start + LINES, number))
        lines = (orjson.dumps({"external_id": f"s{n}", **story(notify=n % TOLD == 0)}) for n in names)
        answer = client.post("/v1/stories:batch", content=b"\n".join(lines), headers=NDJSON)
        told = [orjson.loads(line).get("status") for line in answer.text.splitlines()]
        assert told == ["accepted"] * len(names)


def changes(client: httpx.Client) -> list[dict[str, Any]]:
    """All of them."""
    found: list[dict[str, Any]] = []
    after, more = 0, True
    while more:
        page = client.get("/v1/changes", params={"after": after, "limit": 1000}).json()
        found += page["changes"]
        after, more = page["next"], page["more"]
    return found


def held(redis: Redis) -> dict[str, int]:
    """Key → entries, of every stream and every set of retries."""
    found = {}
    for key in redis.scan_iter():
        kind = redis.type(key)
        if kind in {b"stream", b"zset"}:
            found[key.decode()] = int(redis.xlen(key) if kind == b"stream" else redis.zcard(key))
    return found


def stays_small(redis: Redis, empty: int) -> None:
    """Only the window is in Redis, once the desk has read it."""
    wait_until(lambda: is_read_by_desk(redis), 60)
    in_redis = held(redis)
    assert in_redis["story.received.v1"] <= window.REVISIONS
    others = ("story.enriched.v1", "story.rendered.v1", "story.live.v1")
    assert [in_redis.get(name, 0) for name in others] == [0, 0, 0]
    assert not [name for name, entries in in_redis.items() if name.startswith("newswire:") and entries]
    assert int(redis.info("memory")["used_memory"]) - empty <= window.BYTES + SLACK


def is_read_by_desk(redis: Redis) -> bool:
    """Has the desk read all that was emitted, so that only enrich's share is left?"""
    groups = {one["name"]: one for one in redis.xinfo_groups("story.received.v1")}
    newest = redis.xinfo_stream("story.received.v1")["last-generated-id"]
    return bool(groups[b"desk"]["last-delivered-id"] == newest and not groups[b"desk"]["pending"])


def kill(client: httpx.Client, site: str, names: list[str]) -> list[str]:
    """Kill stories that wait, and see that it is done; their addresses."""
    pages = [site + path_of(client.get(f"/v1/stories/{name}").json()) for name in names]
    for name in names:
        assert client.post(f"/v1/stories/{name}/kill", json={"reason": "counsel"}).status_code == 202
    for name, page in zip(names, pages, strict=True):
        wait_until(lambda name=name: client.get(f"/v1/stories/{name}").json()["status"] == "killed", 30)
        assert httpx.get(page).status_code == 410
    return pages


def hook(ships: Fleet, key: str, receiver: Receiver) -> None:
    """Have every story that is told to anybody told to us."""
    wanted = {"url": f"{receiver.url}/in", "topics": ["all"]}
    with ships.client("notify", key) as client:
        wait_until(lambda: client.post("/v1/webhooks", json=wanted).status_code == 201)


def heard_once(receiver: Receiver, names: list[str], killed: list[str]) -> None:
    """The partner has heard once of each of these, once of each kill, and of nothing else."""
    expected = dict.fromkeys([(name, "story.live") for name in names] + [(name, "story.killed") for name in killed], 1)
    wait_until(lambda: len(receiver.at("/in")) >= len(expected), 60)
    bodies = [orjson.loads(one.body) for one in receiver.at("/in")]
    assert Counter((body["data"]["external_id"], body["type"]) for body in bodies) == expected


def test_a_backlog_stays_in_the_log_a_kill_passes_it_and_it_drains(
    ships: Fleet, broker: RedisServer, receiver: Receiver, request: pytest.FixtureRequest
) -> None:
    number = int(request.config.getoption("--backlog"))
    with ships.client("ingest") as admin:
        key = admin.post("/v1/publishers", json={"name": "Pressed Courier"}).json()["key"]
    hook(ships, key, receiver)
    (enrich,) = ships.of("enrich")
    with Redis(unix_socket_path=str(broker.socket)) as redis, ships.client("ingest", key) as client:
        enrich.stop()
        empty = int(redis.info("memory")["used_memory"])
        push(client, number)
        stays_small(redis, empty)
        killed = ["s1", f"s{number - 1}"]  # one is in Redis, one waits in the log
        pages = kill(client, ships.url("site"), killed)

        enrich.start()
        wait_until(lambda: client.get(f"/v1/changes?after={number - 1}").json()["changes"], 60 + number / 20, 0.5)
        told = changes(client)
        assert [one["seq"] for one in told] == list(range(1, number + 1)), "each has one place, and none is missing"
        actions = {one["external_id"]: one["action"] for one in told}
        assert actions == {f"s{n}": "publish" for n in range(number)} | dict.fromkeys(killed, "kill")
        assert [httpx.get(page).status_code for page in pages] == [410, 410]
        heard_once(receiver, [f"s{n}" for n in range(0, number, TOLD)], killed)
        with ships.client("desk") as desk:
            assert desk.get("/v1/dead").json()["dead"] == []
        wait_until(lambda: not any(held(redis).values()), 60, 0.5)
