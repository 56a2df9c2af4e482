"""Is a story that was accepted kept, whatever dies next? (DESIGN, promise 1)"""

import os
import signal
from collections.abc import Iterator

import orjson
import psutil
import pytest
import redis

from tests.e2e.problems import problem
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.publisher import Publisher, path_of, story

MANY = 100
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A publisher of a newswire that these tests may hurt."""
    with newswire(tmp_path_factory.mktemp("mortal")) as running:
        publisher = Publisher(running, str(running.publisher("Mortal")["key"]))
        yield publisher
        publisher.close()


def push(publisher: Publisher, prefix: str, number: int) -> list[str]:
    """Push many without waiting; their ids, all accepted."""
    names = [f"{prefix}-{one}" for one in range(number)]
    body = b"\n".join(orjson.dumps({"external_id": name, **story(notify=False)}) for name in names)
    answer = publisher.client.post("/v1/stories:batch", content=body, headers=NDJSON)
    assert [orjson.loads(line)["status"] for line in answer.text.splitlines()] == ["accepted"] * number
    return names


def all_live(publisher: Publisher, names: list[str]) -> None:
    """Wait until every one is live, told once and shown."""
    changes: dict[str, int] = {}

    def every() -> bool:
        changes.clear()
        after, more = 0, True
        while more:
            page = publisher.client.get(f"/v1/changes?limit=1000&after={after}").json()
            for one in page["changes"]:
                changes[one["external_id"]] = changes.get(one["external_id"], 0) + 1
            after, more = page["next"], page["more"]
        return set(names) <= set(changes)

    wait_until(every, 40, step=0.1)
    assert {changes[name] for name in names} == {1}
    for name in (names[0], names[-1]):
        read = publisher.client.get(f"/v1/stories/{name}").json()
        assert read["status"] == "live"
        assert publisher.get(path_of(read)).status_code == 200


def redis_of(wire: Newswire) -> psutil.Process:
    """The embedded server."""
    (child,) = [one for one in psutil.Process(wire.process.pid).children() if "server" in one.name()]
    return child


def socket_of(wire: Newswire) -> str:
    """Where the embedded server listens."""
    listening = (str(one.laddr) for one in redis_of(wire).net_connections("unix"))
    return next(path for path in listening if path.endswith("redis.sock"))


def test_a_kill_minus_nine_after_the_answer_loses_nothing(mortal: Publisher) -> None:
    wire = mortal.wire
    single = mortal.client.put("/v1/stories/single", json=story())
    os.kill(wire.process.pid, signal.SIGKILL)
    assert single.status_code == 202
    wire.process.wait(10)
    wire.start()
    all_live(mortal, ["single"])
    names = push(mortal, "crashed", MANY)
    killed = mortal.client.post("/v1/stories/single/kill", json={"reason": "r"})
    wire.kill()
    assert killed.status_code == 202
    wire.start()
    mortal.until(path_of(single.json()), status=410)
    all_live(mortal, names)
    problem(mortal.client.put("/v1/stories/single", json=story()), 409)
    assert mortal.get(path_of(single.json())).status_code == 410


def test_a_redis_that_forgets_everything_in_flight_loses_nothing(mortal: Publisher) -> None:
    names = push(mortal, "flushed", MANY)
    with redis.Redis(unix_socket_path=socket_of(mortal.wire)) as server:
        server.flushall()
        all_live(mortal, names)
        names = push(mortal, "flushed-again", MANY)
        server.flushall()
    all_live(mortal, names)
    wait_until(lambda: mortal.client.get("/readyz").status_code == 200)


def test_a_redis_that_is_killed_comes_back_and_nothing_is_lost(mortal: Publisher) -> None:
    names = push(mortal, "orphaned", MANY)
    redis_of(mortal.wire).kill()
    more = mortal.client.put("/v1/stories/meanwhile", json=story())
    assert more.status_code == 202
    all_live(mortal, [*names, "meanwhile"])
    wait_until(lambda: mortal.client.get("/readyz").status_code == 200)
