"""Does every step and every loop of every service know an outage when it meets one?

What it does not know costs an event its attempts, and after ten minutes its life. That a step which knows it only waits
is a test of the bus (`tests/integration/bus/test_steps.py`).
"""

import asyncio
import importlib
import re
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest

from shared import clock
from shared.bus import Bus, Unavailable
from shared.database import Database, DatabaseAway
from shared.database import is_outage as database_is_away
from shared.events import ALL_EVENTS, Event
from shared.net import Net
from shared.pages import Pages
from shared.pages import is_outage as store_is_away
from shared.runtime import Lent, Service
from shared.runtime.migrate import migrate
from shared.runtime.outages import is_outage
from shared.settings import Settings
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer, binaries

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "tests/contract/examples"
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")
Away = Literal["database", "redis", "pages"]
KNOWN: Final[dict[Away, Callable[[BaseException], bool]]] = {
    "database": database_is_away,
    "redis": lambda error: isinstance(error, Unavailable),
    "pages": store_is_away,
}
#: A loop gets so long (s) to meet the outage; most do so at once.
LOOK_S = 1.2
#: Who reads or writes the page store.
WITH_PAGES = ("ingest", "enrich", "render", "site")
WITH_ROUTES = ("ingest", "site", "notify", "desk")
PUBLISHER_KEY = "nw_" + "k" * 43


class Recording(Bus):
    """A bus that remembers its handlers."""

    def __init__(self, url: str, service: str) -> None:
        super().__init__(url, service, is_outage=is_outage, sole=True)
        self.handlers: dict[str, tuple[type[Event], Any]] = {}

    def step(self, event: Any, handler: Any, **named: Any) -> None:
        """As a bus, and remembered."""
        self.handlers[event.__name__] = (named.get("reads") or event, handler)
        super().step(event, handler, **named)


class Servers:
    """What can go away, and come back."""

    def __init__(self, postgres: PostgresServer, redis: RedisServer, pages: Path) -> None:
        self.postgres, self.redis, self.pages = postgres, redis, pages

    @asynccontextmanager
    async def without(self, what: Away) -> AsyncGenerator[None]:
        """While one of them is away."""
        if what == "pages":
            self.pages.rename(self.pages.with_suffix(".away"))
            self.pages.touch()
        else:
            (self.postgres if what == "database" else self.redis).stop()
        try:
            yield
        finally:
            if what == "pages":
                self.pages.unlink()
                shutil.move(self.pages.with_suffix(".away"), self.pages)
            else:
                await asyncio.to_thread((self.postgres if what == "database" else self.redis).start)


@pytest.fixture(scope="module")
def broker() -> Iterator[RedisServer]:
    """A broker that these tests may stop."""
    server = RedisServer(next(iter(binaries().values())))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def servers(mortal_postgres: PostgresServer, broker: RedisServer, tmp_path: Path) -> Servers:
    """All of it."""
    return Servers(mortal_postgres, broker, tmp_path / "pages")


@asynccontextmanager
async def built(name: str, servers: Servers, directory: Path) -> AsyncGenerator[Service]:
    """A service, wired and not started."""
    url = servers.postgres.url("postgres")
    settings = Settings.read(data_dir=directory, database_url=url, pages_url=f"file://{servers.pages}")
    database = Database(url, name)
    await migrate(database, ROOT / "services" / name / "migrations")
    await database.close()
    net = Net()
    lent = Lent(
        settings=settings,
        redis_url=servers.redis.url,
        bus=lambda service: Recording(servers.redis.url, service),
        database=lambda service, durable: Database(url, service, durable=durable),
        pages=Pages(settings.pages_url),
        net=net,
        admin_key="nw_test",
        sole=True,
    )
    service = await importlib.import_module(f"services.{name}.app").build(lent)
    try:
        yield service
    finally:
        for work in service.on_stop:
            await work()
        await service.bus.stop()
        for each in service.databases:
            await each.close()
        await net.close()


