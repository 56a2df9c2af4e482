"""The database, the broker or the page store is away for a while: who notices, and is anything lost or given up?

Four seconds each. `--outage=600` is the long form: after ten minutes no event has died.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from shared import clock
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.postgres import PostgresServer
from tests.servers.publisher import Publisher, path_of, story
from tests.servers.redis import DURABLE, RedisServer, binaries

pytestmark = [pytest.mark.timeout(3600)]

#: Stories that are on their way when it happens.
BEFORE = 60
NDJSON = {"Content-Type": "application/x-ndjson"}
RECOVERED_S = 90.0


class Servers:
    """What a newswire stands on, in pieces that can be taken away."""

    def __init__(self, postgres: PostgresServer, redis: RedisServer, pages: Path) -> None:
        self.postgres, self.redis, self.pages = postgres, redis, pages

    @contextmanager
    def without(self, what: str) -> Iterator[None]:
        """While one of them is away."""
        aside = self.pages.with_suffix(".away")
        if what == "pages":
            self.pages.rename(aside)
            self.pages.touch()
        else:
            (self.postgres if what == "database" else self.redis).stop()
        try:
            yield
        finally:
            if what == "pages":
                self.pages.unlink()
                aside.rename(self.pages)
            else:
                (self.postgres if what == "database" else self.redis).start()


@pytest.fixture(scope="module")
def servers(mortal_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """All of them, of our own."""
    redis = RedisServer(next(iter(binaries().values())), DURABLE)
    redis.start()
    yield Servers(mortal_postgres, redis, tmp_path_factory.mktemp("store") / "pages")
    redis.remove()


@pytest.fixture(scope="module")
def stranded(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A publisher of a newswire that stands on them."""
    settings = {
        "DATABASE_URL": servers.postgres.url("postgres"),
        "REDIS_URL": servers.redis.url,
        "PAGES_URL": f"file://{servers.pages}",
    }
    with newswire(tmp_path_factory.mktemp("stranded"), **settings) as running:
        publisher = Publisher(running, str(running.publisher("Stranded")["key"]))
        yield publisher
        publisher.close()


def push_many(publisher: Publisher, prefix: str) -> list[str]:
    """Stories that are somewhere on the line in the next moment."""
    names = [f"{prefix}-{number}" for number in range(BEFORE)]
    body = b"\n".join(orjson.dumps({"external_id": name, **story()}) for name in names)
    answer = publisher.client.post("/v1/stories:batch", content=body, headers=NDJSON)
    assert [orjson.loads(line)["status"] for line in answer.text.splitlines()] == ["accepted"] * BEFORE
    return names


def askers(publisher: Publisher, page: str) -> dict[str, Callable[[str], httpx.Response]]:
    """What callers and readers of every service do."""
    client, reader, url = publisher.client, publisher.reader, publisher.wire.url
    comment = {"name": "Ada", "email": "ada@example.org", "comment": "Indeed."}
    form = {"email": "ada@example.org", "topics": ["all"]}
    return {
        "push": lambda name: client.put(f"/v1/stories/{name}", json=story()),
        "read": lambda _: client.get("/v1/changes"),
        "trace": lambda _: client.get("/v1/traces/2ec09ed6-efe8-5a24-8ba9-9a3ddbf7060e"),
        "subscribe": lambda _: reader.post(f"{url}/subscribe", data=form),
        "webhooks": lambda _: client.get("/v1/webhooks"),
        "comment": lambda name: reader.post(f"{page}comments", json={**comment, "comment": name}),
        "search": lambda _: reader.get(f"{url}/search?q=kettle"),
        "unknown page": lambda name: reader.get(f"{url}/2026/11/24/{name}/"),
    }


def look(publisher: Publisher, page: str, what: str, seconds: float) -> list[str]:
    """Ask everything again and again; the stories that were accepted. A page in memory is there all the time."""
    accepted: list[str] = []
    heard: Counter[tuple[str, int]] = Counter()
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end or number < 2:
        number += 1
        for name, ask in askers(publisher, page).items():
            story_name = f"{what}-meanwhile-{number}"
            answer = ask(story_name)
            heard[name, answer.status_code] += 1
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0, name
                assert name in {"search", "unknown page", "comment"} or "problem+json" in answer.headers["content-type"]
            elif name == "push":
                assert answer.status_code == 202
                accepted.append(story_name)
        assert publisher.reader.get(page).status_code == 200
        time.sleep(min(1.0, seconds / 20))
    assert not [one for one in heard if one[1] == 500], heard
    assert heard["push", 503] == 0 or what == "database", heard
    return accepted


def once_each(publisher: Publisher, names: list[str]) -> bool:
    """Has each of these become live, and no more than once?"""
    told: Counter[str] = Counter()
    after, more = 0, True
    while more:
        page = publisher.client.get("/v1/changes", params={"after": after, "limit": 1000}).json()
        told.update(one["external_id"] for one in page["changes"])
        after, more = page["next"], page["more"]
    assert max(told.values(), default=0) <= 1
    return set(names) <= set(told)


def dead(wire: Newswire) -> list[Any]:
    """Every dead letter."""
    with wire.client() as admin:
        return list(admin.get("/v1/dead").json()["dead"])


@pytest.mark.parametrize("what", ["database", "redis", "pages"])
def test_nothing_is_lost_and_no_event_dies(
    stranded: Publisher, servers: Servers, what: str, request: pytest.FixtureRequest
) -> None:
    seconds = float(request.config.getoption("--outage"))
    page = stranded.url(path_of(stranded.put(f"{what}-shown", **story())))
    assert stranded.get(page).status_code == 200
    soon = (clock.now() + timedelta(seconds=seconds / 2)).isoformat()
    embargoed = stranded.client.put(f"/v1/stories/{what}-due", json=story(embargo_until=soon))
    assert embargoed.status_code == 202
    names = [f"{what}-due", *push_many(stranded, what)]
    with servers.without(what):
        names += look(stranded, page, what, seconds)
        assert stranded.reader.get(f"{stranded.wire.url}/readyz").status_code == 503
    wait_until(lambda: stranded.reader.get(f"{stranded.wire.url}/readyz").status_code == 200, RECOVERED_S, 0.2)
    wait_until(lambda: once_each(stranded, names), RECOVERED_S, 0.2)
    assert dead(stranded.wire) == []
    stranded.put(f"{what}-after", **story())