def examples(kind: type[Event]) -> list[Event]:
    """What such a step reads."""
    stream = next(event.stream for event in ALL_EVENTS if event.stream == kind.stream)
    found = [kind.model_validate_json(path.read_bytes()) for path in sorted(EXAMPLES.glob(f"{stream}*.json"))]
    return [event.model_copy(update={"at": clock.now()}) for event in found]


async def ending(work: Any) -> BaseException | None:
    """What it raises, if it does so soon."""
    task = asyncio.ensure_future(work)
    await asyncio.wait([task], timeout=LOOK_S)
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        return None
    return None if task.cancelled() else task.exception()


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name in SERVICES for what in KNOWN if what != "pages" or name in WITH_PAGES],
)
async def test_it_is_known_in_every_step_and_loop(name: str, what: Away, servers: Servers, tmp_path: Path) -> None:
    async with built(name, servers, tmp_path) as service, servers.without(what):
        assert isinstance(service.bus, Recording)
        met: dict[str, BaseException | None] = {}
        for kind, (reads, handler) in service.bus.handlers.items():
            for place, event in enumerate(examples(reads)):
                met[f"{kind} {place}"] = await ending(handler([event]))
        loops = await asyncio.gather(*(ending(loop()) for loop in service.loops.values()))
        met |= dict(zip(service.loops, loops, strict=True))
    assert {place: repr(error) for place, error in met.items() if error and not KNOWN[what](error)} == {}
    if what == "database":
        assert {place for place, error in met.items() if error is None} <= set(service.loops), "a step without state?"


def requests(service: Service) -> Iterator[tuple[str, str]]:
    """(method, address) of every route of its API."""
    assert service.documented is not None
    for route in service.documented.routes:
        for method in sorted(getattr(route, "methods", ())):
            path = re.sub(r"{story_id}", "2ec09ed6-efe8-5a24-8ba9-9a3ddbf7060e", getattr(route, "path", ""))
            yield method, re.sub(r"{\w+(:\w+)?}", "1", path)


@pytest.mark.parametrize("what", ["database", "redis"])
@pytest.mark.parametrize("name", WITH_ROUTES)
async def test_no_route_answers_500(name: str, what: Away, servers: Servers, tmp_path: Path) -> None:
    told: dict[str, httpx.Response] = {}
    async with built(name, servers, tmp_path) as service, servers.without(what):
        assert service.app is not None
        transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here", timeout=30) as client:
            for key in ("nw_test", PUBLISHER_KEY) if what == "database" else ("nw_test",):
                headers = {"Authorization": f"Bearer {key}"}
                for method, path in requests(service):
                    answer = await client.request(method, path, headers=headers, json={}, params={"publisher": "one"})
                    told[f"{method} {path} {key}"] = answer
    assert {name: answer.text for name, answer in told.items() if answer.status_code == 500} == {}
    refused = [answer for answer in told.values() if answer.status_code == 503]
    assert {(one.headers["content-type"], one.headers["retry-after"]) for one in refused} <= {
        ("application/problem+json", "2")
    }
    if what == "database":
        assert len(refused) > len(told) // 3, sorted((key, one.status_code) for key, one in told.items())


async def test_a_database_that_starts_or_stops_is_away(servers: Servers) -> None:
    """Between refusing everybody and letting everybody in, a server has sentences of its own for those who ask."""
    url = servers.postgres.url("postgres")
    database = Database(url, "ingest")
    heard: list[BaseException] = []
    done = asyncio.Event()

    async def ask() -> None:
        while not done.is_set():
            try:
                await database.write(lambda connection: connection.exec_driver_sql("SELECT pg_sleep(0.002)"))
            except Exception as error:  # noqa: BLE001 - whatever it is, `is_outage` must know it
                heard.append(error)
            await asyncio.sleep(0.002)

    asking = [asyncio.create_task(ask()) for _ in range(8)]
    for _ in range(5):
        await asyncio.sleep(0.1)
        async with servers.without("database"):
            await asyncio.sleep(0.05)
    done.set()
    await asyncio.gather(*asking)
    await database.close()
    assert any(isinstance(error, DatabaseAway) for error in heard)
    assert {repr(error) for error in heard if not is_outage(error)} == set()
